"""Open and proprietary kernel modules, by the names of packages."""

from __future__ import annotations

import pytest

from stackcheck.judge.laws.kernel_module import installed
from stackcheck.judge.working import Working
from stackcheck.model import Known
from tests.judge.laws.shipped import HERE, findings, machine, said, store


@pytest.mark.parametrize(
    ("name", "is_open", "branch"),
    [
        ("nvidia-driver-570", False, "570"),
        ("nvidia-driver-580-server-open", True, "580"),
        ("nvidia-dkms-535", False, "535"),
        ("nvidia-headless-no-dkms-550-open", True, "550"),
        ("linux-modules-nvidia-580-open-generic-hwe-24.04", True, "580"),
        ("nvidia-open", True, None),
        ("nvidia-open-595", True, "595"),
        ("cuda-drivers", False, None),
        ("cuda-drivers-580", False, "580"),
    ],
)
def test_what_a_name_says(name: str, is_open: bool, branch: str | None) -> None:
    [package] = installed({name: Known("1.0", HERE)})
    assert (package.open, package.branch) == (is_open, branch)


@pytest.mark.parametrize(
    "name", ["nvidia-settings", "nvidia-utils-570", "libnvidia-compute-570", "cuda-drivers-fabricmanager-580"]
)
def test_names_of_something_else(name: str) -> None:
    assert list(installed({name: Known("1.0", HERE)})) == []


@pytest.mark.parametrize(
    ("gpu", "package", "instead"),
    [
        ("NVIDIA GeForce RTX 5090", "nvidia-driver-570", "nvidia-driver-570-open"),
        ("NVIDIA RTX PRO 6000 Blackwell", "cuda-drivers", "nvidia-open"),
        ("Tesla V100-SXM2-16GB", "nvidia-driver-580-open", "nvidia-driver-580"),
        ("NVIDIA GeForce GTX 1080", "nvidia-open-580", "cuda-drivers-580"),
    ],
)
def test_the_wrong_kind(gpu: str, package: str, instead: str) -> None:
    [finding] = [
        one for one in findings(machine(gpu=gpu, system_packages={package: "1.0"})) if one.kind == "kernel-module"
    ]
    assert finding.severity == "error"
    assert finding.fix is not None
    assert finding.fix.text.endswith(f"{instead}.")


@pytest.mark.parametrize(
    ("gpu", "package"),
    [
        ("NVIDIA GeForce RTX 5090", "nvidia-driver-570-open"),
        ("NVIDIA GeForce RTX 4090", "nvidia-driver-570"),
        ("NVIDIA GeForce RTX 4090", "nvidia-driver-570-open"),
        ("Tesla V100-SXM2-16GB", "nvidia-driver-580"),
    ],
)
def test_the_right_kind(gpu: str, package: str) -> None:
    assert said(machine(gpu=gpu, system_packages={package: "1.0"})) == []


def test_grace_hopper_needs_the_open_ones() -> None:
    stack = machine(gpu="NVIDIA GH200 480GB", facts={"arch": "aarch64"}, system_packages={"nvidia-driver-570": "1.0"})
    assert ("error", "kernel-module", "kernel-module/driver") in said(stack)


def test_a_driver_that_answers_has_found_the_gpu() -> None:
    facts = {"driver": "570.86.10", "cuda-driver": "12.8"}
    assert said(machine(gpu="NVIDIA GeForce RTX 5090", facts=facts, system_packages={"nvidia-driver-570": "1.0"})) == []


def test_the_package_tells_the_branch() -> None:
    work = Working(machine(system_packages={"nvidia-driver-535": "1.0"}), store(), None)
    domain = work.domain("cuda-driver")
    assert domain is not None
    assert domain.values == ("12.2",)
