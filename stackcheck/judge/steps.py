"""Commands that install one after the other: what a later one makes of an earlier one by what it requires.

pip and uv put in place of what is there what a later release requires (pip: "pip install"). Both commands run all the
same, so that one without a file for the machine fails where it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge import engine, findings
from stackcheck.judge.domain import Domain, Fit, fit
from stackcheck.judge.working import Working
from stackcheck.matrix.rows import Relation
from stackcheck.model import Finding
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.check import Check
    from stackcheck.judge.engine import Verdict
    from stackcheck.matrix.store import Store
    from stackcheck.model import Ask, Stack

MOST_REPLACED = 200
"""Replaced requirements that are judged by themselves, many times those of any real file."""


def left(work: Working, verdicts: list[Verdict]) -> Stack | None:
    """The stack without what a later command replaces by what it requires; None where there is nothing of that."""
    gone = {
        id(ask) for verdict in verdicts for check in verdict.checks for ask in _replaced(work, verdict.domain, check)
    }
    if not gone:
        return None
    asks = (replace(ask, applies=False, replaced=True) if id(ask) in gone else ask for ask in work.stack.asks)
    return replace(work.stack, asks=tuple(asks))


def _replaced(work: Working, domain: Domain, check: Check) -> Iterator[Ask]:
    """The asks of an earlier command that what a later one requires excludes."""
    row = check.row
    if check.result != "fails" or not isinstance(row, Relation) or not row.installer or domain.alone:
        return
    for subject, condition in row.needs:
        state = work.state(subject)
        asked = isinstance(state, Domain) and state.presence == "asked" and fit(state, condition) is Fit.NONE
        if asked and isinstance(state, Domain) and _before(state, domain):
            yield from state.asks


def _before(earlier: Domain, later: Domain) -> bool:
    """Whether commands of one file, and of one stage of it, ask for the one before the other."""
    first, second = _steps(earlier), _steps(later)
    if not first or not second:
        return False
    one_text = len({path for path, _ in (*first, *second)}) == 1
    return one_text and max(first) < min(second) and len({ask.group for ask in (*earlier.asks, *later.asks)}) == 1


def _steps(domain: Domain) -> list[tuple[str, int]]:
    """The commands that ask for it; none where something else does, or may."""
    steps = [ask.step for ask in domain.asks if ask.step is not None and ask.applies and not ask.constraint]
    return steps if len(steps) == len(domain.asks) else []


def without_file(stack: Stack, store: Store) -> Iterator[Finding]:
    """The errors on what is replaced later and has no file for the machine: the command that installs it fails. Of a
    text without end the first `MOST_REPLACED` are looked at, and the rest is said not to be."""
    pythons = [ask for ask in stack.asks if ask.name == "python"]
    replaced: dict[tuple[object, ...], Ask] = {}
    for ask in stack.asks:
        if ask.replaced:
            replaced.setdefault((ask.name, ask.specifier, ask.extras, ask.url, ask.indexes), ask)
    for number, ask in enumerate(replaced.values()):
        if number == MOST_REPLACED:
            text = f"{len(replaced) - number} requirements that later commands replace were not judged by themselves."
            yield Finding("reading", "reading/unread", "unknown", "file", text, location=ask.origin.location)
            return
        asks = (replace(ask, applies=True, replaced=False), *pythons)
        work = Working(replace(stack, asks=asks), store, None)
        said, _ = findings.of_verdicts(work, engine.solve(work))
        yield from (one for one in said if one.kind == "wheels" and one.severity == "error")
