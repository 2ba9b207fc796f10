"""Where each string of a TOML document stands: a walk over its text beside tomli's values.

tomli has accepted the text before, so that this walk need only tell tokens apart. A place is given where the
text found there decodes to the very value that was asked for; else there is none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from contextlib import suppress
from typing import TypeAlias

import tomli

from stackcheck.model import Location
from stackcheck.patterns import pattern
from stackcheck.values import dataclass, field

KeyPath: TypeAlias = "tuple[str | int, ...]"

_BLANK = pattern(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE_KEY = pattern(r"[A-Za-z0-9_-]+")
_SCALAR = pattern(r"[^,\]}#\n]+")
_STRING = pattern(
    r'"{3}(?:\\.|[^\\])*?"{3,5}(?!")'
    r"|'{3}.*?'{3,5}(?!')"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)


class _LostError(Exception):
    """The walk met something that it does not understand."""


@dataclass
class Places:
    """The spans of all strings and keys of one document, by their path of keys and array positions."""

    path: str
    text: str
    strings: dict[KeyPath, tuple[int, int]] = field(default_factory=dict)
    keys: dict[KeyPath, tuple[int, int]] = field(default_factory=dict)
    breaks: list[int] = field(default_factory=list)

    def string(self, at: KeyPath, value: str) -> Location:
        """The place of a string's content, its quotation marks excluded; only the path where it is not certain.

        A string of several lines is placed at its opening quotation marks, without an end.
        """
        span = self.strings.get(at)
        if span is None or _decoded(self.text[slice(*span)]) != value:
            return Location(self.path)
        start, end = span
        quotes = 3 if self.text.startswith(('"""', "'''"), start) and end - start >= 6 else 1
        if "\n" in self.text[start:end]:
            line, column = self._line_and_column(start)
            return Location(self.path, line, column)
        line, column = self._line_and_column(start + quotes)
        return Location(self.path, line, column, column + end - start - 2 * quotes)

    def key(self, at: KeyPath) -> Location:
        """The place of a key, where it is first written; only the path where that is not known."""
        span = self.keys.get(at)
        if span is None:
            return Location(self.path)
        line, column = self._line_and_column(span[0])
        return Location(self.path, line, column, column + span[1] - span[0])

    def _line_and_column(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.breaks, offset - 1)
        start = self.breaks[line - 1] + 1 if line else 0
        return line + 1, offset - start + 1


def find_places(text: str, path: str) -> Places:
    """The places of a TOML text that tomli accepts. Where the walk fails, what it found until then stays."""
    places = Places(path, text, breaks=[found.start() for found in re.finditer("\n", text)])
    with suppress(_LostError, RecursionError, tomli.TOMLDecodeError):
        _Walk(places).document()
    return places


def _decoded(literal: str) -> object:
    if "\\" not in literal and "\n" not in literal and not literal.startswith(('"""', "'''")):
        return literal[1:-1]
    return tomli.loads(f"x = {literal}")["x"]


@dataclass
class _Walk:
    """A cursor over the text."""

    places: Places
    at: int = 0
    arrays: dict[KeyPath, int] = field(default_factory=dict)

    def document(self) -> None:
        table: KeyPath = ()
        text = self.places.text
        self.blank()
        while self.at < len(text):
            if text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.blank()

    def blank(self) -> None:
        found = _BLANK.match(self.places.text, self.at)
        self.at = found.end() if found else self.at

    def peek(self) -> str:
        return self.places.text[self.at : self.at + 1]

    def take(self, token: str) -> None:
        self.blank()
        if not self.places.text.startswith(token, self.at):
            raise _LostError
        self.at += len(token)

    def header(self) -> KeyPath:
        """`[a.b]` or `[[a.b]]`: the path of the table that it opens."""
        array = self.places.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        keys = self.dotted_key()
        table: KeyPath = ()
        for position, (key, span) in enumerate(keys, 1):
            table = (*table, key)
            self.places.keys.setdefault(table, span)
            if array and position == len(keys):
                self.arrays[table] = self.arrays.get(table, -1) + 1
            if table in self.arrays:
                table = (*table, self.arrays[table])
        self.take("]]" if array else "]")
        return table

    def pair(self, table: KeyPath) -> None:
        """`key = value`."""
        for key, span in self.dotted_key():
            table = (*table, key)
            self.places.keys.setdefault(table, span)
        self.take("=")
        self.value(table)

    def dotted_key(self) -> list[tuple[str, tuple[int, int]]]:
        keys = [self.one_key()]
        self.blank()
        while self.peek() == ".":
            self.at += 1
            keys.append(self.one_key())
            self.blank()
        return keys

    def one_key(self) -> tuple[str, tuple[int, int]]:
        self.blank()
        quoted = self.peek() in ('"', "'")
        found = (_STRING if quoted else _BARE_KEY).match(self.places.text, self.at)
        if found is None:
            raise _LostError
        self.at = found.end()
        key = str(_decoded(found[0])) if quoted else found[0]
        return key, found.span()

    def value(self, path: KeyPath) -> None:
        self.blank()
        first = self.peek()
        if first in ('"', "'"):
            found = _STRING.match(self.places.text, self.at)
            if found is None:
                raise _LostError
            self.places.strings[path] = found.span()
            self.at = found.end()
        elif first == "[":
            self.array(path)
        elif first == "{":
            self.inline_table(path)
        else:
            found = _SCALAR.match(self.places.text, self.at)
            if found is None:
                raise _LostError
            self.at = found.end()

    def array(self, path: KeyPath) -> None:
        self.take("[")
        self.blank()
        index = 0
        while self.peek() != "]":
            self.value((*path, index))
            index += 1
            self.separator("]")
        self.take("]")

    def inline_table(self, path: KeyPath) -> None:
        self.take("{")
        self.blank()
        while self.peek() != "}":
            self.pair(path)
            self.separator("}")
        self.take("}")

    def separator(self, closing: str) -> None:
        self.blank()
        if self.peek() != closing:
            self.take(",")
            self.blank()
