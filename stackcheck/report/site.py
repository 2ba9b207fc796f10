"""The pages of `matrix site`: of each product, each machine, what changed, the list of all.

Every page is whole by itself: no request, no script but the search of the list, which shows all without it. A cell
leads to what it rests on by a link alone.
"""

from __future__ import annotations

import base64
import hashlib
import html
from typing import TYPE_CHECKING

from stackcheck.report.clean import printable
from stackcheck.report.html import source_item, whole_page
from stackcheck.report.site_style import SCRIPT, SITE_STYLE
from stackcheck.report.table import MARKS
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stackcheck.model import Fix, Severity, Source

SCRIPT_HASH = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
RANGES = 6
"""Ranges of releases of one product on a machine's page; its own page has all."""


@dataclass(frozen=True)
class Machine:
    """A target: its name, a short one for the heads of columns, its title and its facts."""

    name: str
    short: str
    title: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Cell:
    """What is said of some releases on one machine. `reasons` are sentences, `rests_on` ids of rows, or records in
    words; `command` plans it, "" where no installer has it; `of` is the release that they are of, where there are
    several."""

    machine: str
    severity: Severity | None
    text: str
    pythons: str
    reasons: tuple[str, ...]
    rests_on: tuple[str, ...]
    command: str
    of: str = ""


@dataclass(frozen=True)
class Row:
    """Releases of which the same is said on every machine."""

    label: str
    releases: tuple[str, ...]
    days: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Fact:
    """A row of the matrix in words."""

    id: str
    kind: str
    feature: str
    message: str
    why: str
    details: tuple[str, ...]
    fix: Fix | None
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Record:
    """What is known of a project on an index, read on a day."""

    project: str
    index: str
    read: str
    releases: int


@dataclass(frozen=True)
class Product:
    """What the page of a product holds."""

    id: str
    title: str
    pip: tuple[str, ...]
    rows: tuple[Row, ...]
    facts: tuple[Fact, ...]
    records: tuple[Record, ...]
    words: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Change:
    """One difference between two matrix folders. `title` is the heading for its kind, `what`."""

    index: str
    project: str
    what: str
    release: str
    text: str
    title: str


@dataclass(frozen=True)
class About:
    """What every page says: the version of the matrix, and where the others are."""

    matrix: str
    machines: tuple[Machine, ...]
    changes: bool


def product_page(product: Product, about: About) -> str:
    """The releases of a product against the machines, each cell a link to what it rests on; then its facts."""
    body = [f"<p>{_found_as(product)}</p>"] if product.pip else []
    if product.rows:
        body += _releases(product, about)
    features = [fact for fact in product.facts if fact.feature]
    for heading, name, facts in (
        ("Features", "features", features),
        ("Facts", "facts", [fact for fact in product.facts if not fact.feature]),
    ):
        if facts:
            body += [
                f'<section aria-labelledby="{name}">',
                f'<h2 id="{name}">{heading} <span class="count">{len(facts)}</span></h2>',
            ]
            body += [line for fact in facts for line in _fact(fact)]
            body += ["</section>"]
    if product.records:
        body += ['<section aria-labelledby="records"><h2 id="records">Records</h2><ul>']
        body += [
            f"<li>{_text(one.project)} on {_text(one.index)}: {one.releases} releases, read {one.read}</li>"
            for one in product.records
        ]
        body += ["</ul></section>"]
    if product.rows:
        body += _panels(product, about)
    return _page(product.title, body, about, f"products/{product.id}", "../")


def _found_as(product: Product) -> str:
    return f"On package indexes: {', '.join(f'<code>{_text(name)}</code>' for name in product.pip)}"


def _releases(product: Product, about: About) -> Iterator[str]:
    yield '<section aria-labelledby="releases"><h2 id="releases">Releases</h2>'
    yield '<div class="wide" role="group" aria-labelledby="releases" tabindex="0"><table>'
    heads = "".join(
        f'<th scope="col"><a href="../machines/{one.name}.html" title="{_text(one.title)}">{_text(one.short)}</a></th>'
        for one in about.machines
    )
    yield f'<thead><tr><th scope="col">Release</th>{heads}</tr></thead><tbody>'
    for at, row in enumerate(product.rows):
        days = f' <small class="days">{row.days}</small>' if row.days else ""
        cells = "".join(
            _cell(cell, machine.short, f"#c{at}-{column}", f"{row.label} on {machine.name}")
            for column, (cell, machine) in enumerate(zip(row.cells, about.machines, strict=True))
        )
        yield f'<tr><th scope="row">{_text(row.label)}{days}</th>{cells}</tr>'
    yield "</tbody></table></div>"
    shown = {cell.text or MARKS[cell.severity][0] for row in product.rows for cell in row.cells}
    meanings = [(word, meaning) for word, meaning in product.words if any(word in text for text in shown)]
    listed = "".join(f"<div><dt>{_text(word)}</dt><dd>{_text(meaning)}</dd></div>" for word, meaning in meanings)
    yield f'<dl class="words"><div><dt>cu130, PyPI …</dt><dd>from this index</dd></div>{listed}</dl></section>'


