"""The report on many machines as one page: a heat map of machines and causes, a section for each cause, the groups.

It needs nothing else and loads nothing. Equal machines are one row, so that ten thousand of them stay readable; the
script filters and sorts what is there, and without it all is shown.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections import Counter
from typing import TYPE_CHECKING

from stackcheck.about import VERSION
from stackcheck.report.blocks import title
from stackcheck.report.clean import portable, printable
from stackcheck.report.fleet import STATUSES, groups_of
from stackcheck.report.fleet_machines import Some
from stackcheck.report.fleet_style import SCRIPT, STYLE
from stackcheck.report.fleet_text import HEADS, counted
from stackcheck.report.html import page_end, page_start, source_item
from stackcheck.report.table import MARKS
from stackcheck.values import dataclass
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stackcheck.report.fleet import Cause, Fleet, Status

HASH = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
COLUMNS = 40
"""Causes that have a column; the others have their section alone."""
ROWS = 2000
"""Rows of the heat map; a fleet of which more are different is filtered before it is looked at."""
VALUES = 40
"""Values of one label that can be filtered by; a label with more of them tells machines apart, not groups."""
LABELS = 4
"""Labels that can be filtered by."""
UNREAD = 500
"""Documents that could not be read and are listed."""


@dataclass(frozen=True)
class Row:
    """Machines with the same errors and warnings."""

    status: Status
    causes: frozenset[int]
    machines: Some


def render(fleet: Fleet) -> Iterator[str]:
    """The page in pieces."""
    script = f"'sha256-{HASH}'"
    yield page_start(f"stackcheck: {counted(len(fleet.machines), fleet.things)}", style=STYLE, script=script)
    loud = [cause for cause in fleet.causes if cause.severity in ("error", "warning")]
    rows = list(folded(fleet))
    for piece in (
        _header(fleet),
        _map(fleet, loud[:COLUMNS], rows[:ROWS], len(rows)),
        _groups(fleet),
        _causes(fleet, fleet.causes, rows[:ROWS]),
        _unread(fleet),
    ):
        for line in piece:
            yield f"{line}\n"
    yield f"</main><footer><p>stackcheck {VERSION}, matrix {_text(fleet.matrix)}</p></footer>\n"
    yield f"<script>{SCRIPT}</script>\n"
    yield page_end()


def folded(fleet: Fleet) -> Iterator[Row]:
    """The machines by their errors and warnings, the gravest first; those that have none by their status."""
    found: dict[tuple[frozenset[int], Status | None], tuple[Status, Some]] = {}
    for alike in fleet.alike:
        loud = frozenset(n for n in alike.causes if fleet.causes[n - 1].severity in ("error", "warning"))
        key = (loud, None if loud else alike.status)
        found.setdefault(key, (alike.status, Some(fleet.machines)))[1].extend(alike.machines)
    for (loud, _), (status, machines) in found.items():
        yield Row(status, loud, machines)


def _header(fleet: Fleet) -> Iterator[str]:
    yield '<a class="skip" href="#causes">To the causes</a><header>'
    yield f"<h1>{_text(counted(len(fleet.machines), fleet.things))}</h1><ul class='counts'>"
    for status in STATUSES:
        number = fleet.statuses[status]
        if number:
            yield f'<li class="{status}"><strong>{number:,}</strong> {HEADS[status]}</li>'
    if fleet.unread:
        yield f'<li><a href="#unread"><strong>{len(fleet.unread):,}</strong> not read</a></li>'
    yield f"<li>{len(fleet.sizes):,} different</li></ul></header><main>"


def _map(fleet: Fleet, causes: Sequence[Cause], rows: Sequence[Row], every: int) -> Iterator[str]:
    if not rows:
        return
    labels = dict([(name, list(values)) for name, values in fleet.groups.items() if len(values) <= VALUES][:LABELS])
    yield '<section aria-labelledby="map"><h2 id="map">What is where</h2>'
    shown = {_shown(name): list(map(_shown, values)) for name, values in labels.items()}
    yield f'<div id="tools" data-labels="{_data(shown)}"></div>'
    yield '<div class="map" role="group" aria-labelledby="map" tabindex="0"><table class="heat" id="heat"><thead><tr>'
    yield f'<th scope="col" class="corner">{fleet.things.capitalize()}</th><th scope="col">How many</th>'
    for cause in causes:
        name = f"{title(cause.finding)} {cause.finding.id.rpartition('/')[2]}"
        yield f'<th scope="col" class="{cause.severity}" data-cause="{_text(name)}">'
        yield f'<a href="#cause-{cause.number}" title="{_text(cause.message)}">{_text(name)}</a>'
        yield f"<small>{_narrow(cause.machines)}</small></th>"
    yield "</tr></thead><tbody>"
    for number, row in enumerate(rows, start=1):
        yield from _row(number, row, causes, labels)
    yield "</tbody></table></div>"
    left = [cause for cause in fleet.causes if cause.severity in ("error", "warning")][len(causes) :]
    if left:
        yield f"<p>{counted(len(left), 'cause')} more: {_text(few([title(cause.finding) for cause in left], 12))}.</p>"
    if every > len(rows):
        yield f"<p>{every - len(rows):,} rows more, with the fewest causes.</p>"
    yield "</section>"


def _narrow(number: int) -> str:
    """A number for the head of a column, which has room for four signs."""
    return str(number) if number < 1000 else f"{number / 1000:.1f}k" if number < 9950 else f"{number / 1000:.0f}k"


def _row(number: int, row: Row, causes: Sequence[Cause], labels: dict[str, list[str]]) -> Iterator[str]:
    names = [machine.name for machine in row.machines]
    said = " ".join(dict.fromkeys(title(cause.finding) for cause in causes if cause.number in row.causes))
    words = f"{' '.join(names)} {said} {HEADS[row.status]}".lower()
    combinations = Counter(
        tuple(labels[name].index(groups_of(machine).get(name, "")) for name in labels) for machine in row.machines
    )
    groups = [[list(combination), count] for combination, count in sorted(combinations.items())]
    yield f'<tr id="row-{number}" data-size="{len(names)}" data-name="{_text(names[0])}" data-text="{_text(words)}"'
    yield f' data-groups="{_data(groups)}"><th scope="row" class="{row.status}">{_names(names)}</th>'
    yield f'<td class="number">{len(names):,}</td>'
    yield "".join(map(_cell, (cause if cause.number in row.causes else None for cause in causes)))
    yield "</tr>"


def _names(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f'<span class="one">{_text(names[0])}</span>'
    listed = "".join(f"<li>{_text(name)}</li>" for name in names)
    return f'<details><summary>{_text(few(names, 1))}</summary><ul class="names">{listed}</ul></details>'


def _cell(cause: Cause | None) -> str:
    if cause is None:
        return "<td></td>"
    mark, means = MARKS[cause.severity]
    return (
        f'<td class="{cause.severity}"><span aria-hidden="true">{mark}</span><span class="hidden">{means}</span></td>'
    )


def _groups(fleet: Fleet) -> Iterator[str]:
    shown = [(label, values) for label, values in fleet.groups.items() if len(values) <= VALUES]
    if not shown:
        return
    yield '<section aria-labelledby="groups"><h2 id="groups">Groups</h2><div class="groups">'
    for label, values in shown:
        yield f'<table class="groups-of"><thead><tr><th scope="col">{_text(label)}</th>'
        yield '<th scope="col">all</th><th scope="col">broken</th><td></td></tr></thead><tbody>'
        for value, counts in sorted(values.items(), key=lambda pair: (-sum(pair[1].values()), not pair[0], pair[0])):
            number = sum(counts.values())
            parts = ((status, counts.get(status, 0)) for status in STATUSES)
            bar = "".join(
                f'<i class="{name}" style="width:{100 * part / number:.2f}%"></i>' for name, part in parts if part
            )
            said = ", ".join(f"{counts.get(status, 0):,} {HEADS[status]}" for status in STATUSES)
            yield f'<tr><th scope="row">{_text(value or "none")}</th><td>{number:,}</td>'
            yield f'<td>{counts.get("error", 0):,}</td><td class="shares">'
            yield f'<span class="bar" role="img" aria-label="{said}" title="{said}">{bar}</span></td></tr>'
        yield "</tbody></table>"
    yield "</div></section>"


def _causes(fleet: Fleet, causes: Iterable[Cause], rows: Sequence[Row]) -> Iterator[str]:
    causes = list(causes)
    loud = [cause for cause in causes if cause.severity in ("error", "warning", "todo")]
    rest = [cause for cause in causes if cause.severity in ("unknown", "note")]
    yield f'<section aria-labelledby="causes"><h2 id="causes">Causes <span class="count">{len(loud)}</span></h2>'
    for cause in loud:
        yield from _cause(fleet, cause, rows)
    yield "</section>"
    if rest:
        yield '<section aria-labelledby="others"><details><summary><strong id="others">Notes, and what is not known'
        yield f'</strong> <span class="count">{len(rest)}</span></summary>'
        for cause in rest:
            yield from _cause(fleet, cause, rows)
        yield "</details></section>"


def _cause(fleet: Fleet, cause: Cause, rows: Sequence[Row]) -> Iterator[str]:
    finding = cause.finding
    yield f'<article class="{cause.severity}" id="cause-{cause.number}">'
    yield f"<h3>{_text(cause.message)}</h3><p><strong>{_text(counted(cause.machines, fleet.things))}</strong>"
    yield f' <span class="id">{_text(finding.id or finding.kind)}</span></p>'
    if len(cause.wordings) > 1:
        others = "".join(f"<li>{number:,}: {_text(text)}</li>" for text, number in cause.wordings[1:])
        yield f'<details><summary>In other words elsewhere</summary><ul class="variants">{others}</ul></details>'
    yield from _where(fleet, cause, rows)
    for fix, machines in cause.fixes:
        share = f" (for {machines:,})" if len(cause.fixes) > 1 else ""
        yield f'<p class="fix"><strong>What to do{share}:</strong> {_text(fix.text)}</p>'
        if fix.commands:
            commands = "\n".join(html.escape(printable(command)) for command in fix.commands)
            yield f'<pre tabindex="0"><code>{commands}</code></pre>'
    if finding.because or finding.sources:
        yield "<details><summary>Why, on one of them</summary>"
        steps = "".join(f"<li>{_text(one.text)} <small>{_text(one.origin)}</small></li>" for one in finding.because)
        yield f"<p>{_text(finding.message)}</p><ol class='chain'>{steps}</ol>" if steps else ""
        sources = "".join(f"<li>{source_item(source)}</li>" for source in finding.sources)
        yield f'<ul class="sources">{sources}</ul>' if sources else ""
        yield "</details>"
    yield "</article>"


def _where(fleet: Fleet, cause: Cause, rows: Sequence[Row]) -> Iterator[str]:
    """The groups of a cause, and the rows of the heat map that have it."""
    for label, values in fleet.spread(cause).items():
        total = fleet.groups[label]
        if len(total) <= VALUES:
            ordered = sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))
            said = (f"{_text(value or 'none')} {n:,} of {sum(total[value].values()):,}" for value, n in ordered)
            yield f"<p><small>{_text(label)}:</small> {', '.join(said)}</p>"
    having = [
        f'<a href="#row-{number}">{_text(few([machine.name for machine in row.machines], 1))}</a>'
        for number, row in enumerate(rows, start=1)
        if cause.number in row.causes
    ]
    if having:
        yield f"<details><summary>Which</summary><p>{', '.join(having)}</p></details>"
    elif cause.machines <= VALUES:
        yield f"<p><small>on:</small> {_text(', '.join(machine.name for machine in fleet.having(cause)))}</p>"


def _unread(fleet: Fleet) -> Iterator[str]:
    if fleet.unread:
        yield '<section aria-labelledby="unread">'
        yield f'<h2 id="unread">Not read <span class="count">{len(fleet.unread):,}</span></h2><ul>'
        for machine, reason in fleet.unread[:UNREAD]:
            yield f"<li>{_text(machine.document)}: {_text(reason)}</li>"
        more = len(fleet.unread) - UNREAD
        yield f"</ul>{f'<p>and {more:,} more</p>' if more > 0 else ''}</section>"


def _text(text: str) -> str:
    return html.escape(_shown(text))


def _shown(text: str) -> str:
    """Text from outside, without the folders of this machine."""
    return portable(printable(text))


def _data(value: object) -> str:
    return html.escape(json.dumps(value, separators=(",", ":"), ensure_ascii=False))
