"""`matrix lint`, `matrix verify --records` and `diff`: rows and records against themselves and each other."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from stackcheck.disk import read_plain
from stackcheck.matrix import difference, lint_records, verify
from stackcheck.matrix.errors import MatrixError, Problem
from stackcheck.matrix.lint import lint as lint_rows
from stackcheck.matrix.records import Records
from stackcheck.matrix.store import LIMIT, Store, shipped
from stackcheck.session.errors import CannotWorkError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackcheck.matrix.rows import Product, Row
    from stackcheck.session.knowledge import Knowledge


def lint(knowledge: Knowledge) -> tuple[list[Problem], list[str]]:
    """The mistakes in rows and records, and what is worth a remark: rows that the records contradict or repeat."""
    store = knowledge.store
    places = [shipped(), *knowledge.folders]
    problems: list[Problem] = []
    try:
        problems += lint_rows(store)
    except MatrixError as error:
        problems += error.problems
    for place in places:
        problems += lint_records.lint(place)
    weight = lint_records.size(places[0])
    if weight > lint_records.SHIPPED_BYTES:
        problems.append(Problem("records", "", "", f"have {weight:,} bytes, of {lint_records.SHIPPED_BYTES:,}"))
    if problems:
        return problems, []
    records = knowledge.records
    number = sum(len(records.projects(index)) for index in records.indexes())
    return [], [f"{number} records were read", *lint_records.remarks(store, records)]


def verify_by_records(knowledge: Knowledge, names: Sequence[str]) -> tuple[verify.Outcome, ...]:
    """What the records say to the rows of these products; of all where none is named. Asks nobody."""
    products = [knowledge.product(name) for name in names] or list(knowledge.store.products)
    return verify.verify(knowledge.store, products, verify.of_records(knowledge.store, products, knowledge.records))


def is_matrix(folder: str) -> bool:
    """Whether a folder has records or rows, as `--matrix` takes it: a document of a machine declares no product."""
    if any(os.path.isdir(f"{folder}/{name}") for name in ("records", "products")):
        return True
    try:
        names = sorted(os.listdir(folder))
        files = [f"{folder}/{name}" for name in names if name.endswith(".toml")]
        return any(b"\n[product." in b"\n" + read_plain(path, LIMIT) for path in files)
    except OSError:
        return False  # no folder, or none that can be read: who reads it says so


def changes(old: str, new: str) -> tuple[difference.Change, ...]:
    """What changed from one matrix folder to another, in rows and in records. Raises `CannotWorkError` for what is no
    matrix folder, and `MatrixError`."""
    held = [_held(folder) for folder in (old, new)]
    for folder, (products, _) in zip((old, new), held, strict=True):
        if not products and not os.path.isdir(f"{folder}/records") and not Records([folder]).indexes():
            raise CannotWorkError(f"{folder}: is no matrix folder (it would hold products/*.toml or records/INDEX)")
    return (*difference.row_changes(*held), *difference.changes(Records([old]), Records([new])))


def _held(folder: str) -> tuple[list[Product], list[Row]]:
    """The products and rows of one folder. Rows of a user's folder may name products that only the shipped one has."""
    if not Store.from_folders([folder]).files:
        return [], []
    own = os.path.realpath(folder) == shipped()
    products, rows = Store.from_folders([shipped()] if own else [shipped(), folder]).load_all()
    start = "" if own else f"{folder}/"
    return [one for one in products if one.place.startswith(start)], [
        one for one in rows if one.place.startswith(start)
    ]
