"""`preflight`: whether a product can be installed and run on a machine, and what is to do first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.session.installed import add_gpu_code
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.machine import add_reading, machine
from stackcheck.session.project import add_wants
from stackcheck.session.remedies import Remedies
from stackcheck.session.trial import pasteable, verified
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackcheck.model import Report, Stack
    from stackcheck.session.knowledge import Knowledge
    from stackcheck.session.request import Request


def preflight(request: Request, tell: Callable[[str], None], *, overview: bool = False) -> Report:
    """The report on what a request wants on its machine; `overview` adds all releases of it on all shipped targets.

    Raises the errors of `session.errors.expected`.
    """
    knowledge = open_knowledge(request.matrix)
    stack, subject = machine(request, tell)
    stack = add_wants(add_gpu_code(stack, request, tell), knowledge, request)
    title = f"{', '.join(request.wants)} on {subject}"
    report = with_todo(knowledge.judge(stack, title, preflight=True), stack, knowledge, title)
    report = Remedies(knowledge).checked(report, stack)
    report = add_reading(pasteable(report, request.python), stack)
    return _add_overview(report, stack, knowledge, tell) if overview else report


def with_todo(report: Report, stack: Stack, knowledge: Knowledge, subject: str) -> Report:
    """The report with a to-do list that a plan made; where there is none, with one whose commands were judged."""
    if not any(finding.severity == "todo" for finding in report.findings):
        return report
    from stackcheck.session.planned import planned

    return planned(report, stack, knowledge, subject) or verified(report, stack, knowledge)


def _add_overview(report: Report, stack: Stack, knowledge: Knowledge, tell: Callable[[str], None]) -> Report:
    from stackcheck.session.overview import table

    wanted = next((want.name for want in stack.wants if knowledge.store.product(want.name).releases), None)
    return report if wanted is None else replace(report, table=table(knowledge, wanted, tell))
