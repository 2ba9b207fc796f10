"""The matrix for people: products, one product's facts, one row with its sources. Makes text, prints nothing."""

from __future__ import annotations

import itertools
import textwrap
from typing import TYPE_CHECKING

from stackcheck.subjects import SUBJECTS
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stackcheck.matrix.records import Record, Records
    from stackcheck.matrix.rows import Product, Row

WIDTH = 100
SHOWN = 3
"""Releases of a record that are shown."""

HEADER = ("kind", "id", "product", "sources", "place", "fix", "why", "message", "until")
"""Fields that have a line of their own, or none."""


def subjects() -> str:
    """The platform subjects, one a line."""
    width = max(len(subject.name) for subject in SUBJECTS)
    lines = [
        f"{subject.name:<{width}}  {subject.help}{' (worked out, never stated)' if subject.derived else ''}"
        for subject in SUBJECTS
    ]
    return "\n".join(lines) + "\n"


def products(found: Sequence[tuple[Product, int]], version: str) -> str:
    """Every product with the number of its facts and its file."""
    width = max((len(product.id) for product, _ in found), default=0)
    lines = [f"{product.id:<{width}}  {count:>3}  {product.title}  ({product.place})" for product, count in found]
    total = sum(count for _, count in found)
    return "\n".join([*lines, f"{len(found)} products, {total} facts, matrix {version}"]) + "\n"


def product(header: Product, rows: Iterable[Row]) -> str:
    """One product: what it is found as, its releases, and its facts."""
    lines = [f"{header.title} ({header.id}, {header.place})"]
    if header.pip:
        lines.append(f"found as: {', '.join(header.pip)}")
    if header.releases:
        lines += textwrap.wrap(f"releases: {', '.join(header.releases)}", WIDTH, subsequent_indent="  ")
    return "\n".join([*lines, *(f"\n{row(one)}".rstrip() for one in rows)]) + "\n"


def records(known: Records, names: Iterable[str]) -> str:
    """The records of these distributions on every index: the newest releases; "" where there is none.

    Raises `MatrixError` for a record that cannot be read.
    """
    found = [record for name in names for index in known.indexes() if (record := known.record(name, index))]
    return "\n".join("\n".join(_record(record)) + "\n" for record in found)


def _record(record: Record) -> Iterable[str]:
    until = f", metadata from {record.metadata_from} on" if record.metadata_from else ""
    yield f"record of {record.project} on {record.index}, read {record.read}: {len(record)} releases{until}"
    for release in itertools.islice(record, SHOWN):
        python = f"Python {release.python}" if release.python else "any Python"
        parts = [python, *(["an sdist"] if release.sdist else []), *(["yanked"] if release.yanked else [])]
        yield f"  {release.version}  {release.date or ''}  {', '.join(parts)}"
        yield from _indented(map(str, release.wheels), "wheels")
        for arch, said in ((" and ".join(release.of), release.main), *release.others):
            if said is not None:
                yield from _indented(said.requires, f"requires ({arch})")
                yield from _indented(said.installs or (), "installs")
    if len(record) > SHOWN:
        yield f"  and {len(record) - SHOWN} older ones in {record.path}"


def _indented(texts: Iterable[str], title: str) -> list[str]:
    text = ", ".join(texts)
    if not text:
        return []
    return textwrap.wrap(
        f"{title}: {text}", WIDTH, initial_indent="    ", subsequent_indent="      ", break_on_hyphens=False
    )


def row(one: Row) -> str:
    """One row: what it says, why, what to do, and where it was read."""
    lines = [f"{one.key}  [{one.kind}]"]
    lines += [f"  {key}: {value}" for key, value in details(one)]
    for title, text in (("message", one.message), ("why", one.why)):
        if text:
            lines += textwrap.wrap(f"{title}: {text}", WIDTH, initial_indent="  ", subsequent_indent="    ")
    if one.fix is not None:
        lines += textwrap.wrap(f"fix: {one.fix.text}", WIDTH, initial_indent="  ", subsequent_indent="    ")
        lines += [f"    $ {command}" for command in one.fix.commands]
    if one.until is not None:
        lines.append(f"  no longer true from: {one.until}")
    lines += [f"  source: {source.url} ({source.confidence}, seen {source.seen})" for source in one.sources]
    return "\n".join([*lines, f"  in: {one.place}"]) + "\n"


def older_than(rows: Iterable[Row], limit: str) -> str:
    """The sources read before an ISO date, oldest first, with the rows that rest on each; "" where there are none."""
    by_source: dict[tuple[str, str], list[str]] = {}
    for one in rows:
        for source in one.sources:
            if source.seen < limit:
                by_source.setdefault((source.seen, source.url), []).append(one.key)
    lines = []
    for (seen, url), keys in sorted(by_source.items()):
        lines.append(f"{seen}  {url}  ({few(sorted(keys), 3)})")
    return "\n".join(lines) + "\n" if lines else ""


def details(one: Row) -> Iterable[tuple[str, str]]:
    """The keys of a row that are its own, each with its value as text; not those that have a line of their own."""
    for name, value in vars(one).items():
        if name in HEADER or value is None or value is False:
            continue
        if name in ("where", "unless", "needs", "gives", "harmless"):
            if value:
                yield name, ", ".join(f"{subject} {condition}" for subject, condition in value)
        elif isinstance(value, tuple):
            if value or name in ("cubins", "ptx", "arch"):
                yield name, ", ".join(map(str, value)) or "none"
        else:
            yield name, str(value)
