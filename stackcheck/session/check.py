"""`check` and `image`: an environment together with project files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackcheck.session.errors import CannotWorkError
from stackcheck.session.files import project_files
from stackcheck.session.installed import add_consistency, add_findings, add_gpu_code, ask_torch, metadata_of
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.lint import lint, network_of, scope_of
from stackcheck.session.machine import add_reading, machine, machine_alone
from stackcheck.session.project import add_project, add_wants
from stackcheck.session.remedies import Remedies
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stackcheck.budget import Budget
    from stackcheck.model import Report, Stack
    from stackcheck.session.files import Loader
    from stackcheck.session.image import Scanned
    from stackcheck.session.knowledge import Knowledge
    from stackcheck.session.request import Request


def check(request: Request, loader: Loader, tell: Callable[[str], None], remedies: Remedies | None = None) -> Report:
    """The report on an environment (`root`: of an image or root file system) together with project files.

    `tell` is told what is being done. `remedies` are those of a run that judges many, with what they know. Raises the
    errors of `session.errors.expected`.
    """
    if request.root is not None and request.deep:
        raise CannotWorkError("--deep runs torch, and nothing of an image is run: leave one of the two out")
    remedies = remedies or Remedies(open_knowledge(request.matrix))
    knowledge = remedies.knowledge
    stack, subject = machine(request, tell)
    scanned, stack, subject = _on_machine(request, stack, subject, tell, loader.budget)
    view = None if scanned is None else scanned.view
    installed = metadata_of(stack, request, view)
    stack = add_gpu_code(stack, request, tell, installed, view)
    stack, torch_findings = ask_torch(stack, request, tell) if request.deep else (stack, ())
    planned = request.target is not None and request.root is None
    several = len(request.files) > 1
    stack = add_project(stack, request.files, loader, container=planned, among_others=several)
    stack = add_wants(stack, knowledge, request)
    judge = partial(knowledge.judge, subject=subject, preflight=planned)
    network = network_of(request, tell)
    report = judge(stack) if network is None else network.report(stack, request.files, knowledge.store, judge)
    report = _with_todo(report, stack, knowledge, subject) if planned else report
    report = remedies.checked(report, stack)
    report = add_findings(report, torch_findings) if torch_findings else report
    report = add_reading(add_consistency(report, stack, installed, view, knowledge.store), stack)
    if scanned is not None:
        report = replace(report, read=(*scanned.read, *report.read), unread=(*scanned.left_out, *report.unread))
    return report


def _on_machine(
    request: Request, host: Stack, subject: str, tell: Callable[[str], None], budget: Budget
) -> tuple[Scanned | None, Stack, str]:
    """The image that a request names, its stack on the host, and what the report calls that; else the host alone."""
    if request.root is None:
        return None, host, subject
    from stackcheck.session import image

    scanned = image.scanned(request.root, request.platform, request.inside, tell, budget)
    return scanned, image.on_host(scanned.stack, host, request.root, subject), f"{request.root} on {subject}"


def judge_files(paths: Sequence[str], request: Request, loader: Loader) -> Report:
    """The report on what files, folders and wants ask for on a machine, by rows alone: no file of an environment is
    opened. Files alone are a lint; with what is installed or wanted, all are judged together.

    Raises the errors of `session.errors.expected`.
    """
    knowledge = open_knowledge(request.matrix)
    groups = project_files(paths)
    scope = scope_of(paths, groups)
    if groups and not (request.installed or request.wants):
        return lint((request,), groups, knowledge, loader, scope=scope)
    stack, subject = machine(request)
    stack = stack if request.installed else machine_alone(stack)
    decisions = {} if scope is None else scope.decide(stack, loader)
    files = [path for group in groups for path in group if path not in decisions or decisions[path].against is None]
    stack = add_project(stack, files, loader, container=request.target is not None, among_others=len(files) > 1)
    stack = stack if scope is None else scope.apply(stack, decisions)
    stack = add_wants(stack, knowledge, request)
    report = knowledge.judge(stack, subject, preflight=bool(request.wants))
    report = _with_todo(report, stack, knowledge, subject) if request.wants else report
    report = Remedies(knowledge).checked(report, stack)
    return report if scope is None else add_findings(report, scope.notes(decisions))


def _with_todo(report: Report, stack: Stack, knowledge: Knowledge, subject: str) -> Report:
    from stackcheck.session.preflight import with_todo  # it makes a plan, and most runs have nothing to do

    return with_todo(report, stack, knowledge, subject)
