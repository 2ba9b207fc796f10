"""A TOML file as the readers ask for it: tables and strings by key path, each string with its place."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import tomli

from stackcheck.model import Location, Unread
from stackcheck.read.errors import ReadError
from stackcheck.read.files import decode_toml
from stackcheck.read.places import Places, find_places
from stackcheck.read.template import refuse_template
from stackcheck.redact import redact
from stackcheck.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.model import Severity
    from stackcheck.read.places import KeyPath

MAX_NOTES = 5_000


@dataclass
class Document:
    """A parsed TOML file. What has not the shape that it should have is noted in `unread`, never raised."""

    path: str
    text: str
    data: dict[str, Any]
    unread: dict[Unread, None] = field(default_factory=dict)

    @cached_property
    def places(self) -> Places:
        """Where each string and key stands."""
        return find_places(self.text, self.path)

    def value(self, *keys: str | int) -> Any:
        """What stands at a key path, or None; a table on the way that is none is noted once, where it is read."""
        value: Any = self.data
        for key in keys:
            if isinstance(key, int) and isinstance(value, list) and key < len(value):
                value = value[key]
            elif isinstance(value, dict):
                value = value.get(str(key))
            else:
                return None
        return value

    def table(self, *keys: str | int) -> dict[str, Any]:
        """The table at a key path; an empty one where there is none, noted where it is something else."""
        value = self.value(*keys)
        if value is None:
            return {}
        if isinstance(value, dict):
            return value
        self.misshapen(keys, "a table")
        return {}

    def items(self, *keys: str | int) -> Iterator[tuple[KeyPath, Any]]:
        """The elements of the array at a key path, each with its own path; noted where it is no array."""
        value = self.value(*keys)
        if isinstance(value, list):
            yield from (((*keys, index), item) for index, item in enumerate(value))
        elif value is not None:
            self.misshapen(keys, "an array")

    def strings(self, *keys: str | int) -> Iterator[tuple[KeyPath, str]]:
        """The strings of the array at a key path; what is no string is noted."""
        for at, item in self.items(*keys):
            if isinstance(item, str):
                yield at, item
            else:
                self.misshapen(at, "a string")

    def tables(self, *keys: str | int) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
        """The tables of the array at a key path; what is no table is noted."""
        for at, item in self.items(*keys):
            if isinstance(item, dict):
                yield at, item
            else:
                self.misshapen(at, "a table")

    def misshapen(self, at: KeyPath, wanted: str) -> None:
        """Notes that a value is not what it should be, at the nearest key above it."""
        keys = at
        while keys and keys not in self.places.keys:
            keys = keys[:-1]
        self.note(f"{dotted(at)} is not {wanted} and was not read.", self.places.key(keys))

    def note(
        self,
        reason: str,
        location: Location,
        severity: Severity = "unknown",
        *,
        id: str = "reading/unread",  # noqa: A002 - the field's own name
        involves: tuple[str, ...] = (),
    ) -> None:
        """Puts something on record, once. Raises `ReadError` where that is more than any project file comes to."""
        if len(self.unread) > MAX_NOTES:
            raise ReadError(f"more than {MAX_NOTES:,} of its entries cannot be read", Location(self.path))
        self.unread[Unread(reason, location, severity, id=id, involves=involves)] = None


def parse_document(data: bytes, path: str) -> Document:
    """A TOML 1.0 file. Raises `ReadError` with line and column where it is broken."""
    text = decode_toml(data, path)
    try:
        return Document(path, text, tomli.loads(text))
    except tomli.TOMLDecodeError as error:
        refuse_template(text, path)
        location = Location(path, error.lineno, error.colno)
        raise ReadError(f"is broken TOML: {redact(error.msg)}; mend it and run again", location) from error
    except ValueError as error:  # of Python, which reads no number of that many digits ("1_1_1…")
        raise ReadError("has a number of thousands of digits; mend it and run again", Location(path)) from error
    except RecursionError as error:
        raise ReadError("its arrays or tables are nested too deep to read", Location(path)) from error


def dotted(at: KeyPath) -> str:
    """A key path as a sentence names it: `project.dependencies[2]`."""
    words = [f"[{key}]" if isinstance(key, int) else f".{redact(key)}" for key in at]
    return "".join(words).lstrip(".")
