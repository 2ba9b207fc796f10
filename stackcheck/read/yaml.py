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
from stackcheck.read.template import refuse_template

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

MAX_MERGED = 64
"""Mappings that one mapping may merge, those that they merge in turn included."""

_MERGE = "tag:yaml.org,2002:merge"
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
        root = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        refuse_template(text, path)
        mark = error.problem_mark
        place = Location(path, mark.line + 1, mark.column + 1) if mark is not None else Location(path)
        raise ReadError(f"is broken YAML: {error.problem or error.context}; mend it and run again", place) from error
    except (yaml.YAMLError, ValueError) as error:
        refuse_template(text, path)
        raise ReadError("is no YAML text", Location(path)) from error
    except RecursionError as error:
        raise ReadError("is nested too deep to read", Location(path)) from error
    if "<<" in text:
        _refuse_many_merges(root, path)
    return root


def _refuse_deep(text: str, path: str) -> None:
    depth = deepest = 0
    for found in re.finditer(r"[\[{\]}]", text):
        depth = depth + 1 if found[0] in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    indented = any(len(line) - len(line.lstrip(" ")) > 10 * MAX_DEPTH for line in text.split("\n"))
    if deepest > MAX_DEPTH or indented or _NESTED_LINE.search(text):
        raise ReadError("is nested too deep to read", Location(path))


def pairs(node: Node | None) -> Iterator[tuple[Node, Node]]:
    """The entries of a mapping whose keys are texts; none for anything else.

    Of a key that is there twice, the last counts, as for PyYAML. Its own come first, then those that it merges
    (`<<: *base`, or a list of such) and does not have itself, as YAML's merge type has it; each stands where it is
    written.
    """
    if node is None or node.id != "mapping":
        return
    if not any(key.tag == _MERGE for key, _ in node.value):
        yield from _last([(key, value) for key, value in node.value if key.id == "scalar"])
        return
    seen: set[str] = set()
    for one in _with_merged(node):
        own = _last([(key, value) for key, value in one.value if key.id == "scalar" and key.tag != _MERGE])
        yield from ((key, value) for key, value in own if key.value not in seen)
        seen.update(key.value for key, _ in own)


def _last(entries: list[tuple[Node, Node]]) -> list[tuple[Node, Node]]:
    by_name = {key.value: (key, value) for key, value in entries}
    return entries if len(by_name) == len(entries) else list(by_name.values())


def repeated(root: Node | None) -> Iterator[Node]:
    """The keys that a later key of the same mapping takes the place of."""
    for node in _collections(root):
        if node.id == "mapping":
            entries = [(key, value) for key, value in node.value if key.id == "scalar" and key.tag != _MERGE]
            kept = {id(key) for key, _ in _last(entries)}
            yield from (key for key, _ in entries if id(key) not in kept)


def _collections(root: Node | None) -> Iterator[Node]:
    """Every mapping and sequence, keys included, once: an alias is the node that it stands for."""
    done: set[int] = set()
    todo = [root] if root is not None else []
    while todo:
        node = todo.pop()
        if id(node) in done or node.id == "scalar":
            continue
        done.add(id(node))
        yield node
        todo += node.value if node.id == "sequence" else [part for pair in node.value for part in pair]


class _TooManyError(Exception):
    """A mapping merges more than `MAX_MERGED` others."""


def _refuse_many_merges(root: Node | None, path: str) -> None:
    """Looks at every mapping once, so that no walk comes upon one that merges too many."""
    for node in _collections(root):
        if node.id == "mapping" and any(key.tag == _MERGE for key, _ in node.value):
            try:
                for _ in _with_merged(node):
                    pass
            except _TooManyError as error:
                place = Location(path, node.start_mark.line + 1, node.start_mark.column + 1)
                text = f"a mapping merges more than {MAX_MERGED} others, as in no file of its kind"
                raise ReadError(text, place) from error


def _with_merged(node: Node) -> Iterator[Node]:
    """A mapping and all that it merges, in the order in which they count; each once."""
    done: set[int] = set()
    todo = [node]
    steps = 0
    while todo:
        one = todo.pop()
        steps += 1
        if steps > MAX_MERGED:
            raise _TooManyError
        if one.id == "sequence":
            todo += reversed(one.value[: MAX_MERGED + 1])
        elif one.id == "mapping" and id(one) not in done:
            done.add(id(one))
            yield one
            todo += [value for key, value in reversed(one.value) if key.tag == _MERGE]


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

    Of a folded block (`>`), and of a scalar over several lines, too, as long as its lines are told apart in it; else
    the line where it begins is known, and no column.
    """
    style: Any = getattr(node, "style", None)
    if style != "|":
        return _folded(node, text, style)
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


def _folded(node: Node, text: str, style: str | None) -> Line:
    """A scalar whose lines are joined: each is looked for behind the one before it."""
    mark, end = node.start_mark, node.end_mark
    column = mark.column + (1 if style in ("'", '"') else 0)
    if mark.line == end.line:
        return Line(node.value, (Piece(0, mark.line + 1, column + 1),))
    begin = mark.line + 1 if style == ">" else mark.line
    pieces: list[Piece] = []
    at = 0
    for number, line in enumerate(text.split("\n")[begin : end.line + 1], begin):
        start = column if number == mark.line else 0
        stop = end.column if number == end.line else len(line)
        content = line[start:stop].strip() if style != '"' else line[start:stop].strip().removesuffix("\\")
        content = content.removesuffix(style) if number == end.line and style in ("'", '"') else content
        if not content:
            continue
        while at < len(node.value) and node.value[at].isspace():
            at += 1
        if not node.value.startswith(content, at):
            return Line(node.value, (Piece(0, mark.line + 1, 0),))
        pieces.append(Piece(at, number + 1, line.index(content, start) + 1))
        at += len(content)
    if not pieces or pieces[0].offset or node.value[at:].strip():
        return Line(node.value, (Piece(0, mark.line + 1, 0),))
    return Line(node.value, tuple(pieces))
