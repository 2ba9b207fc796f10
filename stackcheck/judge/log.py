"""Finding known error lines in a pasted log: literal texts, one wildcard, time linear in the log.

A text of a symptom row is plain, its case does not count; `…` stands for anything on the same line. Each text is looked
for by its longest literal part with `str.find`, which passes over the log at memory speed however long its lines are,
and only where the longest word of that part is in the log at all.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from stackcheck.redact import redact
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.matrix.rows import Symptom

WILDCARD = "…"
SHOWN = 200
"""Characters of a log line that a report shows."""
MAX_NAMES = 50
"""Distributions that one symptom is told apart by; a log that names more has another problem."""
MAX_WORD = 500
"""Characters in which the name of a distribution or its wheel's address is looked for."""
PREFIX = (
    r"(?:\d{4}-\d\d-\d\dT[\d:.]+Z )?(?:#\d+ )?(?:\d+\.\d+ )?(?:[\w.-]+ \| )?(?:\[(?:rank|default)\d*\]:? ?)?"
    r"(?:\(\w+ pid=\d+\) )?(?:(?:ERROR|CRITICAL) [\d-]+ [\d:.,]+ (?:\[[\w.]+:\d+\] )?)?[ │|>]*"
)
"""What build services write before a line, as a regular expression: the time (GitHub Actions), the step and its seconds
(BuildKit), the service (compose), the process (vLLM, torchrun)."""

# ECMA-48 control sequences (colour, cursor) and operating system commands (titles, links); neither spans lines.
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|[@-Z\\^_])")
_BLANKS = re.compile("[ \t\xa0]+")
_WORD = re.compile("[a-z0-9_]+")
_BLOCK, _OVERLAP = 1 << 20, 200
"""Characters of a log that are split into words at once, and what is read twice so that no word is cut."""
_CAPITALS = re.compile("[A-Z]+")
_CURLY = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_VERSION = r"[0-9A-Za-z][0-9A-Za-z.!+*_-]*"
_CLAUSE = rf"(?:[<>]=?|[=!~]=)\s*{_VERSION}"
_ASKED = re.compile(rf"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:\[[^\]]*\])?({_CLAUSE}(?:,{_CLAUSE})*)?")
_QUOTES = "`'\"\u2018\u2019\u201c\u201d()[],;:"
_LIBRARY = re.compile(r"[\w+-][\w+.-]*?\.so(?:\.\w+)*(?=:)")
_EXTENSION = re.compile(r"\.(?:cpython-[\w-]+|abi3)\.so(?=:)")
_PACKAGE = re.compile(r"-packages/([A-Za-z]\w*)/")
_FILE = re.compile(r"[\w/][\w.+/:@-]*")
_COMPILER = r"(?:\[\d+/\d+\] )?:?(?:/\S*/)?(?:[\w.]+-)*(?:g\+\+|gcc|cc|c\+\+|clang(?:\+\+)?|nvcc)(?:-\d+)? -"
_QUOTED = re.compile(rf"{PREFIX}(?:raise \w|{_COMPILER})", re.IGNORECASE)
"""A line that a log only quotes: a compiler's call, or the source that raises an error."""
_SEPARATORS = re.compile(r"[-_.]+")


@dataclass(frozen=True, slots=True)
class Named:
    """The distribution that a line names: normalised name, versions, and the file name where it names a wheel."""

    name: str
    specifier: str = ""
    wheel: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """One symptom in the log: its first line (from 1), that line as it is shown, and on how many lines it stands.

    `named` is the distribution that the line names, where the row says that it does; `word` what the first `…` stands
    for, where that can stand in a command. `weight` is how much literal text matched: the longer, the more the row
    speaks of just this line. `detail` is what more of the log says of the cause.
    """

    row: Symptom
    line: int
    text: str
    named: Named | None = None
    count: int = 1
    weight: int = 0
    word: str = ""
    detail: str = ""

    @property
    def name(self) -> str | None:
        """The name of the distribution, if the line names one."""
        return self.named.name if self.named else None


