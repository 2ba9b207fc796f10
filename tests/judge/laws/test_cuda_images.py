"""What images demand of the host's driver and GPU: rows of the shipped matrix, through the reader of Dockerfiles."""

from __future__ import annotations

import pytest

from stackcheck.model import Known, Location
from stackcheck.read.images import image_states
from stackcheck.values import replace
from tests.judge.laws.shipped import machine, said

PLACE = Location("Dockerfile", 1)


def image(reference: str, *, gpu: str | None = None, **facts: str) -> list[tuple[str, str]]:
    """What is said of a Dockerfile that begins with this image: severity and id."""
    stack = machine(gpu=gpu, facts=facts).with_stated(image_states(reference, PLACE))
    stack = replace(stack, images={name: state for name, state in stack.images.items() if isinstance(state, Known)})
    return [(severity, identity) for severity, _, identity in said(stack)]


class TestCuda:
    def test_the_driver_is_of_no_branch_that_it_names(self) -> None:
        found = image("nvidia/cuda:12.8.1-runtime-ubuntu24.04", driver="555.42.06", gpu="NVIDIA L40S")
        assert ("warning", "cuda-image/12.8-require") in found

    def test_one_that_it_names_is_enough_on_a_data_centre_gpu(self) -> None:
        assert image("nvidia/cuda:12.8.1-runtime-ubuntu24.04", driver="550.144.03", gpu="NVIDIA L40S") == []

    @pytest.mark.parametrize("gpu", ["NVIDIA GeForce RTX 4090", None])
    def test_but_not_on_a_geforce_nor_where_the_gpu_is_not_known(self, gpu: str | None) -> None:
        found = image("nvidia/cuda:12.8.1-runtime-ubuntu24.04", driver="550.144.03", gpu=gpu)
        assert found == [("warning", "cuda-image/12.8-require-others")]

    def test_another_cuda_family_does_not_start_on_a_geforce(self) -> None:
        found = image("nvidia/cuda:12.2.0-base-ubuntu22.04", driver="470.256.02", gpu="NVIDIA GeForce RTX 3090")
        assert ("error", "cuda-image/12-no-compat") in found

    def test_within_its_family_it_starts(self) -> None:
        assert image("nvidia/cuda:12.4.1-base-ubuntu22.04", driver="535.183.01", gpu="NVIDIA GeForce RTX 3090") == []

    def test_cuda_13_has_nothing_for_volta(self) -> None:
        found = image("nvidia/cuda:13.0.1-base-ubuntu24.04", driver="580.95.05", gpu="Tesla V100-SXM2-16GB")
        assert found == [("error", "gpu-code/nvidia/cuda")]


class TestMonths:
    def test_another_family_than_the_drivers(self) -> None:
        assert image("nvcr.io/nvidia/tritonserver:23.02-py3", driver="470.199.02") == [
            ("warning", "ngc-image/cuda-12-family")
        ]
        assert ("error", "ngc-pytorch/cuda-13-no-compat") in image(
            "nvcr.io/nvidia/pytorch:25.09-py3", driver="570.86.10", gpu="NVIDIA GeForce RTX 5090"
        )

    def test_data_centre_gpus_have_forward_compatibility(self) -> None:
        assert image("nvcr.io/nvidia/tritonserver:23.02-py3", driver="470.199.02", gpu="Tesla T4") == []

    def test_old_gpus_and_new_months(self) -> None:
        found = image("nvcr.io/nvidia/vllm:25.09-py3", driver="580.95.05", gpu="Tesla V100-SXM2-16GB")
        assert ("error", "ngc-image/cuda-13-gpus") in found

    def test_new_gpus_and_old_months(self) -> None:
        found = image("nvcr.io/nvidia/tritonserver:24.10-py3", driver="570.86.10", gpu="NVIDIA GeForce RTX 5090")
        assert found == [("warning", "ngc-image/before-25.01-gpus")]