def _cell(cell: Cell, column: str, href: str, what: str) -> str:
    mark, means = MARKS[cell.severity]
    shown = cell.text or mark
    label = f"{what}: {shown if cell.text else ''} {means}".replace("  ", " ")
    link = f'<a href="{href}" aria-label="{_text(label)}">{_text(shown)}</a>'
    return f'<td class="{cell.severity or "held"}" data-column="{_text(column)}">{link}</td>'


def _panels(product: Product, about: About) -> Iterator[str]:
    """What each cell rests on; the style shows the one that a link led to."""
    yield '<section class="panels" aria-label="What each cell rests on">'
    for at, row in enumerate(product.rows):
        for column, (cell, machine) in enumerate(zip(row.cells, about.machines, strict=True)):
            mark, means = MARKS[cell.severity]
            yield f'<article class="panel {cell.severity or "held"}" id="c{at}-{column}" tabindex="-1">'
            what = f"{product.title} {row.label} on {machine.name}: {cell.text or mark}"
            yield f"<h3>{_text(what)}</h3>"
            said = [f"{means[:1].upper()}{means[1:]}." if means else ""]
            said += [f"With Python {_text(cell.pythons)}."] if cell.pythons else []
            said += [f"Said of {_text(cell.of)}, the newest of them."] if cell.of else []
            yield f"<p>{' '.join(filter(None, said))}</p>"
            if cell.reasons:
                yield f"<ul>{''.join(f'<li>{_text(reason)}</li>' for reason in cell.reasons)}</ul>"
            yield f"<p>Rests on: {', '.join(map(_on, cell.rests_on)) or 'nothing'}.</p>"
            if cell.command:
                yield f'<pre tabindex="0"><code>{_text(cell.command)}</code></pre>'
            yield '<p><a href="#releases">Back to the releases</a></p></article>'
    yield "</section>"


def _on(name: str) -> str:
    return _text(name) if " " in name else f'<a href="#{_anchor(name)}">{_text(name)}</a>'


def _anchor(key: str) -> str:
    return _text(key.replace("/", "."))


def _fact(fact: Fact) -> Iterator[str]:
    yield f'<article class="fact" id="{_anchor(fact.id)}"><h3>{_text(fact.id)} <small>{_text(fact.kind)}</small></h3>'
    yield from (f"<p>{_text(text)}</p>" for text in (fact.message, fact.why) if text)
    if fact.details:
        yield f'<p class="details">{_text("; ".join(fact.details))}</p>'
    if fact.fix is not None:
        yield f'<p class="fix"><strong>What to do:</strong> {_text(fact.fix.text)}</p>'
        if fact.fix.commands:
            commands = "\n".join(map(_text, fact.fix.commands))
            yield f'<pre tabindex="0"><code>{commands}</code></pre>'
    if fact.sources:
        yield f'<ul class="sources">{"".join(f"<li>{source_item(source)}</li>" for source in fact.sources)}</ul>'
    yield "</article>"


def machine_page(machine: Machine, products: Sequence[Product], about: About) -> str:
    """Every product on one machine: how its releases are had there, newest first."""
    facts = "".join(f"<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>" for name, value in machine.facts)
    body = [f'<dl class="words">{facts}</dl>']
    body += ['<section aria-labelledby="products"><h2 id="products">Products</h2><div class="wide" role="group"']
    body += [' aria-labelledby="products" tabindex="0"><table class="ranges"><thead><tr><th scope="col">Product</th>']
    body += ['<th scope="col">Releases, newest first</th></tr></thead><tbody>']
    for product in products:
        ranges = on_machine(product, machine.name)
        if ranges:
            shown = "".join(_range(name, cell, product, href) for name, cell, href in ranges[:RANGES])
            more = f" <small>and {len(ranges) - RANGES} more</small>" if len(ranges) > RANGES else ""
            link = f'<a href="../products/{product.id}.html">{_text(product.title)}</a>'
            body += [f'<tr><th scope="row">{link}</th><td class="note"><ul class="ranges">{shown}</ul>{more}</td></tr>']
    body += ["</tbody></table></div></section>"]
    return _page(machine.title or machine.name, body, about, f"machines/{machine.name}", "../")


def _range(name: str, cell: Cell, product: Product, href: str) -> str:
    mark, means = MARKS[cell.severity]
    link = f'<a href="../products/{product.id}.html{href}">{_text(cell.text or mark)}</a>'
    hidden = f'<span class="hidden"> ({means})</span>' if means else ""
    return f'<li class="{cell.severity or "held"}">{_text(name)}: {link}{hidden}</li>'


