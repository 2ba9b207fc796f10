"""From wishes to a set: which Python, how far the search goes, what the judge says of the whole, what is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packaging.version import Version

from stackcheck import versions
from stackcheck.matrix import tags
from stackcheck.model import Ask, Indexes, Known, Origin
from stackcheck.plan import needs
from stackcheck.plan.search import MOST_ROUNDS as MOST_OF_ONE
from stackcheck.plan.search import SURE, UNSURE, Level, Outcome, exact, search
from stackcheck.plan.supply import Supply
from stackcheck.plan.values import (
    KNOWN_SOURCE,
    NO_SOURCE,
    PYPI,
    UNKNOWN_BUILD,
    UNREAD,
    Candidate,
    Installed,
    Requirement,
    Wish,
)
from stackcheck.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stackcheck.judge.alone import Need
    from stackcheck.matrix.store import Store
    from stackcheck.model import Finding, Report, Stack

    Judge = Callable[[Stack], Report]

PYTHONS = ("3.12", "3.11", "3.13", "3.10", "3.14", "3.9")
"""The Pythons of an environment that can be made with `uv venv`, the one to prefer first."""
CONSTRAINTS = "build-constraints.txt"
"""The file with what holds build tools back."""
MOST_PYTHONS = 3
"""Pythons that a set is looked for with, best first; where those give none, it is seldom the Python."""
MOST_ROUNDS, FEWEST_ROUNDS = 6000, 300
"""Pins that the searches of one plan try together, and that the least of them may try all the same."""
MOST_REFUSALS = 20
"""How often the judge may refuse a whole set before the search gives up."""


_LEAST = Version("0.dev0")


@dataclass
class Found:
    """What the wishes came to with one Python. `refused` are members that the judge refused, with its findings."""

    python: str
    supply: Supply
    outcome: Outcome
    level: Level = SURE[0]
    report: Report | None = None
    refused: list[tuple[Candidate, Finding]] = field(default_factory=list)
    against: Finding | None = None
    """An error of the whole set that forbidding no member would mend."""

    def build_tools(self) -> tuple[str, ...]:
        """What holds build tools back for the members that are built from source, as lines of a constraints file."""
        pins = self.outcome.pins.values()
        return tuple(dict.fromkeys(line for one in pins for line in needs.build_tools(self.supply, one)))

    @property
    def works(self) -> bool:
        """Whether there is a set that the judge accepts."""
        return self.outcome.found and self.against is None


class Planner:
    """One machine, one knowledge. `python` is the series that the environment must have, None: any; `allowed` are
    specifiers that it must meet (requires-python); `installed` is what it has already."""

    def __init__(
        self,
        store: Store,
        machine: Stack,
        judge: Judge,
        python: str | None = None,
        allowed: tuple[str, ...] = (),
        installed: Installed | None = None,
    ) -> None:
        self.allowed = allowed
        self.installed = installed or Installed()
        self.store = store
        self.machine = machine
        self.judge = judge
        self.python = python
        self.rounds = MOST_ROUNDS
        self._supplies: dict[str, Supply] = {}
        self._found: dict[tuple[tuple[Wish, ...], tuple[str, ...]], Found] = {}

    def supply(self, python: str) -> Supply:
        """The candidates with one Python; kept."""
        if python not in self._supplies:
            self._supplies[python] = Supply(self.store, self.machine, python, self.installed)
        return self._supplies[python]

    # --- Python -----------------------------------------------------------------------------------------------

    def pythons(self, wishes: Sequence[Wish]) -> list[str]:
        """The Pythons that come into question, best first: those with which the newest release of the most wishes can
        be had for sure, among them the system's own first. What some wish excludes only where none else is left."""
        if self.python is not None:
            return [self.python]
        every = self.every_python()
        had = {python: [self.best(wish, python) for wish in wishes] for python in every}
        newest = [max((_order(some[at]) for some in had.values()), default=_LEAST) for at in range(len(wishes))]

        def rank(python: str) -> tuple[int, bool, int, int, int]:
            some = had[python]
            missing = sum(one is None for one in some)
            unsure = sum(one is not None and one.doubt > UNREAD for one in some)
            older = sum(_order(one) != top for one, top in zip(some, newest, strict=True))
            return (missing, python != self.installed.python, unsure, older, every.index(python))

        served = [python for python in every if not rank(python)[0]] or every
        best = sorted(served, key=rank)[:MOST_PYTHONS]
        return best if every[0] in best or every[0] not in served else [*best, every[0]]

    def _is_best(self, wishes: Sequence[Wish], python: str) -> bool:
        """Whether the newest release of each wish that there is can be had for sure with a Python."""
        supply = self.supply(python)
        for wish in wishes:
            newest = next((text for text in supply.versions(wish.subject) if lets_in(wish, text)), None)
            best = self.best(wish, python)
            if best is None or best.version != newest or best.doubt > UNREAD:
                return False
        return True

    def every_python(self) -> list[str]:
        """The Pythons of an environment that can be made here: that of the one that is there first, then the
        system's own."""
        if self.python is not None:
            return [self.python]
        system = self.machine.state("facts", "system-python")
        own = ".".join(system.value.split(".")[:2]) if isinstance(system, Known) else ""
        every = [python for python in dict.fromkeys((self.installed.python, own, *PYTHONS)) if python]
        return [python for python in every if all(tags.admits(text, python) for text in self.allowed)] or every

    def best(self, wish: Wish, python: str) -> Candidate | None:
        """The newest release of a wish that works alone with a Python, those first of which all is known."""
        supply = self.supply(python)
        pinned = exact(wish.specifier)
        if not supply.known(wish.subject):
            return Candidate(wish.subject, wish.distribution, pinned)
        if pinned is not None:
            return next(iter(supply.exact(wish.subject, pinned)), None)

        def admits(version: str) -> bool:
            return lets_in(wish, version)

        source, previews = KNOWN_SOURCE if wish.build else NO_SOURCE, needs.wants_previews(wish.specifier)
        every = supply.candidates(
            wish.subject, admits, doubt=UNKNOWN_BUILD, free=UNREAD, source=source, previews=previews
        )
        return next(every, None)

    # --- sets -------------------------------------------------------------------------------------------------

    def find(self, wishes: Sequence[Wish], *, pythons: Sequence[str] = ()) -> Found:
        """The first set that the judge accepts; else what stood in the way with the best Python.

        What is in doubt comes into question only where no Python gives a set of what is sure.
        """
        key = (tuple(wishes), tuple(pythons))
        if key not in self._found:
            self._found[key] = self._find(wishes, tuple(pythons))
        return self._found[key]

    def _find(self, wishes: Sequence[Wish], pythons: Sequence[str]) -> Found:
        if not pythons and self._is_best(wishes, self.every_python()[0]):
            found = self._at(wishes, self.every_python()[0], SURE[0])
            if found.works:
                return found
        pythons = pythons or self.pythons(wishes)
        first: Found | None = None
        own = self.every_python()[0]
        hidden: dict[str, frozenset[str]] = {}
        for levels in (SURE, UNSURE):
            for python in pythons:
                # Where one Python gives no set, what is older or less is seldom to be had with the next.
                for level in levels if python in (pythons[0], own) else levels[:1]:
                    if python in hidden and not _goes_further(level, hidden[python]):
                        continue
                    found = self._at(wishes, python, level)
                    if found.works:
                        return found
                    # What is only recommended explains nothing where there is no set without it either.
                    if first is None or (python == first.python and first.level.soft and not level.soft):
                        first = found
                    hidden[python] = hidden.get(python, frozenset()) | found.outcome.hidden
        assert first is not None  # noqa: S101 - there is always a Python and a level
        return first

    def _at(self, wishes: Sequence[Wish], python: str, level: Level) -> Found:
        supply = self.supply(python)
        asked = [requirement(wish) for wish in wishes]
        forbidden: set[tuple[Any, ...]] = set()
        found = Found(python, supply, Outcome(), level)
        for _ in range(MOST_REFUSALS):
            found.outcome = search(
                supply, asked, frozenset(forbidden), level, min(MOST_OF_ONE, max(FEWEST_ROUNDS, self.rounds))
            )
            self.rounds -= found.outcome.rounds
            if not found.outcome.found:
                return found
            found.report = self.judge(stack_of(self.machine, python, found.outcome, found.build_tools()))
            error = next((one for one in found.report.findings if one.severity == "error"), None)
            if error is None:
                return found
            guilty = self._guilty(error, found.outcome, wishes)
            if guilty is None:
                found.against = error
                return found
            found.refused.append((guilty, error))
            forbidden.add(guilty.key)
        found.outcome = replace(found.outcome, pins={}, gave_up=True)
        return found

    def _guilty(self, error: Finding, outcome: Outcome, wishes: Sequence[Wish]) -> Candidate | None:
        """The member of a set that an error forbids: the one that it is about, or the last of those that it names."""
        fixed = {wish.subject for wish in wishes if exact(wish.specifier) is not None}
        named = [error.subject, *sorted(error.involves)]
        for subject in (*(name for name in named if name not in fixed), *named):
            if subject in outcome.pins and outcome.pins[subject].version is not None:
                return outcome.pins[subject]
        return None

    def with_optional(self, wishes: Sequence[Wish]) -> tuple[Found, list[tuple[Wish, Found]]]:
        """A set for the wishes that are required, with each optional one that holds none of them back; and those that
        are left out, with what stood in the way."""
        kept = [wish for wish in wishes if not wish.optional]
        left: list[tuple[Wish, Found]] = []
        found = self.find(kept) if kept else None
        if found is not None and not found.works:
            return found, []
        for wish in wishes:
            if not wish.optional:
                continue
            pythons = () if found is None else (found.python,)
            held = kept if found is None else [_at_release(one, found.outcome) for one in kept]
            other = self.find([*held, replace(wish, optional=False)], pythons=pythons)
            if other.works:
                kept = [*kept, wish]
                found = _as_asked(other, kept)
            else:
                left.append((wish, other))
        return (left[0][1] if found is None else found), left


