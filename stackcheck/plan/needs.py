"""What a release requires: by its line in a record (Requires-Dist), by the rows of the matrix, and by its build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge import requires_dist
from stackcheck.judge.build_options import of_release
from stackcheck.judge.laws import source_builds
from stackcheck.matrix.rows import Condition, SourceBuild
from stackcheck.patterns import pattern
from stackcheck.plan.supply import TORCH_FAMILY
from stackcheck.plan.values import PYPI, TORCH_INDEX, Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.matrix.rows import Row
    from stackcheck.plan.supply import Supply
    from stackcheck.plan.values import Candidate

_CUDA_OF_INDEX = pattern(r"cu(\d\d)(\d)$")
_CUDA_EXTRA = pattern(r"cu(1\d)")
_CUDA_BOUND = pattern(r"(?:>=|==|~=)\s*(1\d)\b")
_CUDA_PYTHON = ("cuda-python", "cuda-bindings")
BUNDLED = ("nvidia-", "cuda-", "triton", "pytorch-triton")
"""What a build of torch brings along by its own metadata, which differs from index to index."""


def of(supply: Supply, candidate: Candidate) -> tuple[Requirement, ...]:
    """What a candidate requires; worked out once for each."""
    if candidate.needs is None:
        candidate.needs = () if candidate.absent else tuple(_all(supply, candidate))
    return candidate.needs


def _all(supply: Supply, candidate: Candidate) -> Iterator[Requirement]:
    typed: set[str] = set()
    brought: set[str] = set()
    for need in candidate.alone.needs if candidate.alone is not None else ():
        kind = need.row.kind
        typed.add(need.subject)
        if is_prerequisite(need.row):
            continue
        brought |= {need.subject} if kind == "requires" else set()
        yield Requirement(
            need.subject,
            condition=need.condition,
            weak=kind != "requires" or need.subject == "cuda",
            barred=kind == "conflicts",
            soft=need.soft,
            row=need.row,
        )
    requires_torch, named = "torch" in typed, set[str]()
    if supply.install_row(candidate, own=True) is None:
        for name, specifier, extras in of_record(supply, candidate):
            subject = supply.subject(name)
            requires_torch |= subject == "torch"
            named |= {_cuda_named(name, specifier, extras)} - {""}
            if subject != candidate.subject and (subject not in brought or extras):
                # A row says which releases; one that only speaks where the subject is there brings nothing along.
                yield Requirement(subject, "" if subject in typed else specifier, extras=extras)
    yield from _of_build(supply, candidate, named, requires_torch=requires_torch)


def is_prerequisite(row: Row) -> bool:
    """Whether a row asks for what its own commands bring, and no Python installer: a Debian package."""
    commands = row.fix.commands if row.fix is not None else ()
    return row.kind == "requires" and bool(commands) and not any("pip" in command for command in commands)


def of_record(supply: Supply, candidate: Candidate) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Names, versions and extras of what the metadata requires on this machine."""
    record = supply.record(candidate.subject)
    release = record.release(candidate.version) if record is not None and candidate.version else None
    arch = supply.machine.arches[0] if supply.machine is not None and len(supply.machine.arches) == 1 else None
    said = None if release is None else release.metadata(arch)
    if said is None or record is None:
        return
    environment = tuple(sorted(supply.markers.items()))
    for name, specifier, extras in requires_dist.applying(record.project, said.requires, candidate.extras, environment):
        if candidate.index == PYPI:
            yield name, specifier, extras
        elif not name.startswith(BUNDLED) and not _cuda_named(name, specifier, ()):
            # Another index has builds for another CUDA, whose metadata names that one.
            yield name, specifier, tuple(extra for extra in extras if not _CUDA_EXTRA.fullmatch(extra))


