"""YAML as the readers ask for it: nodes with their places, composed and never constructed, so that nothing in a file
can make an object or run anything. Aliases stay shared nodes; what walks them counts its steps.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from stackcheck.model import Location
from stackcheck.read.errors import ReadError
from stackcheck.read.files import decode_toml
from stackcheck.read.lines import Line, Piece

if TYPE_CHECKING:
    from collections.abc import Iterator

Node: TypeAlias = Any
"""A node of PyYAML: `id` is "scalar", "sequence" or "mapping"."""

MAX_DEPTH = 100
"""How deep a document may nest: the parser behind this calls itself for each level."""
MAX_STEPS = 200_000
"""Nodes that one walk may visit: an alias can name what holds a hundred more aliases."""

MAX_NODES = 400_000
"""Lines and commas of a document: each may be a node, which takes much more room than its text."""

_NESTED_LINE = re.compile(r"(?:[-?:] +){100}")


def compose(data: bytes, path: str) -> Node | None:
    """The root node of a file, None for an empty one. Raises `ReadError` for what is no YAML, or nests too deep."""
    import yaml

    text = decode_toml(data, path)
    _refuse_deep(text, path)
    if text.count("\n") + text.count(",") > MAX_NODES:
        raise ReadError(f"has more than {MAX_NODES:,} entries, as no file of its kind has", Location(path))
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = Location(path, mark.line + 1, mark.column + 1) if mark is not None else Location(path)
        raise ReadError(f"is broken YAML: {error.problem or error.context}; mend it and run again", place) from error
    except (yaml.YAMLError, ValueError) as error:
        raise ReadError("is no YAML text", Location(path)) from error
    except RecursionError as error:
        raise ReadError("is nested too deep to read", Location(path)) from error


def _refuse_deep(text: str, path: str) -> None:
    depth = deepest = 0
    for found in re.finditer(r"[\[{\]}]", text):
        depth = depth + 1 if found[0] in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    indented = any(len(line) - len(line.lstrip(" ")) > 10 * MAX_DEPTH for line in text.split("\n"))
    if deepest > MAX_DEPTH or indented or _NESTED_LINE.search(text):
        raise ReadError("is nested too deep to read", Location(path))


def pairs(node: Node | None) -> Iterator[tuple[Node, Node]]:
    """The entries of a mapping whose keys are texts; none for anything else. Of a merge (`<<`) nothing is taken."""
    if node is not None and node.id == "mapping":
        yield from ((key, value) for key, value in node.value if key.id == "scalar")


def items(node: Node | None) -> Iterator[tuple[str, Node]]:
    """The same with the text of each key."""
    yield from ((key.value, value) for key, value in pairs(node))


def elements(node: Node | None) -> Iterator[Node]:
    """The elements of a sequence; a single scalar counts as one, as many formats allow; none for anything else."""
    if node is not None and node.id == "sequence":
        yield from node.value
    elif node is not None and node.id == "scalar":
        yield node


def child(node: Node | None, *keys: str) -> Node | None:
    """The node at a path of keys, None where there is none."""
    for key in keys:
        node = next((value for name, value in items(node) if name == key), None)
    return node


def text_of(node: Node | None) -> str | None:
    """The text of a scalar, None for anything else."""
    return str(node.value) if node is not None and node.id == "scalar" else None


def place(node: Node, path: str) -> Location:
    """Where a scalar's content stands; of a block (`|`), where it begins."""
    mark, end = node.start_mark, node.end_mark
    style: Any = getattr(node, "style", None)
    if style in ("|", ">"):
        return Location(path, mark.line + 2, 1)
    quotes = 1 if style in ("'", '"') else 0
    column = mark.column + 1 + quotes
    if node.id != "scalar" or mark.line != end.line:
        return Location(path, mark.line + 1, column)
    return Location(path, mark.line + 1, column, end.column + 1 - quotes)


def lines(node: Node, text: str) -> Line:
    """A scalar that holds commands, as text whose every character keeps its place. `text` is the whole file.

    Raises nothing: a folded block (`>`) and a quoted scalar of several lines keep only the place of their beginning.
    """
    style: Any = getattr(node, "style", None)
    if style != "|":
        offset = 1 if style in ("'", '"') else 0
        return Line(node.value, (Piece(0, node.start_mark.line + 1, node.start_mark.column + 1 + offset),))
    content = text.split("\n")[node.start_mark.line + 1 : node.end_mark.line + 1]
    # The first line sets the indentation; the end mark may be that of what follows the block.
    indent = next((len(line) - len(line.lstrip(" ")) for line in content if line.strip()), 0)
    pieces, joined, offset = [], [], 0
    for number, line in enumerate(content, node.start_mark.line + 2):
        if line.strip() and len(line) - len(line.lstrip(" ")) < indent:
            break
        pieces.append(Piece(offset, number, indent + 1))
        joined.append(f"{line[indent:]}\n")
        offset += len(joined[-1])
    return Line("".join(joined), tuple(pieces) or (Piece(0, node.start_mark.line + 2, 1),))
