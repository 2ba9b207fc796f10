"""The matrix as static pages: what each product's page, each machine's and the list of all hold. Nothing is written.

A cell is what `matrix show` says of it, with the rows and records that it rests on. One that rests on none is shown as
not known, whatever the judge had nothing against.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from stackcheck.matrix.difference import KINDS
from stackcheck.matrix.show import details
from stackcheck.model import Known
from stackcheck.report import site, site_json
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
            f"products/{product.id}", site.product_page(product, about), site_json.product_document(product, about)
        )
    for machine in machines:
        document = site_json.machine_document(machine, products, about)
        yield from _both(f"machines/{machine.name}", site.machine_page(machine, products, about), document)
    if changes is not None:
        said = [
            site.Change(one.index, one.project, one.what, one.release, one.text, KINDS[one.what]) for one in changes
        ]
        yield from _both("changes", site.changes_page(said, about), site_json.changes_document(said, about))
    yield from _both("index", site.index_page(products, about), site_json.index_document(products, about))


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
    dates = {
        release: line.date
        for record in every
        for release in header.releases
        if (line := record.release(release)) is not None and line.date
    }
    verdicts = {
        release: tuple(judging.verdict(release, target, stack) for target, stack in stacks.items())
        for release in reversed(header.releases)
    }
    folded = fold([(release, tuple(map(_said, cells))) for release, cells in verdicts.items()])
    rows = []
    for label, releases, _ in folded:
        newest = releases[0]
        machines = zip(stacks.items(), verdicts[newest], strict=True)
        cells = tuple(_cell(judging, newest, target, stack, verdict, command) for (target, stack), verdict in machines)
        if len(releases) > 1:
            cells = tuple(replace(cell, of=newest) for cell in cells)
        rows.append(site.Row(label, releases, _days(releases, dates), cells))
    facts = tuple(map(_fact, store.rows(name)))
    return site.Product(header.id, header.title, header.pip, tuple(rows), facts, tuple(map(_record, every)), WORDS)


def _said(verdict: Verdict) -> tuple[object, ...]:
    """What is the same for releases that are one row: sentences name a release, their keys do not."""
    return (verdict.severity, verdict.text, verdict.pythons, tuple(key for key, _ in verdict.reasons))


def _cell(judging: Judging, release: str, target: str, stack: Stack, verdict: Verdict, command: str) -> site.Cell:
    rows, records = judging.rests_on(release, verdict.index, stack)
    on = [row.key for row in rows]
    on += [f"record of {record.project} on {record.index}, read {record.read}" for record in records]
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
    )


def _founded(verdict: Verdict, on: Sequence[str]) -> tuple[Severity | None, str, tuple[tuple[str, str], ...]]:
    """What a cell shows: nothing is good that rests on nothing."""
    if verdict.severity is not None or on:
        return verdict.severity, verdict.text, verdict.reasons
    return "unknown", "?", (*verdict.reasons, ("site/unfounded", UNFOUNDED))


def _days(releases: Sequence[str], dates: Mapping[str, str]) -> str:
    """When the releases of a row came out, as far as records say it: one day, or from the first to the last."""
    days = sorted(dates[release] for release in releases if release in dates)
    return "" if not days else days[0] if days[0] == days[-1] else f"{days[0]} – {days[-1]}"


def _fact(row: Row) -> site.Fact:
    said = tuple(f"{key}: {value}" for key, value in details(row))
    return site.Fact(row.key, row.kind, row.feature or "", row.message or "", row.why or "", said, row.fix, row.sources)


def _record(record: Record) -> site.Record:
    return site.Record(record.project, record.index, record.read, len(record))
