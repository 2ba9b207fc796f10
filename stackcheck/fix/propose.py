"""What could be changed for a finding, the likeliest first. The caller tries each by judging the changed text.

Only where the finding's row says what to do: a row that rules releases out tightens a bound; a relation between two
products moves the one that states it; a row with a fix moves a pin, adds the index that its commands name, or the
marker that its sentence names.

Safe is what gives every machine the same projects as before, in releases that the file allowed; the rest is a choice.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from stackcheck import versions
from stackcheck.fix import uv
from stackcheck.fix.edits import Edit, line_end, line_start, pinned, span, with_bounds, with_marker, with_pin
from stackcheck.matrix.rows import Relation
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from packaging.ranges import VersionRange
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

    from stackcheck.matrix.records import Record
    from stackcheck.matrix.store import Store
    from stackcheck.model import Ask, Finding

_INDEX = re.compile(r"--(?:extra-)?index-url[ =](https?://[^\s'\"]+)")
_MARKER = re.compile(r"platform_machine (?:==|!=) '[a-z0-9_]+'")
_BUILT = re.compile(r"^\[build-system\]", re.MULTILINE)
_OF_MACHINE = frozenset(("builds", "gpu-code", "compilers", "driver", "wheels", "online"))
"""Kinds of findings that another machine does not have."""
_FACTS = frozenset(("arch", "board", "compute-capability", "cuda-driver", "driver", "glibc", "gpu", "jetpack", "l4t"))
"""Facts by which it is the machine that a finding is about."""
_LABELLED = re.compile(r"/whl/cu\d+/?$")
_CONTINUED = re.compile(r"(?:[^\n\\]|\\(?:\r?\n)?)*")
LONGEST = 2000
"""Characters of a requirement that is changed; a longer one is no ordinary line."""
MOVES = 4
"""How many other releases are tried for one pin."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Edits that may repair a finding. `says` is the change in a few words."""

    safe: bool
    says: str
    edits: tuple[Edit, ...]
    whole: bool = False
    """Whether it says which releases work, so that nothing at all may then speak against its line."""


@dataclass(frozen=True)
class Project:
    """The files of a run as they stand: their asks, their texts, and what the judge leaves possible on every target.

    `possible` takes the names of projects whose lines are to count as open, and gives for each product the releases
    that are left. `machines` are the architectures of the targets, one for each.
    """

    asks: tuple[Ask, ...]
    texts: Mapping[str, str]
    possible: Callable[[frozenset[str]], Mapping[str, tuple[str, ...]]]
    store: Store
    machines: tuple[str, ...] = ()


def proposals(project: Project, finding: Finding, *, unsafe: bool = True) -> Iterator[Proposal]:
    """What may repair a finding; nothing where its place is no requirement, or one whose files are hashed. Without
    `unsafe` what is safe alone."""
    ask = _asked_at(project, finding)
    if ask is None or (finding.severity == "note" and _of_library(project, ask)):
        return
    case = _Case(project, finding, ask)
    for way in (_tightened, _paired, _from_index):
        yield from (proposal for proposal in way(case) if unsafe or proposal.safe)
    for way in (_moved, _marked) if unsafe else ():
        yield from way(case)


@dataclass(frozen=True)
class _Case:
    """One finding and the requirement at its place."""

    project: Project
    finding: Finding
    ask: Ask

    @property
    def path(self) -> str:
        return _path(self.ask)

    @property
    def text(self) -> str:
        return self.project.texts[self.path]

    @property
    def written(self) -> str:
        """The requirement as it stands in the file."""
        return _written(self.project, self.ask) or ""

    @property
    def product(self) -> str:
        return self.project.store.by_distribution(self.ask.name) or self.ask.name

    @property
    def releases(self) -> tuple[str, ...]:
        """All releases of the product that the matrix knows, oldest first."""
        store = self.project.store
        return store.product(self.product).releases if store.knows(self.product) else ()

    def changed(self, new: str | None, *, safe: bool, whole: bool = False) -> Iterator[Proposal]:
        """The requirement as a new text, if it is one."""
        if new is not None and new != self.written:
            yield Proposal(safe, f"{self.written} → {new}", (_edit(self.project, self.ask, new),), whole)


