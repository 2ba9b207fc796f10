"""A comparison over targets as text: marks in columns, the reasons numbered below."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from stackcheck.report.clean import printable

if TYPE_CHECKING:
    from stackcheck.model import Cell, Severity, Table

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
    rows = [(printable(label), *map(_cell, cells)) for label, cells in table.rows]
    lines = [table.title, "", *_aligned([("", *table.columns), *rows]), ""]
    lines += ["   ".join(f"{mark} {means}" for mark, means in MARKS.values()), ""]
    for number, note in enumerate(table.notes, start=1):
        first = f"{number:>3} "
        lines += textwrap.wrap(
            printable(note), WIDTH, initial_indent=first, subsequent_indent="    ", break_on_hyphens=False
        )
    return "\n".join(lines).rstrip() + "\n"


def _cell(cell: Cell) -> str:
    return MARKS[cell.severity][0] + ",".join(map(str, cell.notes))


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
