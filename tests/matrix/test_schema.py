"""The JSON Schema for editors says the same as the loader: same keys, and every shipped file passes it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import tomli
from jsonschema import Draft202012Validator

from stackcheck.matrix.kinds import HEADER_KEYS, KINDS
from stackcheck.matrix.rows import LEVELS
from stackcheck.matrix.store import shipped_folder

FOLDER = shipped_folder()
SCHEMA: dict[str, Any] = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
FILES = sorted((FOLDER / "products").glob("*.toml"))


def plain(value: object) -> object:
    """TOML values as JSON has them: dates as text."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value if isinstance(value, str | int | float | bool) else str(value)


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_passes(path: Any) -> None:
    document = plain(tomli.loads(path.read_text(encoding="utf-8")))
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)] == []


def test_same_kinds_and_keys() -> None:
    properties = SCHEMA["properties"]
    assert set(properties) == {"product", "source", *KINDS}
    for kind in KINDS:
        row = properties[kind]["items"]["properties"]
        assert set(row) >= HEADER_KEYS, kind
    assert tuple(properties["requires"]["items"]["properties"]["level"]["enum"]) == LEVELS
