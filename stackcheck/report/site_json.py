"""The JSON beside the pages of `matrix site`: the same of each product, each machine, what changed, the list of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stackcheck.report.site import on_machine
from stackcheck.report.table import MARKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackcheck.report.site import About, Cell, Change, Machine, Product

SCHEMA = "stackcheck-site/1"


def product_document(product: Product, about: About) -> dict[str, Any]:
    """A product's page as JSON."""
    return {
        **_head(about),
        "product": product.id,
        "title": product.title,
        "pip": list(product.pip),
        "releases": [
            {"releases": list(row.releases), "dates": row.days, "machines": {c.machine: _plain(c) for c in row.cells}}
            for row in product.rows
        ],
        "facts": [
            {
                "id": fact.id,
                "kind": fact.kind,
                **({"feature": fact.feature} if fact.feature else {}),
                "message": fact.message,
                "why": fact.why,
                "details": list(fact.details),
                **({"fix": {"text": fact.fix.text, "commands": list(fact.fix.commands)}} if fact.fix else {}),
                "sources": [{"url": one.url, "seen": one.seen, "confidence": one.confidence} for one in fact.sources],
            }
            for fact in product.facts
        ],
        "records": [
            {"project": one.project, "index": one.index, "read": one.read, "releases": one.releases}
            for one in product.records
        ],
    }


def machine_document(machine: Machine, products: Sequence[Product], about: About) -> dict[str, Any]:
    """A machine's page as JSON."""
    return {
        **_head(about),
        "machine": machine.name,
        "title": machine.title,
        "facts": dict(machine.facts),
        "products": {
            product.id: [{"range": name, **_plain(cell)} for name, cell, _ in on_machine(product, machine.name)]
            for product in products
            if product.rows
        },
    }


def changes_document(changes: Sequence[Change], about: About) -> dict[str, Any]:
    """The page of changes as JSON."""
    keys = ("index", "project", "what", "release", "text")
    return {**_head(about), "changes": [{key: getattr(one, key) for key in keys} for one in changes]}


def index_document(products: Sequence[Product], about: About) -> dict[str, Any]:
    """The list of pages as JSON."""
    return {
        **_head(about),
        "machines": [{"name": one.name, "title": one.title} for one in about.machines],
        "products": [
            {"id": one.id, "title": one.title, "newest": one.rows[0].releases[0] if one.rows else None}
            for one in products
        ],
    }


def _head(about: About) -> dict[str, Any]:
    return {"schema": SCHEMA, "matrix": about.matrix}


def _plain(cell: Cell) -> dict[str, Any]:
    mark, means = MARKS[cell.severity]
    return {
        "verdict": cell.severity or "fits",
        "text": cell.text or mark,
        "means": means,
        "python": cell.pythons,
        "reasons": list(cell.reasons),
        "rests-on": list(cell.rests_on),
        "command": cell.command,
    }
