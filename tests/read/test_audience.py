"""Whom a file is for: words of its path, its text, and the verdict on a machine."""

from __future__ import annotations

import pytest

from stackcheck.model import Absent, Gpu, Known, Origin, Stack
from stackcheck.read import audience, audience_text
from stackcheck.read.audience import Claim, Machine

HERE = Origin("stated", "a test")
SPARK = Machine("aarch64", "linux", "dgx-spark", True, "13.0", False, ("NVIDIA GB10",))
ORIN = Machine("aarch64", "linux", "jetson-orin", True, "12.6", True, ("NVIDIA Jetson AGX Orin",))
SERVER = Machine("x86_64", "linux", None, True, None, False)
GRACE = Machine("aarch64", "linux", None, True, None, False)
LAPTOP = Machine("x86_64", "linux", None, False)


def said(claims: tuple[Claim, ...]) -> dict[str, str]:
    return {claim.subject: claim.value for claim in claims}


def on(claims: tuple[Claim, ...], *machines: Machine) -> list[bool | None]:
    return [audience.fits(claims, machine).holds for machine in machines]


class TestPaths:
    @pytest.mark.parametrize(
        ("path", "claims"),
        [
            ("requirements_rocm6.2.txt", {"accelerator": "rocm"}),
            ("Dockerfile_intel", {"accelerator": "xpu"}),
            ("requirements/npu.txt", {"accelerator": "npu"}),
            ("torch_neuronx_linux.txt", {"accelerator": "neuron", "os": "linux"}),
            ("requirements-tpu.txt", {"accelerator": "tpu"}),
            ("requirements-cpu.txt", {"accelerator": "cpu"}),
            ("requirements-cu118.txt", {"accelerator": "cuda"}),
            ("Dockerfile.x86", {"arch": "x86_64"}),
            ("torch_linux_aarch64.txt", {"arch": "aarch64", "os": "linux"}),
            ("docker/jetson/Dockerfile", {"board": "jetson"}),
            ("jetson/orin/install.sh", {"board": "jetson-orin"}),
            ("Dockerfile.l4t", {"board": "jetson"}),
            ("requirements-macos.txt", {"os": "darwin"}),
            ("requirements.txt", {}),
            ("requirements-gpu.txt", {}),
            ("examples/intelligence/champion/requirements.txt", {}),
            ("robot_arm/requirements.txt", {}),
        ],
    )
    def test_words(self, path: str, claims: dict[str, str]) -> None:
        assert said(audience.of_path(path)) == claims

    def test_two_words_of_one_kind_say_nothing(self) -> None:
        assert said(audience.of_path("requirements-cuda-rocm.txt")) == {}
        assert said(audience.of_path("x86_64-aarch64/requirements.txt")) == {}

    @pytest.mark.parametrize(("among", "claims"), [(False, {}), (True, {"board": "dgx-spark"})])
    def test_spark_is_a_machine_only_beside_another(self, among: bool, claims: dict[str, str]) -> None:
        assert said(audience.of_path("deploy/spark/install.sh", among_boards=among)) == claims

    @pytest.mark.parametrize(("name", "board"), [("orin", True), ("Dockerfile.l4t", True), ("spark", False)])
    def test_names_of_boards(self, name: str, board: bool) -> None:
        assert audience.names_board(name) is board

    @pytest.mark.parametrize(
        ("path", "folder"),
        [
            ("third_party/a/requirements.txt", "third_party"),
            ("src/Vendor/a/setup.py", "src/Vendor"),
            ("docs/requirements.txt", "docs"),
            ("tests/fixtures/a/requirements.txt", "tests/fixtures"),
            ("assets/requirements.txt", "assets"),
        ],
    )
    def test_places(self, path: str, folder: str) -> None:
        (claim,) = audience.of_path(path)
        assert claim.subject == "place"
        assert claim.reason.startswith(f"{folder} holds ")

    @pytest.mark.parametrize(
        "path", ["examples/arm/assets/Dockerfile", "tests/requirements.txt", "vendor.txt", "docs.txt"]
    )
    def test_no_places(self, path: str) -> None:
        assert audience.of_place(path) is None


