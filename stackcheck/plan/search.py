"""The search for a set of releases, by resolvelib: which one is tried next, and what each brings along.

Only what rows and records ask of names is known here; whether the whole works says the judge afterwards. Releases that
it refuses are forbidden, and the search begins again (`plan.work`).
"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from resolvelib import AbstractProvider, BaseReporter, ResolutionImpossible, ResolutionTooDeep, Resolver

from stackcheck import versions
from stackcheck.plan import needs
from stackcheck.plan.values import (
    ANY_SOURCE,
    KNOWN_SOURCE,
    NO_SOURCE,
    TORCH_INDEX,
    UNKNOWN_BUILD,
    UNREAD,
    Candidate,
    Requirement,
)
from stackcheck.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from resolvelib.structs import RequirementInformation

    from stackcheck.plan.supply import Supply

    Information = RequirementInformation[Requirement, Candidate]

MOST_ROUNDS = 1200
"""Pins that one search tries, at most; a set of forty names with all they bring takes some three hundred."""
COMPARED = 8
"""Names of which the one to be tried next is chosen."""
VIRTUAL = (TORCH_INDEX, "cuda")


@dataclass(frozen=True)
class Level:
    """How far a search goes. `soft`: what is recommended counts as required; `wide`: releases older than the newest
    twelve of each name are tried too; `doubt`: how much may be unknown of a candidate."""

    soft: bool = True
    wide: bool = False
    doubt: int = 0

    @property
    def goes(self) -> dict[str, bool]:
        """How it goes further than the first one, by the names of what that keeps back."""
        return {"soft": not self.soft, "wide": self.wide, "doubt": self.doubt > 0}


SURE = (Level(), Level(wide=True), Level(doubt=UNREAD), Level(soft=False))
UNSURE = (Level(doubt=UNKNOWN_BUILD), Level(soft=False, doubt=UNKNOWN_BUILD))
"""The levels of a search, one after the other until there is a set: first those in which no build is in doubt."""


@dataclass(frozen=True, eq=False)
class Clash:
    """Requirements of one subject that no release meets, each with the release that has it (None: a wish)."""

    subject: str
    sides: tuple[tuple[Requirement, Candidate | None], ...]


@dataclass
class Outcome:
    """What one search came to: the candidates by subject, and who required each; or the clashes, the first one first.

    `gave_up`: the bound was reached, so that there may be a set all the same. `hidden`: what the level kept back
    ("soft", "wide", "doubt") of the subjects that stood in the way.
    """

    pins: dict[str, Candidate] = field(default_factory=dict)
    required: dict[str, tuple[tuple[Requirement, Candidate | None], ...]] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)
    gave_up: bool = False
    hidden: frozenset[str] = frozenset()
    rounds: int = 0

    @property
    def found(self) -> bool:
        """Whether there is a set."""
        return bool(self.pins)


def search(
    supply: Supply,
    wishes: Sequence[Requirement],
    forbidden: frozenset[tuple[Any, ...]],
    level: Level,
    rounds: int = MOST_ROUNDS,
) -> Outcome:
    """A set for the wishes, none of whose members is among the `forbidden` (keys of candidates); `rounds` is how many
    pins are tried at most."""
    provider = _Provider(supply, forbidden, tuple(wishes), level)
    reporter = _Reporter(supply)
    resolver: Resolver[Requirement, Candidate, str] = Resolver(provider, reporter)
    try:
        result = resolver.resolve(wishes, max_rounds=rounds)
    except ResolutionImpossible as error:
        clashes = [*reporter.clashes, *_clashes(supply, error.causes)]
        return Outcome(clashes=clashes, hidden=_hidden(provider.hidden, clashes), rounds=reporter.rounds)
    except ResolutionTooDeep:
        kept_back = _hidden(provider.hidden, reporter.clashes)
        return Outcome(clashes=reporter.clashes, gave_up=True, hidden=kept_back, rounds=reporter.rounds)
    pins = {name: one for name, one in result.mapping.items() if not one.absent and name not in VIRTUAL}
    required = {
        name: tuple((one.requirement, one.parent) for one in result.criteria[name].information) for name in pins
    }
    return Outcome(pins, required, reporter.clashes, rounds=reporter.rounds)


def kept(supply: Supply, subject: str) -> list[Requirement]:
    """That a subject stays as it is installed, where that is asked for."""
    own = supply.installed.release(subject) if supply.installed.keep else None
    return [] if own is None else [Requirement(subject, f"=={own}", kept=True)]


def _clashes(supply: Supply, causes: Iterable[Information]) -> list[Clash]:
    sides: dict[str, list[tuple[Requirement, Candidate | None]]] = {}
    for cause in causes:
        sides.setdefault(cause.requirement.subject, []).append((cause.requirement, cause.parent))
    return [_clash(supply, found) for found in sides.values()]


def _clash(supply: Supply, sides: Iterable[tuple[Requirement, Candidate | None]]) -> Clash:
    every = list(dict.fromkeys(sides))
    subject = every[0][0].subject
    return Clash(subject, (*every, *((one, None) for one in kept(supply, subject))))


def _hidden(kept_back: set[tuple[str, str]], clashes: Iterable[Clash]) -> frozenset[str]:
    """What was kept back of the subjects of some clashes."""
    sides = [(clash.subject, side) for clash in clashes for side in clash.sides]
    involved = {subject for subject, _ in sides} | {parent.subject for _, (_, parent) in sides if parent is not None}
    soft = {"soft"} if any(asked.soft for _, (asked, _) in sides) else set()
    return frozenset({kind for kind, subject in kept_back if subject in involved} | soft)


class _Reporter(BaseReporter[Requirement, Candidate, str]):
    """Keeps what stood in the way, in the order in which it was met: the newest releases come first."""

    MOST = 200

    def __init__(self, supply: Supply) -> None:
        self.supply = supply
        self.clashes: list[Clash] = []
        self.rounds = 0

    def starting_round(self, index: int) -> None:
        """Called before each pin."""
        self.rounds = index + 1

    def rejecting_candidate(self, criterion: Any, candidate: Candidate) -> None:
        """Called where a candidate's requirements do not go with what is required already."""
        if len(self.clashes) < self.MOST:
            self.clashes.append(_clash(self.supply, ((one.requirement, one.parent) for one in criterion.information)))


