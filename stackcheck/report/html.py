"""The report as one page that needs nothing else: no script, no request, readable on a phone and by a screen reader."""

from __future__ import annotations

import html
from itertools import count
from typing import TYPE_CHECKING

from stackcheck.model import TABLES, Cell, Known, Table
from stackcheck.redact import redact
from stackcheck.report.blocks import blocks, fixes, summary, title, variants
from stackcheck.report.clean import portable, printable
from stackcheck.report.page import STYLE
from stackcheck.report.table import MARKS, lines_by_target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.model import Finding, Location, Report, Severity, Source, Stack

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""Nothing may be loaded, whatever a hostile file brought into the text (W3C, "Content Security Policy Level 3")."""
VERDICTS: tuple[tuple[Severity, str, str], ...] = (
    ("error", "✗", "Broken"),
    ("warning", "!", "Warnings"),
    ("unknown", "?", "Not everything is known"),
    ("todo", "→", "To do"),
)
HELD = ("held", "✓", "Nothing against it")
FEW = 3
"""So many notes or limits are shown at once; more are folded away. So many errors have a list before their cards."""
FOLDED = 12
"""So many entries of one part of the stack are shown at once; more are folded away, and all where there are several."""


def render(report: Report) -> str:
    """The page: the verdict, what to do first, the findings; then the table over targets and the stack."""
    table = report.table or lines_by_target(report)
    body = [*_header(report), "<main>", *_first(report), *_findings(report)]
    body += _table(table, table.title) if table is not None else []
    body += [*_coverage(report), *_stack(report), "</main>", *_footer(report)]
    return whole_page(f"stackcheck: {report.subject}", body)


def render_table(table: Table) -> str:
    """A page with a table alone."""
    return whole_page(
        table.title,
        [f"<header><h1>{_text(table.title)}</h1></header>", "<main>", *_table(table, "Releases"), "</main>"],
    )


def whole_page(heading: str, body: Iterable[str], *, style: str = "", script: str = "") -> str:
    """A page around its body; see `page_start`."""
    return page_start(heading, style=style, script=script) + "\n".join(body) + "\n" + page_end()


def page_start(heading: str, *, style: str = "", script: str = "") -> str:
    """What comes before a body. `style` follows that of all pages; `script` is what may run (a source of CSP)."""
    policy = f"{POLICY}; script-src {script}" if script else POLICY
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<link rel="icon" href="data:,">\n'
        f"<title>{_text(heading)}</title>\n<style>\n{STYLE}{style}</style>\n</head>\n<body>\n"
    )


def page_end() -> str:
    """What comes after a body."""
    return "</body>\n</html>\n"


def _header(report: Report) -> Iterator[str]:
    fine = ("unknown", "?", "Not all of it was judged") if report.coverage.not_judged else HELD
    kind, mark, word = next((verdict for verdict in VERDICTS if report.count(verdict[0])), fine)
    yield '<a class="skip" href="#findings">To the findings</a>'
    yield f'<header class="{kind}">'
    yield f'<p class="verdict"><span aria-hidden="true">{mark}</span> {word}</p>'
    yield f"<h1>{_text(report.subject)}</h1>"
    yield f"<p>{_text(summary(report))}</p>"
    yield "</header>"


def _first(report: Report) -> Iterator[str]:
    """The errors with their remedies, each a line that leads to its card."""
    errors = [finding for finding in report.findings if finding.severity == "error"]
    if len(errors) < FEW:
        return
    yield '<section aria-labelledby="first"><h2 id="first">What to do first</h2><ol class="first">'
    for number, finding in enumerate(errors, start=1):
        remedies = fixes(finding)
        said = [f"{f'{label}: ' if label else ''}{fix.text}" for label, fix in remedies] or [finding.message]
        yield f'<li><a href="#finding-{number}">{_text(title(finding))}</a> {_text(" ".join(said))}</li>'
    yield "</ol></section>"


def _findings(report: Report) -> Iterator[str]:
    yield '<div id="findings">'
    numbers = count(1)
    for number, (heading, found) in enumerate(blocks(report), start=1):
        if found:
            yield f'<section aria-labelledby="block-{number}">'
            yield f'<h2 id="block-{number}">{heading} <span class="count">{len(found)}</span></h2>'
            mild = all(finding.severity == "note" for finding in found) and len(found) > FEW
            yield "<details><summary>Show them</summary>" if mild else ""
            for finding in found:
                yield from _finding(finding, next(numbers))
            yield "</details></section>" if mild else "</section>"
    yield "</div>"


def _coverage(report: Report) -> Iterator[str]:
    """What was not judged, each entry with its place and reason."""
    entries = report.coverage.not_judged
    if entries:
        yield '<section aria-labelledby="coverage">'
        yield f'<h2 id="coverage">Not judged <span class="count">{len(entries)}</span></h2><ul>'
        for entry in entries:
            place = f' <span class="place">{_place(entry.location)}</span>' if entry.location is not None else ""
            yield f"<li>{_text(entry.message)}{place} <small>{_text(entry.id)}</small></li>"
        yield "</ul></section>"


def _finding(finding: Finding, number: int) -> Iterator[str]:
    marks = [f'<span class="place">{_place(place)}</span>' for place in finding.places]
    marks += [f'<span class="target">{_text(target)}</span>' for target in finding.targets]
    yield f'<article class="{finding.severity}" id="finding-{number}">'
    yield f"<h3>{_text(finding.message)}</h3>"
    if marks:
        yield f'<p class="where">{" ".join(marks)}</p>'
    others = variants(finding)
    if others:
        yield f'<ul class="variants">{"".join(f"<li>{_text(line)}</li>" for line in others)}</ul>'
    for label, fix in fixes(finding):
        said = f"What to do{f' {label}' if label else ''}:"
        yield f'<p class="fix"><strong>{_text(said)}</strong> {_text(fix.text)}</p>'
        if fix.commands:
            commands = "\n".join(map(_as_it_is, fix.commands))
            yield f'<pre tabindex="0"><code>{commands}</code></pre>'
    if finding.because or finding.sources:
        yield "<details><summary>Why</summary>"
        if finding.because:
            steps = "".join(
                f"<li>{_text(reason.text)} <small>{_text(reason.origin)}</small></li>" for reason in finding.because
            )
            yield f'<ol class="chain">{steps}</ol>'
        if finding.sources:
            yield f'<ul class="sources">{"".join(f"<li>{source_item(source)}</li>" for source in finding.sources)}</ul>'
        yield "</details>"
    if finding.id:
        yield f'<p class="id"><small>{_text(finding.id)}</small></p>'
    yield "</article>"


def _place(place: Location) -> str:
    return _text(str(place))


def source_item(source: Source) -> str:
    """A source with its date, as a link where it is an address."""
    url = _as_it_is(source.url)
    linked = f'<a href="{url}" rel="noreferrer">{url}</a>' if source.url.startswith("https://") else url
    return f"{linked} <small>{source.confidence}, seen {_text(source.seen)}</small>"


def _table(table: Table, heading: str) -> Iterator[str]:
    yield '<section aria-labelledby="table">'
    yield f'<h2 id="table">{_text(heading)}</h2>'
    yield '<div class="wide" role="group" aria-labelledby="table" tabindex="0"><table>'
    heads = "".join(f'<th scope="col">{_text(name)}</th>' for name in table.columns)
    yield f"<thead><tr><td></td>{heads}</tr></thead><tbody>"
    for label, cells in table.rows:
        row = "".join(_cell(name, cell) for name, cell in zip(table.columns, cells, strict=True))
        yield f'<tr><th scope="row">{_text(label)}</th>{row}</tr>'
    yield "</tbody></table></div>"
    if table.words:
        meanings = (f"<dt>{_text(word)}</dt><dd>{_text(meaning)}</dd>" for word, meaning in table.words)
        yield f'<dl class="words">{"".join(f"<div>{entry}</div>" for entry in meanings)}</dl>'
    if table.notes:
        notes = (f'<li id="note-{number}">{_text(note)}</li>' for number, note in enumerate(table.notes, start=1))
        yield f'<ol class="notes">{"".join(notes)}</ol>'
    yield "</section>"


def _cell(column: str, cell: Cell) -> str:
    """A cell; where the page is narrow the style writes the column's name beside it."""
    mark, means = MARKS[cell.severity]
    links = (f'<a href="#note-{number}" aria-label="note {number}">{number}</a>' for number in cell.notes)
    notes = f"<sup>{','.join(links)}</sup>" if cell.notes else ""
    shown = f"<span>{_text(cell.text)}</span>" if cell.text else f'<span aria-hidden="true">{mark}</span>'
    hidden = f'<span class="hidden"> {means}</span>' if means else ""
    return f'<td class="{cell.severity or "held"}" data-column="{_text(column)}">{shown}{hidden}{notes}</td>'


