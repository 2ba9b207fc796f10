"""`lint`: project files alone, for one or more machines."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackcheck.judge import coverage
from stackcheck.judge.findings import in_order
from stackcheck.model import Report
from stackcheck.session.machine import machine, machine_alone
from stackcheck.session.project import add_project, add_wants
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stackcheck.model import Coverage, Finding, Stack
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
    findings: list[Finding] = []
    stacks: list[tuple[str, Stack]] = []
    parts: list[Coverage] = []
    held, subjects = 0, []
    for request in requests:
        host, subject = machine(request)
        subjects.append(subject)
        decisions = {} if scope is None else scope.decide(host, loader)
        loader.take()
        done: set[str] = set()
        several = len(requests) > 1
        apart = [] if scope is None else scope.notes(decisions)
        findings += [replace(finding, target=request.target) if several else finding for finding in apart]
        for group in groups:
            if done.issuperset(group):
                continue
            kept = [path for path in group if path not in decisions or decisions[path].against is None]
            if not kept:
                continue
            stack = add_project(machine_alone(host), kept, loader, container=True)
            stack = stack if scope is None else scope.apply(stack, decisions)
            done |= loader.take()
            stack = add_wants(stack, knowledge, request)
            judge = partial(knowledge.judge, subject=subject)
            report = judge(stack) if network is None else network.report(stack, kept, knowledge.store, judge)
            held += report.held
            stacks += report.stacks
            parts.append(report.coverage)
            findings += [replace(finding, target=request.target) if several else finding for finding in report.findings]
    ordered = in_order(findings) if len(groups) > 1 and len(requests) == 1 else tuple(findings)
    covered = coverage.joined(parts)
    subject = ", ".join(subjects)
    return Report(subject, knowledge.version, ordered, held, stacks=tuple(stacks), coverage=covered)


def network_of(request: Request, tell: Callable[[str], None]) -> Network | None:
    """What a request allows of the network; None where that is nothing, and then none of it is even imported."""
    if not (request.online or request.resolve):
        return None
    from stackcheck.session.network import Network

    return Network(request.online, request.resolve, request.cache, tell)