def decode(data: bytes) -> str:
    """A log's text: UTF-8 or, where it says so, UTF-16 (PowerShell); bytes that are neither are replaced."""
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), "utf-8")
    return data.decode(encoding, "replace")


def clean(text: str) -> str:
    """The log without terminal control sequences, with runs of blanks as one and with straight quotes: programs print
    some messages from pieces, and people paste them from pages. Lines stay where they are; a carriage return inside
    one, which a progress bar writes, stays too."""
    plain = _ANSI.sub("", text) if "\x1b" in text else text
    plain = plain.replace("\r\n", "\n") if "\r" in plain else plain
    plain = plain if plain.isascii() else plain.translate(_CURLY)
    return _BLANKS.sub(" ", plain) if "  " in plain or "\t" in plain or "\xa0" in plain else plain


def parted(text: str) -> str:
    """The log as long as it was, in which what a progress bar wrote over itself are lines of their own."""
    return text.replace("\r", "\n")


def built(text: str, name: str) -> str:
    """The release of a project whose source distribution a log speaks of ("NAME-1.2.tar.gz"), as a specifier; "" where
    it names none, or several."""
    spelt = _SEPARATORS.sub("[-_.]+", re.escape(name).replace("\\-", "-"))
    found = set(re.findall(rf"(?<![\w.-]){spelt}-(\d[\w.!+]*?)\.(?:tar\.gz|zip)\b", text, re.IGNORECASE))
    return f"=={found.pop()}" if len(found) == 1 else ""


def find(text: str, rows: Iterable[Symptom], without: frozenset[int] = frozenset()) -> list[Hit]:
    """Every symptom in a cleaned log, each once per distribution named, by first line and then the closest match.
    `without` are numbers of lines that are passed over."""
    folded = parted(text).lower()
    if len(folded) != len(text):  # places are those of the log as it was written
        folded = _CAPITALS.sub(lambda match: match[0].lower(), parted(text))
    words = _words(folded)
    hits = [hit for row in rows for hit in _of_row(text, folded, words, row, without)]
    return sorted(hits, key=lambda hit: (hit.line, -hit.weight, hit.row.key, hit.name or ""))


@dataclass(frozen=True, slots=True)
class _Place:
    """A line that a text matches: where the line begins and ends, where the match is, what the first `…` stands for."""

    start: int
    end: int
    at: int
    wildcard: str
    weight: int


def _words(folded: str) -> str:
    """The words of a log, each once, with line breaks between: a small text that holds what the log holds."""
    found: set[str] = set()
    for start in range(0, len(folded), _BLOCK):
        found.update(_WORD.findall(folded, start, start + _BLOCK + _OVERLAP))
    return "\n".join(found)


def _of_row(text: str, folded: str, words: str, row: Symptom, without: frozenset[int]) -> Iterator[Hit]:
    first: dict[str | None, _Place] = {}
    count: dict[str | None, int] = {}
    seen: set[int] = set()
    for place in (place for line in row.lines for place in _places(folded, words, line.lower())):
        if place.start in seen:
            continue
        if len(row.lines) > 1:
            seen.add(place.start)
        if without and text.count("\n", 0, place.start) + 1 in without:
            continue
        if _QUOTED.match(folded, place.start):
            continue
        named = distribution(place.wildcard) if row.names else None
        name = named.name if named else None
        if name not in first and len(first) >= MAX_NAMES:
            continue
        count[name] = count.get(name, 0) + 1
        if name not in first or place.start < first[name].start:
            first[name] = place
    for name, place in first.items():
        number = text.count("\n", 0, place.start) + 1
        named = distribution(place.wildcard) if row.names else None
        yield Hit(row, number, _shown(text, place), named, count[name], place.weight, name or _safe(place, text))


