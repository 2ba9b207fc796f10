"""The matrix as static pages: what each product's page, each machine's and the list of all hold. Nothing is written.

A cell is what `matrix show` says of it, with the rows and records that it rests on. One that rests on none is shown as
not known, whatever the judge had nothing against.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from stackcheck.matrix.show import details
from stackcheck.model import Known
from stackcheck.report import site
from stackcheck.session.cells import PYTHONS, Judging, span
from stackcheck.session.machine import other_names, target_names, target_stack, target_title
from stackcheck.session.overview import WORDS, fold
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from stackcheck.matrix.difference import Change
    from stackcheck.matrix.records import Record
    from stackcheck.matrix.rows import Row
    from stackcheck.model import Severity, Stack
    from stackcheck.session.cells import Verdict
    from stackcheck.session.knowledge import Knowledge

UNFOUNDED = "The judge has nothing against it, but no row and no record speaks of it on this machine."


def pages(
    knowledge: Knowledge,
    tell: Callable[[str], None],
    *,
    command: str,
    names: Sequence[str] = (),
    changes: Sequence[Change] | None = None,
) -> Iterator[tuple[str, str]]:
    """Every file of the site: its path with slashes, and its text. `command` is the one that says how a cell is had
    (its words before the product); `names` are the products, all where none is named; `changes` are those since an
    older matrix, None where none was named. Raises `CannotWorkError` for a product that is not known."""
    store = knowledge.store
    store.load_all()
    wanted = [knowledge.product(name) for name in names] or list(store.products)
    machines = tuple(_machine(name) for name in target_names())
    stacks = {name: target_stack(name) for name in target_names()}
    about = site.About(knowledge.version, machines, changes is not None)
    products = []
    for name in sorted(set(wanted)):
        tell(f"judging {store.product(name).title}")
        product = _product(knowledge, name, stacks, command)
        products.append(product)
        yield from _both(
            f"products/{product.id}", site.product_page(product, about), site.product_document(product, about)
        )
    for machine in machines:
        document = site.machine_document(machine, products, about)
        yield from _both(f"machines/{machine.name}", site.machine_page(machine, products, about), document)
    if changes is not None:
        said = [site.Change(one.index, one.project, one.what, one.release, one.text) for one in changes]
        yield from _both("changes", site.changes_page(said, about), site.changes_document(said, about))
    yield from _both("index", site.index_page(products, about), site.index_document(products, about))


def _both(name: str, page: str, document: object) -> Iterator[tuple[str, str]]:
    yield f"{name}.html", page
    yield f"{name}.json", json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _machine(name: str) -> site.Machine:
    stack = target_stack(name)
    facts = [(fact, state.value) for fact, state in stack.facts.items() if isinstance(state, Known)]
    gpus = stack.gpus if isinstance(stack.gpus, tuple) else ()
    facts += [("GPU", f"{gpu.name}, compute capability {gpu.capability}") for gpu in gpus]
    return site.Machine(name, next(iter(other_names(name)), name), target_title(name), tuple(facts))


def _product(knowledge: Knowledge, name: str, stacks: Mapping[str, Stack], command: str) -> site.Product:
    store = knowledge.store
    header = store.product(name)
    judging = Judging(knowledge, name)
    every = [
        record
        for index in knowledge.records.indexes()
        for pip in header.pip
        if (record := knowledge.records.record(pip, index))
    ]
    dates = {line.version: line.date for record in every for line in record if line.date}
    judged = [
        (release, tuple(_cell(judging, release, target, stack, command) for target, stack in stacks.items()))
        for release in reversed(header.releases)
    ]
    rows = tuple(
        site.Row(label, releases, _days(releases, dates), _with_span(cells, releases))
        for label, releases, cells in _folded(judged)
    )
    facts = tuple(map(_fact, store.rows(name)))
    return site.Product(header.id, header.title, header.pip, rows, facts, tuple(map(_record, every)), WORDS)


def _cell(judging: Judging, release: str, target: str, stack: Stack, command: str) -> site.Cell:
    verdict = judging.verdict(release, target, stack)
    rows, records = judging.rests_on(release, verdict.index, stack)
    on = [row.key for row in rows] + [
        f"record of {record.project} on {record.index}, read {record.read}" for record in records
    ]
    if judging.header.id in stack.facts:
        on.append(f"target {target}")
    severity, text, reasons = _founded(verdict, on)
    return site.Cell(
        target,
        severity,
        text,
        span(verdict.pythons, PYTHONS),
        tuple(sentence for _, sentence in reasons),
        tuple(on),
        f'{command} "{judging.header.id}=={release}" --target {target}' if judging.header.pip else "",
        tuple(key for key, _ in reasons),
    )


def _founded(verdict: Verdict, on: Sequence[str]) -> tuple[Severity | None, str, tuple[tuple[str, str], ...]]:
    """What a cell shows: nothing is good that rests on nothing."""
    if verdict.severity is not None or on:
        return verdict.severity, verdict.text, verdict.reasons
    return "unknown", "?", (*verdict.reasons, ("site/unfounded", UNFOUNDED))


def _folded(
    judged: Sequence[tuple[str, tuple[site.Cell, ...]]],
) -> Iterator[tuple[str, tuple[str, ...], tuple[site.Cell, ...]]]:
    """Neighbouring releases of which the same is said, with the cells of the newest."""
    newest = dict(judged)
    for label, releases, _ in fold([(release, tuple(map(_said, cells))) for release, cells in judged]):
        yield label, releases, newest[releases[0]]


def _said(cell: site.Cell) -> tuple[object, ...]:
    """What is the same for releases that are one row: sentences name a release, their keys do not."""
    return (cell.severity, cell.text, cell.pythons, cell.keys)


def _with_span(cells: tuple[site.Cell, ...], releases: tuple[str, ...]) -> tuple[site.Cell, ...]:
    """The cells of the newest release of several, which say that they are that one's."""
    return cells if len(releases) == 1 else tuple(replace(cell, of=releases[0]) for cell in cells)


def _days(releases: Sequence[str], dates: Mapping[str, str]) -> str:
    """When the releases of a row came out, as far as records say it: one day, or from the first to the last."""
    days = sorted(dates[release] for release in releases if release in dates)
    return "" if not days else days[0] if days[0] == days[-1] else f"{days[0]} – {days[-1]}"


def _fact(row: Row) -> site.Fact:
    said = tuple(f"{key}: {value}" for key, value in details(row))
    return site.Fact(row.key, row.kind, row.feature or "", row.message or "", row.why or "", said, row.fix, row.sources)


def _record(record: Record) -> site.Record:
    return site.Record(record.project, record.index, record.read, len(record))
