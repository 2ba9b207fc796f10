"""Files side by side, of which one is for the machine."""

from __future__ import annotations

import pytest

from stackcheck.read.alternatives import alternatives
from stackcheck.read.audience import Machine

SPARK = Machine("aarch64", "linux", "dgx-spark", True, "13.0", False)
ORIN = Machine("aarch64", "linux", "jetson-orin", True, "12.6", True)
SERVER = Machine("x86_64", "linux", None, True, None, False)
LAPTOP = Machine("x86_64", "linux", None, False)

CUDAS = ["cu118.txt", "cu126.txt", "cu130.txt"]


@pytest.mark.parametrize(
    ("machine", "chosen"), [(SPARK, "cu130.txt"), (ORIN, "cu126.txt"), (SERVER, "cu130.txt"), (LAPTOP, None)]
)
def test_the_newest_that_the_driver_serves(machine: Machine, chosen: str | None) -> None:
    found = alternatives(CUDAS, machine)
    assert set(found) == (set(CUDAS) - {chosen} if chosen else set())
    assert {claim.value for claim in found.values()} == ({chosen} if chosen else set())


def test_all_are_too_new() -> None:
    assert set(alternatives(["a-cu130.txt", "a-cu132.txt"], ORIN)) == {"a-cu132.txt"}


def test_the_one_that_names_the_machine() -> None:
    family = ["torch_cu118_linux.txt", "torch_linux_aarch64.txt"]
    assert set(alternatives(family, SPARK)) == {"torch_cu118_linux.txt"}
    assert alternatives(family, SERVER) == {}


def test_numbers_do_not_tell_families_apart() -> None:
    assert set(alternatives(["r/pyt201_cu118.txt", "r/pyt251_cu124.txt"], SPARK)) == {"r/pyt201_cu118.txt"}


def test_a_companion_goes_with_its_alternative() -> None:
    paths = ["r/pyt201_cu118.txt", "r/pyt251_cu124.txt", "r/pytorch3d-py39_cu118_pyt201.txt", "r/other_cu118.txt"]
    assert set(alternatives(paths, SPARK)) == {"r/pyt201_cu118.txt", "r/pytorch3d-py39_cu118_pyt201.txt"}


@pytest.mark.parametrize(
    "paths",
    [
        ["train-cu118.txt", "serve-cu126.txt"],
        ["requirements-cu118.txt"],
        ["requirements.txt", "requirements-cu118.txt"],
        ["a/requirements-cu118.txt", "b/requirements-cu126.txt"],
        ["cu118/a.txt", "cu118/b.txt"],
    ],
)
def test_no_alternatives(paths: list[str]) -> None:
    assert alternatives(paths, SPARK) == {}


def test_a_dockerfile_for_this_architecture_stands_for_those_beside_it() -> None:
    images = ["docker/Dockerfile", "docker/Dockerfile-cpu", "docker/Dockerfile-arm64", "web/Dockerfile"]
    assert set(alternatives(images, SPARK)) == {"docker/Dockerfile", "docker/Dockerfile-cpu"}
    assert alternatives(images, SERVER) == {}
    assert alternatives(["requirements.txt", "requirements-arm64.txt"], SPARK) == {}
