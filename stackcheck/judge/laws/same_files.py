"""Two distributions that install one import package or one library: a CPU and a GPU build, a renamed successor.

What a release installs is what its record names: packages, modules, libraries in a folder that several share. An
installer puts both there, and the one that comes last wins. Names that many wheels leave lying at the top by mistake
count for nothing, and of two where one requires the other the maintainers know.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge import requirements, requires_dist
from stackcheck.matrix.rows import Relation
from stackcheck.model import Finding, Fix, Known, Reason, Source
from stackcheck.patterns import pattern
from stackcheck.values import dataclass
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.judge.domain import Domain
    from stackcheck.judge.working import Working
    from stackcheck.matrix.records import Record
    from stackcheck.matrix.releases import Metadata
    from stackcheck.model import Ask, Location

STRAY = frozenset(
    (
        *(
            "tests",
            "test",
            "testing",
            "docs",
            "doc",
            "examples",
            "example",
            "benchmarks",
            "benchmark",
            "scripts",
            "tools",
        ),
        *("build_backend", "list_versions", "setup", "conftest", "src", "bin", "lib", "include", "share", "utils"),
    )
)
"""Top-level names that say nothing of the project that brings them."""
_BUILD = pattern(r"-(?:cu(?:da)?\d+x?|gpu|cpu|headless|genai|ce)\b")
"""What distinguishes the builds of one project in its name."""
_BUILDS = pattern(r"^(?:onnxruntime|opencv|tensorflow|faiss|paddlepaddle|cupy|jax|mxnet|torch)\b")
"""Projects that are built under several names."""


@dataclass(frozen=True)
class Installed:
    """A distribution that is there or will be: its release, and where a line asks for it."""

    name: str
    version: str
    said: Metadata
    source: Source
    reasons: tuple[Reason, ...]
    location: Location | None = None
    groups: frozenset[str] = frozenset()

    @property
    def own(self) -> frozenset[str]:
        """What it installs as its own."""
        names = self.said.installs or ()
        return frozenset(name for name in names if not name.endswith("/") and name not in STRAY and name[0] != "_")

    @property
    def required(self) -> frozenset[str]:
        """Every distribution that it may require, whatever the marker or extra."""
        parsed = map(requires_dist.parse, self.said.requires)
        return frozenset(one[0] for one in parsed if one is not None)


def findings(work: Working) -> Iterator[Finding]:
    """A warning for each pair that installs the same; none where a row of the matrix speaks of the pair."""
    twins = _twins(work)
    if not (work.asks or twins) or work.store.store.records is None:  # last, since it loads how records are read
        return
    there = sorted((*_asked(work), *_found(work, twins)), key=lambda each: each.name)
    owners: dict[str, list[int]] = {}
    for number, each in enumerate(there):
        for name in each.own:
            owners.setdefault(name, []).append(number)
    pairs = {pair for numbers in owners.values() if len(numbers) > 1 for pair in combinations(numbers, 2)}
    for one, other in ((there[first], there[second]) for first, second in sorted(pairs)):
        same = one.own & other.own
        apart = one.groups and other.groups and not one.groups & other.groups
        known = one.name in other.required or other.name in one.required
        if same and not apart and not known and not _stated(work, one.name, other.name):
            yield _finding(one, other, sorted(same))


def _asked(work: Working) -> Iterator[Installed]:
    for subject in work.asks:
        domain = work.domain(subject)
        if domain is None or domain.presence not in ("asked", "wanted") or domain.pick is None:
            continue
        names = {ask.name for ask in domain.asks if not ask.constraint and ask.url is None}
        for name in work.store.distributions(subject):
            if (name in names or subject in names) and requirements.of_pypi(work, domain):
                reasons = tuple(Reason(step.text, step.origin) for step in domain.steps if step.row is None)
                yield from _of(work, name, domain.pick, reasons, _line(domain, name), _groups(domain, name))


def _twins(work: Working) -> dict[str, Known]:
    """What is installed, where another build of the same project is there or asked for too."""
    packages = {name: state for name, state in work.stack.packages.items() if isinstance(state, Known)}
    stems: dict[str, int] = {}
    for name in {*packages, *work.store.asked}:
        stem = _BUILD.sub("", name) if "-" in name else name
        stems[stem] = stems.get(stem, 0) + 1
    return {
        name: state
        for name, state in packages.items()
        if stems[_BUILD.sub("", name)] > 1 and name not in work.store.asked
    }


def _found(work: Working, twins: dict[str, Known]) -> Iterator[Installed]:
    for name, state in twins.items():
        reason = Reason(state.origin.text, state.origin.place)
        yield from _of(work, name, state.value, (reason,), None, frozenset())


def _of(
    work: Working, name: str, version: str, reasons: tuple[Reason, ...], line: Location | None, groups: frozenset[str]
) -> Iterator[Installed]:
    record = work.store.record(name)
    said = None if record is None else requirements.metadata(work, record, version)
    if record is not None and (said is None or not said.installs):
        said = _of_later(work, record, name, version)
    if record is not None and said is not None and said.installs:
        source = Source(f"pkg:pypi/{name}@{version}", record.read, "observed")
        yield Installed(name, version, said, source, reasons, line, groups)


def _of_later(work: Working, record: Record, name: str, version: str) -> Metadata | None:
    """What the next release says of which the metadata was read, for a build of a project that has others: those
    install the same package in every release."""
    later: Metadata | None = None
    wanted = versions.parse(version)
    if _BUILDS.search(name) is None or wanted is None:
        return None
    for release in record:
        at = versions.parse(release.version)
        if at is None or at <= wanted:
            return later
        said = requirements.metadata(work, record, release.version)
        later = said if said is not None and said.installs else later
    return None


def _line(domain: Domain, name: str) -> Location | None:
    return next(
        (ask.origin.location for ask in domain.asks if ask.name == name and not ask.constraint), domain.location
    )


def _groups(domain: Domain, name: str) -> frozenset[str]:
    asks: Iterable[Ask] = [ask for ask in domain.asks if ask.name == name]
    return requirements.groups(tuple(asks))


def _stated(work: Working, one: str, other: str) -> bool:
    """Whether a row says of the two that they do not go together, or that they do."""
    subjects = (work.store.subject(one), work.store.subject(other))
    return any(
        row.kind == "conflicts" and any(name == target for name, _ in row.needs)
        for product, target in (subjects, subjects[::-1])
        for row in work.store.rows_of(product, Relation)
    )


def _finding(one: Installed, other: Installed, same: list[str]) -> Finding:
    names = f"{one.name} {one.version} and {other.name} {other.version}"
    location = max((each.location for each in (one, other) if each.location), key=lambda at: at.line or 0, default=None)
    return Finding(
        kind="conflicts",
        id=f"{one.name}/files-of-{other.name}",
        severity="warning",
        subject=one.name,
        message=f"{names} both install {few(same, 3)}; the one that is installed last wins.",
        involves=(one.name, other.name),
        location=location,
        because=(*one.reasons, *other.reasons),
        fix=Fix("Keep the one of them that is needed here."),
        sources=(one.source, other.source),
    )
