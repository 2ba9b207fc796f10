"""PEP 723: the `# /// script` block of a Python file, a TOML document in its comments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.model import Location
from stackcheck.read.document import parse_document
from stackcheck.read.files import Files, ReadResult, decode_toml, merge
from stackcheck.read.plain import Plain
from stackcheck.read.uv import read_uv
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackcheck.model import Stack

_START = re.compile(r"# /// ([a-zA-Z0-9-]+)[ \t]*$")


def read_scripts(paths: Iterable[str], target: Stack, load: Callable[[str], bytes]) -> ReadResult:
    """What the headers of Python scripts ask for. A script without a header asks for nothing. Raises `ReadError`."""
    return merge(_read_one(path, target, decode_toml(Files(load).data(path), path)) for path in paths)


def _read_one(path: str, target: Stack, text: str) -> ReadResult:
    blocks = _blocks(text)
    found = Plain(path, target)
    if not blocks:
        found.note("The script has no header (PEP 723) that says what it needs.", Location(path), "note")
        return found.result()
    first, content = blocks[0]
    if len(blocks) > 1:
        found.note("Two script headers: PEP 723 makes that an error. The first was read.", Location(path, blocks[1][0]))
    # Empty lines in front keep the numbers of the lines; the "# " in front of each is two columns.
    document = parse_document(("\n" * (first - 1) + content).encode(), path)
    uv = read_uv(document, found.indexes)
    found.indexes = uv.general
    for at, requirement in document.strings("dependencies"):
        found.ask(requirement, _shifted(document.places.string(at, requirement)))
    python = document.value("requires-python")
    if isinstance(python, str):
        found.requires_python(python, _shifted(document.places.string(("requires-python",), python)))
    if document.table("tool", "uv", "sources"):
        found.note("The sources of uv in a script's header are not read.", Location(path, first))
    found.unread += [replace(one, location=_shifted(one.location)) for one in document.unread]
    return found.result()


def _shifted(place: Location) -> Location:
    if place.column is None:
        return place
    end = None if place.end_column is None else place.end_column + 2
    return replace(place, column=place.column + 2, end_column=end)


def _blocks(text: str) -> list[tuple[int, str]]:
    """The script blocks: the line after the opening one, and the comments' text. As in PEP 723, the last `# ///` of the
    comment lines that follow closes a block."""
    lines = text.split("\n")
    found, at = [], 0
    while at < len(lines):
        start = _START.match(lines[at].rstrip("\r"))
        at += 1
        if start is None or start[1] != "script":
            continue
        end = at
        while end < len(lines) and re.match(r"#(?: .*)?\r?$", lines[end]):
            end += 1
        closing = [number for number in range(at, end) if lines[number].rstrip() == "# ///"]
        if closing:
            body = [line.rstrip("\r")[2:] for line in lines[at : closing[-1]]]
            found.append((at + 1, "\n".join(body) + "\n"))
            at = closing[-1] + 1
    return found
