"""Distributions that are released together, each time under one number, in two different ones.

`flashinfer-python` and `flashinfer-cubin`, `tensorrt-lean` and `tensorrt-dispatch`: parts of one thing that check each
other's version when they are imported, or break without a word. Metadata often does not tie them, but the lists of
releases say it: as long as both are published, nearly every version of one is a version of the other.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge import requires_dist
from stackcheck.judge.laws import lockstep
from stackcheck.model import Finding, Fix, Known, Reason, Source
from stackcheck.patterns import pattern
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.version import Version

    from stackcheck.judge.working import Working
    from stackcheck.matrix.records import Record
    from stackcheck.model import Location

SHARED = 0.8
"""The share of versions that both have from which on they are released together, of at least so many."""
FEWEST = 5
_CUDA = pattern(r"-cu(?:da)?\d+[a-z]?|-gpu|-cpu|-headless|-binary|-nightly")
"""What tells builds of one thing apart, which are not for one environment."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of them, in the version that is here or pinned."""

    name: str
    version: str
    origin: str
    location: Location | None
    record: Record


def stem(name: str) -> str:
    """What the parts of one thing have in common: the first word of the name."""
    return name.partition("-")[0]


def findings(work: Working) -> Iterator[Finding]:
    """Two parts of one thing in two versions."""
    parts = sorted(_parts(work), key=lambda part: part.name)
    for _, family in itertools.groupby(parts, key=lambda part: stem(part.name)):
        for one, other in itertools.combinations(family, 2):
            if {one.name, other.name} <= lockstep.NAMES:
                continue  # `lockstep` knows more of these
            if versions.parse(one.version) != versions.parse(other.version) and _together(one, other):
                yield _finding(work, one, other)


def _parts(work: Working) -> Iterator[Part]:
    """What is pinned, else installed, of the distributions whose first word others share."""
    held: dict[str, tuple[str, str, Location | None]] = {
        name: (state.value, state.origin.place, state.origin.location)
        for name, state in work.stack.packages.items()
        if isinstance(state, Known) and state.value != "*"
    }
    for ask in work.stack.asks:
        if ask.applies and ask.url is None and not ask.constraint and ask.group is None and ask.name not in held:
            version = ask.specifier[2:].strip() if ask.specifier.startswith("==") else ""
            if versions.strict(version) is not None:
                held[ask.name] = (version, ask.origin.place, ask.origin.location)
    families: dict[str, set[str]] = {}
    for name, (version, *_) in held.items():
        families.setdefault(stem(name), set()).add(version)
    for name, (version, origin, location) in held.items():
        # Records are opened where there is something to compare.
        record = (
            work.store.record(name) if len(families[stem(name)]) > 1 and stem(name) != "nvidia" else None
        )  # those: `component_skew`
        if record is not None and record.release(version.partition("+")[0]) is not None:
            yield Part(name, version.partition("+")[0], origin, location, record)


def _together(one: Part, other: Part) -> bool:
    """Whether two projects are released together, and each has what the other is in."""
    if _CUDA.sub("", one.name) == _CUDA.sub("", other.name) or not _installs(one).isdisjoint(_installs(other)):
        return False  # two builds of it, of which one is enough
    if _ties(one, other) or _ties(other, one):
        return False
    first, second = _final(one.record), _final(other.record)
    if not first or not second:
        return False
    since, until = max(min(first), min(second)), min(max(first), max(second))
    own, others = ({version for version in some if since <= version <= until} for some in (first, second))
    shared = own & others
    pair = {versions.strict(one.version), versions.strict(other.version)}
    return len(shared) >= FEWEST and len(shared) >= SHARED * len(own | others) and pair <= shared


def _installs(part: Part) -> frozenset[str]:
    """The packages that its newest release brings, as far as that was read."""
    newest = part.record.release(part.record.newest or "")
    said = newest.main if newest is not None else None
    return frozenset(said.installs or () if said is not None else ())


def _final(record: Record) -> set[Version]:
    found = map(versions.strict, record.usual)
    return {version for version in found if version is not None and not version.is_prerelease}


def _ties(one: Part, other: Part) -> bool:
    """Whether metadata says which of the other goes with it: an installer and other laws obey that."""
    release = one.record.release(one.version)
    said = release.main.requires if release is not None and release.main is not None else ()
    return any(parsed is not None and parsed[0] == other.name for parsed in map(requires_dist.parse, said))


def _finding(work: Working, one: Part, other: Part) -> Finding:
    text = (
        f"{one.name} {one.version} and {other.name} {other.version} are parts of one thing, released together under "
        "one number: in two versions they do not fit each other."
    )
    subjects = sorted({work.store.subject(one.name), work.store.subject(other.name)})
    return Finding(
        "pairs",
        f"pairs/{one.name}-{other.name}",
        "warning",
        subjects[0],
        text,
        involves=tuple(sorted({*subjects, one.name, other.name})),
        location=other.location or one.location,
        because=(
            Reason(f"{one.name} {one.version}", one.origin),
            Reason(f"{other.name} {other.version}", other.origin),
        ),
        fix=Fix(f"Take one version of both: {one.name}=={other.version}, or {other.name}=={one.version}."),
        sources=tuple(Source(f"pkg:pypi/{part.name}", part.record.read, "observed") for part in (one, other)),
    )