class TestTexts:
    @pytest.mark.parametrize(
        ("text", "claims"),
        [
            ("# Resolved on x86-64 Linux\ntorch==2.9.0\n", {"arch": "x86_64"}),
            ("# uv pip compile --python-platform aarch64-manylinux_2_28\ntorch\n", {"arch": "aarch64"}),
            ("# platform: linux-64\n@EXPLICIT\n", {"arch": "x86_64"}),
            ("# As it was written for an x86_64 workstation\ntorch\n", {}),
            ("# compiled for x86_64 and compiled for aarch64\ntorch\n", {}),
            ("torch\n# compiled on x86_64\n", {}),
            ("# For Apple Silicon\ntorch\n", {"os": "darwin"}),
            ("# macOS and Linux\ntorch\n", {}),
            ("# Here\n# Note: for Apple Silicon or CPU only use the other one\ntorch\n", {}),
            ("# Note: compiled wheels for x86_64 are on the other index\ntorch\n", {}),
            ("# CPU only\ntorch\n", {"accelerator": "cpu"}),
            ("ld_impl_linux-64==2.38\n", {"arch": "x86_64"}),
            ("--index-url https://download.pytorch.org/whl/rocm6.2\ntorch\n", {"accelerator": "rocm"}),
            ("--extra-index-url https://download.pytorch.org/whl/cpu\ntorch\n", {"accelerator": "cpu"}),
            ("--index-url https://download.pytorch.org/whl/cu130\ntorch\n", {}),
        ],
    )
    def test_requirements(self, text: str, claims: dict[str, str]) -> None:
        assert said(audience_text.of_requirements(text)) == claims

    @pytest.mark.parametrize(
        ("lines", "claims"),
        [
            (("a=1=h1_0", "b=1=h1_0", "ld_impl_linux-aarch64=2.38=h1_0"), {"arch": "aarch64"}),
            (("a=1=h1_0", "b=1=h1_0", "mkl=2023.1=h1_0"), {"arch": "x86_64"}),
            (("a=1=h1_0", "b=1=h1_0", "libcxx=14=h1_0"), {"os": "darwin"}),
            (("a=1=h1_0", "b=1=h1_0", "vs2015_runtime=14=h1_0"), {"os": "windows"}),
            (("a=1=h1_0", "b=1=h1_0", "c=1=h1_0"), {}),
            (("mkl", "numpy=1.26"), {}),
        ],
    )
    def test_exports_of_conda(self, lines: tuple[str, ...], claims: dict[str, str]) -> None:
        text = "dependencies:\n" + "".join(f"  - {line}\n" for line in lines)
        assert said(audience_text.of_environment(text)) == claims

    @pytest.mark.parametrize(
        ("text", "claims"),
        [
            ("FROM a\nRUN wget -q \\\n https://x.y/Miniconda3-latest-Linux-x86_64.sh\n", {"arch": "x86_64"}),
            ("FROM a\nRUN curl -O https://x.y/Miniforge3-Linux-aarch64.sh\n", {"arch": "aarch64"}),
            ("FROM a\nADD https://x.y/Miniconda3-Linux-x86_64.sh https://x.y/Miniconda3-Linux-aarch64.sh /\n", {}),
            ("FROM nvcr.io/nvidia/l4t-base:r36.2.0\n", {"board": "jetson"}),
            ("ARG BASE=dustynv/pytorch:2.7-r36.4.0\nFROM ${BASE} AS last\n", {"board": "jetson"}),
            ("FROM rocm/pytorch:latest\n", {"accelerator": "rocm"}),
            ("FROM --platform=linux/amd64 ubuntu:24.04\n", {"arch": "x86_64"}),
            ("FROM rocm/pytorch AS other\nFROM ubuntu:24.04\n", {}),
            ("FROM --platform=$TARGETPLATFORM ubuntu\n", {}),
            ("RUN ls\n", {}),
        ],
    )
    def test_dockerfiles(self, text: str, claims: dict[str, str]) -> None:
        assert said(audience_text.of_dockerfile(text)) == claims

    def test_projects(self) -> None:
        (claim,) = audience.of_projects(["torch", "torch-npu"])
        assert (claim.subject, claim.value) == ("accelerator", "npu")
        assert audience.of_projects(["torch", "torch-npu", "torch-neuronx"]) == ()


