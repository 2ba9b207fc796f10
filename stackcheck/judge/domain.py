"""What a subject can be while the judge works: a domain of values that only ever shrinks, with its reasons."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Literal, TypeAlias

from stackcheck import versions
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.ranges import VersionRange

    from stackcheck.matrix.rows import Condition, Row
    from stackcheck.model import Absent, Ask, Location, Unknown

Presence = Literal["found", "some", "asked", "wanted", "todo", "implied"]
"""found: one value, installed, probed or declared. some: there, version not known. asked, wanted: by a file or the
command line. todo: not there, and to be installed in a preflight. implied: an installer would bring it along."""


@dataclass(frozen=True, repr=False)
class Step:
    """One reason of a chain. `removed` are the values that this step took from the domain."""

    text: str
    origin: str
    subjects: frozenset[str] = frozenset()
    location: Location | None = None
    removed: tuple[str, ...] = ()
    row: Row | None = None
    quiet: bool = True


@dataclass(frozen=True, eq=False, repr=False)
class Domain:
    """What a subject can be. `values` are the releases that are possible, oldest first; where no list of releases
    is known it is empty and `range` says it. `rows` are the rows that made a todo of it. `assumed`: it follows from a
    build that is only likely, so that what rests on it is no error."""

    subject: str
    presence: Presence
    values: tuple[str, ...] = ()
    range: VersionRange | None = None
    steps: tuple[Step, ...] = ()
    asks: tuple[Ask, ...] = ()
    rows: tuple[Row, ...] = ()
    assumed: bool = False

    @property
    def pick(self) -> str | None:
        """The value that an installer would take: the newest final release, else the newest; None without a list."""
        return pick(self.values)

    @property
    def location(self) -> Location | None:
        """Where a file asks for it, if one does."""
        return next((step.location for step in self.steps if step.location is not None), None)

    @property
    def alone(self) -> bool:
        """Whether it is asked for, and only without what it requires."""
        asks = [ask for ask in self.asks if not ask.constraint]
        return self.presence == "asked" and bool(asks) and all(ask.alone for ask in asks)

    @property
    def involved(self) -> frozenset[str]:
        """Every subject that its chain speaks of."""
        return frozenset((self.subject,)).union(*(step.subjects for step in self.steps))

    def narrowed(self, values: tuple[str, ...], step: Step) -> Domain:
        """The same domain with fewer values, and why."""
        removed = tuple(value for value in self.values if value not in values)
        return replace(self, values=values, steps=(*self.steps, replace(step, removed=removed)))


State: TypeAlias = "Domain | Absent | Unknown"


def by_preference(values: tuple[str, ...]) -> Iterator[str]:
    """Values of a list that is sorted oldest first, in the order in which an installer would take them: the newest
    final release first, previews last."""
    previews = []
    for value in reversed(values):
        version = versions.parse(value)
        if version is not None and version.is_prerelease:
            previews.append(value)
        else:
            yield value
    yield from previews


def pick(values: tuple[str, ...]) -> str | None:
    """The value that an installer would take; None without a list."""
    return next(by_preference(values), None)


class Fit(Enum):
    """How much of a domain a condition admits."""

    ALL = "all"
    SOME = "some"
    NONE = "none"
    UNKNOWN = "unknown"


def fit(domain: Domain, condition: Condition) -> Fit:
    """How much of the domain meets the condition; UNKNOWN where it cannot be compared."""
    if condition.any:
        return Fit.ALL
    if domain.values:
        found = {condition.admits(value) for value in domain.values}
        if None in found:
            return Fit.UNKNOWN
        return Fit.SOME if len(found) > 1 else (Fit.ALL if found == {True} else Fit.NONE)
    if domain.range is None or condition.match != "version":
        return Fit.UNKNOWN
    if domain.range.is_subset(condition.range):
        return Fit.ALL
    return Fit.NONE if domain.range.is_disjoint(condition.range) else Fit.SOME


def within(domain: Domain, condition: Condition | None, value: str | None) -> Fit:
    """Whether a row's release range speaks of this value; of the whole range where there is no list (None)."""
    if condition is None or condition.any:
        return Fit.ALL
    if value is None:
        return fit(domain, condition)
    admitted = condition.admits(value)
    return Fit.UNKNOWN if admitted is None else (Fit.ALL if admitted else Fit.NONE)
