"""`broken` and `unsupported`: releases known to fail, and features that a platform does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge import words
from stackcheck.judge.check import Check
from stackcheck.judge.domain import Step
from stackcheck.matrix.rows import Broken, Row, Unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.build_options import Options
    from stackcheck.judge.domain import Domain
    from stackcheck.judge.working import Working


def checks(work: Working, domain: Domain, value: str | None, possible: Options | None) -> Iterator[Check]:
    """Every row on known-bad releases and on features, judged for one value."""
    for row in (*work.rows_for(domain, Broken, value), *work.rows_for(domain, Unsupported, value)):
        applies, missing = work.applies(row, possible.variants if possible is not None else None)
        if applies is None:
            yield Check(row, "unknown", row.hard, missing=missing)
        elif applies and isinstance(row, Broken):
            yield _broken(work, domain, value, row)
        elif applies and isinstance(row, Unsupported):
            yield _unsupported(work, domain, value, row)
        else:
            yield Check(row, "holds", row.hard)


def _circumstance(work: Working, row: Row) -> str:
    said = words.circumstances(row.where, work.store)
    return f" {said}" if said else ""


def _broken(work: Working, domain: Domain, value: str | None, row: Broken) -> Check:
    who = words.named(domain, value, work.store)
    verb = "is known to fail" if row.hard else "is reported to fail"
    return Check(
        row,
        "fails",
        row.hard,
        subject=domain.subject,
        message=words.sentence(f"{who} {verb}{_circumstance(work, row)}", row),
        because=(*domain.steps, *work.why(row.where)),
        involves=_involved(work, domain, row),
        fix=row.fix,
    )


def _involved(work: Working, domain: Domain, row: Row) -> frozenset[str]:
    involves = domain.involved | frozenset(name for name, _ in row.where if name != "variant")
    for name, _ in row.where:
        other = work.domain(name) if name != "variant" else None
        involves |= other.involved if other else frozenset()
    return involves


def _unsupported(work: Working, domain: Domain, value: str | None, row: Unsupported) -> Check:
    name = f"{domain.subject}:{row.feature}"
    used = _used(work, row, name)
    verb = {"unvalidated": "was not validated", "reported": "is reported not to work"}
    who = words.named(domain, value, work.store)
    text = f"{row.feature} of {who} {verb.get(row.level, 'is not supported')}{_circumstance(work, row)}"
    return Check(
        row,
        "fails" if used else "limit",
        row.hard,
        subject=name,
        message=words.sentence(text, row),
        because=(*domain.steps, *used, *work.why(row.where)),
        involves=_involved(work, domain, row) | {name},
        fix=row.fix,
    )


def _used(work: Working, row: Unsupported, name: str) -> tuple[Step, ...]:
    """Why we think that the feature is used: it was named, or all its signs are asked for."""
    if name in work.features:
        origin = work.features[name].origin
        return (Step(f"{name} is asked for", origin.place, frozenset((name,)), origin.location),)
    if not row.signs:
        return ()
    asks = [next((ask for ask in work.stack.asks if ask.name == sign and ask.applies), None) for sign in row.signs]
    if any(ask is None for ask in asks):
        return ()
    return tuple(
        Step(f"{ask} is asked for", ask.origin.place, frozenset((ask.name,)), ask.origin.location)
        for ask in asks
        if ask is not None
    )
