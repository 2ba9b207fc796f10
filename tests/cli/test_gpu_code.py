"""The GPU code of installed packages, through the command line: a stand-in environment on any machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import stackcheck
from tests.tree import RECORDED

if TYPE_CHECKING:
    from pathlib import Path

JSON = ("--format", "json")


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A virtual environment's folder with a torch for 8.7 and 12.0 (PTX too), and an extension for fewer chips."""
    site = tmp_path / "env/lib/python3.11/site-packages"
    (site / "torch/lib").mkdir(parents=True)
    (tmp_path / "env/pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.11.9\n")
    (site / "torch/version.py").write_text("__version__ = '2.12.0a0+git1a2b3c4'\ncuda: Optional[str] = '13.0'\n")
    (site / "torch/lib/libtorch_cuda.so").write_bytes((RECORDED / "gpu-code/several-units.so").read_bytes())
    (site / "my_ext").mkdir()
    (site / "my_ext/_C.so").write_bytes((RECORDED / "gpu-code/compressed.so").read_bytes())
    for name, record in (("torch", ""), ("my_ext", "my_ext/_C.so,sha256=x,1\n")):
        info = site / f"{name}-2.12.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.12.0\n\n")
        (info / "WHEEL").write_text("Wheel-Version: 1.0\nTag: cp311-cp311-linux_x86_64\n")
        (info / "RECORD").write_text(record)
    return tmp_path / "env"


def test_each_package_is_judged_by_its_libraries(environment: Path) -> None:
    result = stackcheck("check", "--python", str(environment), "--fact", "compute-capability=10.0", *JSON)
    assert result.code == 1
    found = {finding["id"]: finding for finding in result.findings("error") if finding["kind"] == "gpu-code"}
    assert sorted(found) == ["gpu-code/my-ext", "gpu-code/torch"]
    assert "its libraries hold compiled code for 8.7, 12.0 and PTX for 12.0;" in found["gpu-code/torch"]["message"]
    assert found["gpu-code/torch"]["because"][1]["origin"].endswith("torch/lib/libtorch_cuda.so")


def test_what_runs_is_not_spoken_of(environment: Path) -> None:
    result = stackcheck("check", "--python", str(environment), "--fact", "gpu=NVIDIA GB10", *JSON)
    assert [finding["id"] for finding in result.report["findings"] if finding["kind"] == "gpu-code"] == []
    assert "NVIDIA GB10" in stackcheck("check", "--python", str(environment), "--fact", "gpu=NVIDIA GB10").out


def test_torch_alone_in_its_environment(environment: Path) -> None:
    site = environment / "lib/python3.11/site-packages"
    for path in (site / "my_ext-2.12.0.dist-info").iterdir():
        path.unlink()
    result = stackcheck("check", "--python", str(environment), "--fact", "compute-capability=10.0", *JSON)
    assert [finding["id"] for finding in result.findings("error")] == ["gpu-code/torch"]


def test_a_stated_absence_of_a_gpu(environment: Path) -> None:
    result = stackcheck("check", "--python", str(environment), "--fact", "gpu=absent", *JSON)
    assert [finding["id"] for finding in result.report["findings"] if finding["kind"] == "gpu-code"] == []


def test_a_document_states_it(tmp_path: Path) -> None:
    document = tmp_path / "spark.json"
    packages = {"torch": "2.12.0a0+git1a2b3c4"}
    code = {"torch": {"cubins": ["8.7", "12.0"], "ptx": [], "cuda": "13.0"}}
    document.write_text(
        json.dumps(
            {
                "schema": "stackcheck-environment/1",
                "gpus": [{"compute-capability": "10.0"}],
                "packages": packages,
                "gpu-code": code,
            }
        )
    )
    result = stackcheck("check", "--env", str(document), *JSON)
    (finding,) = result.findings("error")
    assert finding["message"].endswith(
        "its libraries are stated to hold compiled code for 8.7, 12.0 and no PTX; none of its GPU kernels runs."
    )
