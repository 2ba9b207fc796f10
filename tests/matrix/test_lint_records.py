"""Records are as `matrix learn` writes them; rows that a record repeats or contradicts are named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from stackcheck.matrix import lint_records
from stackcheck.matrix.records import Records
from stackcheck.matrix.store import MatrixFile, Store, shipped

if TYPE_CHECKING:
    from pathlib import Path

HEADER = {
    "schema": "stackcheck-record/1", "project": "arm-sdk", "index": "pypi", "read": "2026-11-28", "releases": 2,
    "files-from": "0.dev0", "metadata-from": "1.0",
}  # fmt: skip
LINES: list[dict[str, Any]] = [
    {"version": "2.0", "python": ">=3.10", "wheels": ["cp310 cp311 on manylinux_2_28_x86_64"], "of": ["x86_64"],
     "requires": ["numpy<2"]},
    {"version": "1.0", "sdist": True, "wheels": ["py3 on any"], "of": ["any"], "requires": []},
]  # fmt: skip
ROWS = """
[product.arm-sdk]
title = "Arm SDK"
found-as = { pip = ["arm-sdk"] }
releases = ["1.0", "2.0"]

[source.page]
url = "pkg:pypi/arm-sdk@2.0"
seen = 2026-11-22
confidence = "observed"

[[wheels]]
id = "two"
product = "arm-sdk"
release = "2.0"
arch = ["x86_64"]
python = ">=3.10,<3.12"
sdist = "no"
source = "page"

[[wheels]]
id = "one"
product = "arm-sdk"
release = "1.0"
arch = ["any"]
sdist = "no"
source = "page"

[[requires]]
id = "pin"
product = "arm-sdk"
release = "2.0"
installer = true
numpy = "<2"
source = "page"

[product.numpy]
title = "NumPy"
found-as = { pip = ["numpy"] }
releases = ["1.26.4", "2.0.0"]
"""


def write(folder: Path, header: dict[str, Any] = HEADER, lines: list[dict[str, Any]] = LINES) -> Path:
    path = folder / "records/pypi/arm-sdk.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(line)}\n" for line in (header, *lines)), encoding="utf-8")
    return path


def test_a_record_as_it_is_written_has_no_mistakes(tmp_path: Path) -> None:
    path = write(tmp_path)
    assert lint_records.lint(str(tmp_path)) == []
    assert lint_records.size(str(tmp_path)) == path.stat().st_size
    assert lint_records.lint(str(tmp_path / "nothing")) == []


@pytest.mark.parametrize(
    ("header", "lines", "said"),
    [
        ({"note": 1}, LINES, "line 1: is not as `matrix learn` writes it"),
        ({"index": "house"}, LINES, "line 1: project: is the record of arm-sdk on house"),
        ({"schema": "x"}, LINES, "line 1: schema: is no stackcheck-record/1"),
        ({}, LINES[::-1], "line 3: version: 2.0 stands below 1.0"),
        ({}, [LINES[0], LINES[0]], "line 3: version: 2.0 stands below 2.0"),
        ({}, [LINES[0] | {"licence": "MIT"}, LINES[1]], "line 2: 2.0: is not as `matrix learn` writes it"),
        ({}, [LINES[0] | {"wheels": ["cp310-cp310 on win32"]}, LINES[1]], "line 2: 2.0: is not as"),
        ({}, [{"version": "2.0", "wheels": ["py3 on any"]}, LINES[1]], "line 1: metadata-from: 2.0 has no metadata"),
        ({}, [LINES[0], {"sdist": True, "version": "1.0"}], 'holds lines that do not begin with {"version": "'),
        ({}, LINES[:1], "line 1: releases: is cut off"),
    ],
)
def test_a_mistake_is_named(header: dict[str, Any], lines: list[dict[str, Any]], said: str, tmp_path: Path) -> None:
    path = write(tmp_path, HEADER | header, lines)
    assert [str(problem) for problem in lint_records.lint(str(tmp_path)) if str(problem).startswith(f"{path}: {said}")]


def test_another_file_among_the_records_is_named(tmp_path: Path) -> None:
    write(tmp_path).with_name("README.md").write_text("x", encoding="utf-8")
    (problem,) = lint_records.lint(str(tmp_path))
    assert str(problem).endswith("README.md: is no record; a record is INDEX/PROJECT.jsonl")


def test_rows_that_repeat_or_contradict_a_record_are_named(tmp_path: Path) -> None:
    write(tmp_path)
    store = Store([MatrixFile("products/arm.toml", ROWS.encode())])
    assert lint_records.remarks(store, Records([tmp_path])) == [
        "1 rows contradict their records without saying why: arm-sdk/one",
        "2 rows only repeat their records: arm-sdk/two, arm-sdk/pin",
    ]
    advised = ROWS.replace('sdist = "no"', 'sdist = "no"\nwhy = "A stub."')
    store = Store([MatrixFile("products/arm.toml", advised.encode())])
    assert lint_records.remarks(store, Records([tmp_path])) == [
        "1 rows correct their records, and say why: arm-sdk/one",
        "1 rows only repeat their records: arm-sdk/pin",
        "1 rows add advice to their records: arm-sdk/two",
    ]
    assert lint_records.remarks(store, Records([tmp_path / "nothing"])) == []


def test_what_a_build_takes_is_advice_and_a_row_may_speak_of_builds_elsewhere(tmp_path: Path) -> None:
    write(tmp_path)
    needing = ROWS.replace('sdist = "no"', 'sdist = "yes"\nneeds = { cuda-toolkit = "*" }')
    builds = '\n[[builds]]\nid = "cu130"\nproduct = "arm-sdk"\nindex = ["cu130"]\nvariant = "cu130"\nsource = "page"\n'
    for text, said in ((needing, "add advice to"), (ROWS + builds, lint_records.ELSEWHERE.partition(" their")[0])):
        store = Store([MatrixFile("products/arm.toml", text.encode())])
        assert any(said in remark for remark in lint_records.remarks(store, Records([tmp_path])))


def test_the_shipped_records_have_no_mistakes() -> None:
    assert lint_records.lint(shipped()) == []
    assert 0 < lint_records.size(shipped()) <= lint_records.SHIPPED_BYTES