def _cuda_named(name: str, specifier: str, extras: tuple[str, ...]) -> str:
    """The CUDA major that a requirement names ("13"), "" for one that names none: `flashinfer-python[cu13]`,
    `nvidia-cudnn-cu13`, `cuda-python>=13.0`."""
    words = (*extras, f"cu{name.rpartition('-cu')[2]}" if "-cu" in name else "")
    found = next((match[1] for word in words if (match := _CUDA_EXTRA.fullmatch(word))), "")
    bound = _CUDA_BOUND.search(specifier) if name in _CUDA_PYTHON and not found else None
    # A bound of 12 lets 13 in too.
    return bound[1] if bound is not None and bound[1] > "12" else found


def _of_build(supply: Supply, candidate: Candidate, named: set[str], *, requires_torch: bool) -> Iterator[Requirement]:
    """Torch and what is built with it come from one index, and what loads torch's libraries has its CUDA major: that of
    its build, or the one that its metadata names."""
    torch = candidate.subject == "torch"
    if torch or candidate.subject in TORCH_FAMILY:
        yield Requirement(TORCH_INDEX, condition=Condition((candidate.index,), "word"))
    cuda = cuda_of(supply, candidate)
    if cuda is None and len(named) == 1 and not torch:
        cuda = next(iter(named))
    if cuda is None:
        return
    if torch:
        yield Requirement("cuda", f"=={cuda}")
    elif requires_torch:
        major = cuda.partition(".")[0]
        yield Requirement("cuda", f">={major},<{int(major) + 1}", weak=True)


def build_tools(supply: Supply, candidate: Candidate) -> Iterator[str]:
    """Which build tools a release that is built from source still builds with, of those that come from the index:
    "setuptools<82"."""
    for row in _builds(supply, candidate):
        tools = ((tool, condition.texts) for tool, condition in row.tools if tool in source_builds.ISOLATED)
        yield from (f"{tool}{texts[0]}" for tool, texts in tools if len(texts) == 1)


def builds_anywhere(supply: Supply, candidate: Candidate) -> bool:
    """Whether a row says of a release that is built from source that this compiles nothing, with the newest tools."""
    rows = list(_builds(supply, candidate))
    return bool(rows) and all(row.by == "python" and not row.tools for row in rows)


def _builds(supply: Supply, candidate: Candidate) -> Iterator[SourceBuild]:
    """The rows on how a release is built that is built from source."""
    if not candidate.source or candidate.version is None:
        return
    for row in supply.store.rows_naming(source_builds.TABLE, SourceBuild, (candidate.distribution,)):
        if candidate.distribution in row.projects and (row.release is None or row.release.admits(candidate.version)):
            yield row


def cuda_of(supply: Supply, candidate: Candidate) -> str | None:
    """The CUDA that a candidate's build names ("13.0"); None where it names none, or nothing is known of it."""
    if not supply.store.knows(candidate.subject) or candidate.version is None:
        return None
    work = supply.works(candidate)[0]
    domain = work.domain(candidate.subject)
    if domain is None:
        return None
    rows = [
        row
        for row in of_release(work, domain, candidate.version)
        if candidate.index in row.index and work.applies(row)[0] is not False and not row.none
    ]
    cudas = {row.cuda for row in rows if row.cuda is not None}
    if len(cudas) == 1:
        return cudas.pop()
    named = _CUDA_OF_INDEX.search(candidate.index)
    return f"{named[1]}.{named[2]}" if named and not cudas else None


def satisfied(requirement: Requirement, version: str | None) -> bool:
    """Whether a release is one that a requirement lets in; of what nothing is known, every release may be."""
    if version is None:
        return True
    if requirement.condition is not None:
        admits = requirement.condition.admits(version)
        return admits is not True if requirement.barred else admits is not False
    return requires_dist.allows(requirement.specifier, version)


def wants_previews(specifier: str) -> bool:
    """Whether a specifier names a preview, and so lets previews in (PEP 440)."""
    return any(
        (version := versions.strict(clause.lstrip("=!<>~ ").removesuffix(".*"))) is not None and version.is_prerelease
        for clause in specifier.split(",")
    )
