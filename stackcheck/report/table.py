"""A comparison over targets as text: a column for each, the reasons numbered below, no line too long for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.model import Cell, Table
from stackcheck.report.blocks import title
from stackcheck.report.clean import printable
from stackcheck.subjects import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Set

    from stackcheck.model import Finding, Report, Severity

WIDTH = 80
GAP = 2
MARKS: dict[Severity | None, tuple[str, str]] = {
    None: ("✓", "nothing against it"),
    "warning": ("!", "with a warning"),
    "unknown": ("?", "something is not known"),
    "error": ("✗", "does not work"),
    "note": ("", ""),
}
"""How each severity is shown in a cell, and what that means. A note says something beside; it is a text of its own."""
_AGAINST: tuple[Severity, ...] = ("error", "warning", "unknown")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def render_table(table: Table) -> str:
    """The table as text that ends in a newline."""
    words = table.words or tuple(entry for entry in MARKS.values() if entry[0])
    lines = [*_wrapped(table.title), "", *aligned(table), "", *_legend(words), ""]
    for number, note in enumerate(table.notes, start=1):
        lines += _wrapped(note, f"{number:>3} ")
    return "\n".join(lines).rstrip() + "\n"


def aligned(table: Table) -> list[str]:
    """The lines of a table without its notes: columns of their own width, side by side as far as a line reaches; the
    rest of them below, with the labels again."""
    labels = ["", *(printable(label) for label, _ in table.rows)]
    columns = [
        [name, *(cell_text(cells[at]) for _, cells in table.rows)]
        for at, name in enumerate(map(printable, table.columns))
    ]
    lines: list[str] = []
    for beside in _beside(labels, columns):
        lines += ["", *_aligned([labels, *beside])] if lines else _aligned([labels, *beside])
    return lines


def cell_text(cell: Cell) -> str:
    """What stands in a cell: how it is had, or the mark, with the numbers of its notes above."""
    return (cell.text or MARKS[cell.severity][0]) + "·".join(map(str, cell.notes)).translate(_RAISED)


def lines_by_target(report: Report) -> Table | None:
    """The requirements that something is said of, against the targets of a run that judged several."""
    targets = tuple(dict.fromkeys(name for name, _ in report.stacks))
    every = [(finding, one) for finding in report.findings for one in (finding, *finding.also)]
    found = [pair for pair in every if pair[1].severity in _AGAINST and pair[1].target is not None]
    if len(targets) < 2 or not found:
        return None
    names = {
        str(ask.origin.location): ask.name
        for _, stack in report.stacks
        for ask in stack.asks
        if ask.origin.location is not None
    }
    lines: dict[str, dict[str, set[Severity]]] = {}
    for finding, one in found:
        # What follows from a cause at its own place is no line of its own.
        label = _label(finding if one.location == finding.location else one, names)
        lines.setdefault(label, {}).setdefault(f"target {one.target}", set()).add(one.severity)
    rows = tuple((label, tuple(_worst(said.get(target, set())) for target in targets)) for label, said in lines.items())
    return Table("Lines and targets", tuple(target.removeprefix("target ") for target in targets), rows)


def _label(finding: Finding, names: Mapping[str, str]) -> str:
    """The requirement that stands at the place of a finding, or what the finding is about."""
    if finding.location is None:
        return finding.subject
    place = str(finding.location)
    if finding.subject == "file":
        return place
    return f"{names.get(place, finding.subject) if finding.subject in BY_NAME else title(finding)} ({place})"


def _worst(found: Set[Severity]) -> Cell:
    return Cell(next((severity for severity in _AGAINST if severity in found), None))


def _beside(labels: list[str], columns: list[list[str]]) -> Iterator[list[list[str]]]:
    """The columns that fit beside the labels in one line each; one at least."""
    free = WIDTH - _width(labels)
    beside: list[list[str]] = []
    left = free
    for column in columns:
        needed = GAP + _width(column)
        if beside and needed > left:
            yield beside
            beside, left = [], free
        beside.append(column)
        left -= needed
    yield beside


def _width(column: list[str]) -> int:
    return max(map(len, column), default=0)


def _aligned(columns: list[list[str]]) -> list[str]:
    padded = [[text.ljust(_width(column)) for text in column] for column in columns]
    return [(" " * GAP).join(row).rstrip() for row in zip(*padded, strict=True)]


def _legend(words: Iterable[tuple[str, str]]) -> list[str]:
    """The meaning of each word, as many in a line as fit."""
    lines = [""]
    for word, meaning in words:
        entry = f"{printable(word)}: {printable(meaning)}"
        joined = f"{lines[-1]}   {entry}" if lines[-1] else entry
        lines[-1:] = [joined] if len(joined) <= WIDTH else [lines[-1], entry]
    return lines


def _wrapped(text: str, first: str = "") -> list[str]:
    import textwrap

    return textwrap.wrap(
        printable(text),
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_on_hyphens=False,
        break_long_words=False,
    )