def on_machine(product: Product, machine: str) -> list[tuple[str, Cell, str]]:
    """The releases of a product on one machine, those together of which it says the same there: the name of each range,
    its newest cell, and the link to it on the product's page."""
    ranges: list[tuple[list[str], Cell, str]] = []
    for at, row in enumerate(product.rows):
        column, cell = next((n, cell) for n, cell in enumerate(row.cells) if cell.machine == machine)
        if ranges and (ranges[-1][1].severity, ranges[-1][1].text) == (cell.severity, cell.text):
            ranges[-1][0].extend(row.releases)
        else:
            ranges.append(([*row.releases], cell, f"#c{at}-{column}"))
    return [(_span(releases), cell, href) for releases, cell, href in ranges]


def _span(releases: Sequence[str]) -> str:
    return releases[0] if len(releases) == 1 else f"{releases[-1]} – {releases[0]}"


def changes_page(changes: Sequence[Change], about: About) -> str:
    """What changed since an older matrix, project by project."""
    body = [f"<p>{len(changes)} differences.</p>"]
    for index in dict.fromkeys(one.index for one in changes):
        here = [one for one in changes if one.index == index]
        name = _text(index or "Products and rows")
        body += [f'<section aria-labelledby="i-{_anchor(index)}"><h2 id="i-{_anchor(index)}">{name}</h2>']
        for title in dict.fromkeys(one.title for one in here):
            body += [f"<h3>{_text(title[:1].upper() + title[1:])}</h3>", "<ul>"]
            body += [f"<li>{_changed(one)}</li>" for one in here if one.title == title]
            body += ["</ul>"]
        body += ["</section>"]
    return _page("What changed", body, about, "changes", "")


def _changed(one: Change) -> str:
    between = " " if one.index or not one.release else "/"
    name = f"<strong>{_text(f'{one.project}{between}{one.release}'.rstrip())}</strong>"
    return f"{name}: {_text(one.text)}" if one.text else name


def index_page(products: Sequence[Product], about: About) -> str:
    """The list of all products with the newest release of each on every machine, and of the machines."""
    judged = [product for product in products if product.rows]
    others = [product for product in products if not product.rows]
    machines = "".join(
        f'<li><a href="machines/{one.name}.html">{_text(one.name)}</a> <small>{_text(one.title)}</small></li>'
        for one in about.machines
    )
    body = ['<section aria-labelledby="machines"><h2 id="machines">Machines</h2>', f"<ul>{machines}</ul></section>"]
    body += ['<section aria-labelledby="products"><h2 id="products">The newest release of each product</h2>']
    body += [
        '<p id="search"></p><div class="wide" role="group" aria-labelledby="products" tabindex="0"><table id="list">'
    ]
    heads = "".join(f'<th scope="col">{_text(one.short)}</th>' for one in about.machines)
    body += [f'<thead><tr><th scope="col">Product</th><th scope="col">Newest</th>{heads}</tr></thead><tbody>']
    for product in judged:
        row = product.rows[0]
        names = " ".join((product.id, product.title, *product.pip)).lower()
        page = f"products/{product.id}.html"
        cells = "".join(
            _cell(cell, machine.short, f"{page}#c0-{at}", f"{product.title} {row.releases[0]} on {machine.name}")
            for at, (cell, machine) in enumerate(zip(row.cells, about.machines, strict=True))
        )
        head = f'<th scope="row"><a href="{page}">{_text(product.title)}</a></th>'
        newest = f'<td class="note" data-column="Newest">{_text(row.releases[0])}</td>'
        body += [f'<tr data-names="{_text(names)}">{head}{newest}{cells}</tr>']
    body += ["</tbody></table></div></section>"]
    if others:
        body += ['<section aria-labelledby="others"><h2 id="others">Known without a list of releases</h2>']
        body += ['<ul id="more">', *map(_entry, others), "</ul></section>"]
    body += [f"<script>{SCRIPT}</script>"]
    return _page("What runs on NVIDIA's Arm machines", body, about, "index", "")


def _entry(product: Product) -> str:
    names = _text(f"{product.id} {product.title}".lower())
    return f'<li data-names="{names}"><a href="products/{product.id}.html">{_text(product.title)}</a></li>'


def _page(heading: str, body: Iterable[str], about: About, name: str, up: str) -> str:
    links = [("index", "All products"), *([("changes", "What changed")] if about.changes else [])]
    listed = "".join(f'<li><a href="{up}{page}.html">{title}</a></li>' for page, title in links if page != name)
    base = name.rpartition("/")[2]
    top = [
        '<a class="skip" href="#content">To the content</a>',
        f"<header><h1>{_text(heading)}</h1><p>stackcheck, matrix {_text(about.matrix)}</p>",
        f'<nav aria-label="Pages"><ul>{listed}<li><a href="{base}.json">This page as JSON</a></li></ul></nav></header>',
        '<main id="content">',
    ]
    script = f"'sha256-{SCRIPT_HASH}'" if name == "index" else ""
    return whole_page(heading, [*top, *body, "</main>"], style=SITE_STYLE, script=script)


def _text(text: str) -> str:
    return html.escape(printable(text))
