"""What a CUDA release can hold is a bound on everything that is built with it."""

from __future__ import annotations

import pytest

from stackcheck.judge.laws import cuda_bound
from stackcheck.judge.working import Working
from stackcheck.model import Ask, Known, Location, Origin
from stackcheck.read.images import image_states
from stackcheck.values import replace
from tests.judge.laws.shipped import findings, machine, said, store

ASKED = Origin("requirements.txt:1 asks for it", "requirements.txt:1", Location("requirements.txt", 1))


@pytest.mark.parametrize(
    ("name", "version", "cuda"),
    [
        ("torchvision", "0.9.1+cu101", "10.1"),
        ("torch", "1.1.0+cu92", "9.2"),
        ("flash-attn", "2.6.3+cu128torch2.10", "12.8"),
        ("flash-attn", "2.8.3+cu12torch2.9cxx11abitrue", "12"),
        ("jaxlib", "0.4.9+cuda11.cudnn86", "11"),
        ("paddlepaddle-gpu", "2.5.1.post112", "11.2"),
        ("cupy-cuda12x", "13.0.0", "12"),
        ("cudf-cu12", "", "12"),
        ("spconv-cu120", "2.3.6", "12.0"),
        ("detectron2", "0.6+cu113", "11.3"),
        ("torch", "2.9.0+cpu", None),
        ("scipy", "1.11.2", None),
        ("pandas", "2.0.0.post112", None),
        ("xformers", "0.0.22+1e065bc.d20231010", None),
    ],
)
def test_the_cuda_that_a_name_tells(name: str, version: str, cuda: str | None) -> None:
    assert cuda_bound.cuda_of(name, version) == cuda


@pytest.mark.parametrize(
    ("tag", "cuda"),
    [
        ("2.4.1-cuda12.4-cudnn9-runtime", "12.4"),
        ("latest-gpu-nvidia-cuda-13", "13"),
        ("v0.10.0-cu128", "12.8"),
        ("1.0-cu12", "12"),
        ("3.11-slim", None),
        ("latest", None),
    ],
)
def test_the_cuda_that_a_tag_names(tag: str, cuda: str | None) -> None:
    assert cuda_bound.cuda_of_tag(tag) == cuda


@pytest.mark.parametrize(
    ("cuda", "capability", "how"),
    [
        ("10.1", "7.5", "code"),
        ("10.1", "8.6", "ptx"),
        ("12.6", "9.0", "code"),
        ("12.6", "12.0", "ptx"),
        ("12.8", "12.1", "code"),  # code for 12.0 runs there
        ("12.8", "11.0", "code"),  # as 10.1, its name before CUDA 13
        ("13.0", "7.0", "nothing"),
        ("13", "6.1", "nothing"),
        ("12", "3.7", "nothing"),
        ("12", "12.0", "code"),  # some 12 does
        ("6.5", "12.0", None),
    ],
)
def test_by_what_a_build_reaches_a_gpu(cuda: str, capability: str, how: str | None) -> None:
    assert cuda_bound.reach(Working(machine(), store(), None), cuda, capability) == how


class TestFindings:
    def test_a_newer_gpu_is_a_warning(self) -> None:
        """Whether the build holds PTX is not known."""
        stack = machine(gpu="NVIDIA GeForce RTX 5090", packages={"detectron2": "0.6+cu118"})
        [finding] = findings(stack)
        assert (finding.severity, finding.subject) == ("warning", "detectron2")
        assert finding.fix is not None
        assert finding.fix.text == "Take a build of CUDA 12.8 or newer."

    def test_an_older_gpu_is_an_error(self) -> None:
        stack = machine(gpu="Tesla V100-SXM2-16GB", packages={"natten": "0.21.0+cu130"})
        [finding] = findings(stack)
        assert (finding.severity, finding.subject) == ("error", "natten")
        assert finding.fix is not None
        assert finding.fix.text == "Take a build of CUDA 9.0 to 12.9."

    def test_what_a_file_asks_for(self) -> None:
        asks = (Ask("cuml-cu13", ">=25.10", ASKED),)
        stack = machine(gpu="Tesla V100-SXM2-16GB", asks=asks)
        assert ("error", "gpu-code", "gpu-code/cuml-cu13") in said(stack)

    def test_a_torch_whose_code_is_listed_is_judged_by_its_list(self) -> None:
        stack = machine(gpu="NVIDIA GeForce RTX 3090", packages={"torch": "1.8.1+cu101"})
        assert said(stack) == [("error", "gpu-code", "torch/1.7-cu101-x86_64")]

    def test_ptx_of_an_old_torch(self) -> None:
        """Its own kernels are compiled from PTX; the libraries that it brings have no code for the GPU."""
        [finding] = findings(machine(gpu="NVIDIA GeForce RTX 3090", packages={"torch": "1.4.0+cu101"}))
        assert (finding.severity, finding.kind, finding.id) == ("warning", "gpu-code", "torch/1.3-cu101-x86_64")
        assert "has PTX alone for compute capability 8.6" in finding.message

    def test_libraries_of_cuda_itself_bring_no_kernels_of_a_project(self) -> None:
        stack = machine(gpu="Tesla V100-SXM2-16GB", packages={"nvidia-nvtx-cu13": "13.0.85", "cuda-bindings": "13.0.1"})
        assert said(stack) == []

    def test_an_image(self) -> None:
        stated = image_states("localai/localai:latest-gpu-nvidia-cuda-13", Location("Dockerfile", 1))
        stack = machine(gpu="Tesla V100-SXM2-16GB").with_stated(stated)
        stack = replace(stack, images={name: state for name, state in stack.images.items() if isinstance(state, Known)})
        assert said(stack) == [("error", "gpu-code", "gpu-code/localai/localai")]

    def test_no_gpu_is_known(self) -> None:
        assert said(machine(packages={"natten": "0.21.0+cu130"})) == []
