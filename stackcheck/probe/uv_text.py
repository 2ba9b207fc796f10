"""What `uv pip compile` prints: its pins, its refusals, and the log of its search.

The log tells who asked for a project. It tells too where uv went back to an ancient release of one project because
another one has no wheel: no installer that may build would do that, so that other one is set aside as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from stackcheck.model import Unknown
from stackcheck.probe.resolution import Left, Pin, Resolution
from stackcheck.redact import redact
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stackcheck.probe.run import Output

_PIN = re.compile(r"([A-Za-z0-9][\w.-]*)(?:\[([^\]]*)\])?==([^\s;]+)[^#]*(?:#\s*via (.*))?")
_INDEX = re.compile(r"\s+# from (\S+)")
# A name begins where a word does, and is no longer than any: else a long word costs the square of its length.
_NAME = r"(?<![\w.-])(?P<name>[A-Za-z0-9](?:[\w.-]{0,200}[A-Za-z0-9])?)(?:\[[^\]]{0,500}\])?(?P<spec>[<>=!~][^\s]*?)?"
_WITHOUT = re.compile(rf"{_NAME} ha(?:s|ve) no (?:usable wheels|wheels with [^`]*?tag\w*(?: \(e\.g\., `[^`]*`\))?)")
_UNKNOWN = re.compile(rf"{_NAME} was not found in [a-z ]+")
_NO_VERSION = re.compile(rf"(?:there (?:is|are) no versions? of ){_NAME}(?=[\s,]|$)")
_OTHER = r"(?P<on>[A-Za-z0-9](?:[\w.-]{0,200}[A-Za-z0-9])?)(?:\[[^\]]{0,500}\])?(?P<range>[<>=!~][^\s]*?)?(?=,?\s|$)"
_DEPENDS = re.compile(rf"{_NAME} depends? on {_OTHER}")
_REQUIRE = re.compile(rf"you require {_OTHER}")
_SEARCHED = re.compile(r"Searching for a compatible version of ([A-Za-z0-9][\w.-]*)\S* \((.*)\)$")
_SELECTED = re.compile(r"Selecting: ([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==")
_ADDED = re.compile(
    r"Adding (?:direct|transitive) dependency(?: for ([A-Za-z0-9][\w.-]*)[^\s=]*==(\S+))?: "
    r"([A-Za-z0-9][\w-]*(?:\.[A-Za-z][\w-]*)*)(?:\[[^\]]*\])?(?:\{[^}]*\})?(.*)$"
)
_DRAWN = re.compile("[\u00d7\u2500-\u257f\u25b6]")
_REFUSED = ("No solution found",)


def parse_answer(output: Output) -> Resolution | Unknown:
    """What one run of uv says. `left` are the projects that it could not use; `Unknown` where it did not resolve."""
    log = [line for line in output.errors.splitlines() if "DEBUG" in line]
    search = parse_log(log)
    if output.status == 0:
        pins = parse_pins(output.text)
        return Resolution(pins, search.stuck(pins), passed=search.passed(pins))
    refusal = plain("\n".join(line for line in output.errors.splitlines() if "DEBUG" not in line))
    if not any(text in refusal for text in _REFUSED):
        return Unknown(f"uv cannot resolve the files: {_short(refusal)}")
    unusable = parse_refusal(refusal)
    named = {left.name for left in unusable}
    more = [left for left in search.stuck(()) if left.name not in named]
    # Beside a project that could never be used, one that once was is only in the way of the explanation.
    never = [left for left in unusable if left.name not in search.selected] if search.searched else list(unusable)
    unusable = tuple(never) if never or more else unusable
    return Resolution((), (*(search.completed(left) for left in unusable), *more), explained(refusal))


@dataclass(frozen=True, slots=True)
class Edge:
    """Who asks for a project ("" is the user), in which release of its own, and for which releases."""

    parent: str
    version: str
    clauses: str


@dataclass(frozen=True)
class Search:
    """uv's log: what it looked for, what it passed over there, what it ever chose, and who asks for what."""

    searched: tuple[str, ...]
    skipped: frozenset[str]
    selected: frozenset[str]
    wanted: Mapping[str, tuple[Edge, ...]]

    def stuck(self, pins: Sequence[Pin]) -> tuple[Left, ...]:
        """The projects of which no release could ever be used."""
        pinned = {pin.name for pin in pins}
        return tuple(
            self.completed(Left(name, "", f"no release of {name} that is asked for has a wheel for the target"))
            for name in self.searched
            if name not in self.selected and name not in pinned
        )

    def passed(self, pins: Sequence[Pin]) -> tuple[Left, ...]:
        """The projects of the closure of which a newer release was passed over, with what the closure asks of them."""
        releases = {(pin.name, pin.version) for pin in pins} | {("", "")}
        passed = []
        for pin in pins:
            if pin.name not in self.skipped:
                continue
            edges = [edge for edge in self.wanted.get(pin.name, ()) if (edge.parent, edge.version) in releases]
            clauses = ",".join(dict.fromkeys(edge.clauses for edge in edges if edge.clauses))
            reason = f"a release of {pin.name} newer than {pin.version} has no wheel for the target"
            parents = tuple(edge.parent for edge in edges if edge.parent)
            passed.append(Left(pin.name, _clauses(clauses), reason, parents))
        return tuple(passed)

    def completed(self, left: Left) -> Left:
        """The same with who asks for it, and for which releases, as far as the log knows it."""
        edges = self.wanted.get(left.name, ())
        parents = tuple(dict.fromkeys((*(edge.parent for edge in edges if edge.parent), *left.wanted_by)))
        specifier = left.specifier or next((edge.clauses for edge in edges if edge.clauses), "")
        return Left(left.name, specifier, left.reason, parents)