class TestTheVerdict:
    @pytest.mark.parametrize(
        ("path", "verdicts"),
        [
            ("requirements_rocm.txt", [False, False, False, False, None]),
            ("requirements-cuda.txt", [True, True, True, True, False]),
            ("requirements-cpu.txt", [None] * 5),
            ("Dockerfile.arm64", [True, True, False, True, False]),
            ("Dockerfile.jetson", [False, True, False, False, False]),
            ("orin/requirements.txt", [False, True, False, False, False]),
            ("dgx-spark/requirements.txt", [True, False, False, None, False]),
            ("requirements-linux.txt", [None] * 5),
            ("requirements-windows.txt", [False] * 5),
            ("requirements/mlx.txt", [False, False, False, False, None]),
            ("scripts/setup_colab.sh", [False, False, None, None, None]),
            ("requirements.txt", [None] * 5),
            ("docs/requirements.txt", [False] * 5),
            ("prepare-gh200.sh", [False, False, None, None, None]),
            ("docker/rtx_5090/Dockerfile", [False, False, None, None, None]),
            ("requirements-a100-h100.txt", [None] * 5),
            ("configs/5090/requirements.txt", [None] * 5),
        ],
    )
    def test_on_machines(self, path: str, verdicts: list[bool | None]) -> None:
        assert on(audience.of_path(path), SPARK, ORIN, SERVER, GRACE, LAPTOP) == verdicts

    @pytest.mark.parametrize(
        ("path", "name", "verdict"),
        [
            ("prepare-gh200.sh", "NVIDIA GH200 480GB", True),
            ("rtx5090/a.sh", "NVIDIA GeForce RTX 5090", True),
            ("rtx-5090-ti/a.sh", "NVIDIA GeForce RTX 5090", True),
            ("rtx50/a.sh", "NVIDIA GeForce RTX 5070 Ti", True),
            ("rtx40/a.sh", "NVIDIA GeForce RTX 5070 Ti", False),
            ("l40/a.sh", "NVIDIA L4", False),
            ("a100/a.sh", "NVIDIA H100 80GB HBM3", False),
        ],
    )
    def test_on_a_gpu(self, path: str, name: str, verdict: bool) -> None:
        assert on(audience.of_path(path), Machine(gpus=(name,))) == [verdict]

    def test_nothing_is_known_of_a_machine(self) -> None:
        claims = audience.of_path("jetson/x86_64/requirements-rocm-windows.txt")
        assert on(claims, Machine()) == [None]

    def test_one_claim_against_it_decides(self) -> None:
        fit = audience.fits(audience.of_path("aarch64/requirements_rocm.txt"), SPARK)
        assert fit.holds is False
        assert fit.claim is not None
        assert fit.claim.value == "rocm"

    def test_what_is_said_first_counts(self) -> None:
        first, second = Claim("arch", "x86_64", "a"), Claim("arch", "aarch64", "b")
        assert audience.merged((first,), (second,)) == (first,)


def test_the_machine_of_a_stack() -> None:
    facts = {"arch": "aarch64", "os": "linux", "board": "jetson-orin", "cuda-driver": "12.6", "l4t": "36.4"}
    stack = Stack(
        facts={name: Known(value, HERE) for name, value in facts.items()},
        gpus=(Gpu("NVIDIA Jetson AGX Orin", "8.7", HERE),),
    )
    assert audience.machine_of(stack) == ORIN
    assert audience.machine_of(Stack()) == Machine()
    bare = Stack(facts={"l4t": Absent(HERE), "jetpack": Absent(HERE)}, gpus=Absent(HERE))
    assert audience.machine_of(bare) == Machine(nvidia=False, jetson=False)
