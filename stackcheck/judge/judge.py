"""One stack, one matrix, one report: every GPU of the machine is judged, and every check must hold for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge import asks, coverage, engine, findings, labels, todo, wheel_tags
from stackcheck.judge.working import Working
from stackcheck.model import Finding, Report

if TYPE_CHECKING:
    from stackcheck.matrix.store import Store
    from stackcheck.model import Gpu, Stack


def judge(stack: Stack, store: Store, *, subject: str, version: str, preflight: bool = False) -> Report:
    """Judges a stack. `subject` says what is judged, `version` which matrix; both only label the report."""
    found: list[Finding] = list(asks.findings(stack))
    held: set[str] = set()
    runs = []
    for gpu in gpus(stack):
        work = Working(stack, store, gpu, preflight=preflight)
        found += asks.wrong_python(stack, work.domain("python"))
        found += wheel_tags.findings(work)
        verdicts = engine.solve(work)
        said, met = findings.of_verdicts(work, verdicts)
        found += said
        held |= met
        found += labels.findings(stack, work.domain("torch"))
        if stack.code:
            from stackcheck.judge import code  # only where libraries were read

            said, met = code.findings(work)
            found += said
            held |= met
        if preflight:
            found += todo.findings(work)
        runs.append((work, verdicts))
    found += [_unread(place.reason, place.severity, place.location) for place in stack.unread]
    if any(ask.locked is not None for ask in stack.asks):
        from stackcheck.judge import locks

        found += locks.findings(stack, store, found)
    covered = coverage.joined(coverage.coverage(work, verdicts, found) for work, verdicts in runs)
    failed = {finding.id for finding in found if finding.severity in ("error", "warning")}
    ordered = findings.in_order(found)
    return Report(subject, version, ordered, len(held - failed), stacks=((subject, stack),), coverage=covered)


def gpus(stack: Stack) -> list[Gpu | None]:
    """Each kind of GPU of the machine once; [None] where none is known."""
    every = stack.gpus if isinstance(stack.gpus, tuple) else ()
    return list({(gpu.name, gpu.capability): gpu for gpu in every}.values()) or [None]


def _unread(reason: str, severity: object, location: object) -> Finding:
    return Finding(
        kind="reading",
        id="reading/unread",
        severity=severity,  # type: ignore[arg-type]
        subject="file",
        message=reason,
        location=location,  # type: ignore[arg-type]
    )
