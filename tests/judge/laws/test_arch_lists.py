"""The architectures that a build names, against the compilers of its CUDA toolkit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.judge.laws.shipped import findings, machine
from tests.read.reading import read_text

if TYPE_CHECKING:
    from stackcheck.model import Finding

BUILD = "cmake -B build -DCMAKE_CUDA_ARCHITECTURES=%s\n"
ENV = "ENV TORCH_CUDA_ARCH_LIST='7.0 8.9'\nRUN pip install -e .\n"


def of_build(text: str, toolkit: str | None = None, name: str = "build.sh") -> list[Finding]:
    """What is said of the architectures in a file's commands."""
    stack = machine(facts={"cuda-toolkit": toolkit} if toolkit else {})
    stack = stack.in_container() if name == "Dockerfile" else stack
    found = findings(stack.with_stated(read_text(name, text, stack).stated))
    return [one for one in found if one.id.startswith("source-build/arch-")]


def of_image(image: str, text: str = ENV) -> list[str]:
    return [one.id for one in of_build(f"FROM {image}\n{text}", "13.0", "Dockerfile")]


def test_an_architecture_that_is_newer_than_the_toolkit() -> None:
    (finding,) = of_build(BUILD % "'86;120'", "12.4")
    assert finding.severity == "warning"
    assert finding.message == (
        "nvcc of the CUDA toolkit 12.4 does not know sm_120, which this build is for: "
        "it ends in 'Unsupported gpu architecture'."
    )
    assert finding.fix is not None
    assert "12.8 to" in finding.fix.text
    assert of_build(BUILD % "'80;86-real'", "11.8.0") == []


def test_one_that_the_toolkit_has_dropped() -> None:
    (finding,) = of_build(BUILD % "50", "13.0")
    assert "no longer knows sm_50" in finding.message
    assert of_build(BUILD % "50", "12.9") == []


def test_a_toolkit_that_is_not_known_says_nothing() -> None:
    assert of_build(BUILD % "50") == []
    assert of_build(BUILD % "120", "99.0") == []


def test_thor_has_two_names() -> None:
    assert of_build(BUILD % "101", "12.9") == of_build(BUILD % "110", "13.0") == []


def test_the_toolkit_of_an_image_is_that_of_its_build() -> None:
    assert of_image("nvidia/cuda:11.7.1-devel-ubuntu22.04") == ["source-build/arch-8.9"]
    assert of_image("nvidia/cuda:13.0.0-devel-ubuntu24.04") == ["source-build/arch-7.0"]
    assert of_image("pytorch/pytorch:2.0.1-cuda11.7-cudnn8-devel") == ["source-build/arch-8.9"]
    assert of_image("pytorch/pytorch:2.0.1-cuda11.7-cudnn8-runtime") == []
    assert of_image("ubuntu:24.04") == []


def test_a_job_has_a_machine_of_its_own() -> None:
    job = "jobs:\n  a:\n    runs-on: gpu\n    steps:\n      - run: " + BUILD % "50"
    assert of_build(job, "13.0", ".github/workflows/ci.yml") == []