def _of_library(project: Project, ask: Ask) -> bool:
    """Whether those who install the project get this requirement too: what is a note is no reason to bind them. What is
    uv's own and has no build system is not installed elsewhere."""
    path = _path(ask)
    own = ask.group is None or ask.group.startswith("extra:")
    text = project.texts.get(path, "")
    return own and path.endswith("pyproject.toml") and (_BUILT.search(text) is not None or "[tool.uv" not in text)


def _asked_at(project: Project, finding: Finding) -> Ask | None:
    for ask in project.asks:
        if ask.origin.location is not None and ask.origin.location == finding.location:
            return ask if _written(project, ask) is not None else None
    return None


def _path(ask: Ask) -> str:
    return ask.origin.location.path if ask.origin.location is not None else ""


def _written(project: Project, ask: Ask) -> str | None:
    """The text at an ask's place; None where that is not this requirement alone, or where hashes follow it."""
    text = project.texts.get(_path(ask))
    place = span(text, ask.origin.location) if text is not None and ask.origin.location is not None else None
    if text is None or place is None or place[1] - place[0] > LONGEST:
        return None
    written = text[slice(*place)]
    rest = _CONTINUED.match(text, place[1])
    named = versions.project_name(re.split(r"[^A-Za-z0-9._-]", written, maxsplit=1)[0]) == ask.name
    if not (named or ask.url is not None) or (rest is not None and "--hash" in rest[0]):
        return None
    return written


def _edit(project: Project, ask: Ask, new: str) -> Edit:
    assert ask.origin.location is not None  # noqa: S101 - it has a text
    place = span(project.texts[_path(ask)], ask.origin.location)
    assert place is not None  # noqa: S101
    return Edit(_path(ask), *place, new)


def _tightened(case: _Case) -> Iterator[Proposal]:
    """Bounds that leave the newest run of releases that work; only for a line that allows several."""
    asked = versions.asked_range(case.ask.specifier)
    if pinned(case.written) is not None or asked is None or case.ask.url is not None:
        return
    allowed = [release for release in case.releases if asked.contains(release, prereleases=True)]
    good = set(case.project.possible(frozenset()).get(case.product, ()))
    works = [position for position, release in enumerate(allowed) if release in good]
    if not works or len(works) == len(allowed):
        return
    last = works[-1]
    first = last
    while first > 0 and allowed[first - 1] in good:
        first -= 1
    low = allowed[first] if first > 0 else None
    high = allowed[last + 1] if last + 1 < len(allowed) else None
    if high is not None and _lowers_others(case, allowed[last]):
        return
    bounded = with_bounds(case.written, low, high)
    machine = _apart(case) if high is not None else None
    if machine is not None and bounded is not None:
        yield from _split(case, bounded, machine)
    else:
        yield from case.changed(bounded, safe=True, whole=True)


def _apart(case: _Case) -> str | None:
    """The architecture whose machines alone a bound is for, where the file is for others too."""
    if case.finding.kind not in _OF_MACHINE and _FACTS.isdisjoint(case.finding.involves):
        return None
    machines = set(case.project.machines)
    if not machines or not (case.path.endswith(".toml") or len(machines) > 1):
        return None
    target = case.finding.target or ""
    return next(iter(machines)) if len(machines) == 1 else ("x86_64" if target.startswith("x86_64") else "aarch64")


