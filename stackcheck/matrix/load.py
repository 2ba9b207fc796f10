"""From the text of one matrix file to rows. Every mistake is collected with its row and key, then raised together.

Like `packaging.pylock`, the reader grows a key path as it goes down; unlike it, it goes on after a mistake.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import tomli

from stackcheck import versions
from stackcheck.matrix.errors import MatrixError, Problem
from stackcheck.matrix.keys import Reader
from stackcheck.matrix.kinds import KINDS, READERS, ROW_KEYS
from stackcheck.matrix.rows import LEVELS, Product
from stackcheck.model import Fix, Source
from stackcheck.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackcheck.matrix.rows import Level, Row

SOURCE_KEYS = frozenset(("url", "seen", "confidence"))
CONFIDENCES = ("official", "observed", "reported")
_ID = pattern(r"[a-z0-9][a-z0-9.+_-]*$")
_URL = r"https://[^\s/]+/\S*$|pkg:pypi/[a-z0-9._-]+(?:@[^\s@]+)?$"


def read_file(
    text: str, path: str, compares: Mapping[str, str], *, thorough: bool = True
) -> tuple[tuple[Product, ...], tuple[Row, ...]]:
    """The products and rows of one file.

    Without `thorough` ranges are parsed only when they are used: for files that `matrix lint` has seen.
    `compares` says of every product of the whole matrix whether it is compared by "versions" or "words"; it is
    also what tells a product from a typing mistake. Raises `MatrixError` with all mistakes of the file.
    """
    try:
        document = tomli.loads(text)
    except (ValueError, RecursionError) as error:
        raise MatrixError([Problem(path, "", "", f"is not TOML: {error}")]) from error
    reader = Reader(path, compares, thorough)
    for key in document:
        if key not in ("product", "source", *KINDS):
            reader.wrong(key, f"is not one of product, source, {', '.join(KINDS)}")
    for name, table in reader.subtable(document, "product").items():
        _read_product(reader, name, table)
    for name, table in reader.subtable(document, "source").items():
        _read_source(reader, name, table)
    rows = [row for kind in KINDS for row in _read_kind(reader, kind, document.get(kind, []))]
    _refuse_twins(reader, rows)
    if reader.problems:
        raise MatrixError(reader.problems)
    return tuple(reader.products.values()), tuple(rows)


PRODUCT_KEYS = frozenset(("title", "found-as", "releases", "features", "signs", "compare", "install", "numbers"))


def _read_product(reader: Reader, name: str, table: object) -> None:
    reader.row = f"product.{name}"
    if not isinstance(table, dict):
        reader.wrong("", "should be a table")
        return
    reader.refuse_unknown(table, PRODUCT_KEYS)
    found_as = reader.subtable(table, "found-as")
    reader.refuse_unknown(found_as, frozenset(("pip", "apt", "image")), "found-as.")
    compare = reader.word(table, "compare", ("versions", "words"), "versions")
    releases = reader.texts(table, "releases")
    install = reader.text(table, "install")
    if install is not None and "{release}" not in install:
        reader.wrong("install", "should say where the release stands: {release}")
    if compare == "versions" and reader.thorough:
        parsed = [versions.parse(release) for release in releases]
        if None in parsed:
            reader.wrong("releases", f"{releases[parsed.index(None)]!r} is not a version")
        elif any(later <= earlier for earlier, later in itertools.pairwise(parsed)):  # type: ignore[operator]
            reader.wrong("releases", "should be sorted, oldest first")
    numbers = reader.subtable(table, "numbers")
    if any(release not in releases for release in numbers.values()):
        reader.wrong("numbers", "names a release that is not among `releases`")
    reader.products[name] = Product(
        id=name,
        title=reader.text(table, "title", needed=True) or name,
        pip=reader.texts(found_as, "pip"),
        apt=reader.texts(found_as, "apt"),
        image=reader.texts(found_as, "image"),
        compare="words" if compare == "words" else "versions",
        releases=releases,
        features=reader.texts(table, "features"),
        signs=_signs(reader, table),
        install=install,
        numbers=tuple((number, str(release)) for number, release in numbers.items()),
        place=reader.path,
    )


def _signs(reader: Reader, table: dict[str, Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    signs = reader.subtable(table, "signs")
    return tuple((feature, reader.texts(signs, feature)) for feature in signs)


def _read_source(reader: Reader, name: str, table: object) -> None:
    reader.row = f"source.{name}"
    if not isinstance(table, dict):
        reader.wrong("", "should be a table")
        return
    reader.refuse_unknown(table, SOURCE_KEYS)
    url = reader.text(table, "url", needed=True) or ""
    if not re.match(_URL, url):
        reader.wrong("url", f"{url!r} is neither an https address nor a package URL such as pkg:pypi/torch@2.9.0")
    confidence = reader.word(table, "confidence", CONFIDENCES, "")
    seen = reader.day(table, "seen", needed=True) or ""
    reader.sources[name] = Source(url, seen, confidence)  # type: ignore[arg-type]


def _read_kind(reader: Reader, kind: str, tables: object) -> list[Row]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        reader.row = kind
        reader.wrong("", f"should be rows that begin with [[{kind}]]")
        return []
    rows = []
    for number, table in enumerate(tables, start=1):
        row_id = table.get("id")
        reader.row = f"[[{kind}]] {row_id}" if isinstance(row_id, str) else f"[[{kind}]] number {number}"
        before = len(reader.problems)
        if kind in ROW_KEYS:
            reader.refuse_unknown(table, ROW_KEYS[kind])
        row = READERS[kind](reader, kind, table, _header(reader, kind, table))
        if len(reader.problems) == before:
            rows.append(row)
    return rows


def _header(reader: Reader, kind: str, table: Mapping[str, Any]) -> dict[str, Any]:
    row_id = reader.text(table, "id", needed=True) or ""
    if row_id and not _ID.match(row_id):
        reader.wrong("id", f"{row_id!r} should be lower-case letters, digits and . + _ -")
    product = _product_of(reader, table)
    release = table.get("release")
    fix, commands = reader.text(table, "fix"), reader.texts(table, "commands")
    if commands and fix is None:
        reader.wrong("commands", "need a `fix` that says what they do")
    default: Level = "unsupported" if kind == "unsupported" else "required"
    level = reader.word(table, "level", LEVELS, default)
    return {
        "kind": kind,
        "id": row_id,
        "product": product,
        "release": None if release is None else reader.condition(product, release, "release"),
        "where": reader.conditions(reader.subtable(table, "where"), "where", ("variant",)),
        "unless": reader.conditions(reader.subtable(table, "unless"), "unless", ("variant",)),
        "feature": reader.text(table, "feature"),
        "level": level,
        "why": reader.text(table, "why"),
        "message": reader.text(table, "message"),
        "fix": None if fix is None else Fix(fix, commands),
        "sources": _sources_of(reader, table),
        "until": reader.day(table, "until"),
        "place": reader.path,
    }


def _product_of(reader: Reader, table: Mapping[str, Any]) -> str:
    product = reader.text(table, "product")
    if product is None and len(reader.products) == 1:
        return next(iter(reader.products))
    if product is None:
        reader.wrong("product", f"is needed: this file has {len(reader.products)} products")
        return ""
    if product not in reader.products:
        import difflib

        near = difflib.get_close_matches(product, reader.products, 1)
        reader.wrong("product", f"{product!r} is not declared in this file" + (f"; {near[0]!r} is" if near else ""))
    return product


def _sources_of(reader: Reader, table: Mapping[str, Any]) -> tuple[Source, ...]:
    names = reader.texts(table, "source")
    if not names:
        reader.wrong("source", "is missing: every row says where it was read")
    for name in names:
        if name not in reader.sources:
            reader.wrong("source", f"{name!r} is not declared as [source.{name}] in this file")
    return tuple(reader.sources[name] for name in names if name in reader.sources)


def _refuse_twins(reader: Reader, rows: list[Row]) -> None:
    seen: set[str] = set()
    for row in rows:
        if row.key in seen:
            reader.row = row.key
            reader.wrong("id", "is used twice in this file")
        seen.add(row.key)
