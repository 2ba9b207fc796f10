"""Real CUDA wheels for aarch64 from the configured index, read in place: `pytest -m network`."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from stackcheck.matrix.rows import Builds
from stackcheck.matrix.store import Store, shipped_folder
from stackcheck.scan import inspection
from stackcheck.scan.view import HostView

if TYPE_CHECKING:
    from pathlib import Path

    from stackcheck.scan.inspection import Inspection

pytestmark = pytest.mark.network


def inspected(folder: Path, requirement: str, platform: str) -> Inspection:
    """The wheel of a requirement for CPython 3.12 on this platform."""
    options = ["--no-deps", "--only-binary=:all:", "--python-version", "3.12", "--platform", platform]
    run = [sys.executable, "-m", "pip", "download", "-q", *options, "-d", str(folder), requirement]
    subprocess.run(run, check=True)
    (wheel,) = folder.glob("*.whl")
    found = inspection.of_file(HostView(), str(wheel), {})
    assert found is not None
    assert (found.kind, found.unread) == ("wheel", ())
    assert {item.library.machine for item in found.items} == {"aarch64"}
    return found


def test_a_small_one(tmp_path: Path) -> None:
    found = inspected(tmp_path, "bitsandbytes==0.48.0", "manylinux_2_24_aarch64")
    code = {item.path.rpartition("_")[2]: item.library.code for item in found.items if item.library.code}
    assert len(code) == 11
    assert (code["cuda118.so"].cubins, code["cuda118.so"].ptx) == (("7.5", "8.0", "9.0"), ("9.0",))
    assert code["cuda128.so"].cubins == ("7.5", "8.0", "9.0", "10.0", "12.0")
    assert (code["cuda130.so"].cubins[-2:], code["cuda130.so"].ptx) == (("11.0", "12.0"), ("12.0",))
    assert max(item.library.needs("GLIBC") or "" for item in found.items) == "2.17"


@pytest.mark.slow
def test_torch_agrees_with_its_row(tmp_path: Path) -> None:
    found = inspected(tmp_path, "torch==2.11.0", "manylinux_2_28_aarch64")
    (code,) = (item.library.code for item in found.items if item.path == "torch/lib/libtorch_cuda.so")
    rows = Store.from_folders([shipped_folder()]).rows_of("torch", Builds)
    (row,) = (row for row in rows if row.key == "torch/2.11-cu130-aarch64")
    assert tuple(one for one in code.cubins if not one.endswith(("a", "f"))) == row.cubins
    assert code.ptx == row.ptx == ()
