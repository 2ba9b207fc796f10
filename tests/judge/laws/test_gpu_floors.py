"""GPU floors and ceilings of packages: rows of the shipped matrix."""

from __future__ import annotations

import pytest

from stackcheck.model import Ask, Location, Origin
from tests.judge.laws.shipped import machine, said

ASKED = Origin("a file asks for it", "requirements.txt:1", Location("requirements.txt", 1))


@pytest.mark.parametrize(
    ("packages", "gpu", "row"),
    [
        ({"cudf-cu12": "24.2.2"}, "Tesla P100-SXM2-16GB", "cudf-cu12/24.2-capability"),
        ({"jaxlib": "0.4.9+cuda11.cudnn86"}, "Tesla K80", "jaxlib/0.4.4-kepler"),
        ({"flash-attn": "2.6.3"}, "NVIDIA GeForce RTX 5090", "flash-attn/flash-attn-before-2.7.3"),
        ({"nvidia-cudnn-cu12": "9.14.0.64"}, "NVIDIA GeForce GTX 1080 Ti", "nvidia-cudnn-cu12/9.11-capability"),
        ({"nvidia-cudnn-cu13": "9.12.0.46"}, "Tesla V100-SXM2-16GB", "nvidia-cudnn-cu13/capability"),
        ({"tensorflow": "2.17.1"}, "NVIDIA GeForce GTX 980", "tensorflow/tf-2.17-floor"),
        ({"bitsandbytes": "0.48.1"}, "NVIDIA GeForce GTX 980", "bitsandbytes/bnb-0.48-floor"),
    ],
)
def test_it_does_not_run_there(packages: dict[str, str], gpu: str, row: str) -> None:
    found = said(machine(packages=packages, gpu=gpu))
    assert ("error", "pairs", row) in found


@pytest.mark.parametrize(
    ("packages", "gpu"),
    [
        ({"cudf-cu12": "23.12.1"}, "Tesla P100-SXM2-16GB"),
        ({"cudf-cu12": "24.2.2"}, "Tesla V100-SXM2-16GB"),
        ({"jaxlib": "0.4.9"}, "Tesla K80"),  # a build for the CPU
        ({"flash-attn": "2.6.3"}, "NVIDIA H100 80GB HBM3"),
        ({"nvidia-cudnn-cu12": "9.10.2.21"}, "Tesla V100-SXM2-16GB"),
        ({"bitsandbytes": "0.47.0"}, "NVIDIA GeForce GTX 980"),
    ],
)
def test_it_does(packages: dict[str, str], gpu: str) -> None:
    assert [one for one in said(machine(packages=packages, gpu=gpu)) if one[1] == "pairs"] == []


def test_a_cudnn_of_the_system() -> None:
    stack = machine(system_packages={"libcudnn9-cuda-12": "9.14.0.64-1"}, capability="6.1")
    assert said(stack) == [("error", "pairs", "libcudnn9-cuda-12/9.11-capability")]


def test_sageattention_2_on_turing() -> None:
    asks = (Ask("sageattention", ">=2", ASKED),)
    found = said(machine(asks=asks, gpu="NVIDIA GeForce RTX 2080"))
    assert ("error", "pairs", "sageattention/2-capability") in found
