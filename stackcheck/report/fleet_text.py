"""The report on many machines for people: as much as fits a screen, whatever the number of machines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.report.blocks import title
from stackcheck.report.clean import printable
from stackcheck.report.fleet import STATUSES
from stackcheck.report.table import MARKS
from stackcheck.wording import command_lines, few, filled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackcheck.model import Severity
    from stackcheck.report.fleet import Cause, Fleet, Status

WIDTH = 80
CAUSES = 6
"""Causes that are shown, each in four lines at most; what is left is named in one."""
GROUPS = 6
"""Groups of one label that are shown; a label with more of them is left out."""
LABELS = 2
"""Labels whose groups are shown."""
ROWS = 5
"""Rows of equal machines that are shown."""
NAMED = 3
"""Machines, or groups, that are named in one line."""
UNREAD = 5
"""Documents that could not be read and are named."""
HEADS: Mapping[Status, str] = {"error": "broken", "warning": "warned", "unknown": "not known", "held": "clear"}
"""What the columns of statuses are called: the gravest that was found of a machine."""


def render(fleet: Fleet, *, quiet: bool = False, verbose: bool = False) -> Iterator[str]:
    """The report in pieces. `quiet` leaves out groups and machines, `verbose` shows all of everything."""
    for line in _lines(fleet, quiet=quiet, verbose=verbose):
        yield f"{printable(line)}\n"


def _lines(fleet: Fleet, *, quiet: bool, verbose: bool) -> Iterator[str]:
    yield f"stackcheck: {counted(len(fleet.machines), fleet.things)} (matrix {fleet.matrix})"
    yield ""
    yield f"  {summary(fleet)}"
    loud = [cause for cause in fleet.causes if cause.severity in ("error", "warning", "todo")]
    yield from _causes(fleet, loud, whole=verbose)
    if not quiet:
        yield from _groups(fleet, whole=verbose)
        yield from _machines(fleet, whole=verbose)
    yield from _unread(fleet, None if verbose else UNREAD)
    rest = [cause for cause in fleet.causes if cause.severity in ("unknown", "note")]
    if verbose:
        yield from _causes(fleet, rest, whole=True, heading="Notes, and what is not known")
    elif rest:
        unknown = sum(cause.severity == "unknown" for cause in rest)
        yield ""
        counts = ((unknown, f"{unknown} not known"), (len(rest) - unknown, counted(len(rest) - unknown, "note")))
        yield f"Beside them {' and '.join(text for number, text in counts if number)}: --verbose shows them."


def counted(number: int, noun: str) -> str:
    """A number of things: "1 machine", "1,000 machines", "2 repositories"."""
    return f"{number:,} {noun if number == 1 else f'{noun[:-1]}ies' if noun.endswith('y') else f'{noun}s'}"


def summary(fleet: Fleet) -> str:
    """One line of counts: "612 broken, 120 warned, 268 clear; 400 different; 3 not read"."""
    parts = [f"{number:,} {HEADS[status]}" for status, number in fleet.statuses.items() if number]
    unread = f"; {len(fleet.unread):,} not read" if fleet.unread else ""
    return f"{', '.join(parts) or 'nothing was judged'}; {len(fleet.sizes):,} different{unread}"


def _causes(fleet: Fleet, causes: list[Cause], *, whole: bool, heading: str = "By cause") -> Iterator[str]:
    if not causes:
        return
    yield ""
    yield heading
    width = max(len(f"{cause.machines:,}") for cause in causes)
    shown = causes if whole else causes[:CAUSES]
    for cause in shown:
        yield from _whole(fleet, cause, width) if whole else _short(fleet, cause, width)
    left = causes[len(shown) :]
    if left:
        names = list(dict.fromkeys(title(cause.finding) for cause in left))
        yield f"  {'':{width}}   and {counted(len(left), 'cause')} more: {few(names, NAMED)}"


def _short(fleet: Fleet, cause: Cause, width: int) -> Iterator[str]:
    """A cause in four lines at most: its first sentence in two, where it is and what to do in one."""
    indent = " " * (width + 5)
    first, *rest = _END.split(cause.message, maxsplit=1)
    said = f"{first}." if rest else first
    lines = filled(said.split(" "), WIDTH, f"  {cause.machines:>{width},} {_mark(cause)} ", indent)
    yield from lines[:1]
    yield from (cut(" ".join((lines[1], *(line.strip() for line in lines[2:]))), WIDTH) for _ in lines[1:2])
    yield cut(f"{indent}on: {where_of(fleet, cause)}", WIDTH)
    if cause.fixes:
        (fix, machines), *others = cause.fixes
        yield cut(f"{indent}fix{f' for {machines:,}' if others else ''}: {fix.text}", WIDTH)


def _whole(fleet: Fleet, cause: Cause, width: int) -> Iterator[str]:
    indent = " " * (width + 5)
    for number, (message, machines) in enumerate(cause.wordings):
        head = f"  {cause.machines:>{width},} {_mark(cause)} " if not number else f"{indent}{machines:,} of them: "
        yield from filled(message.split(" "), WIDTH, head, indent if not number else f"{indent}  ")
    yield from filled(f"on: {where_of(fleet, cause)}".split(" "), WIDTH, indent, f"{indent}    ")
    for fix, machines in cause.fixes:
        share = "" if len(cause.fixes) == 1 else f" for {machines:,}"
        yield from filled(f"fix{share}: {fix.text}".split(" "), WIDTH, indent, f"{indent}     ")
        for command in fix.commands:
            first, *rest = command_lines(command, WIDTH - len(indent) - 7, WIDTH - len(indent) - 11)
            yield f"{indent}     $ {first}"
            yield from (f"{indent}         {line}" for line in rest)
    yield f"{indent}{cause.finding.id or cause.finding.kind}"


_END = re.compile(r"\. (?=[A-Z])")
"""Where a sentence ends and another begins."""


def _mark(cause: Cause) -> str:
    return "→" if cause.severity == "todo" else MARKS[cause.severity][0] or "·"


def cut(text: str, width: int) -> str:
    """A text in one line, with an ellipsis where it was longer."""
    return text if len(text) <= width else f"{text[: width - 1].rstrip()}…"


def where_of(fleet: Fleet, cause: Cause) -> str:
    """The machines of a cause by name where they are few, else the groups of the label that tells them apart best."""
    if cause.machines <= NAMED:
        return few([machine.name for machine in fleet.having(cause)], NAMED)
    spread = fleet.spread(cause)
    label = max(spread, key=lambda name: (_telling(fleet, cause, name), name), default=None)
    if label is None:
        names = [machine.name for machine, _ in zip(fleet.having(cause), range(NAMED), strict=False)]
        return f"{few(names, NAMED)} and {cause.machines - NAMED:,} more"
    total = fleet.groups[label]
    said = [
        f"{value or 'none'} {number:,} of {sum(total[value].values()):,}"
        for value, number in sorted(spread[label].items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    return f"{label} {few(said, NAMED)}"


def _telling(fleet: Fleet, cause: Cause, label: str) -> float:
    """How far the groups of a label are from having equal shares of a cause: chi-squared by degree of freedom, so that
    many small groups say no more than a few large ones."""
    spread, total = fleet.spread(cause)[label], fleet.groups[label]
    share = cause.machines / fleet.judged
    sizes = {value: sum(counts.values()) for value, counts in total.items()}
    squares = sum((spread.get(value, 0) - size * share) ** 2 / (size * share) for value, size in sizes.items())
    return squares / (len(sizes) - 1)


def _groups(fleet: Fleet, *, whole: bool) -> Iterator[str]:
    fitting = {label: values for label, values in fleet.groups.items() if whole or len(values) <= GROUPS}
    for label, values in list(fitting.items())[: None if whole else LABELS]:
        yield ""
        rows = sorted(values.items(), key=lambda pair: (-sum(pair[1].values()), not pair[0], pair[0]))
        width = min(34, max(len(label) + 3, *(len(value or "none") for value, _ in rows)))
        yield f"{f'By {label}':<{width + 2}}{'all':>8}{''.join(f'{head:>11}' for head in HEADS.values())}"
        for value, counts in rows:
            numbers = "".join(f"{counts.get(status, 0) or '':>11}" for status in STATUSES)
            yield f"  {cut(value or 'none', width):<{width}}{sum(counts.values()):>8}{numbers}".rstrip()


def _machines(fleet: Fleet, *, whole: bool) -> Iterator[str]:
    rows = [row for row in fleet.alike if row.status in ("error", "warning")]
    if not rows or len(fleet.alike) == 1:
        return
    yield ""
    yield f"By {fleet.things}, first those with the most"
    shown = rows if whole else rows[:ROWS]
    for row in shown:
        causes = [fleet.causes[number - 1] for number in row.causes]
        said = [title(cause.finding) for cause in causes if cause.severity in ("error", "warning")]
        names = few([machine.name for machine in row.machines], NAMED)
        yield cut(f"  {MARKS[_severity(row.status)][0]} {names}: {', '.join(dict.fromkeys(said))}", WIDTH)
    if len(rows) > len(shown):
        left = sum(len(row.machines) for row in rows[len(shown) :])
        yield f"  and {counted(left, fleet.things)} more, of {counted(len(rows) - len(shown), 'sort')}"


def _severity(status: Status) -> Severity | None:
    return None if status == "held" else status


def _unread(fleet: Fleet, most: int | None) -> Iterator[str]:
    if fleet.unread:
        yield ""
        yield "Not read"
        for machine, reason in fleet.unread[:most]:
            yield f"  ? {machine.document}: {reason}"
        if most is not None and len(fleet.unread) > most:
            yield f"  and {len(fleet.unread) - most:,} more"
