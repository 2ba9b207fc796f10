"""`check --deep` with a stand-in for torch in a virtual environment."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.command import stackcheck

JSON = ("--format", "json")
TORCH = """
from types import SimpleNamespace
__version__ = "2.12.0a0+git1a2b3c4"
version = SimpleNamespace(cuda="13.0")
cuda = SimpleNamespace(
    get_arch_list=lambda: ["sm_80", "sm_90"],
    is_available=lambda: {available},
    device_count=lambda: 1,
    get_device_name=lambda n: "NVIDIA GB10",
    get_device_capability=lambda n: (12, 1),
)
"""


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A virtual environment without anything in it but a torch that is one file."""
    python = Path(sys.executable).resolve()
    site = tmp_path / f"env/lib/python3.{sys.version_info[1]}/site-packages"
    info = site / "torch-2.12.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: torch\nVersion: 2.12.0\n\n")
    (tmp_path / "env/bin").mkdir()
    (tmp_path / "env/bin/python").symlink_to(python)
    (tmp_path / "env/pyvenv.cfg").write_text(f"home = {python.parent}\nversion = {sys.version.split()[0]}\n")
    (site / "torch.py").write_text(TORCH.format(available=True))
    return tmp_path / "env"


def deep(environment: Path, *more: str) -> dict[str, str]:
    """The findings of a run about torch and its GPU code, id → message."""
    result = stackcheck("check", "--deep", "--python", str(environment), *more, *JSON)
    return {
        finding["id"]: finding["message"]
        for finding in result.report["findings"]
        if finding["kind"] in ("deep", "gpu-code")
    }


def test_its_list_and_its_devices_are_judged(environment: Path) -> None:
    assert deep(environment, "--fact", "gpu=NVIDIA GB10") == {
        "gpu-code/torch": "PyTorch 2.12.0 has no code for compute capability 12.1 (NVIDIA GB10): torch itself lists "
        "compiled code for 8.0, 9.0 and no PTX; none of its GPU kernels runs."
    }


def test_a_torch_that_does_not_import(environment: Path) -> None:
    (next(environment.glob("lib/*/site-packages")) / "torch.py").write_text("raise OSError('libcudnn.so.9: not found')")
    assert deep(environment) == {"deep/torch-import": "`import torch` fails here: OSError: libcudnn.so.9: not found."}


def test_without_deep_nothing_is_imported(environment: Path, tmp_path: Path) -> None:
    site = next(environment.glob("lib/*/site-packages"))
    (site / "torch.py").write_text(f"open({str(tmp_path / 'imported')!r}, 'w').close()")
    stackcheck("check", "--python", str(environment))
    assert not (tmp_path / "imported").exists()
    stackcheck("check", "--deep", "--python", str(environment))
    assert (tmp_path / "imported").exists()


def test_no_torch_is_a_note(environment: Path) -> None:
    site = next(environment.glob("lib/*/site-packages"))
    (site / "torch.py").unlink()
    assert deep(environment) == {"deep/torch-import": "torch is installed, but this interpreter does not find it."}
    (site / "torch-2.12.0.dist-info/METADATA").unlink()
    assert deep(environment) == {"deep/torch-answer": "There is no torch to ask."}


def test_it_is_for_this_machine() -> None:
    result = stackcheck("check", "--deep", "--target", "dgx-spark")
    assert (result.code, result.out) == (2, "")
    assert "--deep asks torch on this machine" in result.err
