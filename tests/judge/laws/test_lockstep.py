"""Packages that are one release in parts."""

from __future__ import annotations

import pytest

from stackcheck.judge.laws.lockstep import NAMES
from stackcheck.judge.speaking import LAWS
from stackcheck.judge.working import Working
from tests.judge.laws.shipped import findings, machine, store
from tests.judge.small import ask


def lacking(packages: dict[str, str], **more: dict[str, str]) -> list[str]:
    stack = machine(packages=packages, **more)
    return [finding.subject for finding in findings(stack) if finding.kind == "lockstep"]


@pytest.mark.parametrize(
    ("packages", "expected"),
    [
        ({"flashinfer-python": "0.5.3", "flashinfer-cubin": "0.5.2"}, ["flashinfer-cubin"]),
        ({"flashinfer-python": "0.5.3", "flashinfer-jit-cache": "0.5.3+cu130"}, []),
        ({"flashinfer-cubin": "0.5.3", "flashinfer-jit-cache": "0.6.0+cu130"}, ["flashinfer-jit-cache"]),
        ({"jaxlib": "0.9.0", "jax-cuda12-plugin": "0.9.0.1"}, []),
        ({"jaxlib": "0.5.3", "jax-cuda12-plugin": "0.5.1", "jax-cuda12-pjrt": "0.5.3"}, ["jax-cuda12-plugin"]),
        ({"tensorrt-cu12": "10.5.0", "tensorrt-cu12-libs": "10.5.0.19"}, []),
        ({"tensorrt-cu12": "10.5.0", "tensorrt-cu13-libs": "10.13.2"}, []),
        ({"cudf-cu12": "24.10.1", "rmm-cu12": "24.10.0", "cuml-cu12": "25.2.0"}, ["cuml-cu12"]),
        ({"transformer-engine": "2.8.0", "transformer-engine-torch": "2.9.0"}, ["transformer-engine-torch"]),
        ({"flashinfer-python": "*", "flashinfer-cubin": "0.5.2"}, []),
    ],
)
def test_the_parts_have_one_version(packages: dict[str, str], expected: list[str]) -> None:
    assert lacking(packages) == expected


def test_the_user_may_have_switched_the_comparison_off() -> None:
    packages = {"flashinfer-python": "0.5.3", "flashinfer-cubin": "0.5.2"}
    assert lacking(packages, variables={"FLASHINFER_DISABLE_VERSION_CHECK": "1"}) == []


def test_a_pin_goes_before_what_is_installed_and_gives_the_place() -> None:
    packages = {"flashinfer-python": "0.5.3"}
    (finding,) = [
        finding
        for finding in findings(machine(packages=packages, asks=(ask("flashinfer-cubin", "==0.5.2", 3),)))
        if finding.kind == "lockstep"
    ]
    assert finding.severity == "error"
    assert finding.location is not None
    assert finding.location.line == 3
    extra = ask("flashinfer-cubin", "==0.5.2", 3, group="all")
    assert not [f for f in findings(machine(packages=packages, asks=(extra,))) if f.kind == "lockstep"]


def test_the_law_is_loaded_where_a_part_is_there() -> None:
    concerned = dict(LAWS)["lockstep"]
    for name in NAMES - {"jaxlib", "transformer-engine"}:
        assert concerned(Working(machine(packages={name: "1.0"}), store(), None)), name
