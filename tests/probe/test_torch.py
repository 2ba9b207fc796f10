"""torch asked in a child process, with stand-ins for it: whole, broken, hanging and noisy ones."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackcheck.model import Unknown
from stackcheck.probe import torch

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """
import sys, types, warnings
print("noise {{")
__version__ = "2.11.0+cu130"
version = types.SimpleNamespace(cuda="13.0")
def available():
    {body}
cuda = types.SimpleNamespace(
    get_arch_list=lambda: ["sm_80", "sm_90a", "sm_120", "compute_120", "what_ever"],
    is_available=available,
    device_count=lambda: 1,
    get_device_name=lambda n: "NVIDIA GB10",
    get_device_capability=lambda n: (12, 1),
)
"""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Asks a stand-in for torch, given as text."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def ask(text: str, limit_s: float = 30) -> torch.Torch | Unknown:
        (tmp_path / "torch.py").write_text(text, encoding="utf-8")
        return torch.ask(sys.executable, limit_s)

    return ask


def test_a_whole_answer(asked) -> None:  # type: ignore[no-untyped-def]
    assert asked(WHOLE.format(body="return True")) == torch.Torch(
        version="2.11.0+cu130",
        cuda="13.0",
        cubins=("8.0", "9.0a", "12.0"),
        ptx=("12.0",),
        available=True,
        devices=(("NVIDIA GB10", "12.1"),),
    )


def test_it_complains(asked) -> None:  # type: ignore[no-untyped-def]
    found = asked(WHOLE.format(body="warnings.warn('the driver is too old\\nmore'); return False"))
    assert (found.available, found.devices, found.problem) == (False, (), "the driver is too old")
    found = asked(WHOLE.format(body="raise RuntimeError('no CUDA')"))
    assert (found.version, found.problem) == ("2.11.0+cu130", "RuntimeError: no CUDA")


def test_it_cannot_be_imported(asked) -> None:  # type: ignore[no-untyped-def]
    found = asked("raise ImportError('libcudart.so.13: cannot open shared object file')")
    assert found == torch.Torch(failed="ImportError: libcudart.so.13: cannot open shared object file")
    assert asked("raise SystemExit(3)").failed == "SystemExit: 3"
    assert asked("import not_there_at_all").missing is False


def test_it_crashes_or_hangs(asked) -> None:  # type: ignore[no-untyped-def]
    assert asked("import os; os.kill(os.getpid(), 11)").failed == "the interpreter was ended by signal 11"
    found = asked("import time; time.sleep(60)", 1)
    assert found == Unknown(f"torch was asked, but {sys.executable.rpartition('/')[2]} did not answer in 1 s")
    assert asked("import os; os._exit(4)") == Unknown("torch was asked, but gave no answer: status 4")


def test_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "torch.py").write_text("raise RuntimeError('the folder that one stands in is no package folder')")
    monkeypatch.chdir(tmp_path)
    found = torch.ask(sys.executable)
    assert isinstance(found, torch.Torch)
    assert found.missing
    assert isinstance(torch.ask(str(tmp_path / "no-python")), Unknown)


@pytest.mark.parametrize(
    "text", ["", "{}", "{", "[]", '{"stackcheck-torch": 2}', '{"stackcheck-torch": 1', "{" * 100_000]
)
def test_what_is_no_answer(text: str) -> None:
    assert torch.parse_answer(text) is None


plain = st.none() | st.booleans() | st.integers() | st.text()
values = st.recursive(plain, lambda inner: st.lists(inner, max_size=3))
keys = st.sampled_from(["version", "cuda", "arches", "available", "devices", "problem", "failed", "missing"])


@given(st.dictionaries(keys, values))
def test_any_answer(answer: dict[str, object]) -> None:
    found = torch.parse_answer(json.dumps({"stackcheck-torch": 1, **answer}))
    assert found is None or isinstance(found.cubins, tuple)
