"""GPU code: cubins, PTX, suffixes, families, Tegra parts, and compilers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from stackcheck.judge.laws import gpu_code

capabilities = st.builds(lambda major, minor: f"{major}.{minor}", st.integers(5, 13), st.integers(0, 9))


@pytest.mark.parametrize(
    ("cubin", "gpu", "runs"),
    [
        ("12.0", "12.1", True),  # GB10 runs sm_120
        ("12.1", "12.0", False),
        ("12.0", "11.0", False),
        ("8.0", "8.6", True),
        ("8.6", "8.9", True),
        ("8.0", "8.7", False),  # Orin shares no code
        ("8.7", "8.9", False),
        ("8.7", "8.7", True),
        ("10.1", "11.0", True),  # the same part, renamed
        ("11.0", "10.1", True),
        ("10.0", "10.3", True),
        ("12.1a", "12.1", True),
        ("12.0a", "12.1", False),
        ("12.0f", "12.1", True),
        ("10.0f", "12.0", False),
    ],
)
def test_cubins(cubin: str, gpu: str, runs: bool) -> None:
    assert gpu_code.cubin_runs(cubin, gpu) is runs


def test_orin_runs_generic_code_from_cuda_13_2() -> None:
    assert not gpu_code.cubin_runs("8.0", "8.7", Version("13.0"))
    assert gpu_code.cubin_runs("8.0", "8.7", Version("13.2"))


@pytest.mark.parametrize(
    ("ptx", "gpu", "runs"),
    [
        ("9.0", "12.1", True),
        ("12.0", "12.1", True),
        ("12.0", "11.0", False),
        ("9.0a", "10.0", False),
        ("12.0f", "12.1", True),
    ],
)
def test_ptx(ptx: str, gpu: str, runs: bool) -> None:
    assert gpu_code.ptx_runs(ptx, gpu) is runs


def test_what_runs_is_named() -> None:
    assert gpu_code.runs(["8.0", "12.0"], [], "12.1") == "sm_120 code"
    assert gpu_code.runs(["8.0"], ["9.0"], "12.1") == "PTX for 9.0"
    assert gpu_code.runs(["8.0"], [], "12.1") is None


def test_a_compiler_must_know_the_chip_itself() -> None:
    assert not gpu_code.can_target(["12.0"], "12.1")
    assert gpu_code.can_target(["12.0", "12.1"], "12.1")


@given(capabilities, capabilities)
def test_code_of_another_major_never_runs(code: str, gpu: str) -> None:
    same = {code.split(".")[0], gpu.split(".")[0]}
    if gpu_code.cubin_runs(code, gpu):
        assert len(same) == 1 or same == {"10", "11"}


@given(capabilities)
def test_code_runs_where_it_was_built_for(gpu: str) -> None:
    assert gpu_code.cubin_runs(gpu, gpu)
    assert gpu_code.ptx_runs(gpu, gpu)


@pytest.mark.parametrize("text", ["", "12", "sm_120", "12.0x"])
def test_what_is_no_capability(text: str) -> None:
    with pytest.raises(ValueError, match="is no compute capability"):
        gpu_code.cubin_runs(text, "12.1")