def requirement(wish: Wish) -> Requirement:
    """What a wish asks for."""
    return Requirement(wish.subject, wish.specifier, extras=wish.extras, wish=True, build=wish.build)


def _order(one: Candidate | None) -> Version:
    """A release to compare with those of the same wish; what is in doubt comes before all."""
    sure = one is not None and one.version is not None and one.doubt <= UNREAD
    return (versions.parse(one.version or "") if one is not None and sure else None) or _LEAST


def lets_in(wish: Wish, version: str) -> bool:
    """Whether a release is one that a wish asks for; previews only where it names one."""
    parsed = versions.strict(version)
    if parsed is not None and parsed.is_prerelease and not needs.wants_previews(wish.specifier):
        return False
    return needs.satisfied(requirement(wish), version)


def _goes_further(level: Level, hidden: frozenset[str]) -> bool:
    """Whether a level tries something that was kept back before."""
    return bool(hidden & {name for name, goes in level.goes.items() if goes})


def _as_asked(found: Found, wishes: Sequence[Wish]) -> Found:
    """A set with the wishes as they were stated, in place of the releases that it was searched with."""
    stated = {wish.subject: requirement(wish) for wish in wishes}
    required = {
        name: tuple((stated[name] if asked.wish else asked, parent) for asked, parent in pairs)
        for name, pairs in found.outcome.required.items()
    }
    return replace(found, outcome=replace(found.outcome, required=required))


