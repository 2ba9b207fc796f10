"""The report on many machines as CSV (RFC 4180), for spreadsheets: a line for each finding of each machine."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from stackcheck.report.clean import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.report.fleet import Fleet

COLUMNS = ("name", "document", "board", "status", "severity", "kind", "id", "subject", "message", "fix")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would work out (OWASP, "CSV Injection")."""


def render(fleet: Fleet) -> Iterator[str]:
    """The lines, the head first; a machine of which nothing was found has one, and so has one that could not be
    judged."""
    names = sorted({name for machine in fleet.machines for name, _ in machine.labels})
    yield _row((*COLUMNS, *(f"label:{name}" for name in names)))
    for machine in fleet.machines:
        labels = dict(machine.labels)
        own = (machine.name, machine.document, machine.board)
        after = [labels.get(name, "") for name in names]
        reason, findings = fleet.reason(machine), fleet.findings(machine)
        if reason is not None:
            yield _row((*own, "unread", "", "", "", "", reason, "", *after))
        elif not findings:
            yield _row((*own, "judged", *[""] * 6, *after))
        for finding in findings:
            fix = finding.fix.text if finding.fix is not None else ""
            parts = (finding.severity, finding.kind, finding.id, finding.subject, finding.message, fix)
            yield _row((*own, "judged", *parts, *after))


def _row(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([_cell(cell) for cell in cells])
    return text.getvalue()


def _cell(text: str) -> str:
    return printable(f"'{text}" if text.startswith(_FORMULA) else text)
