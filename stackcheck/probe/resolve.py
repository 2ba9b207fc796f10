"""Resolving project files for another machine with `uv pip compile`: first the run, then the reading of its text.

Only wheels are used: uv would run a package's own build to learn what a source distribution depends on, and nothing of
the user's or of a package is ever run. What has no wheel is set aside, with uv's reason, and the rest is resolved; uv's
log of its search tells who asked for it. It tells too where uv went back to an ancient release of one project because
another one has no wheel: no installer that may build would do that, so that other one is set aside as well.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from stackcheck.model import Ask, Indexes, Origin, Unknown
from stackcheck.probe.run import find_program, run
from stackcheck.redact import redact
from stackcheck.values import dataclass, field, replace
from stackcheck.versions import index_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from stackcheck.probe.run import Output

LIMIT_S = 120.0
"""Seconds that all rounds of one resolution may take together."""

ROUNDS = 16
"""How often it is tried again without the projects that have no wheel."""

_GLIBCS = (17, 28, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40)
"""The manylinux platforms that uv 0.8 knows, by the minor of glibc 2.x."""

_PIN = re.compile(r"([A-Za-z0-9][\w.-]*)(?:\[([^\]]*)\])?==([^\s;]+)[^#]*(?:#\s*via (.*))?")
_INDEX = re.compile(r"\s+# from (\S+)")
_NAME = r"(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(?:\[[^\]]*\])?(?P<spec>[<>=!~][^\s]*?)?"
_WITHOUT = re.compile(rf"{_NAME} ha(?:s|ve) no (?:usable wheels|wheels with [^`]*?tag\w*(?: \(e\.g\., `[^`]*`\))?)")
_UNKNOWN = re.compile(rf"{_NAME} was not found in [a-z ]+")
_NO_VERSION = re.compile(rf"(?:there (?:is|are) no versions? of ){_NAME}(?=[\s,]|$)")
_OTHER = r"(?P<on>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(?:\[[^\]]*\])?(?P<range>[<>=!~][^\s]*?)?(?=,?\s|$)"
_DEPENDS = re.compile(rf"{_NAME} depends? on {_OTHER}")
_REQUIRE = re.compile(rf"you require {_OTHER}")
_LOG = {"RUST_LOG": "uv_resolver=debug"}
_SEARCHED = re.compile(r"Searching for a compatible version of ([A-Za-z0-9][\w.-]*)\S* \((.*)\)$")
_SELECTED = re.compile(r"Selecting: ([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==")
_ADDED = re.compile(
    r"Adding (?:direct|transitive) dependency(?: for ([A-Za-z0-9][\w.-]*)[^\s=]*==(\S+))?: "
    r"([A-Za-z0-9][\w-]*(?:\.[A-Za-z][\w-]*)*)(?:\[[^\]]*\])?(?:\{[^}]*\})?(.*)$"
)
_DRAWN = re.compile("[\u00d7\u2500-\u257f\u25b6]")
_REFUSED = ("No solution found",)


@dataclass(frozen=True, slots=True)
class Job:
    """What to resolve: files as they were named, the target's platform and Python, and pip's indexes as variables.

    `cache` is a folder that the user named; without one uv keeps nothing.
    """

    files: tuple[str, ...]
    constraints: tuple[str, ...]
    platform: str
    python: str
    variables: Mapping[str, str] = field(default_factory=dict)
    cache: Path | None = None


@dataclass(frozen=True, slots=True)
class Pin:
    """One release of the closure. `via` names what asks for it: projects, or files ("-r requirements.txt")."""

    name: str
    version: str
    extras: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    index: str | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """A project that was set aside, with uv's reason as a phrase; `wanted_by` names what asks for it."""

    name: str
    specifier: str
    reason: str
    wanted_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolution:
    """The closure without what was set aside; `conflict` is uv's explanation where there is no closure.

    `passed` are projects of the closure of which uv passed over a newer release that has no wheel for the target.
    """

    pins: tuple[Pin, ...] = ()
    left: tuple[Left, ...] = ()
    conflict: str | None = None
    passed: tuple[Left, ...] = ()


def find_uv() -> str | None:
    """The uv of the extra, else the one on PATH, else None."""
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        return find_program("uv")


def platform(arch: str, glibc: int | None) -> str | None:
    """uv's name of a Linux platform; None for an architecture that it has none for."""
    if arch not in ("aarch64", "x86_64"):
        return None
    fitting = [minor for minor in _GLIBCS if glibc is not None and minor <= glibc]
    return f"{arch}-manylinux_2_{fitting[-1]}" if fitting else f"{arch}-unknown-linux-gnu"


