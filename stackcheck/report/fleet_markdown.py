"""The report on many machines as GitHub-flavoured Markdown: for an issue, a wiki, a step's summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.report.fleet import STATUSES
from stackcheck.report.fleet_text import HEADS, counted, summary, where_of
from stackcheck.report.markdown import code, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.report.fleet import Cause, Fleet

MARKS = {"error": "❌", "warning": "⚠️", "todo": "→"}
GROUPS = 50
"""Groups of one label that are shown."""


def render(fleet: Fleet) -> Iterator[str]:
    """The counts, a table of causes, one of each label's groups, what could not be read, and what to do."""
    verdict = "❌" if fleet.statuses["error"] else "⚠️" if fleet.statuses["warning"] else "✅"
    yield f"### {verdict} stackcheck: {counted(len(fleet.machines), fleet.things)}\n\n"
    yield f"{plain(summary(fleet))} (matrix {plain(fleet.matrix)})\n"
    causes = [cause for cause in fleet.causes if cause.severity in MARKS]
    if causes:
        yield f"\n| | {fleet.things} | what | where |\n|---|---:|---|---|\n"
        for cause in causes:
            said = f"{plain(cause.message)} ({plain(cause.finding.id)})"
            where = plain(where_of(fleet, cause))
            yield f"| {MARKS[cause.severity]} | {cause.machines:,} | {said} | {where} |\n"
    for label, values in fleet.groups.items():
        heads = " | ".join(HEADS.values())
        yield f"\n| {plain(label)} | all | {heads} |\n|---|---:|{'---:|' * len(HEADS)}\n"
        for value, counts in sorted(values.items(), key=lambda pair: (-sum(pair[1].values()), pair[0]))[:GROUPS]:
            numbers = " | ".join(f"{counts.get(status, 0):,}" for status in STATUSES)
            yield f"| {plain(value or 'none')} | {sum(counts.values()):,} | {numbers} |\n"
        if len(values) > GROUPS:
            yield f"\nand {len(values) - GROUPS:,} more\n"
    if fleet.unread:
        yield "\n#### Not read\n\n"
        yield from (f"- {plain(machine.document)}: {plain(reason)}\n" for machine, reason in fleet.unread)
    remedies = [cause for cause in causes if cause.fixes]
    if remedies:
        yield "\n#### What to do\n\n"
        for cause in remedies:
            yield from _remedies(cause)


def _remedies(cause: Cause) -> Iterator[str]:
    for fix, machines in cause.fixes:
        yield f"- {machines:,} of {plain(cause.finding.subject)}: {plain(fix.text)}\n"
        yield from (f"  - {code(command)}\n" for command in fix.commands)