def _at_release(wish: Wish, outcome: Outcome) -> Wish:
    """A wish for the very release that a set has."""
    version = outcome.pins[wish.subject].version
    return wish if version is None else replace(wish, specifier=f"=={version}")


def stack_of(machine: Stack, python: str, outcome: Outcome, build_tools: tuple[str, ...] = ()) -> Stack:
    """The machine with a set asked for, each release from its own index; build tools held back where that is needed."""
    known = Known(python, Origin(f"the environment has Python {python}", "plan"))
    members = list(judged(outcome))
    torch = outcome.pins.get("torch")
    transitive = Indexes((torch.index,) if torch is not None and torch.index != PYPI else (PYPI,))
    asks, wants = [], []
    for one in members:
        origin = Origin(f"{one.distribution or one.subject} {one.version} is in the plan", "plan")
        specifier = "" if one.version is None else f"=={one.version}"
        if one.distribution:
            index = Indexes((one.index,))
            extras = tuple(sorted(one.extras))
            asks.append(Ask(one.distribution, specifier, origin, extras=extras, indexes=index, transitive=transitive))
        else:
            wants.append(Ask(one.subject, specifier, origin, indexes=None, transitive=None))
    stack = machine.with_facts({"python": known})
    first = {need.subject for need in prerequisites(outcome)}
    brought = {name: Known("*", Origin(f"{name} is installed first", "plan")) for name in first}
    if build_tools:
        held = Known(CONSTRAINTS, Origin("the plan holds build tools back", "plan"))
        stack = replace(stack, variables={**stack.variables, "UV_BUILD_CONSTRAINT": held})
    return replace(stack, asks=tuple(asks), wants=tuple(wants), products={**stack.products, **brought})


def prerequisites(outcome: Outcome) -> Iterator[Need]:
    """What the members need of the system, which commands of their rows bring."""
    for one in outcome.pins.values():
        every = one.alone.needs if one.alone is not None else ()
        yield from (need for need in every if needs.is_prerequisite(need.row))


def judged(outcome: Outcome) -> Iterator[Candidate]:
    """The members that the judge looks at together: all of which rows say something, and the wishes."""
    for subject, one in outcome.pins.items():
        wished = any(asked.wish for asked, _ in outcome.required[subject]) and not one.container
        if wished or (one.alone is not None and one.version is not None):
            yield one
