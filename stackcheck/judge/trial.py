"""A release that a report names is judged first: as if the lines asked for it, beside all else that they ask for.

What a row rules out says nothing of what is left: that may fail by another row, or beside a neighbour that is pinned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge import engine, findings, requires_dist
from stackcheck.judge.build_options import has_builds
from stackcheck.judge.working import Working
from stackcheck.matrix.rows import Builds, Relation
from stackcheck.model import Ask, Indexes, Origin
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackcheck.judge.engine import Verdict
    from stackcheck.matrix.records import Record
    from stackcheck.matrix.rows import Conditions, Row
    from stackcheck.matrix.store import Store
    from stackcheck.model import Finding, Gpu, Stack

MOST = 8
"""Picks, and builds to take instead, that are judged for one stack: a report names few, and each takes as long as what
shares a row or record with it."""
_ORIGIN = Origin("it is tried", "trial")
_OF_CUDA = ("nvidia-", "cuda-", "triton", "pytorch-triton")
"""How the names of what differs from one CUDA build to another begin."""
RELEASES = 12
"""Releases that are looked at, newest first, where any may be taken."""


@dataclass(frozen=True)
class Pin:
    """A distribution in one release, from one index by its short name. Without a release it is whichever the index
    gives of those that the specifier allows."""

    name: str
    release: str | None
    index: str
    specifier: str = ""

    @property
    def ask(self) -> Ask:
        """The line that asks for it."""
        indexes = Indexes((self.index,))
        specifier = self.specifier if self.release is None else f"=={self.release}"
        return Ask(self.name, specifier, _ORIGIN, indexes=indexes, transitive=indexes)


class Trial:
    """Changes of one stack, each judged once for every GPU of its machine."""

    def __init__(self, stack: Stack, store: Store, gpus: list[Gpu | None]) -> None:
        self.stack = stack
        self.store = store
        self.gpus = gpus
        self._works: dict[tuple[object, ...], bool] = {}
        self._mentions: dict[str, frozenset[str]] = {}

    def works(self, subject: str, release: str) -> bool:
        """Whether this release of what the lines ask for works beside all the others."""
        if (subject, release) not in self._works:
            if sum(isinstance(key[0], str) for key in self._works) >= MOST:
                return False
            stack = self._near({subject})
            names = [ask.name for ask in (*stack.wants, *stack.asks) if ask.applies and not ask.constraint]
            own = [name for name in names if name == subject or self.store.by_distribution(name) == subject]
            pins = [Ask(name, f"=={release}", _ORIGIN, constraint=True) for name in dict.fromkeys(own)]
            self._works[subject, release] = self._passes(stack.with_asks(pins), subject)
        return self._works[subject, release]

    def works_with(self, pins: tuple[Pin, ...], known: frozenset[str]) -> bool:
        """Whether these releases work in place of what is installed and asked for of the same projects. `known` are
        the ids of findings that there are without them: what stands between other lines is no reason against them."""
        if pins not in self._works:
            if sum(isinstance(key[0], Pin) for key in self._works) >= MOST:
                return False
            subjects = [self.store.by_distribution(pin.name) or pin.name for pin in pins]
            stack = self._with_pins(pins, self._near(set(subjects)))
            taken = [self._taken(pin, pins) for pin in pins]
            works = None not in taken and self._passes(stack, subjects[0], subjects[1:], known)
            if works and tuple(taken) != pins:
                stack = self._with_pins(tuple(pin for pin in taken if pin is not None), stack)
                works = self._passes(stack, subjects[0], subjects[1:], known)
            self._works[pins] = works
        return self._works[pins]

    def _taken(self, pin: Pin, pins: tuple[Pin, ...]) -> Pin | None:
        """The release that an installer takes by what releases require, where the judge has no record that says it: of
        another index by PyPI's record, of PyPI the newest that the lines admit; None where there is none."""
        record = self.store.records.record(pin.name) if self.store.records is not None else None
        same = record is not None and pin.index == record.index
        if record is None or same == (pin.release is not None):
            return pin
        names = {one.name for one in pins}
        asks = [one.ask for one in pins if one is not pin]
        asks += [ask for ask in self.stack.asks if ask.applies and ask.url is None and ask.name not in names]
        if pin.release is not None:
            return None if self._admits(record, pin.release, asks, _OF_CUDA) is False else pin
        newest = [one for one in record.usual if requires_dist.allows(pin.specifier, one)][:RELEASES]
        taken = next((release for release in newest if self._admits(record, release, asks)), None)
        return None if taken is None else replace(pin, release=taken)

    def _admits(self, record: Record, release: str, asks: list[Ask], apart: tuple[str, ...] = ()) -> bool | None:
        """Whether each line is met by some release that this one allows; what begins like `apart` is left aside. None:
        what it requires is not known."""
        line = record.release(release)
        if line is None or line.main is None:
            return None
        environment = tuple(sorted(requires_dist.environment(self.stack).items()))
        applying = requires_dist.applying(record.project, line.main.requires, frozenset(), environment)
        required = {name: specifier for name, specifier, _ in applying if not (apart and name.startswith(apart))}
        if apart:  # the Triton of a CUDA build is that of the release, on machines too where PyPI's build has none
            parsed = filter(None, map(requires_dist.parse, line.main.requires))
            required |= {name: specifier for name, specifier, _ in parsed if name == "triton"}
        own = ((ask.specifier, required[ask.name]) for ask in asks if ask.name in required)
        return all(requires_dist.together(both) is not None for both in own)

    def _with_pins(self, pins: tuple[Pin, ...], stack: Stack) -> Stack:
        """The stack with these in place of what is installed and asked for of the same projects."""
        gone = {name for pin in pins for name in self._names(pin.name)}
        return replace(
            stack,
            packages={name: state for name, state in stack.packages.items() if name not in gone},
            products={name: state for name, state in stack.products.items() if name not in gone},
            code={name: code for name, code in stack.code.items() if name not in gone},
            wants=tuple(ask for ask in stack.wants if ask.name not in gone),
            asks=(*(pin.ask for pin in pins), *(ask for ask in stack.asks if ask.name not in gone)),
        )

    def _names(self, distribution: str) -> Iterator[str]:
        product = self.store.by_distribution(distribution)
        yield distribution
        if product is not None:
            yield product
            yield from self.store.product(product).pip

    def _near(self, subjects: set[str]) -> Stack:
        """The stack with what shares a row or a record with these subjects alone: the rest says the same of every
        change of theirs, and judging it takes most of the time."""
        near = {*subjects, *(name for subject in subjects for name in self._mentioned(subject)), "python"}
        by_product = self.store.by_distribution
        kept = {
            name
            for name in {ask.name for ask in (*self.stack.wants, *self.stack.asks)} | set(self.stack.packages)
            if not near.isdisjoint((name, by_product(name))) or not subjects.isdisjoint(self._mentioned(name))
        }
        return replace(
            self.stack,
            packages={name: state for name, state in self.stack.packages.items() if name in kept},
            wants=tuple(ask for ask in self.stack.wants if ask.name in kept),
            asks=tuple(ask for ask in self.stack.asks if ask.name in kept),
        )

    def _mentioned(self, name: str) -> frozenset[str]:
        """The subjects and distributions of which the rows and the record of a project speak."""
        if name not in self._mentions:
            product = name if self.store.knows(name) else self.store.by_distribution(name)
            rows = self.store.rows(product) if product is not None else ()
            found = {subject for row in rows for subject, _ in (*_needs(row), *row.where, *row.unless)}
            for distribution in (name, *(self.store.product(product).pip if product is not None else ())):
                found |= self._required(distribution)
            self._mentions[name] = frozenset(found)
        return self._mentions[name]

    def _required(self, distribution: str) -> set[str]:
        """What the newest release of a project requires, and those that lines pin, by its record."""
        record = self.store.records.record(distribution) if self.store.records is not None else None
        if record is None:
            return set()
        pinned = [
            ask.specifier[2:] for ask in self.stack.asks if ask.name == distribution and ask.specifier[:2] == "=="
        ]
        names = set()
        for release in filter(None, map(record.release, (*record.usual[:1], *pinned))):
            texts = release.main.requires if release.main is not None else ()
            parsed = filter(None, map(requires_dist.parse, texts))
            names |= {one[0] for one in parsed}
        return names | {product for one in names if (product := self.store.by_distribution(one)) is not None}

    def _passes(
        self, stack: Stack, subject: str, companions: Sequence[str] = (), known: frozenset[str] = frozenset()
    ) -> bool:
        """Whether nothing speaks against these subjects: no error and no warning, and the build of the first is known
        to serve the machine."""
        subjects = {subject, *companions}
        for gpu in self.gpus:
            work = Working(stack, self.store, gpu)
            verdicts = engine.solve(work)
            found, _ = findings.of_verdicts(work, verdicts)
            against = (one for one in found if one.severity in ("error", "warning"))
            if any(_concerns(one, subjects, known) for one in against) or not work.settled:
                return False
            own = (verdict for verdict in verdicts if verdict.domain.subject == subject and verdict.domain.values)
            if has_builds(work, subject) and not all(map(_serves, own)):
                return False
        return True


def _concerns(finding: Finding, subjects: set[str], known: frozenset[str]) -> bool:
    if finding.subject in subjects:
        return True
    return finding.id not in known and not subjects.isdisjoint(finding.involves)


def _needs(row: Row) -> Conditions:
    return row.needs if isinstance(row, Relation) else ()


def _serves(verdict: Verdict) -> bool:
    return {check.result for check in verdict.checks if isinstance(check.row, Builds)} == {"holds"}
