"""`[tool.stackcheck]` of pyproject.toml: every key by name, every mistake with its line."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, Literal

from stackcheck.model import Ignore
from stackcheck.read.document import Document, dotted, parse_document
from stackcheck.read.errors import ReadError
from stackcheck.read.want import parse_fact, parse_feature, parse_want
from stackcheck.redact import redact
from stackcheck.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from stackcheck.model import Location
    from stackcheck.read.places import KeyPath

Shape = Literal["text", "texts", "flag", "ignores"]

TABLE = ("tool", "stackcheck")
KEYS: dict[str, Shape] = {
    "targets": "texts",
    "want": "texts",
    "features": "texts",
    "facts": "texts",
    "matrix": "texts",
    "select": "texts",
    "ignore": "ignores",
    "baseline": "text",
    "format": "text",
    "fail-on": "text",
    "strict": "flag",
    "quiet": "flag",
}
"""What the table may hold. Nothing that writes a file or reaches the network: a file of somebody else's can be read
without that."""
IGNORE_KEYS = ("id", "kind", "reason", "until")

_PARSERS: dict[str, Callable[[str], object]] = {"want": parse_want, "features": parse_feature, "facts": parse_fact}


@dataclass
class Settings:
    """The table's values by key, each with its shape: a text, texts, or True; `ignores` apart."""

    path: str
    values: dict[str, str | list[str] | bool] = field(default_factory=dict)
    places: dict[tuple[str, str], Location] = field(default_factory=dict)
    ignores: tuple[Ignore, ...] = ()


def read_settings(data: bytes, path: str, choices: Mapping[str, Iterable[str]]) -> Settings | None:
    """The settings of a pyproject.toml; None where it has none. `choices` are the words that some keys allow.

    Raises `ReadError` with the place of the first mistake.
    """
    document = parse_document(data, path)
    table = document.value(*TABLE)
    if table is None:
        return None
    reader = _Reader(document, choices, Settings(path))
    if not isinstance(table, dict):
        raise reader.wrong(TABLE, "should be a table")
    for key, value in table.items():
        reader.key(key, value)
    return reader.found


@dataclass
class _Reader:
    """One table while it is read."""

    document: Document
    choices: Mapping[str, Iterable[str]]
    found: Settings

    def key(self, key: str, value: Any) -> None:
        """One key of the table, into `found`."""
        at = (*TABLE, key)
        shape = KEYS.get(key)
        if shape is None:
            raise self.wrong(at, f"is no setting; {_near(key, KEYS)}")
        if shape == "ignores":
            self.found.ignores = tuple(self.ignore((*at, number), one) for number, one in self.list(at, value))
        elif shape == "flag":
            if not isinstance(value, bool):
                raise self.wrong(at, "should be true or false")
            self.found.values[key] = value
        elif shape == "text":
            self.found.values[key] = self.text(at, key, value)
        else:
            self.found.values[key] = [self.text((*at, number), key, one) for number, one in self.list(at, value)]

    def list(self, at: KeyPath, value: Any) -> list[tuple[int, Any]]:
        """The elements of an array, numbered."""
        if not isinstance(value, list):
            raise self.wrong(at, "should be a list")
        return list(enumerate(value))

    def text(self, at: KeyPath, key: str, value: Any) -> str:
        """One text, checked as far as its key says what it may be."""
        if not isinstance(value, str) or not value:
            raise self.wrong(at, "should be a text")
        place = self.document.places.string(at, value)
        allowed = list(self.choices.get(key, ()))
        if allowed and value not in allowed:
            raise ReadError(f"{dotted(at)} is {value!r}, which there is not; {_near(value, allowed)}", place)
        if key in _PARSERS:
            try:
                _PARSERS[key](value)
            except ReadError as error:
                raise ReadError(f"{dotted(at)}: {error}", place) from error
        self.found.places[key, value] = place
        return value

    def ignore(self, at: KeyPath, value: Any) -> Ignore:
        """`{ id = "torch/some-row", reason = "…", until = 2027-01-31 }`, or a `kind` in place of the id."""
        if not isinstance(value, dict):
            raise self.wrong(at, 'should be a table such as { id = "torch/some-row", reason = "…" }')
        for key in value:
            if key not in IGNORE_KEYS:
                raise self.wrong((*at, key), f"is no key of an ignore; {_near(key, IGNORE_KEYS)}")
        by = [key for key in ("id", "kind") if key in value]
        if len(by) != 1:
            raise self.wrong(at, "should have an id or a kind, and not both")
        for key in (by[0], "reason"):
            if not isinstance(value.get(key), str) or not value[key].strip():
                raise self.wrong((*at, key), "is missing or no text: an ignore says what it ignores, and why")
        until = value.get("until")
        if until is not None and not (isinstance(until, datetime.date) and not isinstance(until, datetime.datetime)):
            raise self.wrong((*at, "until"), "should be a day such as 2027-01-31, without quotation marks")
        what = value[by[0]]
        place = self.document.places.string((*at, by[0]), what)
        return Ignore(redact(what), str(place), place, redact(value["reason"]), until.isoformat() if until else None)

    def wrong(self, at: KeyPath, problem: str) -> ReadError:
        """The error for a key path, at the nearest key that has a place."""
        keys = at
        while keys and keys not in self.document.places.keys:
            keys = keys[:-1]
        return ReadError(f"{dotted(at)} {problem}", self.document.places.key(keys))


def _near(name: str, known: Iterable[str]) -> str:
    import difflib

    names = list(known)
    near = difflib.get_close_matches(name, names, 1)
    return f"did you mean {near[0]}?" if near else f"known: {', '.join(names)}"
