"""The answer as values: what is in the set and why, what is not, in which order it is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge import requires_dist, words
from stackcheck.matrix.rows import Relation
from stackcheck.model import Known
from stackcheck.plan import needs, steps
from stackcheck.plan.search import exact
from stackcheck.plan.supply import TORCH_FAMILY
from stackcheck.plan.values import PYPI, Member, Move, NotChosen, Plan
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stackcheck.matrix.records import Record
    from stackcheck.matrix.store import Store
    from stackcheck.model import Stack
    from stackcheck.plan.supply import Skipped
    from stackcheck.plan.values import Candidate, LeftOut, Requirement, Wish
    from stackcheck.plan.work import Found


@dataclass(frozen=True)
class Question:
    """What was asked: wishes, a machine and what it is called, the matrix and its version."""

    wishes: tuple[Wish, ...]
    machine: Stack
    subject: str
    store: Store
    version: str


def answer(question: Question, found: Found, left_out: Sequence[LeftOut] = ()) -> Plan:
    """The plan that a set is."""
    telling = _Telling(question, found)
    shown = telling.shown()
    members = tuple(telling.member(one) for one in shown)
    others = [one for one in found.outcome.pins.values() if one not in shown]
    return Plan(
        subject=question.subject,
        matrix=question.version,
        arch=found.supply.fact("arch"),
        python=found.python,
        python_why=telling.python_why(),
        members=members,
        brought=tuple(sorted(one.distribution for one in others if one.distribution)),
        built=tuple(sorted(f"{one.distribution} {one.version}" for one in others if one.source)),
        of_python=frozenset(one.distribution for one in others if needs.builds_anywhere(found.supply, one)),
        left_out=tuple(left_out),
        not_chosen=(*telling.changed(), *telling.not_chosen(shown)),
        remarks=tuple(telling.remarks()),
        unknown=tuple(telling.unknown()),
        read=tuple(sorted({record.read for one in found.outcome.pins.values() if (record := telling.record(one))})),
        steps=steps.of(found, members),
        ways=steps.ways(found, members),
        no_record=tuple(sorted(one.distribution for one in others if one.version is None)),
    )


def moves(members: Sequence[Member], before: Mapping[str, str]) -> tuple[Move, ...]:
    """What lines of a file let in before, by subject, beside what the set has."""
    return tuple(
        Move(one.distribution, before[one.subject], one.version, requires_dist.allows(before[one.subject], one.version))
        for one in members
        if one.subject in before and one.version is not None
    )


class _Telling:
    """One set, while it is told."""

    def __init__(self, question: Question, found: Found) -> None:
        self.question = question
        self.found = found
        self.supply = found.supply
        self.pins = found.outcome.pins
        self.required = found.outcome.required

    def shown(self) -> list[Candidate]:
        """The members that are named and pinned: the wishes in their order, then those that an installer would not
        choose by itself, and those of which there is more than one build."""
        wished = [self.pins[wish.subject] for wish in self.question.wishes if wish.subject in self.pins]
        rest = [one for one in self.pins.values() if one not in wished and self._is_to_be_named(one)]
        return [*wished, *sorted(rest, key=lambda one: (one.subject != "torch", one.index == PYPI, one.subject))]

    def _is_to_be_named(self, one: Candidate) -> bool:
        if one.version is None or not one.distribution:
            return bool(one.alone) and not one.distribution
        of_torch = one.subject in ("torch", *TORCH_FAMILY)
        return of_torch or one.index != PYPI or self._is_held(one) or not self._is_brought(one)

    def _is_brought(self, one: Candidate) -> bool:
        """Whether the metadata of another member brings it along; what a row alone asks for, no installer does."""
        parents = [parent for _, parent in self.required[one.subject] if parent is not None]
        if any(isinstance(asked.row, Relation) and asked.row.installer for asked, _ in self.required[one.subject]):
            return True
        return any(
            self.supply.subject(name) == one.subject
            for parent in parents
            for name, _, _ in needs.of_record(self.supply, parent)
        )

    def _is_held(self, one: Candidate) -> bool:
        """Whether an installer would take a newer release, which does not work."""
        newer = self._newer(one)
        return any(
            skipped.version in newer and skipped.kind not in ("python", "wheel") and self._allowed(one, skipped.version)
            for skipped in self.supply.skipped(one.subject)
        )

    def _allowed(self, one: Candidate, version: str) -> bool:
        return all(needs.satisfied(asked, version) for asked, _ in self.required[one.subject])

    def _newer(self, one: Candidate) -> list[str]:
        """The final releases after a candidate's, newest first."""
        versions = self.supply.versions(one.subject)
        return list(versions[: versions.index(one.version)]) if one.version in versions else []

    def record(self, one: Candidate) -> Record | None:
        """PyPI's record of a member."""
        return self.supply.record(one.subject) if one.distribution else None

    def title(self, subject: str) -> str:
        """How a member is called in a sentence: by its distribution's name, as an installer has it."""
        return self.supply.distribution(subject) or words.title(subject, self.question.store)

    def named(self, one: Candidate) -> str:
        """A member with its release."""
        return f"{self.title(one.subject)} {one.version}" if one.version is not None else self.title(one.subject)

    def member(self, one: Candidate) -> Member:
        """A member as the answer has it."""
        extras, beside = steps.vendor(self.supply, one)
        return Member(
            subject=one.subject,
            distribution=one.distribution,
            title=words.title(one.subject, self.question.store),
            version=one.version,
            extras=tuple(sorted(one.extras.union(extras))),
            index=one.index if one.distribution else "",
            cuda=needs.cuda_of(self.supply, one),
            why=self.why(one),
            wish=any(asked.wish for asked, _ in self.required[one.subject]),
            source=one.source,
            beside=beside,
            container=one.container,
        )

    def why(self, one: Candidate) -> str:
        """Why this release and no other, as a phrase."""
        asked = self.required[one.subject]
        if one.version is None:
            return "any release; nothing is known of it"
        pinning = next((pair for pair in asked if _pins(pair[0])), None)
        if pinning is not None:
            return "as asked for" if pinning[1] is None else f"{_verb(pinning[0])} {self.named(pinning[1])}"
        if self._is_installed(one):
            return "installed"
        newer = self._newer(one)
        if not newer:
            return "newest"
        limit = next((pair for pair in asked if not needs.satisfied(pair[0], newer[0])), None)
        if limit is not None:
            who = "asked for" if limit[1] is None else f"allowed by {self.named(limit[1])}"
            return f"newest {who}" if self._is_newest_of(one, limit[0], newer) else "newest that goes with the rest"
        if self._first_reason(one, newer[0]):
            return "newest that works here"
        unsure = self.supply.doubt_of(one.subject, newer[0]) > one.doubt
        return "newest of which all is known here" if unsure else "newest that goes with the rest"

    def _is_newest_of(self, one: Candidate, limit: Requirement, newer: list[str]) -> bool:
        return not any(needs.satisfied(limit, version) for version in newer)

    def _first_reason(self, one: Candidate, version: str) -> str:
        """Why a release is none that works by itself; "" where nothing is known against it."""
        found = [skipped for skipped in self.supply.skipped(one.subject) if skipped.version == version]
        found.sort(key=lambda skipped: skipped.index != PYPI)
        if found:
            return found[0].reason
        refused = [error for candidate, error in self.found.refused if candidate.subject == one.subject]
        return refused[0].message if refused else ""

    def not_chosen(self, shown: Sequence[Candidate]) -> Iterator[NotChosen]:
        """The newest release of each member that was not taken, and why."""
        for one in shown:
            if self._is_installed(one):
                continue
            newer = self._newer(one)
            other = self._other_build(one)
            if not newer and other is not None:
                yield NotChosen(self.title(one.subject), str(one.version), other.index, other.reason)
            if not newer:
                continue
            pins = next((pair for pair in self.required[one.subject] if _pins(pair[0])), None)
            if pins is not None and pins[1] is None:
                continue  # it is as asked for
            yield NotChosen(self.title(one.subject), newer[0], "", self._against(one, newer[0]))

    def _is_installed(self, one: Candidate) -> bool:
        own = self.supply.installed.release(one.subject)
        return own is not None and one.version is not None and requires_dist.allows(f"=={own}", one.version)

    def changed(self) -> Iterator[NotChosen]:
        """What is installed in another release than the set has, and why that one does not stay."""
        for one in self.pins.values():
            own = self.supply.installed.release(one.subject)
            if own is not None and one.version is not None and not self._is_installed(one):
                yield NotChosen(self.title(one.subject), own, "", f"installed; {self._against(one, own)}")

    def _other_build(self, one: Candidate) -> Skipped | None:
        """Why the release is not taken from PyPI, where it is from another index."""
        if one.index == PYPI or not one.distribution:
            return None
        every = self.supply.skipped(one.subject)
        return next((each for each in every if each.version == one.version and each.index == PYPI), None)

    def _against(self, one: Candidate, version: str) -> str:
        limit = next((pair for pair in self.required[one.subject] if not needs.satisfied(pair[0], version)), None)
        if limit is not None:
            who = f"{self.named(limit[1])} {_needs(limit[0])}" if limit[1] is not None else "asked for is"
            return f"{who} {self._what(limit[0])}."
        reason = self._first_reason(one, version)
        if not reason and self.supply.doubt_of(one.subject, version) > one.doubt:
            return "whether it works here is not known for sure."
        return reason or self._clash(one, version) or "it does not go with the rest."

    def _clash(self, one: Candidate, version: str) -> str:
        """What a newer release requires that something else in the set excludes."""
        for clash in self.found.outcome.clashes:
            own = [pair for pair in clash.sides if pair[1] is not None and pair[1].subject == one.subject]
            mine = next((pair for pair in own if pair[1] is not None and pair[1].version == version), None)
            others = [pair for pair in clash.sides if pair not in own]
            other = next((pair for pair in others if pair[0].kept), others[0] if others else None)
            if mine is None or clash.subject.startswith("@"):
                continue
            text = f"it needs {self.title(clash.subject)} {self._what(mine[0], bare=True)}"
            if other is None:
                return f"{text}, which is not to be had."
            if other[0].kept:
                return f"{text}, what is installed is to be kept."
            who = self.named(other[1]) if other[1] is not None else "what is asked for"
            return f"{text}, {who} {self._what(other[0], bare=True)}."
        return ""

    def _what(self, asked: Requirement, *, bare: bool = False) -> str:
        return asked.releases if bare else f"{self.title(asked.subject)} {asked.releases}"

    def python_why(self) -> str:
        """Why this Python."""
        if self.found.python == self.supply.installed.python:
            return "that of the environment"
        known = self.question.machine.state("facts", "system-python")
        if isinstance(known, Known) and known.value.startswith(f"{self.found.python}."):
            return "the system's own"
        for one in self.pins.values():
            for check_python in _pythons(self.supply.store, one):
                if check_python == self.found.python:
                    return f"needed by {self.named(one)}"
        return ""

    def remarks(self) -> Iterator[str]:
        """What the judge warns of."""
        report = self.found.report
        for finding in report.findings if report is not None else ():
            if finding.severity == "warning" and not steps.is_variable(finding):
                yield finding.message

    def unknown(self) -> Iterator[str]:
        """What of the members is not known."""
        for one in self.pins.values():
            if not one.distribution and one.version is not None and self.supply.install_row(one) is None:
                yield f"How {self.named(one)} is installed is not known here; its own pages say it."
        report = self.found.report
        if report is None:
            return
        for finding in report.findings:
            if finding.severity == "unknown":
                yield finding.message
        for finding in report.coverage.not_judged:
            # A sentence of its own here: "which build of torchaudio 2.11.0 PyPI gives on this machine is not known".
            word, _, rest = finding.message.rstrip(".").partition(" ")
            yield f"{word.capitalize() if word in ('which', 'what', 'nothing', 'whether') else word} {rest}."


def _pythons(store: Store, one: Candidate) -> Iterator[str]:
    """The one Python that a release needs by a row."""
    for row in store.rows_of(one.subject, Relation) if store.knows(one.subject) and one.version else ():
        if row.release is None or row.release.admits(one.version or "") is True:
            for subject, condition in row.needs:
                if subject == "python" and len(condition.texts) == 1:
                    yield condition.texts[0]


def _pins(asked: Requirement) -> bool:
    """Whether a requirement leaves one release."""
    if asked.weak and asked.row is not None and asked.row.kind != "pairs":
        return False
    if asked.condition is None:
        return exact(asked.specifier) is not None
    texts = asked.condition.texts
    return len(texts) == 1 and texts[0].lstrip("=").replace(".", "").isdigit() and texts[0].count(".") > 1


def _verb(asked: Requirement) -> str:
    return "recommended by" if asked.soft else "pinned by"


def _needs(asked: Requirement) -> str:
    return "recommends" if asked.soft else "needs"