def parse_log(lines: Iterable[str]) -> Search:
    """uv's log of its search, line by line; lines that say something else are passed over."""
    searched: dict[str, None] = {}
    skipped: set[str] = set()
    selected: set[str] = set()
    wanted: dict[str, dict[Edge, None]] = {}
    pending: str | None = None
    for line in lines:
        if match := _SEARCHED.search(line):
            skipped.update([pending] if pending else [])
            pending = canonicalize_name(match[1])
            searched[pending] = None
        elif match := _SELECTED.search(line):
            selected.add(canonicalize_name(match[1]))
            pending = None
        elif match := _ADDED.search(line):
            edge = Edge(canonicalize_name(match[1] or ""), match[2] or "", _clauses(match[4].replace(" ", "")))
            wanted.setdefault(canonicalize_name(match[3]), {})[edge] = None
    skipped.update([pending] if pending else [])
    edges = {name: tuple(asking) for name, asking in wanted.items()}
    return Search(tuple(searched), frozenset(skipped), frozenset(selected), edges)


def parse_pins(text: str) -> tuple[Pin, ...]:
    """The pins of a compiled requirements file with line annotations; what is no pin (a path, a URL) is left out."""
    pins: list[Pin] = []
    for line in text.splitlines():
        index = _INDEX.fullmatch(line)
        if index and pins:
            pins[-1] = Pin(pins[-1].name, pins[-1].version, pins[-1].extras, pins[-1].via, index[1])
            continue
        match = _PIN.fullmatch(line)
        if match:
            extras = tuple(part.strip() for part in (match[2] or "").split(",") if part.strip())
            via = tuple(part.strip() for part in (match[4] or "").split(",") if part.strip())
            pins.append(Pin(canonicalize_name(match[1]), match[3], extras, via))
    return tuple(pins)


def plain(errors: str) -> str:
    """uv's message as one line, without the rules and corners that it draws."""
    return redact(" ".join(_DRAWN.sub(" ", errors).split()))


def explained(refusal: str) -> str:
    """The explanation alone: from the first "Because" on, without hints, as one sentence or several."""
    start = refusal.find("Because")
    return _short(refusal[max(start, 0) :].split(" hint: ")[0])


def _short(text: str, limit: int = 600) -> str:
    text = text.removeprefix("error: ").strip()
    return text if len(text) <= limit else f"{text[:limit].rsplit(' ', 1)[0]} …"


def parse_refusal(refusal: str) -> tuple[Left, ...]:
    """The projects that a refusal names as unusable: no wheel, not on the index, or no such release."""
    text = refusal.split(" hint: ")[0]
    reasons: dict[str, list[str]] = {}
    for pattern in (_WITHOUT, _UNKNOWN, _NO_VERSION):
        for match in pattern.finditer(text):
            reasons.setdefault(canonicalize_name(match["name"]), []).append(match[0])
        if reasons:
            break  # what has no wheel explains best; the rest may follow from it
    edges: dict[str, list[tuple[str, str]]] = {}
    for parent, on, clauses in _edges(text) if reasons else ():
        edges.setdefault(on, []).append((parent, clauses))
    return tuple(
        Left(
            name,
            next((clauses for _, clauses in edges.get(name, ()) if clauses), ""),
            "; ".join(dict.fromkeys(phrases)),
            tuple(dict.fromkeys(parent for parent, _ in edges.get(name, ()) if parent)),
        )
        for name, phrases in reasons.items()
    )


def _edges(text: str) -> Iterator[tuple[str, str, str]]:
    """Who depends on what, and on which releases, as far as the explanation says it; "" is the user."""
    for pattern in (_DEPENDS, _REQUIRE):
        for match in pattern.finditer(text):
            parent = canonicalize_name(match["name"]) if pattern is _DEPENDS else ""
            yield parent, canonicalize_name(match["on"]), _clauses(match["range"])


def _clauses(text: str | None) -> str:
    try:
        # uv writes the series 4.9.* as ">=4.9.dev0, <4.10.dev0".
        return str(SpecifierSet((text or "").rstrip(",.").removeprefix("*").replace(".dev0", "")))
    except ValueError:
        return ""
