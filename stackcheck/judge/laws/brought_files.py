"""What a release brings along and of which no file serves the machine: a dependency that no line asks for.

An installer takes of a dependency the newest release that has a wheel for the machine or a source archive, among those
that the release asks for. Where there is none, the line that brings it cannot be installed; where the newest one has
only sources although the project has wheels for other machines, it is compiled there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge import requirements, requires_dist, wheels, words
from stackcheck.judge.build_options import sure_of
from stackcheck.judge.laws import wheel_law
from stackcheck.matrix import published
from stackcheck.model import Finding, Fix, Reason, Source
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.domain import Domain
    from stackcheck.judge.working import Working
    from stackcheck.matrix.records import Record
    from stackcheck.matrix.releases import Metadata, Release
    from stackcheck.model import Severity

MOST = 400
"""Dependencies that are looked at in one judgement."""
RELEASES = 60
"""Releases of one that are, newest first."""
DEPTH = 2
"""Steps from a line: what lies further away is a resolver's."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Who brings it: from the line's release down, each with its version."""

    domain: Domain
    names: tuple[str, ...]
    certain: bool


@dataclass(frozen=True, slots=True)
class Lack:
    """What is in the way of a dependency; `release` is the one that would be built from source, None where none is."""

    text: str
    subject: str
    release: Release | None


def findings(work: Working) -> Iterator[Finding]:
    """One finding for each such dependency, with the line that brings it by the fewest steps."""
    here = work.machine
    if here is None or "arch" in here.unsure:
        return
    waiting = list(_lines(work))
    seen: set[str] = {distribution for subject in work.asks for distribution in work.store.distributions(subject)}
    environment = tuple(sorted(work.markers.items()))
    while waiting and len(seen) < MOST:
        chain, project, said, extras = waiting.pop(0)
        for name, specifier, own in requires_dist.applying(project, said.requires, extras, environment):
            record = work.store.record(name) if name not in seen and not _judged(work, name) else None
            seen.add(name)
            last = len(chain.names) == DEPTH
            if record is None or (last and record.only_pure):
                continue
            release, lack = _taken(work, record, specifier, here)
            if lack is not None:
                yield _finding(work, chain, name, specifier, record, lack)
            deeper = release.metadata(here.arches[0]) if release is not None and not last else None
            if deeper is not None and lack is None:
                step = Chain(
                    chain.domain, (*chain.names, f"{name} {release.version if release else ''}"), chain.certain
                )
                waiting.append((step, record.project, deeper, frozenset(own)))


def _lines(work: Working) -> Iterator[tuple[Chain, str, Metadata, frozenset[str]]]:
    """The release that each line takes, with its metadata and the extras that are named."""
    for subject in sorted(work.asks):
        domain = work.domain(subject)
        if domain is None or domain.presence not in ("asked", "wanted") or domain.alone or domain.pick is None:
            continue
        if subject in work.failed:
            continue  # what cannot be installed brings nothing along
        asks = [ask for ask in domain.asks if not ask.constraint]
        if not asks or any(ask.url is not None or ask.locked is not None or not ask.applies for ask in asks):
            continue
        places = {name for ask in asks for index in (ask.transitive or ask.indexes,) if index for name in index.names}
        if not sure_of(tuple(places)) or wheels.beside(work, domain):
            continue
        for distribution in work.store.distributions(subject):
            record = work.store.record(distribution)
            said = None if record is None else requirements.metadata(work, record, domain.pick)
            if said is not None:
                extras = {requires_dist.distribution_name(extra) for ask in asks for extra in ask.extras}
                pinned = any(ask.specifier.startswith("==") for ask in domain.asks) and len(domain.values) == 1
                certain = pinned and not requirements.groups(domain.asks)
                chain = Chain(domain, (words.named(domain, domain.pick, work.store),), certain)
                yield chain, distribution, said, frozenset(extras)


def _judged(work: Working, name: str) -> bool:
    """Whether it is there, or a product of the matrix, which is judged wherever it comes from."""
    return name in work.stack.packages or work.store.store.knows(work.store.subject(name))


def _taken(
    work: Working, record: Record, specifier: str, here: wheel_law.Machine
) -> tuple[Release | None, Lack | None]:
    """The release that an installer takes of a dependency, and what of it is in the way."""
    first: wheel_law.Miss | None = None
    for text in record.usual[:RELEASES]:
        version = versions.strict(text)
        if version is None or version.is_prerelease or not requires_dist.allows(specifier, text):
            continue
        release, miss = wheel_law.fit_of(work, record, text, here)
        if release is None or not published.open_to(release, here.pythons):
            continue
        if not isinstance(miss, wheel_law.Miss):
            return release, None
        first = first or miss
        if published.buildable(release, here.pythons):
            alike = record.only_pure or wheel_law.built_everywhere(record, release)
            return release, None if alike else Lack(miss.text, miss.subject, release)
    if first is None or record.standing(_floor(specifier)) in ("newer", "below"):
        return None, None
    return None, Lack(first.text, first.subject, None)


def _floor(specifier: str) -> str:
    """The lowest version that clauses name; "0" for none."""
    named = [clause.strip("<>=!~ ") for clause in specifier.split(",") if clause.strip().startswith((">", "=", "~"))]
    return next(iter(named), "0").removesuffix(".*") or "0"


def _finding(work: Working, chain: Chain, name: str, specifier: str, record: Record, lack: Lack) -> Finding:
    by = " → ".join(chain.names)
    other = work.domain(lack.subject)
    if lack.release is not None:
        text = f"{by} brings {name} {lack.release.version}, which has no {lack.text}, so it is built from source."
    else:
        which = f"{name}{specifier}" if specifier else name
        text = f"{by} needs {which}, of which no release has a {lack.text}, nor a source distribution."
    severity: Severity = "error" if lack.release is None and chain.certain and len(chain.names) == 1 else "warning"
    subject = work.store.subject(name)
    return Finding(
        "wheels",
        f"wheels/{name}-brought",
        severity,
        subject,
        text,
        involves=tuple(sorted({subject, chain.domain.subject, lack.subject})),
        location=chain.domain.location,
        because=tuple(
            Reason(step.text, step.origin) for step in (*chain.domain.steps, *(other.steps if other else ()))
        ),
        fix=Fix(
            f"Take a release or an extra of {chain.names[0]} that does not bring it, or leave it out on this machine."
        ),
        sources=(Source(f"pkg:pypi/{record.project}", record.read, "observed"),),
    )
