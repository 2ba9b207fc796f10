"""`diagnose`: what the known error lines of a log mean on a machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.session.files import log_text
from stackcheck.session.installed import add_gpu_code
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.machine import machine
from stackcheck.session.project import add_wants

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackcheck.model import Report
    from stackcheck.session.request import Request


def diagnose(request: Request, log: str, tell: Callable[[str], None]) -> Report:
    """The report on a log ("-": standard input). Raises the errors of `session.errors.expected`."""
    return diagnose_text(request, log_text(log), "stdin" if log == "-" else log, tell)


def diagnose_text(request: Request, text: str, path: str, tell: Callable[[str], None]) -> Report:
    """The report on a log's text; `path` is what the report calls it. Raises as `diagnose`."""
    from stackcheck.judge.diagnose import diagnose as judge_log

    knowledge = open_knowledge(request.matrix)
    stack, subject = machine(request, tell)
    stack = add_wants(add_gpu_code(stack, request, tell), knowledge, request)
    return judge_log(text, stack, knowledge.store, path=path, subject=f"{path} on {subject}", version=knowledge.version)