def resolve(
    uv: str, job: Job, tell: Callable[[str], None] | None = None, limit_s: float = LIMIT_S
) -> Resolution | Unknown:
    """Resolves as often as something without a wheel has to be set aside. `Unknown` where uv could not work at all."""
    ends = time.monotonic() + limit_s
    left: dict[str, Left] = {}
    reached: Resolution | None = None
    with tempfile.TemporaryDirectory(prefix="stackcheck-") as folder:
        for _ in range(ROUNDS):
            if tell is not None:
                without = f" without {', '.join(left)}" if left else ""
                tell(f"resolving with uv{without}")
            output = _round(uv, job, tuple(left), Path(folder), ends)
            if isinstance(output, Unknown):
                return reached or output
            answer = parse_answer(output)
            if isinstance(answer, Unknown):
                return reached or answer
            new = [one for one in answer.left if one.name not in left]
            left.update((one.name, one) for one in new)
            if answer.conflict is None:
                reached = replace(answer, left=tuple(left.values()))
            if not new:
                return reached or Resolution((), tuple(left.values()), answer.conflict)
    return reached or Resolution((), tuple(left.values()), f"something without a wheel is left after {ROUNDS} rounds")


def _round(uv: str, job: Job, without: tuple[str, ...], folder: Path, ends: float) -> Output | Unknown:
    aside = folder / "set-aside.txt"
    # A marker that is never true takes a project out of the resolution, whoever asks for it.
    aside.write_text("".join(f"{name} ; sys_platform == 'none'\n" for name in without), encoding="utf-8")
    command = [*_command(uv, job, folder / "cache"), "--override", str(aside)]
    output = run(command, max(1.0, ends - time.monotonic()), {**job.variables, **_LOG})
    if isinstance(output, Unknown) and "printed more" in output.reason:
        return run(command, max(1.0, ends - time.monotonic()), job.variables)  # a long search: without its log
    return output


def _command(uv: str, job: Job, cache: Path) -> list[str]:
    constraints = [word for path in job.constraints for word in ("-c", _as_path(path))]
    return [
        uv,
        "pip",
        "compile",
        *map(_as_path, job.files),
        *constraints,
        *("--python-platform", job.platform, "--python-version", job.python),
        *("--only-binary", ":all:", "--python", sys.executable, "--no-python-downloads"),
        *("--cache-dir", str(job.cache / "uv" if job.cache else cache)),
        *("--annotation-style", "line", "--emit-index-annotation", "--no-header", "--no-strip-extras"),
        *("--no-progress", "--color", "never"),
    ]


def _as_path(name: str) -> str:
    return f".{os.sep}{name}" if name.startswith("-") else name


# --- reading what uv prints --------------------------------------------------------------------------------------


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
    said = parse_refusal(refusal)
    named = {one.name for one in said}
    more = [one for one in search.stuck(()) if one.name not in named]
    # Beside a project that could never be used, one that once was is only in the way of the explanation.
    never = [one for one in said if one.name not in search.selected] if search.searched else list(said)
    said = tuple(never) if never or more else said
    return Resolution((), (*(search.completed(one) for one in said), *more), explained(refusal))


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
        found = []
        for pin in pins:
            if pin.name not in self.skipped:
                continue
            edges = [edge for edge in self.wanted.get(pin.name, ()) if (edge.parent, edge.version) in releases]
            clauses = ",".join(dict.fromkeys(edge.clauses for edge in edges if edge.clauses))
            reason = f"a release of {pin.name} newer than {pin.version} has no wheel for the target"
            found.append(Left(pin.name, _clauses(clauses), reason, tuple(edge.parent for edge in edges if edge.parent)))
        return tuple(found)

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
        if found := _SEARCHED.search(line):
            skipped.update([pending] if pending else [])
            pending = canonicalize_name(found[1])
            searched[pending] = None
        elif found := _SELECTED.search(line):
            selected.add(canonicalize_name(found[1]))
            pending = None
        elif found := _ADDED.search(line):
            edge = Edge(canonicalize_name(found[1] or ""), found[2] or "", _clauses(found[4].replace(" ", "")))
            wanted.setdefault(canonicalize_name(found[3]), {})[edge] = None
    skipped.update([pending] if pending else [])
    edges = {name: tuple(found) for name, found in wanted.items()}
    return Search(tuple(searched), frozenset(skipped), frozenset(selected), edges)


def parse_pins(text: str) -> tuple[Pin, ...]:
    """The pins of a compiled requirements file with line annotations; what is no pin (a path, a URL) is left out."""
    pins: list[Pin] = []
    for line in text.splitlines():
        index = _INDEX.fullmatch(line)
        if index and pins:
            pins[-1] = Pin(pins[-1].name, pins[-1].version, pins[-1].extras, pins[-1].via, index[1])
            continue
        found = _PIN.fullmatch(line)
        if found:
            extras = tuple(part.strip() for part in (found[2] or "").split(",") if part.strip())
            via = tuple(part.strip() for part in (found[4] or "").split(",") if part.strip())
            pins.append(Pin(canonicalize_name(found[1]), found[3], extras, via))
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
        for found in pattern.finditer(text):
            reasons.setdefault(canonicalize_name(found["name"]), []).append(found[0])
        if reasons:
            break  # what has no wheel explains best; the rest may follow from it
    edges = list(_edges(text))
    return tuple(
        Left(
            name,
            next((clauses for _, on, clauses in edges if on == name and clauses), ""),
            "; ".join(dict.fromkeys(said)),
            tuple(dict.fromkeys(parent for parent, on, _ in edges if on == name and parent)),
        )
        for name, said in reasons.items()
    )


