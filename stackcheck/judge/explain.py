"""`stackcheck explain`: a kind, a row or a finding in four fixed sections. Makes text, prints nothing."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from stackcheck.judge.kinds import KINDS, Kind
from stackcheck.matrix.show import details
from stackcheck.model import Fix
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.matrix.rows import Level, Row

WIDTH = 80
SECTIONS = ("What it says", "Why it matters", "What to do", "Sources")
MISSES: dict[Level, str] = {
    "required": "A miss is an error: the vendor demands it, or it was seen to fail without.",
    "unsupported": "Where it is used, it is an error: the vendor says that it does not work.",
    "recommended": "A miss is a warning: the vendor recommends it.",
    "validated": "A miss is a warning: the vendor tested nothing else.",
    "unvalidated": "A miss is a warning: nobody tested it.",
    "reported": "A miss is a warning: users reported it, or sources disagree.",
}
_BY_NAME = {kind.name: kind for kind in KINDS}
_ENDINGS = {"install": "todo"}
"""Findings about a product that rest on no row, by the second half of their ids."""

_CUDA = ("cuda", "compilers", ("release", "driver", "windows_driver", "ptx_version"))
NAMED = 3
"""Names that one cell of a table shows at most."""
TABLES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "driver": _CUDA,
    "ptx": _CUDA,
    "loads": ("", "loads", ("product", "release", "cuda", "cudnn")),
    "source-build": ("source-builds", "source-build", ("projects", "release", "by", "tools")),
    "conda-package": ("conda", "conda-package", ("packages", "builds", "channels", "platforms")),
    "numpy-abi": ("numpy-abi", "numpy-abi", ("projects", "since", "apt")),
    "only-for": ("", "only-for", ("product", "names", "arch")),
}
"""The rows that a law is judged by: their product ("": any), their kind, and what the table shows of each."""


def kind_of(name: str) -> Kind | None:
    """The kind that a name is, or the kind of the finding that an id names; None for another text."""
    first, _, second = name.partition("/")
    return _BY_NAME.get(first) or _BY_NAME.get(_ENDINGS.get(second, ""))


def kind(one: Kind, name: str, rows: Iterable[Row] = ()) -> str:
    """What there is to say of a kind; `name` is what was asked for, the kind or a finding of it. `rows`: those of the
    matrix, for a kind that has a table."""
    title = f"{one.name}, a kind of finding" if name == one.name else f"{name}, a finding of the kind {one.name}"
    nowhere = "None of its own: it follows from the rows and files that a finding of this kind names."
    return _text(title, [[one.says], [one.matters], [one.do], [nowhere]]) + _table(one.name, rows)


def _table(name: str, rows: Iterable[Row]) -> str:
    """The table of a kind of which the table is the point; "" for another, and without rows."""
    if name not in TABLES:
        return ""
    product, kind_of_row, columns = TABLES[name]
    found = [
        tuple(_cell(getattr(one, column)) for column in columns)
        for one in rows
        if one.kind == kind_of_row and product in ("", one.product)
    ]
    lines = [tuple(column.replace("_", " ") for column in columns), *found]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    shown = ("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
    return "\nTable\n" + "".join(f"  {line}\n" for line in shown) if found else ""


def _cell(value: object) -> str:
    if isinstance(value, tuple) and value and isinstance(value[0], str):
        return few(value, NAMED)
    if isinstance(value, tuple):
        return ", ".join(f"{subject} {condition}" for subject, condition in value)
    return "" if value is None else str(value)


def row(one: Row) -> str:
    """What there is to say of a row: what is particular to it, else what is true of its kind."""
    about = _BY_NAME[one.kind]
    told = [one.message or about.says, *(f"  {key}: {value}" for key, value in details(one)), MISSES[one.level]]
    if one.until is not None:
        told.append(f"It is no longer true from {one.until}.")
    cause = getattr(one, "cause", "")
    fix = one.fix or Fix(about.do)
    sources = [f"{source.url} ({source.confidence}, seen {source.seen})" for source in one.sources]
    do = [fix.text, *(f"  $ {command}" for command in fix.commands)]
    title = f"{one.key}, a row of the kind {one.kind} in {one.place}"
    return _text(title, [told, [one.why or cause or about.matters], do, sources])


def _text(title: str, sections: list[list[str]]) -> str:
    lines = [title]
    for heading, paragraphs in zip(SECTIONS, sections, strict=True):
        lines += ["", heading, *(line for paragraph in paragraphs for line in _wrapped(paragraph))]
    return "\n".join(lines) + "\n"


def _wrapped(paragraph: str) -> Iterator[str]:
    text = paragraph.lstrip()
    if text.startswith("$ "):
        yield f"    {text}"
        return
    indent = "  " if text == paragraph else "    "
    yield from textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )
