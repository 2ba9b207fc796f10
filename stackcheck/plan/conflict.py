"""No set: the fewest wishes that no set meets, why, and the sets that come nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge import requires_dist, wheels, words
from stackcheck.matrix.rows import Wheels
from stackcheck.plan import needs
from stackcheck.plan.search import exact
from stackcheck.plan.values import ANY_SOURCE, TORCH_INDEX, UNKNOWN_BUILD, Conflict
from stackcheck.plan.work import lets_in, requirement
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackcheck.plan.search import Clash
    from stackcheck.plan.supply import Skipped, Supply
    from stackcheck.plan.values import Candidate, Requirement, Wish
    from stackcheck.plan.work import Found, Planner

MOST_NEAREST = 4
MOST_REASONS = 3
MOST_STEPS = 5
"""Releases between a wish and what it brings along, in a chain."""


def explain(planner: Planner, wishes: Sequence[Wish], found: Found) -> Conflict:
    """Why the wishes that are required have no set. `found` is what the search for all of them came to."""
    required = [replace(wish, optional=False) for wish in wishes if not wish.optional]
    group = irreducible(planner, required)
    if len(group) < len(required):
        found = planner.find(group)
    return Conflict(
        tuple(wish.text for wish in group),
        tuple(dict.fromkeys(_chains(planner, group, found))),
        tuple(_nearest(planner, required, group)),
        gave_up=found.outcome.gave_up,
    )


def with_change(conflict: Conflict, change: str, planner: Planner, wishes: Sequence[Wish]) -> Conflict:
    """A conflict with one more set that comes near: what the same wishes come to after a change."""
    required = [replace(wish, optional=False) for wish in wishes if not wish.optional]
    found = planner.find(required)
    if not found.works:
        return conflict
    return replace(conflict, nearest=((change, _listed(found, required)), *conflict.nearest))


def reason(planner: Planner, wishes: Sequence[Wish], wish: Wish, found: Found) -> tuple[str, str]:
    """Why one more wish gives no set, and what does its work. `found` is what the search for all of them came to."""
    alone = list(_Telling(planner, [wish], found).alone(wish))
    chains = alone or list(_chains(planner, [*wishes, wish], found))
    return " ".join(chains[:MOST_REASONS]) or "No set has it.", _instead(found.supply, wish) if alone else ""


def irreducible(planner: Planner, wishes: Sequence[Wish]) -> list[Wish]:
    """The wishes without those that make no difference: leaving out any one that is left gives a set."""
    group = list(wishes)
    size = max(1, len(group) // 2)
    while size:
        at = 0
        while at < len(group) and len(group) > 1:
            rest = group[:at] + group[at + size :]
            if rest and not planner.find(rest).works:
                group = rest
            else:
                at += size
        size //= 2
    return group


def _chains(planner: Planner, group: Sequence[Wish], found: Found) -> Iterator[str]:
    if found.against is not None:
        yield found.against.message
    telling = _Telling(planner, group, found)
    if len(group) == 1:
        alone = list(telling.alone(group[0]))
        if alone:
            yield from alone
            return
        yield from telling.newest(group[0])
    apart = list(telling.by_python())
    if apart:
        yield from apart
        return
    for candidate, error in found.refused[:1]:
        yield f"{telling.named(candidate)}: {error.message}"
    if found.against is None:
        yield from telling.clash()


class _Telling:
    """One group, while it is told."""

    def __init__(self, planner: Planner, group: Sequence[Wish], found: Found) -> None:
        self.planner = planner
        self.group = group
        self.found = found
        self.supply: Supply = found.supply

    def named(self, one: Candidate) -> str:
        """A release as an installer names it."""
        name = self.supply.distribution(one.subject) or one.subject
        return name if one.version is None else f"{name} {one.version}"

    def alone(self, wish: Wish) -> Iterator[str]:
        """Why no release of one wish works here."""
        if self.planner.best(wish, self.found.python) is not None:
            return
        asked = [v for v in self.supply.versions(wish.subject) if needs.satisfied(_asked(wish), v)]
        if not asked:
            known = self.supply.versions(wish.subject)
            newest = f"; the newest that is known is {known[0]}" if known else ""
            yield f"There is no release {wish.specifier.lstrip('=')} of {wish.distribution or wish.subject}{newest}."
            return
        seen: set[str] = set()
        every = [one for python in self.planner.every_python() for one in self._skipped(wish, python)]
        # A Python that another one replaces explains nothing where no Python has it.
        found = [one for one in every if one.kind != "python"] or every
        first = min((asked.index(one.version) for one in found if one.version in asked), default=0)
        for skipped in found:
            if skipped.version == asked[first] and skipped.index not in seen and len(seen) < MOST_REASONS:
                seen.add(skipped.index)
                yield _sentence(wish, skipped)

    def newest(self, wish: Wish) -> Iterator[str]:
        """Why the newest release that a wish asks for is none that works by itself, where that is so."""
        asked = next((text for text in self.supply.versions(wish.subject) if lets_in(wish, text)), None)
        every = [one for python in self.planner.every_python() for one in self._skipped(wish, python)]
        found = [one for one in every if one.version == asked and one.kind != "python"]
        yield from (_sentence(wish, one) for one in found[:1])

    def _skipped(self, wish: Wish, python: str) -> list[Skipped]:
        self.planner.best(wish, python)
        return self.planner.supply(python).skipped(wish.subject)

    def by_python(self) -> Iterator[str]:
        """The Pythons of each wish, where no Python serves all of them."""
        every = self.planner.every_python()
        served = {wish: [p for p in every if self.planner.best(wish, p) is not None] for wish in self.group}
        if any(all(python in some for some in served.values()) for python in every):
            return
        for wish, some in served.items():
            if len(some) < len(every):
                names = ", ".join(sorted(some, key=lambda p: int(p.split(".")[1])))
                yield f"{wish.text} works with {f'Python {names}' if some else 'no Python that is allowed'}."

    def clash(self) -> Iterator[str]:
        """What the newest releases require that excludes each other."""
        clash = self._telling_clash()
        if clash is None:
            return
        name = words.title(clash.subject, self.planner.store) if clash.subject == "cuda" else self._name(clash.subject)
        if len(_askers(clash)) == 1:
            asked, parent = clash.sides[0]
            if parent is not None:
                yield f"{self._path(parent)} needs {name}{_what(asked)}, of which no release works here."
            else:
                yield f"No release of {name}{_what(asked)} that an index is known to have works here."
            skipped = [one for one in self.supply.skipped(clash.subject) if needs.satisfied(asked, one.version)]
            if skipped:
                yield f"{name} {skipped[0].version}: {skipped[0].reason}"
            return
        stays = next((asked for asked, _ in clash.sides if asked.kept), None)
        reason = "" if stays is None else self._against_installed(clash.subject)
        if reason:
            yield reason
            return
        for asked, parent in clash.sides:
            if asked.kept:
                yield f"{name} {asked.specifier.lstrip('=')} is installed, and is to be kept."
                continue
            what = "the index" if clash.subject == TORCH_INDEX else name
            verb = "recommends" if asked.soft else "needs"
            who = f"{self._path(parent)} {verb} {what}{_what(asked)}" if parent is not None else f"{asked} is asked for"
            yield f"{who}."

    def _against_installed(self, subject: str) -> str:
        """Why what is installed does not work by itself; "" where nothing says so."""
        own = self.supply.installed.release(subject) or ""
        if any(self.supply.may_stay(subject, one.index) for one in self.supply.exact(subject, own)):
            return ""
        skipped = [one for one in self.supply.skipped(subject) if requires_dist.allows(f"=={own}", one.version)]
        return f"{self._name(subject)} {own} is installed, and is to be kept: {skipped[0].reason}" if skipped else ""

    def _name(self, subject: str) -> str:
        return self.supply.distribution(subject) or subject

    def _telling_clash(self) -> Clash | None:
        """The first clash in which the requirements exclude each other, else the first."""
        clashes = self.found.outcome.clashes
        for clash in clashes:
            if clash.subject != TORCH_INDEX and len(_askers(clash)) > 1:
                return replace(clash, sides=_fewest(self.supply, clash))
        return next((clash for clash in clashes if clash.subject != TORCH_INDEX), clashes[0] if clashes else None)

    def _path(self, one: Candidate) -> str:
        """How a wish comes to bring a release along: "vllm 0.33.0 → flashinfer-python 0.7.2"."""
        wished = {wish.subject for wish in self.group}
        if one.subject in wished:
            return self.named(one)
        for wish in self.group:
            start = self._newest(wish)
            path = self._route(start, one) if start is not None else None
            if path is not None:
                return " → ".join(map(self.named, path))
        return self.named(one)

    def _newest(self, wish: Wish) -> Candidate | None:
        def admits(version: str) -> bool:
            return needs.satisfied(_asked(wish), version)

        return next(self.supply.candidates(wish.subject, admits, doubt=UNKNOWN_BUILD, source=ANY_SOURCE), None)

    def _route(self, start: Candidate, goal: Candidate) -> list[Candidate] | None:
        """The shortest way from one release to another by what is required."""
        paths, seen = [[start]], {start.subject}
        for _ in range(MOST_STEPS):
            following = []
            for path in paths:
                for asked in needs.of(self.supply, path[-1]):
                    if asked.subject == goal.subject:
                        return [*path, goal]
                    if asked.subject in seen or asked.weak or not self.supply.known(asked.subject):
                        continue
                    seen.add(asked.subject)

                    def admits(version: str, asked: Requirement = asked) -> bool:
                        return needs.satisfied(asked, version)

                    every = self.supply.candidates(asked.subject, admits, doubt=UNKNOWN_BUILD, source=ANY_SOURCE)
                    step = next(every, None)
                    if step is not None:
                        following.append([*path, step.with_extras(frozenset(asked.extras))])
            paths = following
        return None


def _sentence(wish: Wish, skipped: Skipped) -> str:
    """Why a release was passed over, as a sentence that names it."""
    short = skipped.reason[:2] == "no" or skipped.reason.startswith("needs")
    return f"{wish.distribution} {skipped.version}: {skipped.reason}." if short else skipped.reason


def _askers(clash: Clash) -> set[str]:
    """The subjects whose releases have the requirements of a clash; "" for a wish."""
    return {parent.subject if parent is not None else "kept" * asked.kept for asked, parent in clash.sides}


def _fewest(supply: Supply, clash: Clash) -> tuple[tuple[Requirement, Candidate | None], ...]:
    """The sides of a clash without those that make no difference."""
    sides = list(clash.sides)
    for side in clash.sides:
        rest = [other for other in sides if other is not side]
        if len(rest) > 1 and not _together(supply, clash.subject, [asked for asked, _ in rest]):
            sides = rest
    return tuple(sides)


def _together(supply: Supply, subject: str, asked: Sequence[Requirement]) -> bool:
    """Whether some release meets all requirements."""
    named = tuple(version for one in asked if (version := exact(one.specifier)) is not None)
    versions = supply.versions(subject) or named or ("12.0", "13.0")
    return any(all(needs.satisfied(one, version) for one in asked) for version in versions)


def _asked(wish: Wish) -> Requirement:
    return requirement(wish)


def _what(asked: Requirement) -> str:
    return f" {asked.releases}" if asked.condition is not None or asked.specifier else ""


def _nearest(
    planner: Planner, required: Sequence[Wish], group: Sequence[Wish]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Sets for all wishes with one member of the group left out, or with any release of it."""
    count = 0
    for wish in group:
        if wish.specifier and count < MOST_NEAREST:
            relaxed = replace(wish, specifier="")
            found = planner.find([relaxed if other == wish else other for other in required])
            if found.works:
                count += 1
                yield f"any release of {wish.distribution or wish.subject}", _listed(found, required)
    for wish in group:
        rest = [other for other in required if other != wish]
        found_rest = planner.find(rest) if rest and count < MOST_NEAREST else None
        if found_rest is not None and found_rest.works:
            count += 1
            yield f"without {wish.text}", _listed(found_rest, rest)


def _listed(found: Found, wishes: Sequence[Wish]) -> tuple[str, ...]:
    named = [found.outcome.pins[wish.subject] for wish in wishes if wish.subject in found.outcome.pins]
    torch = found.outcome.pins.get("torch")
    if torch is not None and torch not in named:
        named.append(torch)
    texts = [f"{one.distribution or one.subject} {one.version or ''}".strip() for one in named]
    return (f"Python {found.python}", *texts)


def _instead(supply: Supply, wish: Wish) -> str:
    """What the matrix names in place of a wish, or what to do without it; "" where it says nothing."""
    if not supply.store.knows(wish.subject):
        return ""
    replaced = wheels.replacement(supply.base, wish.subject)
    if replaced is not None:
        return replaced.text
    rows = supply.store.rows_of(wish.subject, Wheels)
    fixes = [row.fix.text for row in rows if row.fix is not None and supply.base.applies(row)[0] is True]
    return fixes[-1] if fixes else ""
