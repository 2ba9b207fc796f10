"""Which releases of a subject come into question on one machine with one Python, best first.

A candidate is a release from one index. What the judge says of it alone is asked when a search first comes to it, and
kept. Source distributions, previews and yanked releases come into question only where nothing else does, or where
somebody asks for them by name.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge.alone import Alone, alone
from stackcheck.judge.build_options import has_builds, may_serve, on_jetson, options
from stackcheck.judge.catalog import PURL, Catalog
from stackcheck.judge.judge import gpus
from stackcheck.judge.laws import wheel_law
from stackcheck.judge.working import Working
from stackcheck.matrix import published
from stackcheck.matrix.rows import Builds, Install, Relation
from stackcheck.model import Ask, Indexes, Known, Origin
from stackcheck.patterns import pattern
from stackcheck.plan.values import (
    ANY_SOURCE,
    KNOWN_SOURCE,
    NO_SOURCE,
    PYPI,
    UNKNOWN_BUILD,
    UNREAD,
    Candidate,
    Installed,
)
from stackcheck.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackcheck.judge.check import Check
    from stackcheck.matrix.records import Record
    from stackcheck.matrix.releases import Release
    from stackcheck.matrix.store import Store
    from stackcheck.model import Stack

NEWEST = 12
"""Releases of one name that are tried first, newest first; a wider search follows where they give no set."""
MOST_LOOKED_AT = 60
"""Releases that are looked at for those: of many, none may serve the machine."""
UNTESTED = ("validated", "unvalidated", "reported")
"""The levels of rows that say where something was tested, or was seen to fail."""
TORCH_FAMILY = ("torchvision", "torchaudio")
"""What PyTorch's and NVIDIA's Jetson indexes hold beside each torch (https://pytorch.org/get-started/locally)."""
OLD_DAYS = 365
"""How much older than its newest release that works alone a release may be that nobody asked for."""
_OF_FILES = {"wheel", "wheels", "builds", "gpu-code", "python"}
"""What speaks against the files of a release, and not against the release in a container."""
_ORIGIN = Origin("it comes into question", "plan")
_CUDA_OF_INDEX = pattern(r"cu(\d\d)(\d+)$")


@dataclass(frozen=True, eq=False)
class Skipped:
    """A release that does not come into question, and why; `contained`: in a container it might."""

    version: str
    index: str
    reason: str
    kind: str = ""
    contained: bool = True


@dataclass
class _Line:
    """What is known of one subject: its releases, newest first and previews last, and what has been looked at."""

    subject: str
    distribution: str
    record: Record | None
    versions: tuple[str, ...]
    looked: dict[tuple[str, str], Candidate | Skipped] = field(default_factory=dict)


class Supply:
    """The candidates of one machine with one Python (a series, "3.12"), those that are `installed` before others."""

    def __init__(self, store: Store, machine: Stack, python: str, installed: Installed | None = None) -> None:
        self.store = store
        self.python = python
        self.installed = installed or Installed()
        known = Known(python, Origin(f"the environment has Python {python}", "plan"))
        self.stack = machine.with_facts({"python": known})
        self.gpus = gpus(self.stack)
        self.base = Working(self.stack, store, self.gpus[0])
        self.machine = self.base.machine
        self.markers = self.base.markers
        self.catalog = Catalog(store)
        self._lines: dict[str, _Line] = {}
        self._work: dict[tuple[str, str], list[Working]] = {}
        self.judged = 0
        """How many releases were judged alone."""

    # --- names ------------------------------------------------------------------------------------------------

    def subject(self, distribution: str) -> str:
        """The subject that a distribution is."""
        return self.catalog.subject(distribution)

    def distribution(self, subject: str) -> str:
        """The distribution that an installer is told for a subject; "" for what pip does not install."""
        if not self.store.knows(subject):
            return subject.removeprefix(PURL)
        names = self.store.product(subject).pip
        return names[0] if names else ""

    def record(self, subject: str) -> Record | None:
        """PyPI's record of a subject, if there is one."""
        name = self.distribution(subject)
        return self.catalog.record(name) if name else None

    def known(self, subject: str) -> bool:
        """Whether anything is known of its releases."""
        return bool(self._line(subject).record or (self.store.knows(subject) and self.store.product(subject).releases))

    # --- candidates -------------------------------------------------------------------------------------------

    def candidates(
        self,
        subject: str,
        admits: Callable[[str], bool],
        *,
        wide: bool = False,
        doubt: int = 0,
        free: int = 0,
        source: int = NO_SOURCE,
        previews: bool = False,
        since: date | None = None,
        hidden: set[tuple[str, str]] | None = None,
    ) -> Iterator[Candidate]:
        """The candidates among the releases that `admits` lets in, best first: what nothing speaks against, newest
        first; then with `doubt` what is in doubt up to that, with `source` what is built from source. Up to `free` a
        doubt does not count. With `since`, none that was made a year before that day and before the first. What was
        kept back ("wide", "doubt") is added to `hidden`."""
        hidden = set() if hidden is None else hidden
        line = self._line(subject)
        apart: list[Candidate] = []
        good = looked = 0
        own = self._own(line)
        first: date | None = None
        for version in dict.fromkeys((*([own] if own is not None else ()), *line.versions)):
            if not admits(version) or (_is_preview(version) and not previews and not _is_preview(line.versions[0])):
                continue
            made = self._day(line, version) if since is not None else None
            if first is not None and made is not None and (first - made).days > OLD_DAYS:
                break
            before, looked = good, looked + 1
            for index in self.indexes(subject, version):
                found = self._look(line, version, index)
                # What is installed was read by whoever installed it.
                if isinstance(found, Candidate) and found.doubt > (max(doubt, UNREAD) if version == own else doubt):
                    hidden.add(("doubt", subject))
                    continue
                if isinstance(found, Skipped) or (found.source and source < self._way(found)):
                    continue
                if found.container and source == NO_SOURCE:
                    continue  # what a member brings along has to be beside it
                if (found.doubt > free and version != own) or found.source or found.container:
                    apart.append(found)
                else:
                    good = before + 1
                    first = first if first is not None or made is None or since is None else min(made, since)
                    yield found
            if not wide and (good >= NEWEST or looked >= MOST_LOOKED_AT):
                hidden.add(("wide", subject))
                break
        yield from sorted(apart, key=lambda one: (one.source, one.container, one.doubt))

    def day(self, subject: str, admits: Callable[[str], bool]) -> date | None:
        """The day of the newest release that is let in; None where no record says it."""
        line = self._line(subject)
        newest = next((text for text in line.versions if admits(text)), None)
        return None if newest is None else self._day(line, newest)

    def _day(self, line: _Line, version: str) -> date | None:
        """The day of a release's first file, where its record says it."""
        release = line.record.release(version) if line.record is not None else None
        return None if release is None or release.date is None else date.fromisoformat(release.date)

    def _own(self, line: _Line) -> str | None:
        """The release that is installed, as the matrix writes it; None where it is none that is known."""
        own = self.installed.release(line.subject)
        return None if own is None else next((text for text in line.versions if _same(text, own)), None)

    def may_stay(self, subject: str, index: str) -> bool:
        """Whether a build of an index can be the one that is installed, where that is to be kept: PyTorch's are told
        by their labels."""
        if not self.installed.keep or subject not in self.installed.releases:
            return True
        label = self.installed.releases[subject][1]
        return index == label if _CUDA_OF_INDEX.match(label) else not _CUDA_OF_INDEX.match(index)

    def _way(self, candidate: Candidate) -> int:
        """Whether building a release is known to be the way: a row says that it works, or no release of the project has
        a wheel for any Linux, so that it is built everywhere."""
        check = candidate.alone.source if candidate.alone is not None else None
        record = self._line(candidate.subject).record
        known = (check is not None and not check.row.recorded) or (record is not None and record.only_pure)
        return KNOWN_SOURCE if known else ANY_SOURCE

    def skipped(self, subject: str) -> list[Skipped]:
        """What was looked at so far and is no release with a wheel that works, in the order in which it was met."""
        looked = self._line(subject).looked.values()
        return [one if isinstance(one, Skipped) else _source(one) for one in looked if _out(one)]

    def doubt_of(self, subject: str, version: str) -> int:
        """How much is not known of a release that was looked at; 0 of what does not come into question."""
        looked = self._line(subject).looked
        found = [one.doubt for (text, _), one in looked.items() if text == version and isinstance(one, Candidate)]
        return min(found, default=0)

    def exact(self, subject: str, version: str) -> list[Candidate]:
        """A release that somebody names, from each index that may have it, though it is a preview or yanked."""
        line = self._line(subject)
        known = next((text for text in line.versions if _same(text, version)), None)
        if known is None and line.record is not None and line.record.release(version) is not None:
            known = version
        own = self.installed.release(subject)
        if known is None and own is not None and _same(own, version):
            return [Candidate(subject, line.distribution, version)]
        found = [self._look(line, known, index) for index in self.indexes(subject, known)] if known else []
        return sorted((one for one in found if isinstance(one, Candidate)), key=lambda one: one.doubt)

    def _look(self, line: _Line, version: str, index: str) -> Candidate | Skipped:
        key = (version, index)
        if key not in line.looked:
            line.looked[key] = self._candidate(line, version, index)
        return line.looked[key]

    def _doubt(self, line: _Line, candidate: Candidate) -> int:
        """How much is not known of a candidate. What goes with torch is as good as torch there."""
        if candidate.source:
            # What is built here has no wheel whose metadata could have been read; of its GPU code nothing is known.
            built = self.store.knows(line.subject) and self.store.rows_of(line.subject, Builds)
            return UNKNOWN_BUILD if built else 0
        if candidate.alone is not None and candidate.subject not in TORCH_FAMILY:
            if any(check.row.kind == "builds" for check in candidate.alone.doubts):
                return UNKNOWN_BUILD
            work = self.works(candidate)[0]
            domain = work.domain(candidate.subject)
            if domain is not None and candidate.version is not None and has_builds(work, candidate.subject):
                return self._unread(line, candidate) if options(work, domain, candidate.version) else UNKNOWN_BUILD
        if candidate.alone is not None and not line.distribution:
            # What is untested on this system, or of which no way to install it is known, comes after what is.
            untested = any(check.row.level in UNTESTED for check in candidate.alone.remarks)
            return UNREAD if untested or self.install_row(candidate) is None else 0
        return self._unread(line, candidate)

    def _unread(self, line: _Line, candidate: Candidate) -> int:
        """`UNREAD` where nobody has read what a release requires."""
        if line.record is None or candidate.version is None or self.install_row(candidate, own=True):
            return 0
        release = line.record.release(candidate.version)
        said = None if release is None else release.main
        return UNREAD if said is None or (said.core and candidate.extras) else 0

    def _line(self, subject: str) -> _Line:
        if subject not in self._lines:
            name = self.distribution(subject)
            asked = Catalog(self.store, {name: ()} if name else {})
            record = asked.record(name) if name else None
            self._lines[subject] = _Line(subject, name, record, _ordered(asked.releases(subject)))
        return self._lines[subject]

    def versions(self, subject: str) -> tuple[str, ...]:
        """Every release that rows and the record know, newest first, previews last."""
        return self._line(subject).versions

    def _candidate(self, line: _Line, version: str, index: str) -> Candidate | Skipped:
        if self.store.knows(line.subject):
            candidate = self._by_rows(line, version, index)
        else:
            release = line.record.release(version) if line.record is not None else None
            candidate = self._by_record(line, version, release)
        if isinstance(candidate, Candidate):
            candidate.doubt = self._doubt(line, candidate)
        without = candidate.contained if isinstance(candidate, Skipped) else candidate.source
        if without and any(row.container for row in self.install_rows(line.subject, version, instead=True)):
            candidate = Candidate(line.subject, "", version, container=True)
        return candidate

    def _by_record(self, line: _Line, version: str, release: Release | None) -> Candidate | Skipped:
        """What a release's files alone say."""
        if release is None or self.machine is None:
            return Candidate(line.subject, line.distribution, version)
        result = wheel_law.fit(release, self.machine)
        if not isinstance(result, wheel_law.Miss):
            return Candidate(line.subject, line.distribution, version)
        if published.buildable(release, self.machine.pythons):
            return Candidate(line.subject, line.distribution, version, source=True)
        if not result.text:
            return Skipped(version, PYPI, f"needs Python {release.python}", "python")
        return Skipped(version, PYPI, f"no {result.text}", "python" if result.subject == "python" else "wheel")

    def _by_rows(self, line: _Line, version: str, index: str) -> Candidate | Skipped:
        """What the judge says of a release."""
        found: Alone | None = None
        self.judged += 1
        for work in self._works(line.subject, line.distribution, index):
            record = line.record if index == PYPI else None
            found = alone(work, line.subject, version, record)
            if found.failures:
                kinds = [_kind(check) for check in found.failures]
                return Skipped(version, index, found.failures[0].message, kinds[0], set(kinds) <= _OF_FILES)
        source = found is not None and found.source is not None
        return Candidate(line.subject, line.distribution, version, index, alone=found, source=source)

    def install_row(self, candidate: Candidate, *, own: bool = False) -> Install | None:
        """How the vendor has a release installed, by the last row that applies; `own`: only with pins of its own."""
        every = self.install_rows(candidate.subject, candidate.version, instead=candidate.container)
        found = [row for row in every if (row.own or not own) and (row.container or not candidate.container)]
        return found[-1] if found else None

    def install_rows(self, subject: str, version: str | None, *, instead: bool) -> list[Install]:
        """The rows that say how a release is installed on this machine; `instead`: without packages."""
        rows = self.store.rows_of(subject, Install) if self.store.knows(subject) else ()
        return [
            row
            for row in rows
            if row.instead is instead
            and (row.release is None or (version is not None and row.release.admits(version) is True))
            and self.base.applies(row)[0] is True
        ]

    def works(self, candidate: Candidate) -> list[Working]:
        """The machine with nothing but a candidate asked for, once for each of its GPUs."""
        return self._works(candidate.subject, candidate.distribution, candidate.index)

    def _works(self, subject: str, distribution: str, index: str) -> list[Working]:
        """The machine with nothing but this subject asked for, from one index, once for each of its GPUs."""
        key = (subject, index)
        if key not in self._work:
            asks: tuple[Ask, ...] = ()
            wants: tuple[Ask, ...] = ()
            if distribution:
                there = Indexes((index,))
                asks = (Ask(distribution, "", _ORIGIN, indexes=there, transitive=there),)
            else:
                wants = (Ask(subject, "", _ORIGIN, indexes=None, transitive=None),)
            stack = replace(self.stack, asks=asks, wants=wants)
            self._work[key] = [Working(stack, self.store, gpu, preflight=bool(wants)) for gpu in self.gpus]
        return self._work[key]

    # --- indexes ----------------------------------------------------------------------------------------------

    def indexes(self, subject: str, version: str) -> tuple[str, ...]:
        """The indexes that have a release for this machine, the one to prefer first."""
        if not self.store.knows(subject):
            return (PYPI,)
        names = set(self._stated(subject, version))
        if subject in TORCH_FAMILY:
            names |= {name for name in self._of_torch() if name != PYPI}
        names |= {PYPI}
        own, label = self.installed.releases.get(subject, ("", ""))
        first = label if own and _same(own, version) else None
        return tuple(sorted(names, key=lambda name: (name != first, *self._preference(name))))

    def _stated(self, subject: str, version: str) -> Iterator[str]:
        for row in self.store.rows_of(subject, Builds):
            if row.release is None or row.release.admits(version):
                yield from (name for name in self._named(row) if self._serves(name, version))

    def _of_torch(self) -> Iterator[str]:
        for row in self.store.rows_of("torch", Builds):
            yield from (name for name in self._named(row) if self._serves(name, ""))

    def _named(self, row: Builds) -> tuple[str, ...]:
        """The indexes on which a row has a build for this machine."""
        has = not row.none and row.variant != "cpu" and self.base.applies(row)[0] is not False
        return row.index if has else ()

    def _serves(self, index: str, version: str) -> bool:
        """Whether an installer can be sent to an index for a release."""
        if index != PYPI and versions.index_url(index) is None:
            return False
        if index.startswith("jp") and not self.python.startswith(_series(self.fact("system-python"))):
            return False  # what is made for a JetPack is made for its own Python
        return may_serve(index, version, self.fact("jetpack"))

    def fact(self, name: str) -> str:
        """A fact of the machine that is known as one value, else ""."""
        domain = self.base.domain(name)
        return domain.values[0] if domain is not None and len(domain.values) == 1 else ""

    def _preference(self, name: str) -> tuple[bool, bool, int, str]:
        """A Jetson's own index first there, then PyPI, then the newest CUDA."""
        cuda = _CUDA_OF_INDEX.search(name)
        jetson = name.startswith(("jp", "sbsa"))
        return (
            not (jetson and on_jetson(self.base)),
            name != PYPI,
            -int(f"{cuda[1]}{cuda[2]:0>2}") if cuda else 0,
            name,
        )


def _kind(check: Check) -> str:
    return "python" if "python" in check.involves and check.kind is None else check.kind or check.row.kind


def _ordered(releases: tuple[str, ...]) -> tuple[str, ...]:
    final = [text for text in reversed(releases) if not _is_preview(text)]
    return (*final, *(text for text in reversed(releases) if _is_preview(text)))


def _out(one: Candidate | Skipped) -> bool:
    return isinstance(one, Skipped) or one.source


def _source(one: Candidate) -> Skipped:
    """A release that is built from source, as one that an installer would take without being told."""
    check = one.alone.source if one.alone is not None else None
    reason = "no wheel for this machine, only the source" if check is None else check.message
    return Skipped(one.version or "", one.index, reason, "source")


def _series(version: str) -> str:
    """The series of a Python: "3.12" of 3.12.3."""
    return ".".join(version.split(".")[:2])


def _same(one: str, other: str) -> bool:
    return one == other or ((parsed := versions.strict(one)) is not None and parsed == versions.strict(other))


def _is_preview(text: str) -> bool:
    """Whether a release is none that is taken unless it is named; ROS 2's rolling is never finished."""
    if text == "rolling":
        return True
    version = versions.strict(text)
    return version is not None and version.is_prerelease


def pythons_of(store: Store, subject: str) -> tuple[str, ...]:
    """The Pythons that some row of a subject names."""
    rows = store.rows_of(subject, Relation) if store.knows(subject) else ()
    return tuple(text for row in rows for name, condition in row.needs if name == "python" for text in condition.texts)
