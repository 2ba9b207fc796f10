"""What the matrix says of an id or of a product, as text."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from stackcheck.session.errors import CannotWorkError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackcheck.session.knowledge import Knowledge

    Tell = Callable[[str], None]


def explain(knowledge: Knowledge, key: str, tell: Tell) -> str:
    """What a kind, a row or a finding says; of a product, its table. Raises `CannotWorkError` with the nearest ids."""
    from stackcheck.judge import explain as explained
    from stackcheck.judge.kinds import NAMES

    store = knowledge.store
    product = key.partition("/")[0]
    rows = {row.key: row for row in store.rows(product)} if store.knows(product) else {}
    about = explained.kind_of(key)
    if key in rows:
        return explained.row(rows[key])
    if about is not None:
        table = explained.TABLES.get(about.name)
        known = () if table is None else store.rows(table[0]) if table[0] else store.load_all()[1]
        return explained.kind(about, key, known)
    if _is_product(knowledge, key):
        return product_text(knowledge, key, tell)
    every = rows or {row.key: row for row in store.load_all()[1]}
    raise nearest("row or kind of finding", key, [*every, *NAMES])


def _is_product(knowledge: Knowledge, name: str) -> bool:
    try:
        return bool(knowledge.product(name))
    except CannotWorkError:
        return False


def product_text(knowledge: Knowledge, name: str, tell: Tell, *, rows: bool = False, form: str = "text") -> str:
    """One product's table ("text" or "html"), or its rows and records; of a project without rows its records.

    `tell` is told each release that is judged. Raises `CannotWorkError` with the nearest names.
    """
    from stackcheck.matrix import show

    if not _is_product(knowledge, name):
        records = show.records(knowledge.records, [name])
        if records:
            return records
    key = knowledge.product(name, near=True)
    header = knowledge.store.product(key)
    if rows or not header.releases:
        records = show.records(knowledge.records, header.pip)
        return show.product(header, knowledge.store.rows(key)) + (f"\n{records}" if records else "")
    from stackcheck.session.overview import table

    writer = import_module("stackcheck.report.html" if form == "html" else "stackcheck.report.table")
    return str(writer.render_table(table(knowledge, key, tell)))
