"""`stackcheck inspect`, as a user runs it."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

from tests.cli.command import stackcheck
from tests.tree import RECORDED

if TYPE_CHECKING:
    from pathlib import Path

CODE = RECORDED / "gpu-code"

TEXT = """\
{folder}/a-1-py3-none-any.linux_aarch64.whl: wheel, py3-none-any, py3-none-linux_aarch64
  ! its WHEEL file says cp311-cp311-linux_aarch64
  machine    x86_64 (2 files)
  ! x86_64   a/_C.so, a/more.so
  GPU code   compiled for 8.7, 12.0; PTX for 8.0, 9.0a, 12.0, 12.0f
    a/_C.so: compiled for 8.7, 12.0; PTX for 12.0
    a/more.so: nothing compiled; PTX for 8.0, 9.0a, 12.0f

{folder}/sass.so: shared library for x86_64
  GPU code   compiled for 8.0, 9.0a, 10.0f, 12.0, 12.1, 12.1a; no PTX

{folder}/folder: folder
  machine    none
  GPU code   none
  not read: {folder}/folder/cut.so cannot be read: its ELF header is damaged.
"""


def made(folder: Path) -> list[str]:
    with zipfile.ZipFile(folder / "a-1-py3-none-any.linux_aarch64.whl", "w") as archive:
        archive.write(CODE / "several-units.so", "a/_C.so")
        archive.write(CODE / "ptx.so", "a/more.so")
        archive.writestr("a-1.dist-info/WHEEL", "Tag: cp311-cp311-linux_aarch64\n")
    (folder / "sass.so").write_bytes((CODE / "sass.so").read_bytes())
    (folder / "folder").mkdir()
    (folder / "folder/cut.so").write_bytes(b"\x7fELF\x02\x01")
    return ["a-1-py3-none-any.linux_aarch64.whl", "sass.so", "folder"]


def test_text(tmp_path: Path) -> None:
    result = stackcheck("inspect", *made(tmp_path), cwd=tmp_path)
    assert (result.code, result.err) == (0, "")
    assert result.out == TEXT.format(folder=tmp_path)


def test_json(tmp_path: Path) -> None:
    made(tmp_path)
    result = stackcheck("inspect", "a-1-py3-none-any.linux_aarch64.whl", "--format", "json", cwd=tmp_path)
    found = json.loads(result.out)
    assert found["schema"] == "stackcheck-inspection/1"
    (wheel,) = found["files"]
    assert wheel["machines"] == {"x86_64": 2}
    assert wheel["gpu-code"] == {"cubins": ["8.7", "12.0"], "ptx": ["8.0", "9.0a", "12.0", "12.0f"], "other": 0}
    assert wheel["objects"][0] == {
        "path": "a/_C.so",
        "machine": "x86_64",
        "kind": "shared",
        "needs": {},
        "libraries": [],
        "search": [],
        "not-found": [],
        "gpu-code": {"cubins": ["8.7", "12.0"], "ptx": ["12.0"], "other": 0},
    }


def test_what_cannot_be_read_is_one_line_and_exit_2(tmp_path: Path) -> None:
    (tmp_path / "text.so").write_text("hello")
    (tmp_path / "cut.so").write_bytes(b"\x7fELF\x02\x01")
    (tmp_path / "cut.whl").write_bytes(b"PK\x03\x04")
    for name, said in (
        ("text.so", "text.so: holds no machine code, GPU code or zip archive"),
        ("gone.so", "gone.so: is not there"),
        ("cut.so", f"{tmp_path}/cut.so cannot be read: its ELF header is damaged"),
        ("cut.whl", f"{tmp_path}/cut.whl cannot be read: its table of contents is missing or larger than any wheel's"),
    ):
        result = stackcheck("inspect", name, cwd=tmp_path)
        assert (result.code, result.out, result.err) == (2, "", f"stackcheck: {said}\n")