def _places(text: str, words: str, line: str) -> Iterator[_Place]:
    """Each line of the log that one text of a row matches."""
    parts = line.split(WILDCARD)
    anchor = max(parts, key=len)
    if max(_WORD.findall(anchor), key=len, default="") not in words:
        return
    weight = sum(map(len, parts))
    at = text.find(anchor)
    while at >= 0:
        start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        end = len(text) if end < 0 else end
        spans = _spans(text, parts, start, end)
        if spans is not None:
            yield _Place(start, end, spans[0][0], _wildcard(text, spans, parts, start, end), weight)
        at = text.find(anchor, end)


def _spans(text: str, parts: list[str], start: int, end: int) -> list[tuple[int, int]] | None:
    """Where the parts stand on one line, one after the other; None where one is missing. Empty parts stand nowhere."""
    spans = []
    for part in parts:
        at = text.find(part, start, end)
        if at < 0:
            return None
        start = at + len(part)
        if part:
            spans.append((at, start))
    return spans


def _wildcard(text: str, spans: list[tuple[int, int]], parts: list[str], start: int, end: int) -> str:
    """The word that the first `…` stands for: the last one of a `…` that begins the text, else the first one."""
    if len(parts) == 1:
        return ""
    if not parts[0]:
        before = text[max(start, spans[0][0] - MAX_WORD) : spans[0][0]]
        words = (before.rpartition(" @ ")[0] or before).split()  # uv: `NAME==VERSION @ registry+URL`
        return words[-1] if words else ""
    until = spans[1][0] if len(spans) > 1 else end
    words = text[spans[0][1] : min(until, spans[0][1] + MAX_WORD)].split()
    return words[0] if words else ""


def distribution(word: str) -> Named | None:
    """The distribution in `torch==2.9.1`, `(torch>=2)`, a wheel's file name or its URL; None where there is none."""
    word, wheel = word.strip(_QUOTES), ""
    if ".whl" in word:
        wheel = word.partition(".whl")[0].rpartition("/")[2] + ".whl"
        name, _, rest = wheel.partition("-")
        word = f"{name}=={rest.partition('-')[0]}"
    match = _ASKED.match(word)
    return Named(_SEPARATORS.sub("-", match[1]).lower(), match[2] or "", wheel) if match else None


def _safe(place: _Place, text: str) -> str:
    """What the first `…` stands for, as the log has it, or the library that the line names; "" where there is none, or
    a shell would read more than a name in it."""
    word = place.wildcard.strip(_QUOTES)
    line = text[place.start : place.end]
    at = line.lower().find(word) if _FILE.fullmatch(word) else -1
    written = "" if at < 0 else line[at : at + len(word)]
    if line[:at].endswith("-packages/"):
        return written.partition("/")[0]
    if not written and _EXTENSION.search(line) is not None:
        package = _PACKAGE.search(line)
        return package[1] if package else ""
    if not written and (library := _LIBRARY.search(line)) is not None:
        written = library[0]
    return written.rpartition("/")[2] if written.startswith("/") else written


def cut(line: str) -> str:
    """A line of a log from its beginning, as a report shows it."""
    return _shown(line, _Place(0, len(line), 0, "", 0))


def _shown(text: str, place: _Place) -> str:
    """The line as a report shows it: around the match where it is long, control characters as blanks, no secrets.

    Words are not cut: the rest of an address whose beginning is gone could no longer be told from a password.
    """
    first, last = place.start, place.end
    if last - first > SHOWN:
        first = max(first, min(place.at - SHOWN // 4, last - SHOWN))
        last = min(last, first + SHOWN)
    if first > place.start:
        blank = text.find(" ", first, place.at)
        first = place.at if blank < 0 else blank + 1
    cut = text[first:last]
    if last < place.end and "://" in cut.rpartition(" ")[2]:
        cut = cut.rpartition(" ")[0]
    cut = redact("".join(char if char.isprintable() else " " for char in cut).strip())
    return f"{'…' if first > place.start else ''}{cut}{'…' if last < place.end else ''}"
