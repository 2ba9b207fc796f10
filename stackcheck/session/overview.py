"""One product's releases against the shipped targets, each judged as a preflight would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.model import Ask, Cell, Origin, Severity, Table
from stackcheck.session.machine import target_names, target_stack
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackcheck.model import Report
    from stackcheck.session.knowledge import Knowledge

WORST: tuple[Severity, ...] = ("error", "warning", "unknown")


def table(knowledge: Knowledge, product: str, tell: Callable[[str], None]) -> Table:
    """Releases down, newest first, targets across; a number in a cell is the note that says why."""
    header = knowledge.store.product(product)
    names = target_names()
    reasons: dict[str, tuple[int, str]] = {}
    rows = []
    for release in reversed(header.releases):
        tell(f"judging {header.title} {release}")
        cells = tuple(_cell(_judged(knowledge, product, release, name), reasons) for name in names)
        rows.append((release, cells))
    notes = tuple(f"{message} ({key})" for key, (_, message) in reasons.items())
    return Table(f"{header.title} on the shipped targets (matrix {knowledge.version})", names, tuple(rows), notes)


def _judged(knowledge: Knowledge, product: str, release: str, target: str) -> Report:
    origin = Origin(f"{product} {release}", "command line")
    want = Ask(product, f"=={release}", origin, indexes=None, transitive=None)
    stack = replace(target_stack(target), wants=(want,))
    return knowledge.judge(stack, target, preflight=True)


def _cell(report: Report, reasons: dict[str, tuple[int, str]]) -> Cell:
    """The worst that is said, and the rows that say it; a row is explained once, by the newest release."""
    for severity in WORST:
        worst = [finding for finding in report.findings if finding.severity == severity]
        if severity == "unknown":
            worst = [finding for finding in worst if finding.required]
        if worst:
            keyed = [reasons.setdefault(finding.id, (len(reasons) + 1, finding.message)) for finding in worst]
            return Cell(severity, tuple(sorted(number for number, _ in keyed)))
    return Cell(None)