def _split(case: _Case, bounded: str, machine: str) -> Iterator[Proposal]:
    """The requirement twice: with the bound for one architecture, as it was for the others."""
    assert case.ask.origin.location is not None  # noqa: S101 - it has a text
    place = span(case.text, case.ask.origin.location)
    quote = case.text[place[0] - 1 : place[0]] if place is not None else ""
    quote = quote if quote in ("'", '"') and case.path.endswith(".toml") else ""
    inner = "'" if quote == '"' else '"'
    here = with_marker(bounded, f"platform_machine == {inner}{machine}{inner}")
    others = with_marker(case.written, f"platform_machine != {inner}{machine}{inner}")
    if here is not None and others is not None:
        between = f"{quote}, {quote}" if quote else line_end(case.text)
        edit = _edit(case.project, case.ask, f"{here}{between}{others}")
        # Of several targets of one architecture the bound holds for all.
        alone = case.project.machines.count(machine) == 1
        yield Proposal(alone, f"{case.written} → {here}, {others}", (edit,), whole=True)


def _paired(case: _Case) -> Iterator[Proposal]:
    """A release that goes with the other lines, for a finding about the relation of two products. Where an installer
    refuses the present pair anyway, no machine can have had it."""
    row = _relation(case)
    if row is not None:
        yield from _other_releases(case, safe=row.installer)


def _relation(case: _Case) -> Relation | None:
    product = case.finding.id.partition("/")[0]
    rows = case.project.store.rows_of(product, Relation) if case.finding.kind in ("requires", "pairs") else ()
    return next((row for row in rows if row.key == case.finding.id and row.product == case.product), None)


def _moved(case: _Case) -> Iterator[Proposal]:
    """Another release, where the row has a fix."""
    if case.finding.fix is not None and _relation(case) is None:
        yield from _other_releases(case, safe=False)


def _other_releases(case: _Case, *, safe: bool) -> Iterator[Proposal]:
    """The requirement with another release of those that are left once it is open, the nearest newer one first."""
    if case.ask.url is not None or not case.ask.specifier:
        return
    possible = case.project.possible(frozenset((case.ask.name,))).get(case.product, ())
    # A record knows every release that there ever was; those of the rows are the ones that somebody looked at.
    left = tuple(release for release in possible if release in case.releases)
    old = pinned(case.written)
    asked = versions.asked_range(case.ask.specifier)
    for release in _nearest(old, left)[:MOVES]:
        version = versions.parse(release)
        if old is None and asked is not None and version is not None and not _reaches(case, version, asked):
            continue
        if not _goes_with_neighbours(case, release):
            continue
        if old is None and asked is not None and version is not None and version in asked:
            yield from case.changed(with_bounds(case.written, release, None), safe=safe)
        else:
            # Less than what is asked for, or another range, is a choice.
            have = None if old is None else versions.parse(old)
            raised = have is not None and version is not None and version > have
            yield from case.changed(with_pin(case.written, release), safe=safe and raised)


def _reaches(case: _Case, version: Version, asked: VersionRange) -> bool:
    """Whether a range allows a release, or could be raised to it: a lower bound that is taken back lets an installer
    take the newest all the same."""
    inside = [own for text in case.releases if (own := versions.parse(text)) is not None and own in asked]
    return version in asked or all(version > own for own in inside)


def _goes_with_neighbours(case: _Case, release: str) -> bool:
    """Whether a release is one that pinned neighbours go with which ask for exactly one (torch for its Triton), on any
    machine: the file may serve others. A neighbour of which nothing is known is none."""
    records = case.project.store.records
    for other in case.project.asks:
        pin = pinned(f"{other.name}{other.specifier}") if other.name != case.ask.name else None
        record = records.record(other.name) if pin is not None and records is not None else None
        if pin is None or record is None or not _exact(record, record.usual[:1], case.ask.name):
            continue
        line = record.release(pin.partition("+")[0])
        exact = _exact(record, (pin.partition("+")[0],), case.ask.name)
        if line is None or line.main is None or (exact and not any(release in one for one in exact)):
            return False
    return True


