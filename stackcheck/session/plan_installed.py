"""What an environment has already, as a plan takes it: releases that are preferred, and what stays beside the set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge.catalog import Catalog
from stackcheck.model import Known
from stackcheck.plan.values import Installed
from stackcheck.plan.work import stack_of
from stackcheck.session.errors import CannotWorkError
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackcheck.model import Report, Stack
    from stackcheck.plan.work import Found
    from stackcheck.session.knowledge import Knowledge
    from stackcheck.session.request import Request

ACTIVE = ("VIRTUAL_ENV", "CONDA_PREFIX")
"""What the activation of an environment sets."""


def installed(stack: Stack, knowledge: Knowledge, request: Request, *, keep: bool) -> Installed:
    """What the environment has that a plan is for: on this machine the active one, elsewhere the one of the document.

    The interpreter that happens to run stackcheck is nobody's environment. Raises `CannotWorkError` with `keep` where
    there is none.
    """
    python = stack.facts.get("python")
    active = not request.live or any(isinstance(stack.variables.get(name), Known) for name in ACTIVE)
    there = active and isinstance(python, Known) and (request.live or bool(stack.packages))
    if not there or not isinstance(python, Known):
        if keep:
            raise CannotWorkError("--keep: no environment is active here; activate it, or name its document with --env")
        return Installed()
    return replace(environment(stack, python, knowledge), keep=keep)


def environment(stack: Stack, python: Known, knowledge: Knowledge) -> Installed:
    """What a stack has installed, with its Python."""
    catalog = Catalog(knowledge.store)
    releases = {}
    for name, state in stack.packages.items():
        if isinstance(state, Known) and state.value != "*":
            release, _, label = state.value.partition("+")
            releases[catalog.subject(name)] = (release, label)
    return Installed(".".join(python.value.split(".")[:2]), releases)


def beside(stack: Stack, found: Found, judge: Callable[[Stack], Report]) -> Iterator[str]:
    """What speaks against the rest of the environment once the set is there; nothing where that makes another one."""
    if not found.supply.installed.python or found.python != found.supply.installed.python:
        return
    catalog = found.supply.catalog
    rest = {name: state for name, state in stack.packages.items() if catalog.subject(name) not in found.outcome.pins}
    planned = stack_of(found.supply.stack, found.python, found.outcome, found.build_tools())
    known = {finding.id for finding in found.report.findings} if found.report is not None else set()
    subjects = {catalog.subject(name) for name in rest}
    for finding in judge(replace(planned, packages=rest)).findings:
        about = {finding.subject, *finding.involves}
        if finding.severity == "error" and finding.id not in known and about & subjects:
            yield f"Installed too: {finding.message}"
