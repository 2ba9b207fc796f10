"""A comparison over targets as text: marks in columns, the reasons numbered below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.model import Cell, Table
from stackcheck.report.clean import printable

if TYPE_CHECKING:
    from stackcheck.model import Finding, Report, Severity

WIDTH = 100
MARKS: dict[Severity | None, tuple[str, str]] = {
    None: ("✓", "nothing against it"),
    "warning": ("!", "with a warning"),
    "unknown": ("?", "something is not known"),
    "error": ("✗", "does not work"),
}
"""How each severity is shown in a cell, and what that means; other severities are no reason against anything."""


def render_table(table: Table) -> str:
    """The table as text that ends in a newline."""
    import textwrap

    lines = [table.title, "", *aligned(table), ""]
    lines += ["   ".join(f"{mark} {means}" for mark, means in MARKS.values()), ""]
    for number, note in enumerate(table.notes, start=1):
        first = f"{number:>3} "
        lines += textwrap.wrap(
            printable(note), WIDTH, initial_indent=first, subsequent_indent="    ", break_on_hyphens=False
        )
    return "\n".join(lines).rstrip() + "\n"


def aligned(table: Table) -> list[str]:
    """The lines of a table without its notes: marks in columns of their own width."""
    rows = [(printable(label), *map(_cell, cells)) for label, cells in table.rows]
    return _aligned([("", *table.columns), *rows])


def lines_by_target(report: Report) -> Table | None:
    """The requirements that something is said of, against the targets of a run that judged several."""
    targets = tuple(dict.fromkeys(name for name, _ in report.stacks))
    found = [one for one in report.findings if one.severity in MARKS and one.target is not None]
    if len(targets) < 2 or not found:
        return None
    lines = dict.fromkeys(_label(finding) for finding in found)
    rows = tuple((label, tuple(_worst(found, label, target) for target in targets)) for label in lines)
    return Table("Lines and targets", tuple(target.removeprefix("target ") for target in targets), rows)


def _label(finding: Finding) -> str:
    return f"{finding.subject} ({finding.location})" if finding.location is not None else finding.subject


def _worst(found: list[Finding], label: str, target: str) -> Cell:
    here = {one.severity for one in found if _label(one) == label and f"target {one.target}" == target}
    return Cell(next((severity for severity in ("error", "warning", "unknown") if severity in here), None))


def _cell(cell: Cell) -> str:
    return MARKS[cell.severity][0] + ",".join(map(str, cell.notes))


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
