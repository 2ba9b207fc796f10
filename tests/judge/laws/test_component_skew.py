"""NVIDIA's compilers and the linker of what they make, each a package of its own."""

from __future__ import annotations

import pytest

from tests.judge.laws.shipped import findings, machine

LINKER = {"nvidia-nvjitlink-cu12": "12.6.85"}


@pytest.mark.parametrize("compiler", ["nvidia-cuda-nvcc-cu12", "nvidia-cuda-nvrtc-cu12"])
def test_a_compiler_that_is_newer_than_the_linker(compiler: str) -> None:
    [finding] = findings(machine(packages={**LINKER, compiler: "12.9.86"}))
    assert (finding.severity, finding.kind, finding.subject) == ("warning", "component-skew", compiler)
    assert finding.fix is not None
    both = f"nvidia-nvjitlink-cu12 12.9 or newer, or {compiler} 12.6"
    assert finding.fix.text == f"Take both of one CUDA release: {both}."


@pytest.mark.parametrize(
    "packages",
    [
        {"nvidia-cuda-nvcc-cu12": "12.6.85"},
        {"nvidia-cuda-nvcc-cu12": "12.4.131"},
        {"nvidia-cuda-nvcc": "13.0.88"},  # another family, which has a linker of its own
        {"nvidia-cuda-runtime-cu12": "12.9.79"},
    ],
)
def test_what_goes_together(packages: dict[str, str]) -> None:
    assert findings(machine(packages={**LINKER, **packages})) == []


@pytest.mark.parametrize(
    ("packages", "linker", "wrong"),
    [
        ({"nvidia-cusparse-cu12": "12.5.10.65"}, "12.4.127", True),
        ({"nvidia-cusparse-cu12": "12.5.4.2"}, "12.6.85", False),
        ({"nvidia-cusparse-cu12": "12.1.0.106"}, "12.9.86", False),
        ({"torch": "2.5.1+cu124"}, "12.1.105", True),
        ({"torch": "2.5.1+cu124"}, "12.4.127", False),
        ({"torch": "2.4.1+cu121"}, "12.1.105", False),
        ({"torch": "2.9.0+cu130"}, "12.4.127", False),
    ],
)
def test_what_loads_the_linker_wants_the_symbols_of_its_own_release(
    packages: dict[str, str], linker: str, wrong: bool
) -> None:
    found = findings(machine(packages={"nvidia-nvjitlink-cu12": linker, **packages}))
    assert [(one.severity, one.subject) for one in found] == ([("error", "nvidia-nvjitlink-cu12")] if wrong else [])
