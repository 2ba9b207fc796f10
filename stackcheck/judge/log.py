"""Finding known error lines in a pasted log: literal texts, one wildcard, time linear in the log.

A text of a symptom row is plain, case as written; `…` stands for anything on the same line. Each text is looked for by
its longest literal part with `str.find`, which passes over the log at memory speed whatever the length of its lines.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackcheck.redact import redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.matrix.rows import Symptom

WILDCARD = "…"
SHOWN = 200
"""Characters of a log line that a report shows."""

# ECMA-48 control sequences (colour, cursor) and operating system commands (titles, links); neither spans lines.
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|[@-Z\\^_])")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_QUOTES = "`'\"‘’“”()[],;:"
_SEPARATORS = re.compile(r"[-_.]+")


@dataclass(frozen=True, slots=True)
class Hit:
    """One symptom in the log: its first line (from 1), that line as it is shown, and on how many lines it stands.

    `name` is the distribution that the line names, where the row says that it does; `weight` is how much literal text
    matched: the longer, the more the row speaks of just this line.
    """

    row: Symptom
    line: int
    text: str
    name: str | None = None
    count: int = 1
    weight: int = 0


def decode(data: bytes) -> str:
    """A log's text: UTF-8 or, where it says so, UTF-16 (PowerShell); bytes that are neither are replaced."""
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), "utf-8")
    return data.decode(encoding, "replace")


def clean(text: str) -> str:
    """The log without terminal control sequences; lines stay where they are."""
    return _ANSI.sub("", text) if "\x1b" in text else text


def find(text: str, rows: Iterable[Symptom]) -> list[Hit]:
    """Every symptom in a cleaned log, each once per distribution named, by first line and then the closest match."""
    hits = [hit for row in rows for hit in _of_row(text, row)]
    return sorted(hits, key=lambda hit: (hit.line, -hit.weight, hit.row.key, hit.name or ""))


def _of_row(text: str, row: Symptom) -> Iterable[Hit]:
    found: dict[str | None, Hit] = {}
    seen: set[int] = set()
    places = sorted(place for line in row.lines for place in _places(text, line))
    number, counted = 1, 0
    for start, end, at, name, weight in places:
        name = _distribution(name) if row.names else None
        number += text.count("\n", counted, start)
        counted = start
        if start in seen:
            continue
        seen.add(start)
        first = found.get(name)
        if first is None:
            found[name] = Hit(row, number, _shown(text, start, end, at), name, 1, weight)
        else:
            found[name] = Hit(row, first.line, first.text, name, first.count + 1, first.weight)
    return found.values()


def _places(text: str, line: str) -> Iterator[tuple[int, int, int, str, int]]:
    """Each line that the text matches: its start and end, where the match is, what the first wildcard is, its weight."""
    parts = line.split(WILDCARD)
    anchor = max(parts, key=len)
    weight = sum(map(len, parts))
    at = text.find(anchor)
    while at >= 0:
        start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        end = len(text) if end < 0 else end
        spans = _spans(text, parts, start, end)
        if spans is not None:
            yield start, end, spans[0][0], _wildcard(text, spans, parts, start, end), weight
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
    """What the first `…` stands for; of one at the beginning the last word, of any other the first."""
    if len(parts) == 1:
        return ""
    if not parts[0]:
        return text[max(start, spans[0][0] - 500) : spans[0][0]].rpartition(" ")[2] or _last_word(text, start, spans)
    until = spans[1][0] if len(spans) > 1 else end
    words = text[spans[0][1] : min(until, spans[0][1] + 500)].split()
    return words[0] if words else ""


def _last_word(text: str, start: int, spans: list[tuple[int, int]]) -> str:
    words = text[max(start, spans[0][0] - 500) : spans[0][0]].split()
    return words[-1] if words else ""


def _distribution(word: str) -> str | None:
    """The normalised name in `torch==2.9.1`, `(torch>=2)`, a wheel's file name or its URL; None where there is none."""
    word = word.strip(_QUOTES)
    if ".whl" in word:
        word = word.partition(".whl")[0].rpartition("/")[2].partition("-")[0]
    match = _NAME.match(word)
    return _SEPARATORS.sub("-", match[0]).lower() if match else None


def _shown(text: str, start: int, end: int, at: int) -> str:
    """The line as a report shows it: around the match where it is long, control characters as blanks, no secrets."""
    first = start if end - start <= SHOWN else max(start, min(at - SHOWN // 4, end - SHOWN))
    cut = "".join(char if char.isprintable() else " " for char in text[first : min(end, first + SHOWN)]).strip()
    cut = redact(cut)
    return f"{'…' if first > start else ''}{cut}{'…' if first + SHOWN < end else ''}"
