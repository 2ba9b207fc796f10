"""What changed between two folders of records, for people, pull requests and programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from stackcheck.matrix import difference
from stackcheck.matrix.records import Records
from tests.matrix.test_lint_records import HEADER, LINES, write

if TYPE_CHECKING:
    from pathlib import Path

NEWER: list[dict[str, Any]] = [
    {"version": "3.0", "wheels": ["cp312 on manylinux_2_28_aarch64 win_amd64 for >=3.9"], "of": ["aarch64"],
     "requires": ["numpy<3,>=2", "torch==2.15.0", "pytest; extra == 'dev'", "no requirement"]},
    {"version": "2.0", "yanked": True, "python": ">=3.11", "sdist": True,
     "wheels": ["cp311 cp312 on manylinux_2_28_x86_64"], "of": ["x86_64"], "requires": ["numpy<2"]},
]  # fmt: skip


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
    assert {one.what for one in changed(tmp_path)} == set(difference.KINDS) - {"record-new", "record-gone"}


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
    assert (found, difference.text(found)) == ((), "no record changed\n")


def test_the_other_forms_say_the_same(tmp_path: Path) -> None:
    found = changed(tmp_path)
    document = json.loads(difference.document(found))
    assert (document["schema"], len(document["changes"])) == ("stackcheck-diff/1", len(found))
    text = difference.markdown(found)
    assert text.startswith("9 changes in 1 project: arm-sdk\n\n### New releases\n\n- `arm-sdk 3.0: ")
    assert text.count("\n- `") == len(found)
