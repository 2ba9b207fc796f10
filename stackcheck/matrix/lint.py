"""Small named checks of the matrix itself. The loader has checked the form; these check what a row claims."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import tomli

from stackcheck.matrix.errors import Problem
from stackcheck.matrix.kinds import KINDS
from stackcheck.matrix.lint_releases import check as check_releases
from stackcheck.matrix.lint_releases import speaks
from stackcheck.matrix.parts import parts
from stackcheck.matrix.rows import Relation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackcheck.matrix.rows import Condition, Product, Row
    from stackcheck.matrix.store import Store

_BRANCH = r"(?:main|master|develop|devel)"
_UNPINNED = re.compile(rf"/latest/|/(?:blob|tree|raw)/{_BRANCH}\b|//raw\.[^/]+/[^/]+/[^/]+/{_BRANCH}/")


def lint(store: Store) -> list[Problem]:
    """Every mistake that the checks find, sorted by place. Raises `MatrixError` for what does not load."""
    products, rows = store.load_all()
    by_id = {product.id: product for product in products}
    found = [problem for check in ROW_CHECKS for row in rows for problem in check(row, by_id)]
    found += _rows_agree(rows, by_id)
    found += [problem for product in products for problem in check_releases(product, store.rows(product.id))]
    found += _index_is_right(store, by_id)
    found += _parts_are_right(store)
    return sorted(found, key=lambda problem: (problem.path, problem.row, problem.key))


def _sources_are_pinned(row: Row, _products: dict[str, Product]) -> Iterator[Problem]:
    """A page that changes under its address is no source."""
    for source in row.sources:
        if _UNPINNED.search(source.url):
            yield Problem(row.place, row.key, "source", f"{source.url} is not pinned: name a version, tag or commit")


def _releases_exist(row: Row, products: dict[str, Product]) -> Iterator[Problem]:
    """A range that matches no known release is a typing mistake, or the list of releases is old."""
    product = products[row.product]
    if row.release is None or row.release.any or not product.releases:
        return
    if not any(row.release.admits(release) for release in product.releases):
        yield Problem(row.place, row.key, "release", f"{row.release} admits none of the known releases of {product.id}")


def _alternatives_exist(row: Row, products: dict[str, Product]) -> Iterator[Problem]:
    """Words that are compared as words must be words of that product."""
    for name, condition in (*row.where, *row.unless):
        product = products.get(name)
        if product is None or product.compare != "words" or condition.any:
            continue
        for text in condition.texts:
            if text not in product.releases:
                yield Problem(row.place, row.key, name, f"{text!r} is none of {', '.join(product.releases)}")


def _dates_are_sound(row: Row, _products: dict[str, Product]) -> Iterator[Problem]:
    """Nobody has read a page tomorrow; what is no longer true was lifted after the field began."""
    tomorrow = (datetime.now(tz=timezone.utc).date() + timedelta(days=1)).isoformat()
    for source in row.sources:
        if source.seen > tomorrow:
            yield Problem(row.place, row.key, "seen", f"{source.seen} is still to come")
    if row.until is not None and row.until < "2020":
        yield Problem(row.place, row.key, "until", f"{row.until} is too early to be right")


def _messages_are_sentences(row: Row, _products: dict[str, Product]) -> Iterator[Problem]:
    """People read `why`, `message` and `fix`: each is a sentence with its full stop."""
    texts = {"why": row.why, "message": row.message, "fix": row.fix.text if row.fix else None}
    for key, text in texts.items():
        if text is not None and not text.rstrip().endswith((".", "!", "?")):
            yield Problem(row.place, row.key, key, "should be a sentence that ends in a full stop")


def _rows_agree(rows: tuple[Row, ...], products: dict[str, Product]) -> Iterator[Problem]:
    """Two rows that bind the same release to ranges without a common version contradict each other."""
    bound: dict[tuple[str, str, object], list[tuple[Relation, Condition]]] = {}
    for row in rows:
        if isinstance(row, Relation) and row.kind != "conflicts" and row.hard:
            for subject, condition in row.needs:
                key = (row.product, subject, (row.where, row.unless, row.feature))
                bound.setdefault(key, []).append((row, condition))
    for (name, subject, _), found in bound.items():
        for position, (later, one) in enumerate(found):
            for earlier, other in found[:position]:
                common = [r for r in products[name].releases if speaks(later, r) and speaks(earlier, r)]
                if common and _disjoint(one, other):
                    text = f"contradicts {earlier.key} for {', '.join(common[:3])}"
                    yield Problem(later.place, later.key, subject, text)


def _disjoint(one: Condition, other: Condition) -> bool:
    if one.any or other.any:
        return False
    if one.match == "version" and other.match == "version":
        return one.range.is_disjoint(other.range)
    return one.match == "word" == other.match and not set(one.texts) & set(other.texts)


def _exceptions_are_needed(row: Row, products: dict[str, Product]) -> Iterator[Problem]:
    """An exception that no known release can meet excepts nothing."""
    for name, condition in row.unless:
        product = products.get(name)
        known = product.releases if product else ()
        if known and not condition.any and not any(condition.admits(release) for release in known):
            yield Problem(
                row.place, row.key, f"unless.{name}", f"{condition} admits none of the known releases of {name}"
            )


ROW_CHECKS: tuple[Callable[[Row, dict[str, Product]], Iterator[Problem]], ...] = (
    _sources_are_pinned,
    _releases_exist,
    _alternatives_exist,
    _dates_are_sound,
    _messages_are_sentences,
    _exceptions_are_needed,
)


def _index_is_right(store: Store, products: dict[str, Product]) -> Iterator[Problem]:
    """The index by regular expression finds exactly what the parser finds."""
    for product in products.values():
        for name in product.pip:
            if store.by_distribution(name) != product.id:
                yield Problem(product.place, product.id, "found-as.pip", f"{name!r} belongs to another product too")
        for name in product.apt:
            if store.by_system_package(name) != product.id:
                yield Problem(product.place, product.id, "found-as.apt", f"{name!r} belongs to another product too")
        for name in product.image:
            if store.by_image(name) != product.id:
                yield Problem(product.place, product.id, "found-as.image", f"{name!r} belongs to another product too")
    for name in set(store.products) - set(products):
        yield Problem("", name, "", "is indexed but not parsed")


def _parts_are_right(store: Store) -> Iterator[Problem]:
    """What is parsed for one product alone is all that its file says of it, with the sources that its rows name."""
    for file in store.files:
        whole = tomli.loads(file.data.decode("utf-8"))
        for product, text in parts(file.data).items():
            rows = {kind: [row for row in whole.get(kind, []) if row["product"] == product] for kind in KINDS}
            rows = {kind: found for kind, found in rows.items() if found}
            named = {name for found in rows.values() for row in found for name in _names(row["source"])}
            sources = {name: source for name, source in whole.get("source", {}).items() if name in named}
            expected = {"product": {product: whole["product"][product]}, **rows}
            if _tables(text) != expected | ({"source": sources} if sources else {}):
                yield Problem(file.path, product, "", "has tables that, read alone, do not say what the file says")


def _tables(text: bytes) -> dict[str, Any]:
    try:
        return tomli.loads(text.decode("utf-8"))
    except tomli.TOMLDecodeError:
        return {}


def _names(source: str | list[str]) -> list[str]:
    return [source] if isinstance(source, str) else source
