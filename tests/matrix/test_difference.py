"""What changed between two folders of records, for people, pull requests and programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from stackcheck.matrix import difference
from stackcheck.matrix.records import Records
from stackcheck.matrix.store import MatrixFile, Store
from tests.matrix.test_lint_records import HEADER, LINES, write

if TYPE_CHECKING:
    from pathlib import Path

NEWER: list[dict[str, Any]] = [
    {"version": "3.0", "wheels": ["cp312 on manylinux_2_28_aarch64 win_amd64 for >=3.9"], "of": ["aarch64"],
     "requires": ["numpy<3,>=2", "torch==2.15.0", "pytest; extra == 'dev'", "no requirement"]},
    {"version": "2.0", "yanked": True, "python": ">=3.11", "sdist": True,
     "wheels": ["cp311 cp312 on manylinux_2_28_x86_64"], "of": ["x86_64"], "requires": ["numpy<2"]},
]  # fmt: skip


BEFORE = """
[product.arm-sdk]
title = "Arm SDK"
found-as = { pip = ["arm-sdk"] }
releases = ["1.0", "2.0"]

[product.old-sdk]
title = "Old SDK"

[source.page]
url = "https://arm.example/2.0/"
seen = 2026-11-22
confidence = "observed"

[[requires]]
id = "python"
product = "arm-sdk"
release = "2.0"
python = "3.11"
why = "It says so."
source = "page"

[[broken]]
id = "bad"
product = "arm-sdk"
release = "1.0"
source = "page"

[[broken]]
id = "same"
product = "arm-sdk"
release = "2.0"
message = "It crashes."
fix = "Take another."
source = "page"
"""
AFTER = (
    BEFORE.replace('"1.0", "2.0"', '"2.0", "3.0"')
    .replace('[product.old-sdk]\ntitle = "Old SDK"', '[product.new-sdk]\ntitle = "New SDK"')
    .replace("2026-11-22", "2026-12-01")
    .replace('python = "3.11"', 'python = ">=3.11"\nwhere.arch = "aarch64"')
    .replace("It says so.", "It says so, too.")
    .replace('id = "bad"\nproduct = "arm-sdk"\nrelease = "1.0"', 'id = "worse"\nproduct = "arm-sdk"\nrelease = "3.0"')
)


def row_changes(before: str, after: str) -> tuple[difference.Change, ...]:
    first, second = (Store([MatrixFile("products/a.toml", text.encode())]).load_all() for text in (before, after))
    return difference.row_changes(first, second)


def test_products_and_rows() -> None:
    """Another day on which a source was read is no difference."""
    assert difference.text(row_changes(BEFORE, AFTER)) == (
        "new products:\n  new-sdk: New SDK\n"
        "products that are gone:\n  old-sdk: Old SDK\n"
        "products that are told otherwise:\n  arm-sdk: releases 3.0 (new); releases 1.0 (gone)\n"
        "new rows:\n  arm-sdk/worse: release 3.0; level required\n"
        "rows that are gone:\n  arm-sdk/bad: release 1.0; level required\n"
        "rows that say something else:\n"
        "  arm-sdk/python: needs python 3.11 → python 3.11 or newer; why is another; where arch aarch64 (new)\n"
        "6 changes in 3 products: arm-sdk, new-sdk, old-sdk\n"
    )
    assert row_changes(BEFORE, BEFORE.replace("2026-11-22", "2026-12-01")) == ()


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ('fix = "Take another."', "", "fix is gone"),
        ('release = "2.0"\nmessage', 'release = "2.0"\nuntil = 2027-01-01\nmessage', "until 2027-01-01 (new)"),
        ('confidence = "observed"', 'confidence = "official"', "/ (observed) → https://arm.example/2.0/ (official)"),
        ("It crashes.", "It hangs.", "message is another"),
    ],
)
def test_a_row_that_says_something_else(old: str, new: str, text: str) -> None:
    assert old in BEFORE
    found = {one.release: one.text for one in row_changes(BEFORE, BEFORE.replace(old, new))}
    assert found["same"].endswith(text)


def changed(tmp_path: Path) -> tuple[difference.Change, ...]:
    write(tmp_path / "a")
    write(tmp_path / "b", HEADER | {"metadata-from": "3.0"}, NEWER)
    return difference.changes(Records([tmp_path / "a"]), Records([tmp_path / "b"]))


def test_every_kind_of_change(tmp_path: Path) -> None:
    assert difference.text(changed(tmp_path)) == (
        "new releases:\n  arm-sdk 3.0: cp312 on manylinux_2_28_aarch64 win_amd64\n"
        "releases that are gone:\n  arm-sdk 1.0\n"
        "yanked, or no longer:\n  arm-sdk 2.0: yanked\n"
        "new wheels of known releases:\n  arm-sdk 2.0: cp312 on manylinux_2_28_x86_64\n"
        "wheels that are gone:\n  arm-sdk 2.0: cp310 on manylinux_2_28_x86_64\n"
        "source distributions:\n  arm-sdk 2.0: there now\n"
        "other Pythons:\n  arm-sdk 2.0: >=3.10 → >=3.11\n"
        "requirements of the newest release:\n"
        "  arm-sdk 3.0: numpy<2 → numpy<3,>=2, since 2.0\n"
        "  arm-sdk 3.0: torch==2.15.0 (new), since 2.0\n"
        "9 changes in 1 project: arm-sdk\n"
    )
    of_rows = {one.what for one in row_changes(BEFORE, AFTER)}
    assert {one.what for one in changed(tmp_path)} | of_rows == set(difference.KINDS) - {"record-new", "record-gone"}


def test_records_come_and_go(tmp_path: Path) -> None:
    write(tmp_path / "a")
    there, nothing = Records([tmp_path / "a"]), Records([tmp_path / "b"])
    assert [(one.what, one.text) for one in difference.changes(nothing, there)] == [
        ("record-new", "2 releases, up to 2.0")
    ]
    assert [one.what for one in difference.changes(there, nothing)] == ["record-gone"]


def test_another_day_alone_is_no_change(tmp_path: Path) -> None:
    write(tmp_path / "a")
    write(tmp_path / "b", HEADER | {"read": "2026-12-01"}, LINES)
    found = difference.changes(Records([tmp_path / "a"]), Records([tmp_path / "b"]))
    assert (found, difference.text(found)) == ((), "nothing changed\n")


def test_the_other_forms_say_the_same(tmp_path: Path) -> None:
    found = changed(tmp_path)
    document = json.loads(difference.document(found))
    assert (document["schema"], len(document["changes"])) == ("stackcheck-diff/1", len(found))
    text = difference.markdown(found)
    assert text.startswith("9 changes in 1 project: arm-sdk\n\n### New releases\n\n- `arm-sdk 3.0: ")
    assert text.count("\n- `") == len(found)
