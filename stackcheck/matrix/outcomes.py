"""How the outcomes of a verification are said: as text, as counts, as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackcheck.matrix.verify import Outcome, Result

RESULTS: tuple[Result, ...] = ("agrees", "differs", "newer", "not confirmable")


def text(outcomes: Sequence[Outcome], *, every: bool = False) -> str:
    """A line for each row that differs or is behind, and the counts; with `every`, a line for each row."""
    lines = []
    for outcome in outcomes:
        if every or outcome.result in ("differs", "newer"):
            lines.append(f"{outcome.result}: {outcome.key} ({outcome.place})")
            lines += [f"  the row says: {outcome.row}", f"  the index {outcome.index}"]
    reasons: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome.result == "not confirmable" and not every:
            reasons.setdefault(outcome.index, []).append(outcome.key)
    lines += [f"not confirmable, the index {reason}: {few(keys)}" for reason, keys in reasons.items()]
    return "\n".join([*lines, counts(outcomes)]) + "\n"


def counts(outcomes: Sequence[Outcome]) -> str:
    """How many rows agree, differ, are behind, cannot be confirmed."""
    number = {result: sum(outcome.result == result for outcome in outcomes) for result in RESULTS}
    return (
        f"{number['agrees']} agree, {number['differs']} differ, {number['newer']} behind the index, "
        f"{number['not confirmable']} not confirmable"
    )


def document(outcomes: Sequence[Outcome]) -> str:
    """The same as JSON (`stackcheck-verify/1`)."""
    summary = {result: sum(outcome.result == result for outcome in outcomes) for result in RESULTS}
    rows = [
        {"id": each.key, "result": each.result, "row": each.row, "index": each.index, "place": each.place}
        for each in outcomes
    ]
    return json.dumps({"schema": "stackcheck-verify/1", "summary": summary, "rows": rows}, indent=2) + "\n"


def few(texts: Sequence[str]) -> str:
    """Six texts at most, else the first five and how many more."""
    return ", ".join(texts) if len(texts) <= 6 else f"{', '.join(texts[:5])} and {len(texts) - 5} more"
