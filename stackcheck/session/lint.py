"""`lint`: project files alone, for one or more machines."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from stackcheck.judge import coverage
from stackcheck.judge.findings import in_order
from stackcheck.model import Report
from stackcheck.session.machine import machine, machine_alone
from stackcheck.session.project import add_project, add_wants
from stackcheck.session.remedies import Remedies
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stackcheck.model import Stack
    from stackcheck.session.files import Loader
    from stackcheck.session.knowledge import Knowledge
    from stackcheck.session.network import Network
    from stackcheck.session.request import Request
    from stackcheck.session.scope import Decision, Scope


def lint(
    requests: Sequence[Request],
    groups: Sequence[Sequence[str]],
    knowledge: Knowledge,
    loader: Loader,
    network: Network | None = None,
    scope: Scope | None = None,
) -> Report:
    """The report on groups of project files, each request one machine; findings name their target where there are more.

    Each group is judged by itself, unless an earlier one has read all its files (a requirements file includes others).
    A file of the scope that is not for a machine is one note there.
    Raises the errors of `session.errors.expected`.
    """
    run = Run(requests, groups, knowledge, scope, network)
    return run.joined(run.parts(loader))


@dataclass(frozen=True)
class Part:
    """What one group of files came to on the machine of one request. `used` are the files that the report rests on;
    none where it is about files that are not for the machine."""

    machine: int
    files: tuple[str, ...]
    used: frozenset[str]
    report: Report


class Run:
    """One lint, in parts that can be judged again one by one. `look` gives the machine of a request."""

    def __init__(
        self,
        requests: Sequence[Request],
        groups: Sequence[Sequence[str]],
        knowledge: Knowledge,
        scope: Scope | None = None,
        network: Network | None = None,
        look: Callable[[Request], tuple[Stack, str]] = machine,
    ) -> None:
        self.requests = requests
        self.groups = groups
        self.knowledge = knowledge
        self.network = network
        self.scope = scope
        self.remedies = Remedies(knowledge)
        self.hosts = [look(request) for request in requests]
        self._decisions: list[dict[str, Decision]] = []

    def parts(self, loader: Loader) -> list[Part]:
        """Every group on every machine; before those of a machine the notes on files that are not for it."""
        self._decisions = [{} if self.scope is None else self.scope.decide(host, loader) for host, _ in self.hosts]
        return [part for number in range(len(self.hosts)) for part in self._on_machine(number, loader)]

    def _on_machine(self, number: int, loader: Loader) -> Iterator[Part]:
        decisions = self._decisions[number]
        if self.scope is not None:
            notes = Report(self.hosts[number][1], self.knowledge.version, tuple(self.scope.notes(decisions)), 0)
            yield Part(number, (), frozenset(), self._named(notes, number))
        done: set[str] = set()
        for group in self.groups:
            kept = tuple(path for path in group if path not in decisions or decisions[path].against is None)
            if kept and not done.issuperset(group):
                part = self.part(number, kept, loader)
                done |= part.used
                yield part

    def part(self, number: int, files: tuple[str, ...], loader: Loader, *, remedies: bool = True) -> Part:
        """Some files together on one machine, by what a loader has of them; see `Knowledge.judge` for `remedies`."""
        host, subject = self.hosts[number]
        several = sum(map(len, self.groups)) > 1
        loader.take()
        stack = add_project(machine_alone(host), files, loader, container=True, among_others=several)
        stack = stack if self.scope is None else self.scope.apply(stack, self._decisions[number])
        used = frozenset(loader.take())
        stack = add_wants(stack, self.knowledge, self.requests[number])
        report = self._judged(stack, files, subject, remedies=remedies)
        return Part(number, files, used, self._named(report, number))

    def _judged(self, stack: Stack, files: Sequence[str], subject: str, *, remedies: bool) -> Report:
        """The report on one group, with what the network adds where that is allowed."""
        judge, network = partial(self.knowledge.judge, subject=subject, remedies=remedies), self.network
        report = judge(stack) if network is None else network.report(stack, files, self.knowledge.store, judge)
        return _with_releases(self.remedies.checked(report, stack), stack, self.knowledge) if remedies else report

    def _named(self, report: Report, number: int) -> Report:
        """The report with its findings named after their target, where there are several."""
        if len(self.requests) < 2:
            return report
        target = self.hosts[number][1].removeprefix("target ")
        return replace(report, findings=tuple(replace(finding, target=target) for finding in report.findings))

    def joined(self, parts: Iterable[Part]) -> Report:
        """The report of several parts."""
        reports = [part.report for part in parts]
        findings = tuple(finding for report in reports for finding in report.findings)
        return Report(
            ", ".join(subject for _, subject in self.hosts),
            self.knowledge.version,
            in_order(findings) if len(self.groups) > 1 and len(self.requests) == 1 else findings,
            sum(report.held for report in reports),
            stacks=tuple(stack for report in reports for stack in report.stacks),
            coverage=coverage.joined(report.coverage for report in reports),
            oldest=min((report.oldest for report in reports if report.oldest is not None), default=None),
        )


def _with_releases(report: Report, stack: Stack, knowledge: Knowledge) -> Report:
    """The report with a release for errors that nothing says how to mend. Most have none, and load no search."""
    if not any(one.severity == "error" and one.fix is None and len(one.involves) > 1 for one in report.findings):
        return report
    from stackcheck.session.releases import add_releases

    return add_releases(report, stack, knowledge)


def scope_of(paths: Sequence[str], groups: Sequence[Sequence[str]]) -> Scope | None:
    """What was found in folders; None where every file is named, and then nothing of it is even imported."""
    if not any(os.path.isdir(path) for path in paths):
        return None
    from stackcheck.session.scope import Scope

    return Scope.of(paths, groups)


def network_of(request: Request, tell: Callable[[str], None]) -> Network | None:
    """What a request allows of the network; None where that is nothing, and then none of it is even imported."""
    if not (request.online or request.resolve):
        return None
    from stackcheck.session.network import Network

    return Network(request.online, request.resolve, request.cache, tell)
