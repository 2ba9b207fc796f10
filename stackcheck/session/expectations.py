"""Reading what is expected of machines, `stackcheck-expectation/1`: ranges of releases, for some or for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stackcheck import versions
from stackcheck.judge.drift import Expectation, Expected
from stackcheck.model import TABLES
from stackcheck.read.environment import DocumentError
from stackcheck.redact import redact
from stackcheck.subjects import STATED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SCHEMA = "stackcheck-expectation/1"
KEYS = ("where", *TABLES, "absent")
"""Every key of one expectation."""


def is_expectation(document: object) -> bool:
    """Whether a loaded document says that it is one."""
    return isinstance(document, dict) and document.get("schema") == SCHEMA


def expectations_of(document: Mapping[str, Any], place: str) -> tuple[Expectation, ...]:
    """The expectations of a loaded document. Raises `DocumentError` with all mistakes."""
    errors: list[str] = []
    for key in document:
        if key not in ("schema", "title", "expect"):
            errors.append(f"{key}: there is no such key; each expectation is a table [[expect]]")
    tables = document.get("expect", [])
    if not isinstance(tables, list) or not tables:
        errors.append("expect: must be a list of tables with one at least")
        tables = []
    found = tuple(_expectation(table, f"expect[{number}]", errors) for number, table in enumerate(tables))
    if errors:
        raise DocumentError(place, errors)
    return found


def _expectation(table: object, path: str, errors: list[str]) -> Expectation:
    if not isinstance(table, dict):
        errors.append(f"{path}: must be a table")
        return Expectation((), ())
    errors += [f"{path}.{key}: there is no such key; known are {', '.join(KEYS)}" for key in table if key not in KEYS]
    where = _things("labels", table.get("where", {}), f"{path}.where", errors)
    things = [one for name in TABLES for one in _things(name, table.get(name, {}), f"{path}.{name}", errors)]
    absent = table.get("absent", [])
    if not isinstance(absent, list) or not all(isinstance(name, str) for name in absent):
        errors.append(f"{path}.absent: must be a list of names")
        absent = []
    things += [Expected("facts" if name in STATED else "packages", name, ()) for name in absent]
    return Expectation(tuple(where), tuple(things))


def _things(table: str, values: object, path: str, errors: list[str]) -> Iterator[Expected]:
    if not isinstance(values, dict):
        errors.append(f"{path}: must be a table")
        return
    for name, value in values.items():
        texts = value if isinstance(value, list) else [value]
        if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
            errors.append(f'{path}.{name}: must be a range such as "580.*" or ">=2.9,<3", a word, or a list of them')
        elif table == "facts" and name not in STATED:
            errors.append(f"{path}.{name}: there is no such fact")
        else:
            own = versions.project_name(name) if table == "packages" else name
            yield _expected("facts" if table == "labels" and name in STATED else table, own, texts)


def _expected(table: str, name: str, texts: list[str]) -> Expected:
    ranges = tuple(_range(redact(text.strip())) for text in texts)
    version = table not in ("labels", "variables") and all(map(_is_range, ranges))
    return Expected(table, name, ranges if version else tuple(map(redact, texts)), "version" if version else "word")


def _range(text: str) -> str:
    """A range as the matrix has it: "580.*" is the series 580."""
    return f"=={text}" if text.endswith(".*") and text[:1].isdigit() else text


def _is_range(text: str) -> bool:
    try:
        versions.to_range(text)
    except versions.ConditionError:
        return False
    return True
