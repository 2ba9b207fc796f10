"""Physical lines to pip's logical lines, with the exact place of every character.

pip's rules (its documentation, "Requirements File Format"): a line that ends with a backslash goes on in the
next one, except that a comment line ends it; comments begin with a `#` at the start or after white space. pip
splits with `str.splitlines()`, which knows more line ends than an editor: what it splits is followed here, but
lines are counted as an editor counts them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from stackcheck.model import Location, Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

_HIDDEN = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_EDITOR_BREAK = r"\r\n|\n|\r"


class Piece(NamedTuple):
    """A part of a logical line: where it begins in that line's text, and the editor's line and column of that. Column
    0: which one it is cannot be told."""

    offset: int
    line: int
    column: int


class Line(NamedTuple):
    """A logical line as pip joins it, comment included, and the pieces it was joined from (at least one)."""

    text: str
    pieces: tuple[Piece, ...]

    def location(self, path: str, start: int, end: int) -> Location:
        """The place of `text[start:end]`.

        Columns count characters from 1 and the end column is exclusive; where the text goes on over several
        physical lines, line, column and end column are those of its first one.
        """
        at = bisect_right(self.pieces, start, key=itemgetter(0)) - 1 if len(self.pieces) > 1 else 0
        offset, line, column = self.pieces[at]
        if at + 1 < len(self.pieces):
            end = min(end, self.pieces[at + 1].offset)
        if not column:
            return Location(path, line)
        return Location(path, line, column + start - offset, column + end - offset)


def logical_lines(text: str) -> Iterator[Line]:
    """The logical lines of a requirements file, empty ones and comments included."""
    held: list[tuple[str, int, int]] = []
    for content, line, column in _physical_lines(text):
        if content.endswith("\\") and not _is_comment(content):
            leading = len(content) - len(content.lstrip("\\"))
            held.append((content.strip("\\"), line, column + leading))
        elif not held:
            yield Line(content, (Piece(0, line, column),))
        else:
            # The space keeps a comment line a comment when it ends a continued line.
            ending = (f" {content}", line, column - 1) if _is_comment(content) else (content, line, column)
            yield joined([*held, ending])
            held = []
    if held:
        yield joined(held)


def _physical_lines(text: str) -> Iterator[tuple[str, int, int]]:
    if not any(mark in text for mark in _HIDDEN):
        for number, content in enumerate(text.splitlines(), 1):
            yield content, number, 1
        return
    line, column = 1, 1
    for whole in text.splitlines(keepends=True):
        content = whole.splitlines()[0]
        yield content, line, column
        if whole.endswith(("\n", "\r")):
            line, column = line + 1, 1
        else:
            column += len(whole)


def _is_comment(content: str) -> bool:
    return content.lstrip()[:1] == "#"


def joined(parts: list[tuple[str, int, int]]) -> Line:
    """Physical lines, each with its line and column, as one text; every character keeps its place."""
    pieces = []
    offset = 0
    for content, line, column in parts:
        # An empty piece has no place of its own.
        if content:
            pieces.append(Piece(offset, line, column))
            offset += len(content)
    first = Piece(0, parts[0][1], parts[0][2]) if parts else Piece(0, 1, 1)
    return Line("".join(content for content, _, _ in parts), tuple(pieces) or (first,))


def without_comment(text: str) -> str:
    """The line up to its comment. A `#` inside a word (`#egg=name`) begins none."""
    at = text.find("#")
    while at > 0 and not text[at - 1].isspace():
        at = text.find("#", at + 1)
    return text if at < 0 else text[:at]


def hidden_breaks(text: str, path: str) -> Iterator[Unread]:
    """One warning for each editor's line that pip splits in two without a word."""
    if not any(mark in text for mark in _HIDDEN):
        return
    for number, line in enumerate(re.split(_EDITOR_BREAK, text), 1):
        for found in re.finditer(f"[{_HIDDEN}]", line):
            if line[: found.start()].strip() and line[found.end() :].strip():
                yield Unread(
                    f"pip ends the line at an invisible character (U+{ord(found[0]):04X}) and reads the rest as a "
                    "line of its own; an editor shows one line.",
                    Location(path, number, found.start() + 1, found.start() + 2),
                    "warning",
                )
                break
