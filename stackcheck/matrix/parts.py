"""A file of the matrix cut into the tables about one product, or about what rows name, by plain bytes: no run parses
more of it than it wants. `matrix lint` proves that the parts say what the whole says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.patterns import pattern
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_ROW_OF = pattern(rb'\nproduct\s*=\s*"([^"]+)"')
_NAMED = (b"\nprojects", b"\nrepositories", b"\napt")
_SOURCES = pattern(rb"\nsource\s*=\s*(?:\[([^\]]*)\]|([^\n]*))")


def parts(data: bytes) -> dict[str, bytes]:
    """The tables of a file about each of its products, with the sources that they name.

    Empty for a file of one product, whose rows need not name it, and for one in which a row names none.
    """
    sources: dict[bytes, bytes] = {}
    found: dict[bytes, list[bytes]] = {}
    for name, table in _tables(data, sources):
        if name is None:
            return {}
        found.setdefault(name, []).append(table)
    if len(found) < 2:
        return {}
    return {name.decode(): _text(tables, sources) for name, tables in found.items()}


@dataclass(frozen=True)
class Named:
    """The tables of a file of one product: its header, its sources, and its rows by what their `projects`,
    `repositories` and `apt` name."""

    headers: tuple[bytes, ...]
    sources: Mapping[bytes, bytes]
    rows: Mapping[str, Sequence[bytes]]

    def text(self, name: str) -> bytes:
        """The rows that name this, with the product and the sources that they name, as a file of its own."""
        return _text([*self.headers, *self.rows[name]], self.sources)


def named(data: bytes) -> Named:
    """A file of one product, to be parsed row by row."""
    sources: dict[bytes, bytes] = {}
    headers: list[bytes] = []
    rows: dict[str, list[bytes]] = {}
    for _, table in _tables(data, sources):
        if table.startswith(b"product."):
            headers.append(table)
        for word in {word for key in _NAMED for word in _quoted(table, key)}:
            rows.setdefault(word.decode(), []).append(table)
    return Named(tuple(headers), sources, rows)


def _quoted(table: bytes, key: bytes) -> list[bytes]:
    """What stands in quotes in the list of a key."""
    at = table.find(key)
    return table[at : table.find(b"]", at)].split(b'"')[1::2] if at >= 0 else []


def _tables(data: bytes, sources: dict[bytes, bytes]) -> Iterator[tuple[bytes | None, bytes]]:
    """Each table of a file with those that belong to it, beside the product that it is about (None where a row names
    none); the sources go where `sources` says."""
    product: bytes | None = None
    table = b""
    for block in (b"\n" + data).split(b"\n[")[1:]:
        kind, _, name = block[: block.find(b"]")].partition(b".")
        if kind == b"source":
            sources[name.strip(b'"')] = block
        elif not block.startswith(b"[") and (kind != b"product" or (b"." in name and name[:1] != b'"')):
            table += b"\n[" + block  # any other table belongs to the row or the header before it
        else:
            if table:
                yield product, table
            row = _ROW_OF.match(block, block.find(b"\nproduct")) if kind != b"product" else None
            product = name.strip(b'"') if kind == b"product" else row[1] if row is not None else None
            table = block
    if table:
        yield product, table


def _text(tables: list[bytes], sources: Mapping[bytes, bytes]) -> bytes:
    """These tables as a file, with the sources that they name."""
    return b"\n[".join((b"", *_sources_of(tables, sources), *tables))


def _sources_of(tables: Iterable[bytes], sources: Mapping[bytes, bytes]) -> Iterator[bytes]:
    """The sources that these tables name."""
    said = (_SOURCES.match(table, table.find(b"\nsource")) for table in tables)
    names = dict.fromkeys(name for match in said if match for name in (match[1] or match[2]).split(b'"')[1::2])
    return (sources[name] for name in names if name in sources)
