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
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stackcheck.model import Stack
    from stackcheck.session.files import Loader
    from stackcheck.session.knowledge import Knowledge
    from stackcheck.session.network import Network
    from stackcheck.session.request import Request
    from stackcheck.session.scope import Scope


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
    run = _Lint(groups, knowledge, loader, network, scope)
    reports: list[Report] = []
    subjects = []
    for request in requests:
        host, subject = machine(request)
        subjects.append(subject)
        name = subject.removeprefix("target ") if len(requests) > 1 else None
        reports += [_named(report, name) for report in run.on_machine(request, host, subject)]
    findings = tuple(finding for report in reports for finding in report.findings)
    return Report(
        ", ".join(subjects),
        knowledge.version,
        in_order(findings) if len(groups) > 1 and len(requests) == 1 else findings,
        sum(report.held for report in reports),
        stacks=tuple(stack for report in reports for stack in report.stacks),
        coverage=coverage.joined(report.coverage for report in reports),
    )


@dataclass(frozen=True)
class _Lint:
    """What is the same for every machine of a run."""

    groups: Sequence[Sequence[str]]
    knowledge: Knowledge
    loader: Loader
    network: Network | None
    scope: Scope | None

    def on_machine(self, request: Request, host: Stack, subject: str) -> Iterator[Report]:
        """The report on each group for one machine; before them the notes on files that are not for it."""
        decisions = {} if self.scope is None else self.scope.decide(host, self.loader)
        if self.scope is not None:
            yield Report(subject, self.knowledge.version, tuple(self.scope.notes(decisions)), 0)
        several = sum(map(len, self.groups)) > 1
        done: set[str] = set()
        for group in self.groups:
            kept = [path for path in group if path not in decisions or decisions[path].against is None]
            if not kept or done.issuperset(group):
                continue
            stack = add_project(machine_alone(host), kept, self.loader, container=True, among_others=several)
            stack = stack if self.scope is None else self.scope.apply(stack, decisions)
            done |= self.loader.take()
            yield self.judged(add_wants(stack, self.knowledge, request), kept, subject)

    def judged(self, stack: Stack, files: Sequence[str], subject: str) -> Report:
        """The report on one group, with what the network adds where that is allowed."""
        judge = partial(self.knowledge.judge, subject=subject)
        return judge(stack) if self.network is None else self.network.report(stack, files, self.knowledge.store, judge)


def scope_of(paths: Sequence[str], groups: Sequence[Sequence[str]]) -> Scope | None:
    """What was found in folders; None where every file is named, and then nothing of it is even imported."""
    if not any(os.path.isdir(path) for path in paths):
        return None
    from stackcheck.session.scope import Scope

    return Scope.of(paths, groups)


def _named(report: Report, target: str | None) -> Report:
    """The report with its findings named after their target."""
    if target is None:
        return report
    return replace(report, findings=tuple(replace(finding, target=target) for finding in report.findings))


def network_of(request: Request, tell: Callable[[str], None]) -> Network | None:
    """What a request allows of the network; None where that is nothing, and then none of it is even imported."""
    if not (request.online or request.resolve):
        return None
    from stackcheck.session.network import Network

    return Network(request.online, request.resolve, request.cache, tell)
