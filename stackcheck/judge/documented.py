"""What a document says is installed, held against what the records say that it requires: `pip check` where there are no
files to read, and the upper bounds that only later releases state (`laws.later_caps`).

Only releases whose metadata was read count, and only PyPI's own: a local label names another build. What a row, a law
or a record says of the same two is not said again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge import dependencies, requires_dist
from stackcheck.judge.laws import later_caps
from stackcheck.model import Finding, Known, Reason
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.judge.distributions import Distribution, Requirement
    from stackcheck.matrix.store import Store
    from stackcheck.model import Stack


@dataclass(frozen=True, slots=True)
class Required:
    """One Requires-Dist of a record; the line is that of a release, of which there is one."""

    text: str
    line: int = 1


@dataclass(frozen=True, slots=True)
class Documented:
    """A distribution of a document with what the record of its release says (see `distributions.Distribution`)."""

    name: str
    version: str
    path: str
    requires: tuple[Requirement, ...]
    folder: str = ""
    requires_python: str | None = None
    tags: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] | None = None


def findings(stack: Stack, store: Store, said: Iterable[Finding]) -> Iterator[Finding]:
    """What is installed and excluded by something else that is; `said` are the findings that there are already."""
    there: list[Distribution] = list(_distributions(stack, store))
    told = [finding for finding in said if finding.severity in ("error", "warning")]
    for finding in dependencies.findings(stack, there) if there else ():
        others = set(finding.involves) - {finding.subject}
        again = any(finding.subject in one.involves and not others.isdisjoint(one.involves) for one in told)
        if finding.id.startswith("consistency/conflict-") and not again:
            told.append(finding)
            yield _tied(stack, store, finding)
    yield from _late(stack, store, there, told)


def _tied(stack: Stack, store: Store, finding: Finding) -> Finding:
    """The finding; an error where compiled code is made for another series of torch, whose C++ interface changes with
    each."""
    torch = stack.packages.get("torch")
    if finding.subject != "torch" or not isinstance(torch, Known) or store.records is None:
        return finding
    here = versions.parse(torch.value)
    for name in finding.involves:
        state = stack.packages.get(name)
        record = store.records.record(name) if isinstance(state, Known) and name != "torch" else None
        release = record.release(state.value) if record is not None and isinstance(state, Known) else None
        if release is None or release.main is None or not release.wheels or here is None:
            continue
        pins = [one[1] for text in release.main.requires if (one := requires_dist.parse(text)) and one[0] == "torch"]
        pin = versions.parse(pins[0].removeprefix("==")) if len(pins) == 1 and pins[0].startswith("==") else None
        compiled = not any("any" in some.platforms for some in release.wheels)
        if compiled and pin is not None and pin.release[:2] != here.release[:2] and not here.is_prerelease:
            text = f"{finding.message} The compiled code of {name} {release.version} fits that torch alone."
            return replace(finding, severity="error", message=text)
    return finding


def _late(stack: Stack, store: Store, there: list[Distribution], told: list[Finding]) -> Iterator[Finding]:
    """What is beside a release and shut out by later ones of it, where nothing is said of the two."""
    held = {one.name: one.version for one in there}
    environment = tuple(sorted(requires_dist.environment(stack).items()))
    arch = stack.facts.get("arch")
    own = arch.value if isinstance(arch, Known) else None
    spoken = {name for finding in told for name in finding.involves}
    for one in there:
        record = store.records.record(one.name) if store.records is not None else None
        hits = []
        for name, specifier, marker in filter(None, (requires_dist.parse(each.text) for each in one.requires)):
            version = held.get(name) or _plain(stack, name)
            other = store.records.record(name) if store.records is not None and version is not None else None
            if record is None or other is None or spoken >= {one.name, name} or not later_caps.unbounded(specifier):
                continue
            if requires_dist.applies(marker, {**dict(environment), "extra": ""}):
                hits.append(later_caps.late(record, one.version, other, version or "", environment, own))
        lates = [hit for hit in hits if hit is not None]
        if lates and record is not None:
            yield Finding(
                "consistency",
                f"consistency/{one.name}-later",
                "warning",
                store.by_distribution(one.name) or one.name,
                later_caps.told(one.name, one.version, lates),
                involves=tuple(sorted({one.name, *(late.name for late in lates)})),
                because=(Reason(f"{one.name} {one.version} is installed", one.path),),
                fix=later_caps.remedy(one.name, lates),
                sources=later_caps.sources(record, lates),
            )


def _plain(stack: Stack, name: str) -> str | None:
    """The version of an installed distribution that bears no label of another build."""
    state = stack.packages.get(name)
    known = isinstance(state, Known) and state.value != "*" and versions.local_label(state.value) is None
    return state.value if known and isinstance(state, Known) else None


def _distributions(stack: Stack, store: Store) -> Iterator[Documented]:
    arch = stack.facts.get("arch")
    if store.records is None:
        return
    for name, state in stack.packages.items():
        if not isinstance(state, Known) or versions.local_label(state.value) is not None:
            continue
        record = store.records.record(name)
        release = record.release(state.value) if record is not None else None
        said = release.metadata(arch.value if isinstance(arch, Known) else None) if release is not None else None
        if said is not None and said.requires:
            path = f"pkg:pypi/{name}@{state.value}"
            yield Documented(name, state.value, path, tuple(map(Required, said.requires)))
