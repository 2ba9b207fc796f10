"""What the stated facts exclude is absent, not unknown: a Jetson's releases on other machines, Linux on Windows."""

from __future__ import annotations

import pytest

from stackcheck.judge.working import Working
from stackcheck.model import Absent, Gpu, Origin, Stack, Unknown
from tests.judge.small import known, store

GPU = (Gpu("NVIDIA A100", None, Origin("the GPU is an A100", "nvidia-smi")),)


def states(facts: dict[str, str], names: tuple[str, ...], gpus: tuple[Gpu, ...] = ()) -> list[type]:
    work = Working(Stack(facts=known(facts), gpus=gpus or Unknown("?")), store(), gpus[0] if gpus else None)
    return [type(work.state(name)) for name in names]


@pytest.mark.parametrize(
    ("facts", "gpus"),
    [
        ({"arch": "x86_64", "os": "linux"}, ()),
        ({"os": "windows"}, ()),
        ({"arch": "aarch64", "os": "linux"}, GPU),
        ({"arch": "aarch64", "os": "linux", "board": "dgx-spark"}, ()),
    ],
)
def test_no_jetpack_where_there_can_be_none(facts: dict[str, str], gpus: tuple[Gpu, ...]) -> None:
    assert states(facts, ("jetpack", "l4t"), gpus) == [Absent, Absent]


@pytest.mark.parametrize("facts", [{"arch": "aarch64", "os": "linux"}, {"board": "jetson-orin"}, {}])
def test_jetpack_stays_open_where_there_may_be_one(facts: dict[str, str]) -> None:
    assert states(facts, ("jetpack", "l4t")) == [Unknown, Unknown]


def test_windows_has_no_distribution_and_no_kernel_of_linux() -> None:
    names = ("distro", "ubuntu", "glibc", "dgx-os", "kernel-flavor")
    assert states({"os": "windows"}, names) == [Absent] * 5
    assert states({"os": "linux"}, names) == [Unknown] * 5