def _stack(report: Report) -> Iterator[str]:
    if not report.stacks:
        return
    yield '<section aria-labelledby="stack"><h2 id="stack">The stack</h2>'
    for name, stack in report.stacks:
        if len(report.stacks) > 1:
            yield f"<h3>{_text(name)}</h3>"
        for heading, entries in _parts(stack):
            yield from _part(heading, entries, opened=len(report.stacks) == 1 and len(entries) <= FOLDED)
    if report.unread:
        yield from _part("Not read", [(_text(one), "") for one in report.unread], opened=len(report.unread) <= FOLDED)
    yield "</section>"


def _parts(stack: Stack) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """What is known of a stack, part by part: what it is and where that was read; empty parts are left out."""
    asks = [(str(ask), ask.origin.place) for ask in (*stack.wants, *stack.asks) if ask.applies is not False]
    gpus = stack.gpus if isinstance(stack.gpus, tuple) else ()
    seen = [(gpu.name or f"compute capability {gpu.capability}", gpu.origin.place) for gpu in gpus]
    parts = [("Asked for", asks), ("GPUs", seen)]
    for table in TABLES:
        states = [(name, state) for name, state in stack.table(table).items() if isinstance(state, Known)]
        said = [(f"{name} {state.value}" if state.value != "*" else name, state.origin.place) for name, state in states]
        parts.append((table.replace("-", " ").capitalize(), said))
    for heading, entries in parts:
        if entries:
            yield heading, [(_text(redact(text)), _text(redact(place))) for text, place in entries]


def _part(heading: str, entries: list[tuple[str, str]], *, opened: bool) -> Iterator[str]:
    listed = "".join(f"<li>{text}{f' <small>{place}</small>' if place else ''}</li>" for text, place in entries)
    yield f'<details{" open" if opened else ""}><summary>{heading} <span class="count">{len(entries)}</span></summary>'
    yield f'<ul class="stack">{listed}</ul></details>'


def _footer(report: Report) -> Iterator[str]:
    from stackcheck.about import VERSION

    yield f"<footer><p>stackcheck {VERSION}, matrix {_text(report.matrix)}</p></footer>"


def _text(text: str) -> str:
    """Text from outside, as text and nothing else, without the folders of this machine."""
    return html.escape(portable(printable(text)))


def _as_it_is(text: str) -> str:
    """A command or an address, which is of use as a whole alone."""
    return html.escape(printable(text))
