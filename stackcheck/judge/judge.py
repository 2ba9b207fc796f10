"""One stack, one matrix, one report: every GPU of the machine is judged, and every check must hold for each."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackcheck.judge import alternatives, asks, coverage, engine, findings, remedy, speaking
from stackcheck.judge.trial import Trial
from stackcheck.judge.working import Working
from stackcheck.model import CRASHED, Finding, Report, Unknown

if TYPE_CHECKING:
    from stackcheck.judge.engine import Verdict
    from stackcheck.matrix.store import Store
    from stackcheck.model import Gpu, Stack, Unread

    _Run = tuple[Working, list[Verdict]]


def judge(
    stack: Stack, store: Store, *, subject: str, version: str, preflight: bool = False, remedies: bool = True
) -> Report:
    """Judges a stack. `subject` says what is judged, `version` which matrix; both only label the report. Without
    `remedies` no release is named that would work."""
    found: list[Finding] = list(asks.findings(stack))
    said: dict[str, list[Finding]] = {}
    runs: list[_Run] = []
    held: list[set[str]] = []
    disagreeing = list(asks.disagreements(stack))
    found += disagreeing
    choices, left_out = alternatives.of(asks.apart(stack) if disagreeing else stack, store)
    if any(ask.replaced for ask in stack.asks):
        from stackcheck.judge import steps

        found += steps.without_file(stack, store)
    for name, choice in choices.items():
        said[name], met = _choice(choice, store, runs, preflight=preflight, remedies=remedies)
        held.append(met)
    found += alternatives.merged(said)
    if not preflight and any(_has_gpu(work) and isinstance(work.state("arch"), Unknown) for work, _ in runs):
        from stackcheck.judge import either  # of few machines the GPU is known and the architecture is not

        again = partial(judge, store=store, subject=subject, version=version, remedies=remedies)
        found = either.decided(found, stack, store, lambda one: again(one).findings)
    found += [_unread(entry) for entry in stack.unread]
    parts = [coverage.coverage(work, verdicts, found) for work, verdicts in runs]
    covered = coverage.joined((*parts, coverage.of_choices(stack, left_out, len(choices))))
    if stack.images:
        from stackcheck.judge.laws.image_arch import without_inside

        found = without_inside(stack, store, found)
    failed = {finding.id for finding in found if finding.severity in ("error", "warning")}
    ordered = findings.in_order(found)
    most = max(len(met - failed) for met in held)
    return Report(subject, version, ordered, most, stacks=((subject, stack),), coverage=covered, oldest=store.oldest)


def _has_gpu(work: Working) -> bool:
    """Whether a GPU is described, or a driver that there is for one."""
    return work.gpu is not None or any(work.domain(name) is not None for name in ("driver", "cuda-driver"))


def _choice(
    stack: Stack, store: Store, runs: list[_Run], *, preflight: bool, remedies: bool
) -> tuple[list[Finding], set[str]]:
    """What is said of things that go together, and the ids of the rows that were met; each run goes into `runs`."""
    found: list[Finding] = list(asks.contradictions(stack))
    held: set[str] = set()
    trial = Trial(stack, store, gpus(stack))
    for gpu in trial.gpus:
        work = Working(stack, store, gpu, preflight=preflight)
        found += asks.wrong_python(stack, work.domain("python"))
        if any(ask.url for ask in stack.asks):
            from stackcheck.judge.laws import wheel_tags  # tags are dear to load

            found += wheel_tags.findings(work)
        verdicts = engine.solve(work)
        if any(ask.step for ask in stack.asks):
            from stackcheck.judge import steps  # only where commands install one after the other

            left = steps.left(work, verdicts)
            if left is not None:
                return _choice(left, store, runs, preflight=preflight, remedies=remedies)
        said, met = findings.of_verdicts(work, verdicts, trial.works if remedies else None)
        found += said
        held |= met
        if any(ask.locked is not None for ask in stack.asks):
            from stackcheck.judge import locks

            found += locks.findings(work, found)
        found += speaking.findings(work)
        if stack.code:
            from stackcheck.judge.laws import code  # only where libraries were read

            said, met = code.findings(work)
            found += said
            held |= met
        if preflight:
            from stackcheck.judge import todo

            found += todo.findings(work)
        if remedies and any(finding.kind in remedy.KINDS for finding in found):
            found = remedy.fitted(work, found, trial)
        runs.append((work, verdicts))
    return found, held


def gpus(stack: Stack) -> list[Gpu | None]:
    """Each kind of GPU of the machine once; [None] where none is known."""
    every = stack.gpus if isinstance(stack.gpus, tuple) else ()
    return list({(gpu.name, gpu.capability): gpu for gpu in every}.values()) or [None]


def _unread(entry: Unread) -> Finding:
    return Finding(
        kind=entry.id.partition("/")[0],
        id=CRASHED if entry.crash else entry.id,
        severity=entry.severity,
        subject=entry.involves[0] if entry.involves else "file",
        involves=tuple(sorted(entry.involves)),
        message=entry.reason,
        location=entry.location,
    )