def _edges(text: str) -> Iterator[tuple[str, str, str]]:
    """Who depends on what, and on which releases, as far as the explanation says it; "" is the user."""
    for pattern in (_DEPENDS, _REQUIRE):
        for found in pattern.finditer(text):
            parent = canonicalize_name(found["name"]) if pattern is _DEPENDS else ""
            yield parent, canonicalize_name(found["on"]), _clauses(found["range"])


def _clauses(text: str | None) -> str:
    try:
        # uv writes the series 4.9.* as ">=4.9.dev0, <4.10.dev0".
        return str(SpecifierSet((text or "").rstrip(",.").removeprefix("*").replace(".dev0", "")))
    except InvalidSpecifier:
        return ""


# --- asks from it ------------------------------------------------------------------------------------------------


def asks(resolution: Resolution, stated: Sequence[Ask]) -> tuple[Ask, ...]:
    """Every pin that no file asks for, as an ask with the way by which it came."""
    known = {ask.name for ask in stated if ask.applies and not ask.constraint}
    ways = _Ways(resolution, stated)
    return tuple(
        Ask(
            pin.name,
            f"=={pin.version}",
            _origin(f"{pin.name} {pin.version} is what uv resolves to", ways.to(pin.name)),
            pin.extras,
            indexes=_indexes(pin.index),
            transitive=_indexes(pin.index),
        )
        for pin in resolution.pins
        if pin.name not in known
    )


def left_asks(resolution: Resolution, stated: Sequence[Ask]) -> tuple[Ask, ...]:
    """What was set aside, as asks whose origin's text is uv's reason; those of the files as they stand there."""
    own = {ask.name: ask for ask in stated if ask.applies and not ask.constraint}
    ways = _Ways(resolution, stated)
    found = []
    for left in resolution.left:
        if left.name in own:
            ask = own[left.name]
            origin = Origin(f"uv says that {left.reason}", ask.origin.place, ask.origin.location)
            found.append(Ask(ask.name, ask.specifier, origin, ask.extras, indexes=ask.indexes))
        else:
            found.append(Ask(left.name, left.specifier, _origin(f"uv says that {left.reason}", ways.to(left.name))))
    return tuple(found)


def passed_asks(resolution: Resolution, stated: Sequence[Ask]) -> tuple[Ask, ...]:
    """What uv passed newer releases over of, as asks with what the closure asks of them."""
    ways = _Ways(resolution, stated)
    own = {ask.name for ask in stated if ask.applies and not ask.constraint}
    return tuple(
        Ask(one.name, one.specifier, _origin(f"uv says that {one.reason}", ways.to(one.name)))
        for one in resolution.passed
        if one.name not in own
    )


@dataclass(frozen=True, slots=True)
class _Way:
    """How a project came: who asks for it, step by step, and the file's line at the end where it is known."""

    steps: tuple[str, ...]
    line: Ask | None


def _origin(text: str, way: _Way) -> Origin:
    steps = [*way.steps, *([way.line.origin.place] if way.line else [])]
    place = f"resolved by uv, via {' ← '.join(steps)}" if steps else "resolved by uv"
    return Origin(text, place, way.line.origin.location if way.line else None)


def _indexes(url: str | None) -> Indexes | None:
    return None if url is None else Indexes((index_name(url),))


class _Ways:
    """The shortest way from each project of the closure to a line of a file."""

    def __init__(self, resolution: Resolution, stated: Iterable[Ask]) -> None:
        self._parents = {pin.name: pin.via for pin in resolution.pins}
        self._parents.update((one.name, one.wanted_by) for one in resolution.left)
        self._lines = {ask.name: ask for ask in stated if ask.applies and not ask.constraint}

    def to(self, name: str) -> _Way:
        """The way to a project that no line asks for itself."""
        ways: list[tuple[str, ...]] = [(name,)]
        seen = {name}
        longest: tuple[str, ...] = ()
        for way in ways:
            longest = max(longest, way, key=len)
            if way[-1] in self._lines:
                return _Way(way[1:], self._lines[way[-1]])
            for parent in self._parents.get(way[-1], ()):
                if _is_file(parent):
                    return _Way((*way[1:], parent), None)
                if (parent := canonicalize_name(parent)) not in seen:
                    seen.add(parent)
                    ways.append((*way, parent))
        return _Way(longest[1:], None)


def _is_file(parent: str) -> bool:
    return parent.startswith("-") or "(" in parent