def _lowers_others(case: _Case, release: str) -> bool:
    """Whether a release binds another line's project to an older one than that line takes (torchaudio its torch)."""
    store = case.project.store
    record = store.records.record(case.ask.name) if store.records is not None else None
    if record is None:
        return False
    for other in case.project.asks:
        product = store.by_distribution(other.name) if other.name != case.ask.name else None
        if product is None or pinned(f"{other.name}{other.specifier}") is not None:
            continue
        newest = store.product(product).releases[-1:]
        exact = _exact(record, (release,), other.name)
        if exact and newest and not any(newest[0] in one for one in exact):
            return True
    return False


def _exact(record: Record, releases: Iterable[str], name: str) -> list[SpecifierSet]:
    """How some releases ask for another project where they ask for one release of it."""
    lines = (line for release in releases if (line := record.release(release)) is not None and line.main is not None)
    texts = (text for line in lines if line.main is not None for text in line.main.requires)
    parsed = (Requirement(text) for text in texts if text.startswith(name))
    return [
        one.specifier
        for one in parsed
        if versions.project_name(one.name) == name and any(part.operator in ("==", "~=") for part in one.specifier)
    ]


def _nearest(old: str | None, releases: tuple[str, ...]) -> list[str]:
    """Releases by their distance from an old one: newer ones upwards, then older ones downwards."""
    # The same release without its label is another build, and not another release.
    have = versions.parse(old.partition("+")[0]) if old is not None else None
    known = [(version, release) for release in releases if (version := versions.parse(release)) is not None]
    final = [pair for pair in known if not pair[0].is_prerelease]
    newer = [release for version, release in final if have is None or version > have]
    older = [release for version, release in final if have is not None and version < have]
    return [*newer, *reversed(older)]


def _from_index(case: _Case) -> Iterator[Proposal]:
    """The index that the fix's commands name: for uv a source for this kind of machine, for pip an option."""
    fix = case.finding.fix
    commands = fix.commands if fix is not None else ()
    urls = [found[1] for command in commands for found in _INDEX.finditer(command)]
    if case.finding.kind not in ("builds", "gpu-code", "compilers") or not commands:
        return
    if case.path.endswith(".toml"):
        if case.finding.subject != case.product:
            return  # uv takes a source for what a project asks for, none for what that brings along
        url = urls[0] if urls else None
        edits = uv.with_source(case.text, case.path, case.ask.name, url) if url is not None else ()
        edits = edits or uv.with_split(case.text, case.path, case.ask.name, url)
        if edits:
            yield Proposal(True, f"{case.ask.name} from {url or 'PyPI'} on aarch64", edits)
        return
    if not urls or not _LABELLED.search(urls[0]):
        return  # of two indexes pip takes the newest release, of one release the build that has a label
    assert case.ask.origin.location is not None  # noqa: S101 - it has a text
    start = line_start(case.text, case.ask.origin.location.line or 1)
    option = f"--extra-index-url {urls[0]}"
    yield Proposal(False, option, (Edit(case.path, start, start, option + line_end(case.text)),))


def _marked(case: _Case) -> Iterator[Proposal]:
    """The marker that the row's fix names, so that the line counts no more where it cannot be served."""
    said = case.finding.fix.text if case.finding.fix is not None else ""
    marker = _own_marker(case.ask) if case.finding.kind == "wheel-tag" else None
    found = _MARKER.search(said)
    marker = marker or (found[0] if found else None)
    if marker is None:
        return
    place = span(case.text, case.ask.origin.location) if case.ask.origin.location is not None else None
    quote = case.text[place[0] - 1 : place[0]] if place is not None else ""
    marker = marker if quote == '"' else marker.replace("'", '"')
    yield from case.changed(with_marker(case.written, marker), safe=False)


def _own_marker(ask: Ask) -> str | None:
    """The marker for the machine that a Linux wheel of one architecture is for, by its file name."""
    found = re.search(r"linux\w*?_(x86_64|aarch64)\.whl", ask.url or "")
    return f"platform_machine == '{found[1]}'" if found else None
