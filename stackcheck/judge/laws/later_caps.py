"""A bound that came too late: a release lets an installer take a dependency that later releases of it shut out.

Metadata of a release is never changed. `vllm 0.10.2` came out before Transformers 5 and asks for
`transformers>=4.55.2`; from 0.11.1 on it says `<5`. What a newer release does not go with, an older one does not
either, so the bound counts for it too. A bound that was only a precaution does not: it must still stand in a release
that came out after what it shuts out, and what is taken must be of a later major version. conda's channels mend their
metadata so; PyPI does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from stackcheck import versions
from stackcheck.judge import requirements, requires_dist
from stackcheck.matrix import published
from stackcheck.matrix.rows import NumpyAbi, Relation
from stackcheck.model import Finding, Fix, Reason, Source
from stackcheck.patterns import pattern
from stackcheck.values import dataclass
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.version import Version

    from stackcheck.judge.domain import Domain
    from stackcheck.judge.working import Working
    from stackcheck.matrix.records import Record
    from stackcheck.matrix.releases import Metadata

Environment: TypeAlias = "tuple[tuple[str, str], ...]"
RULE = Source("https://pip.pypa.io/en/stable/topics/dependency-resolution/", "2026-11-28", "official")
BUILDERS = ("pip", "setuptools", "wheel")
"""What an environment has by itself, and what mostly matters where something is built alone."""
NAMED = 4
"""Dependencies that one sentence names at most."""
_UPPER = pattern(r"(?:<=?|~=|===?)")
_CAP = pattern(r"\s*<=?\s*[0-9][^,\s]*\s*")


@dataclass(frozen=True, slots=True)
class Late:
    """What later releases say of a dependency: the first of them, its clauses, and the version that they shut out."""

    name: str
    since: str
    clauses: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version} ({self.since}: {self.name}{self.clauses})"


@dataclass(frozen=True, slots=True)
class _Pin:
    """A release that a line pins."""

    domain: Domain
    record: Record


def findings(work: Working) -> Iterator[Finding]:
    """What is taken of a dependency beside a pinned release and is shut out by the releases after it."""
    environment = tuple(sorted(work.markers.items()))
    arch = work.domain("arch")
    own = arch.values[0] if arch is not None and len(arch.values) == 1 else None
    hits: dict[str, tuple[_Pin, list[Late]]] = {}
    for name, askers in sorted(_required(work, environment).items()):
        open_ = [pin for pin, specifier in askers if unbounded(specifier)]
        version = _version(work, name, [specifier for _, specifier in askers]) if open_ else None
        other = work.store.record(name) if version is not None else None
        for pin in open_ if version is not None and other is not None else ():
            found = (
                late(pin.record, pin.domain.values[0], other, version, environment, own) if other and version else None
            )
            if found is not None and not _spoken(work, pin, name):
                hits.setdefault(pin.record.project, (pin, []))[1].append(found)
    for pin, lates in hits.values():
        yield _finding(work, pin, lates)


def _required(work: Working, environment: Environment) -> dict[str, list[tuple[_Pin, str]]]:
    """The dependencies of the releases that lines pin: by whom, and with which clauses."""
    found: dict[str, list[tuple[_Pin, str]]] = {}
    for subject in sorted(work.asks):
        domain = work.domain(subject) if subject not in work.failed else None  # what does not install brings nothing
        if domain is None or domain.presence not in ("asked", "wanted") or domain.alone or len(domain.values) != 1:
            continue
        for record in map(work.store.record, work.store.distributions(subject)):
            if record is not None and requirements.of_pypi(work, domain):
                said = requirements.metadata(work, record, domain.values[0])
                for name, specifier in _applying(record.project, said, environment):
                    if name not in BUILDERS:
                        found.setdefault(name, []).append((_Pin(domain, record), specifier))
    return found


def _version(work: Working, name: str, specifiers: list[str]) -> str | None:
    """The version that an installer takes of a dependency: of what is here or asked for the one that is left, else the
    newest that all allow who are pinned. None where that is not known."""
    domain = work.domain(work.store.subject(name))
    if domain is not None and domain.presence in ("found", "asked", "wanted"):
        return domain.pick
    record, here = work.store.record(name), work.machine
    if record is None or here is None:
        return None
    for text in record.usual:
        parsed = versions.strict(text)
        if parsed is None or parsed.is_prerelease or not all(requires_dist.allows(one, text) for one in specifiers):
            continue
        release = record.release(text)
        if release is not None and published.open_to(release, here.pythons):
            return text
    return None


def late(
    record: Record, value: str, other: Record, version: str, environment: Environment, arch: str | None
) -> Late | None:
    """The first later release whose upper bound shuts out this version of a dependency (`other` is its record), where
    a release does that came out after what is shut out."""
    name, own, wanted = other.project, versions.strict(value), versions.strict(version)
    if own is None or wanted is None:
        return None
    first: Late | None = None
    for release in [*record.having(f'"{name}<'.encode())][::-1]:
        text, parsed = release.version, versions.strict(release.version)
        if parsed is None or parsed <= own or parsed.is_prerelease or release.yanked:
            continue
        said = release.metadata(arch)
        for each, specifier in _applying(record.project, said, environment):
            caps = ",".join(clause.strip() for clause in specifier.split(",") if _CAP.fullmatch(clause))
            if each != name or not caps or requires_dist.allows(caps, version) or not _major(caps, wanted):
                continue
            first = first or Late(name, text, caps, version)
            out = _first_out(other, caps, wanted)
            if release.date and out and release.date >= out:
                return first
    return None


def _major(caps: str, wanted: Version) -> bool:
    """Whether a version is of a later major version than any that the bounds let in."""
    bounds = [versions.strict(clause.strip("<= ")) for clause in caps.split(",")]
    tops = [one.major if any(one.release[1:]) or "=" in caps else one.major - 1 for one in bounds if one is not None]
    return bool(tops) and wanted.major > min(tops)


def _first_out(other: Record, caps: str, wanted: Version) -> str | None:
    """The day of the first final release that an upper bound shuts out."""
    found: str | None = None
    for text in other.usual:
        parsed = versions.strict(text)
        if parsed is None or parsed.is_prerelease or parsed > wanted:
            continue
        if requires_dist.allows(caps, text):
            break
        release = other.release(text)
        found = (release.date if release is not None else None) or found
    return found


def unbounded(specifier: str) -> bool:
    """Whether clauses let every later version in."""
    return _UPPER.search(specifier) is None


def _applying(project: str, said: Metadata | None, environment: Environment) -> Iterator[tuple[str, str]]:
    """What metadata requires without an extra: names and clauses."""
    applying = requires_dist.applying(project, said.requires, frozenset(), environment) if said is not None else ()
    yield from ((name, specifier) for name, specifier, _ in applying)


def _spoken(work: Working, pin: _Pin, name: str) -> bool:
    """Whether a row of the matrix says already what of the dependency goes with it."""
    domain, distribution = pin.domain, pin.record.project
    subject = work.store.subject(name)
    rows = work.store.rows_of(domain.subject, Relation) if work.store.store.knows(domain.subject) else ()
    if any(subject == needed for row in rows for needed, _ in row.needs):
        return True
    return name == "numpy" and any(
        distribution in row.projects for row in work.store.rows_naming("numpy-abi", NumpyAbi, {distribution})
    )


def _finding(work: Working, pin: _Pin, found: list[Late]) -> Finding:
    domain, record, distribution = pin.domain, pin.record, pin.record.project
    subjects = [work.store.subject(one.name) for one in found]
    steps = [*domain.steps]
    for subject in subjects:
        place = work.domain(subject)
        steps += place.steps if place is not None and place.presence in ("found", "asked", "wanted") else ()
    return Finding(
        "requires",
        f"requires/{distribution}-later",
        "warning",
        domain.subject,
        told(distribution, domain.values[0], found),
        involves=tuple(sorted({domain.subject, *subjects})),
        location=domain.location,
        because=tuple(Reason(step.text, step.origin) for step in dict.fromkeys(steps)),
        fix=remedy(distribution, found),
        sources=sources(record, found),
    )


def told(name: str, version: str, found: list[Late]) -> str:
    """The sentence."""
    named = few([str(one) for one in found], NAMED)
    return (
        f"{name} {version} lets in {named}, which later releases of it shut out: what came before was not made for it "
        "either, and only says nothing of it."
    )


def remedy(name: str, found: list[Late]) -> Fix:
    """What to do about it."""
    held = few([f"{one.name}{one.clauses}" for one in found], NAMED)
    return Fix(f"Hold {held}, as the later releases do, or take a newer {name}.")


def sources(record: Record, found: list[Late]) -> tuple[Source, ...]:
    """The lines of the releases that say it, and the rule."""
    days = dict.fromkeys(one.since for one in found)
    return (*(Source(f"pkg:pypi/{record.project}@{one}", record.read, "observed") for one in days), RULE)