class _Provider(AbstractProvider[Requirement, Candidate, str]):
    def __init__(
        self,
        supply: Supply,
        forbidden: frozenset[tuple[Any, ...]],
        wishes: tuple[Requirement, ...],
        level: Level,
    ) -> None:
        self.supply = supply
        self.forbidden = forbidden
        self.wishes = wishes
        self.order = {wish.subject: at for at, wish in enumerate(wishes)}
        self.level = level
        self.hidden: set[tuple[str, str]] = set()
        self._met: dict[tuple[int, int], tuple[bool, Requirement, Candidate]] = {}

    @cached_property
    def _since(self) -> date:
        """The day from which nothing is old: that of the oldest of the wishes for certain releases, else none."""

        def admits(version: str) -> bool:
            return needs.satisfied(wish, version)

        days = []
        for wish in self.wishes:
            day = self.supply.day(wish.subject, admits) if wish.specifier else None
            days += [day] if day is not None else []
        return min(days, default=date.max)

    def identify(self, requirement_or_candidate: Requirement | Candidate) -> str:
        """The subject."""
        return requirement_or_candidate.subject

    def get_preference(
        self,
        identifier: str,
        resolutions: Mapping[str, Candidate],
        candidates: Mapping[str, Iterator[Candidate]],
        information: Mapping[str, Iterator[Information]],
        backtrack_causes: Sequence[Information],
    ) -> Any:
        """Causes of the last conflict first, then what is pinned, then wishes in their order (as pip does)."""
        asked = [one.requirement for one in information[identifier]]
        pinned = any(one.specifier.startswith("==") and "*" not in one.specifier for one in asked)
        weak = all(one.weak for one in asked)
        return (weak, not pinned, self.order.get(identifier, len(self.order)), identifier)

    def narrow_requirement_selection(
        self,
        identifiers: Iterable[str],
        resolutions: Mapping[str, Candidate],
        candidates: Mapping[str, Iterator[Candidate]],
        information: Mapping[str, Iterator[Information]],
        backtrack_causes: Sequence[Information],
    ) -> Iterable[str]:
        """The causes of the last conflict alone, where there are some; else wishes, and then a few of the rest: to
        compare all of them in each round takes longer than what it saves."""
        names = list(identifiers)
        if not backtrack_causes:
            return [name for name in names if name in self.order] or names[:COMPARED]
        causes = {cause.requirement.subject for cause in backtrack_causes}
        causes |= {cause.parent.subject for cause in backtrack_causes if cause.parent is not None}
        return [name for name in names if name in causes] or names

    def find_matches(
        self,
        identifier: str,
        requirements: Mapping[str, Iterator[Requirement]],
        incompatibilities: Mapping[str, Iterator[Candidate]],
    ) -> Callable[[], Iterator[Candidate]]:
        """The candidates that meet all that is asked, best first; where nobody brings it, one that stands for none."""
        asked = [one for one in requirements[identifier] if self.level.soft or not one.soft]
        asked += kept(self.supply, identifier)
        barred = set(incompatibilities[identifier])

        def matches() -> Iterator[Candidate]:
            if all(one.weak for one in asked):
                nothing = Candidate(identifier, "", None, absent=True)
                if nothing not in barred:
                    yield nothing
                return
            extras = frozenset(extra for one in asked for extra in one.extras)
            previews = any(needs.wants_previews(one.specifier) for one in asked)
            for candidate in self._candidates(identifier, asked, previews=previews):
                chosen = candidate.with_extras(extras)
                allowed = candidate.key not in self.forbidden and self.supply.may_stay(identifier, candidate.index)
                if allowed and chosen not in barred:
                    yield chosen

        return matches

    def _candidates(self, subject: str, asked: list[Requirement], *, previews: bool) -> Iterator[Candidate]:
        if subject in VIRTUAL:
            yield from _virtual(subject, asked)
            return
        named = next((version for one in asked if (version := exact(one.specifier)) is not None), None)
        # A wish is built from source where that is known to be the way, or where it names the one.
        source = KNOWN_SOURCE if any(one.build for one in asked) else NO_SOURCE
        source = ANY_SOURCE if subject not in self.order or named is not None else source
        # What a wish brings along is mostly old by its own choice, and nobody has read what old releases require.
        free = 0 if subject in self.order else UNREAD
        doubt = max(free, self.level.doubt)
        if named is not None and self.supply.known(subject):
            found = self.supply.exact(subject, named)
            for one in found:
                if one.container and not any(other.wish for other in asked):
                    continue
                if one.doubt > doubt:
                    self.hidden.add(("doubt", subject))
                elif all(needs.satisfied(other, one.version) for other in asked):
                    yield one
            return
        if not self.supply.known(subject):
            if _possible(asked):
                own = self.supply.installed.release(subject)
                own = own if own is not None and all(needs.satisfied(one, own) for one in asked) else None
                yield Candidate(subject, self.supply.distribution(subject), named or own)
            return

        def admits(version: str) -> bool:
            return all(needs.satisfied(one, version) for one in asked)

        wide = self.level.wide
        # A wish for any release is none for one that its project has left behind.
        free_wish = subject in self.order and not any(one.specifier for one in asked if one.wish)
        free_wish = free_wish and not self.supply.installed.releases
        yield from self.supply.candidates(
            subject,
            admits,
            wide=wide,
            doubt=doubt,
            free=free,
            source=source,
            previews=previews,
            since=self._since if free_wish else None,
            hidden=self.hidden,
        )

    def is_satisfied_by(self, requirement: Requirement, candidate: Candidate) -> bool:
        """Whether a pinned candidate meets one more requirement; resolvelib asks for each of them in every round."""
        key = (id(requirement), id(candidate))
        if key not in self._met:
            # The two are kept with the answer, so that no other object comes to have their place.
            self._met[key] = (self._is_met(requirement, candidate), requirement, candidate)
        return self._met[key][0]

    def _is_met(self, requirement: Requirement, candidate: Candidate) -> bool:
        if requirement.soft and not self.level.soft:
            return True
        if candidate.absent:
            return requirement.weak
        return candidate.extras.issuperset(requirement.extras) and needs.satisfied(requirement, candidate.version)

    def get_dependencies(self, candidate: Candidate) -> tuple[Requirement, ...]:
        """What a candidate requires."""
        if candidate.subject in VIRTUAL:
            return ()
        return needs.of(self.supply, candidate)


def _virtual(subject: str, asked: list[Requirement]) -> Iterator[Candidate]:
    """The one value that torch's own candidate names, where all agree on it."""
    for one in asked:
        if not one.weak:
            value = one.condition.texts[0] if one.condition is not None else one.specifier.lstrip("=")
            if all(needs.satisfied(other, value) for other in asked):
                yield Candidate(subject, "", value)
            return


def exact(specifier: str) -> str | None:
    """The version of a specifier that is one pin ("==2.9.0"), else None."""
    text = specifier.strip()
    if not text.startswith("==") or text.startswith("===") or "," in text or text.endswith("*"):
        return None
    return text[2:].strip()


def _possible(asked: list[Requirement]) -> bool:
    """Whether some version could meet all clauses: of what nothing is known, that much is."""
    clauses = sorted({one.specifier for one in asked if one.specifier})
    if len(clauses) < 2:
        return True
    allowed = versions.ANY
    for text in clauses:
        own = versions.asked_range(text)
        if own is not None:
            allowed &= own
    return not allowed.is_empty
