"""Many machines (or repositories) in one report: what was judged of each, how parts are merged, and the sums.

`Verdicts` is what the workers of a run hand back. Its `add` is associative, commutative and idempotent, so that parts
may come from anywhere, in any order and twice; a `Fleet` joins the whole with the machines, in the order in which they
were named.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

from stackcheck.model import SEVERITIES
from stackcheck.redact import redact
from stackcheck.report.fleet_machines import Some
from stackcheck.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stackcheck.model import Finding, Fix, Report, Severity
    from stackcheck.report.fleet_machines import Key, Machine, Machines

Outcome: TypeAlias = "tuple[Finding, ...] | str"
"""What was found, the gravest first, without chains and sources; or why it could not be judged, as a sentence."""
CauseKey: TypeAlias = "tuple[Severity, str, str, str]"
"""Severity, kind, id and subject: what makes findings of several machines one cause."""
Status: TypeAlias = 'Literal["error", "warning", "unknown", "held"]'
STATUSES: tuple[Status, ...] = ("error", "warning", "unknown", "held")
"""What a machine is by its gravest finding; notes and to-dos leave it at "held"."""
NOT_GROUPS = ("host", "time")
"""Labels that each machine has to itself, which make no groups."""
OTHER = ""
"""The group of the machines that do not have a label."""
_APART = frozenset(("file", "marker", "baseline", "comment"))
"""Subjects of findings that have an id in common and nothing else."""


@dataclass
class Verdicts:
    """What was judged so far. `examples` has of each cause the whole finding with the smallest text."""

    outcomes: dict[Key, Outcome] = field(default_factory=dict)
    examples: dict[CauseKey, Finding] = field(default_factory=dict)
    _known: dict[object, object] = field(default_factory=dict)

    def judged(self, key: Key, report: Report) -> None:
        """Takes the report on a machine, by cause."""
        findings = (*report.findings, *report.coverage.not_judged)
        for finding in findings:
            self._example(cause_of(finding), finding)
        self.outcomes[key] = self._one(tuple(map(_short, findings)))

    def unread(self, key: Key, reason: str) -> None:
        """Takes why a machine could not be judged."""
        self.outcomes[key] = redact(reason)

    def add(self, other: Verdicts) -> None:
        """Takes another part of the same run."""
        for cause, finding in other.examples.items():
            self._example(cause, finding)
        for key, outcome in other.outcomes.items():
            self.outcomes[key] = outcome if isinstance(outcome, str) else self._one(outcome)

    def _example(self, cause: CauseKey, finding: Finding) -> None:
        known = self.examples.get(cause)
        if known is None or (finding != known and _before(finding, known)):
            self.examples[cause] = finding

    def _one(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """The same value for equal ones: thousands of machines have a few hundred findings."""
        one = tuple(self._known.setdefault(finding, finding) for finding in findings)
        return self._known.setdefault(one, one)  # type: ignore[return-value]


def _before(finding: Finding, other: Finding) -> bool:
    if finding.message != other.message:
        return finding.message < other.message
    return repr(finding) < repr(other)  # of any order that all processes share


def _short(finding: Finding) -> Finding:
    """A finding without what only the example of its cause shows."""
    return replace(finding, involves=(), because=(), sources=(), locations=(), also=())


def cause_of(finding: Finding) -> CauseKey:
    """What makes it one with the findings of other machines."""
    subject = finding.message if finding.subject in _APART else finding.subject
    return finding.severity, finding.kind, finding.id, subject


@dataclass(frozen=True)
class Cause:
    """One cause with the number of its machines. `wordings` are its messages and `fixes` its remedies, each with the
    number of machines, the most frequent first."""

    number: int
    finding: Finding
    machines: int
    wordings: tuple[tuple[str, int], ...]
    fixes: tuple[tuple[Fix, int], ...]

    @property
    def severity(self) -> Severity:
        """That of all its findings."""
        return self.finding.severity

    @property
    def message(self) -> str:
        """The most frequent message."""
        return self.wordings[0][0]


@dataclass(frozen=True)
class Alike:
    """Machines of which the same is to say: their status, the numbers of their causes in order, and who they are."""

    status: Status
    causes: tuple[int, ...]
    machines: Some


@dataclass(frozen=True)
class Fleet:
    """The whole of a run. `things` are what was judged: "machine" or "repository"."""

    matrix: str
    machines: Machines
    verdicts: Verdicts
    things: Literal["machine", "repository"] = "machine"
    oldest: str | None = None

    def findings(self, machine: Machine) -> tuple[Finding, ...]:
        """What was found of a machine; nothing where it could not be judged."""
        return self._outcome(machine.key)

    def reason(self, machine: Machine) -> str | None:
        """Why a machine could not be judged; None where it was."""
        outcome = self.verdicts.outcomes[machine.key]
        return outcome if isinstance(outcome, str) else None

    @cached_property
    def unread(self) -> tuple[tuple[Machine, str], ...]:
        """The machines that could not be judged, each with the reason."""
        reasons = ((at, self.verdicts.outcomes[key]) for at, key in enumerate(self.machines.keys))
        return tuple((self.machines[at], reason) for at, reason in reasons if isinstance(reason, str))

    @cached_property
    def sizes(self) -> Mapping[Key, int]:
        """How many machines there are of each that was judged."""
        counts = Counter(self.machines.keys)
        return {key: number for key, number in counts.items() if not isinstance(self.verdicts.outcomes[key], str)}

    @property
    def judged(self) -> int:
        """How many machines were judged."""
        return sum(self.sizes.values())

    @cached_property
    def statuses(self) -> Mapping[Status, int]:
        """How many machines there are of each status, all four named."""
        counts = Counter(dict.fromkeys(STATUSES, 0))
        for key, number in self.sizes.items():
            counts[status_of(self._outcome(key))] += number
        return counts

    @cached_property
    def causes(self) -> tuple[Cause, ...]:
        """Every cause: the gravest first, among them that of most machines."""
        found: dict[CauseKey, tuple[list[int], Counter[str], Counter[Fix]]] = {}
        for key, number in self.sizes.items():
            seen: set[CauseKey] = set()
            for finding in self._outcome(key):
                cause = cause_of(finding)
                count, wordings, fixes = found.setdefault(cause, ([0], Counter(), Counter()))
                wordings[finding.message] += number
                if finding.fix is not None:
                    fixes[finding.fix] += number
                if cause not in seen:  # one machine may have it twice, at two places
                    count[0] += number
                    seen.add(cause)
        ordered = sorted(found, key=lambda cause: (SEVERITIES.index(cause[0]), -found[cause][0][0], cause[1:]))
        return tuple(
            Cause(
                number,
                self.verdicts.examples[cause],
                found[cause][0][0],
                tuple(sorted(found[cause][1].items(), key=lambda pair: (-pair[1], pair[0]))),
                tuple(sorted(found[cause][2].items(), key=lambda pair: (-pair[1], repr(pair[0])))),
            )
            for number, cause in enumerate(ordered, start=1)
        )

    @cached_property
    def numbers(self) -> Mapping[CauseKey, int]:
        """The number of each cause."""
        return {cause_of(cause.finding): cause.number for cause in self.causes}

    @cached_property
    def alike(self) -> tuple[Alike, ...]:
        """The machines folded by their causes: the gravest first, among them those with most causes, then with most
        machines. To-dos and notes do not tell machines apart."""
        causes = {
            key: tuple(sorted({self.numbers[cause_of(one)] for one in self._outcome(key) if one.severity in STATUSES}))
            for key in self.sizes
        }
        folded: dict[tuple[int, ...], Some] = {}
        for at, key in enumerate(self.machines.keys):
            if key in causes:
                folded.setdefault(causes[key], Some(self.machines)).add(at)
        rows = [Alike(self._status(numbers), numbers, machines) for numbers, machines in folded.items()]
        return tuple(sorted(rows, key=lambda row: self._rank(row)))

    def _rank(self, row: Alike) -> tuple[object, ...]:
        counts = Counter(self.causes[number - 1].severity for number in row.causes)
        return (-counts["error"], -counts["warning"], -counts["unknown"], -len(row.machines), row.causes)

    def _status(self, numbers: Iterable[int]) -> Status:
        found = {self.causes[number - 1].severity for number in numbers}
        return next((status for status in STATUSES if status in found), "held")

    @cached_property
    def groups(self) -> Mapping[str, Mapping[str, Mapping[Status, int]]]:
        """The board, and every label but those of `NOT_GROUPS`: for each value how many machines have which status. A
        machine without the label is in the group `OTHER`; what no machine has, or all have alike, is no label."""
        found: dict[str, dict[str, Counter[Status]]] = {}
        statuses = {key: status_of(self._outcome(key)) for key in self.sizes}
        names = sorted({name for machine in self.machines for name, _ in machine.labels} - set(NOT_GROUPS))
        for machine in self.machines:
            if machine.key in statuses:
                own = groups_of(machine)
                for name in dict.fromkeys(("board", *names)):
                    counts = found.setdefault(name, {}).setdefault(own.get(name, OTHER), Counter())
                    counts[statuses[machine.key]] += 1
        return {name: dict(sorted(values.items())) for name, values in found.items() if len(values) > 1}

    def spread(self, cause: Cause) -> Mapping[str, Mapping[str, int]]:
        """In which groups a cause is, and on how many machines of each."""
        return self._spreads.get(cause.number, {})

    @cached_property
    def _spreads(self) -> Mapping[int, Mapping[str, Mapping[str, int]]]:
        found: dict[int, dict[str, Counter[str]]] = {}
        numbers = {
            key: tuple({self.numbers[cause_of(finding)] for finding in self._outcome(key)}) for key in self.sizes
        }
        for machine in self.machines:
            own = groups_of(machine)
            for number in numbers.get(machine.key, ()):
                for name in self.groups:
                    found.setdefault(number, {}).setdefault(name, Counter())[own.get(name, OTHER)] += 1
        return found

    def having(self, cause: Cause) -> Iterator[Machine]:
        """The machines that have a cause, in order."""
        key = cause_of(cause.finding)
        keys = {one for one in self.sizes if any(cause_of(finding) == key for finding in self._outcome(one))}
        return (self.machines[at] for at, one in enumerate(self.machines.keys) if one in keys)

    def _outcome(self, key: Key) -> tuple[Finding, ...]:
        outcome = self.verdicts.outcomes[key]
        return () if isinstance(outcome, str) else outcome


def groups_of(machine: Machine) -> dict[str, str]:
    """The groups that a machine is in: its labels, and its board."""
    return {"board": machine.board, **dict(machine.labels)}


def status_of(findings: Iterable[Finding]) -> Status:
    """What a machine is by its gravest finding."""
    found = {finding.severity for finding in findings}
    return next((status for status in STATUSES if status in found), "held")
