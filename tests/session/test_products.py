"""Each product that the field asks for by name has a target, rows or records, and an answer of its own."""

from __future__ import annotations

import pytest

from stackcheck.matrix.rows import Install
from stackcheck.model import Absent, Ask, Known, Origin, Stack
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.machine import target_of
from stackcheck.session.preflight import preflight
from stackcheck.session.request import Request
from tests.judge.laws.shipped import findings, machine

HERE = Origin("it is stated", "here")


def said(*wants: str, target: str = "dgx-spark", features: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """Severity and id of what a preflight says beyond notes."""
    report = preflight(Request(target=target, wants=wants, features=features), lambda _: None)
    return [(finding.severity, finding.id) for finding in report.findings if finding.severity != "note"]


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("gb10", "dgx-spark"),
        ("Spark", "dgx-spark"),
        ("DGX-Spark", "dgx-spark"),
        ("thor", "jetson-thor"),
        ("orin", "jetson-orin"),
        ("H100", "x86_64-h100"),
    ],
)
def test_what_people_call_a_target(name: str, target: str) -> None:
    assert target_of(name) == target


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("rtx4090", "x86_64-rtx50"),
        ("RTX-3090", "x86_64-rtx50"),
        ("a100", "x86_64-h100"),
        ("b200", "x86_64-h100"),
        ("xavier", "jetson-orin"),
        ("gx10", "dgx-spark"),
    ],
)
def test_what_is_no_target_has_a_nearest(name: str, near: str) -> None:
    with pytest.raises(CannotWorkError, match=f"the nearest is {near}, which has another GPU or board"):
        target_of(name)


@pytest.mark.parametrize(
    ("name", "product"),
    [
        ("PyTorch", "torch"),
        ("groot", "gr00t"),
        ("Cosmos", "cosmos-predict"),
        ("SGLang", "sglang"),
        ("FlashInfer", "flashinfer-python"),
        ("TensorRT-LLM", "tensorrt-llm"),
        ("llama.cpp", "llama-cpp"),
        ("LlamaIndex", "llama-index"),
        ("LMCache", "lmcache"),
        ("DeepStream", "deepstream"),
        ("DeepSpeed", "deepspeed"),
        ("SageAttention", "sageattention"),
        ("cuda-python", "cuda-python"),
        ("newton", "newton"),
        ("skrl", "skrl"),
        ("rsl-rl", "rsl-rl-lib"),
        ("Isaac Sim", "isaac-sim"),
        ("Isaac Lab", "isaac-lab"),
        ("Isaac ROS", "isaac-ros"),
        ("vLLM", "vllm"),
        ("DGX OS", "dgx-os"),
    ],
)
def test_what_people_call_a_product(name: str, product: str) -> None:
    assert open_knowledge().product(name) == product


@pytest.mark.parametrize(
    "name",
    ["sglang", "flashinfer", "llama-index", "lmcache", "vllm", "tensorrt-llm==1.2.1", "skrl", "rsl-rl", "newton"],
)
def test_what_serves_models_installs_on_a_spark(name: str) -> None:
    assert {severity for severity, _ in said(name)} == {"todo"}


def test_sglang_for_cuda_13_beside_cuda_12() -> None:
    asks = tuple(Ask(name, f"=={version}", HERE) for name, version in (("sglang", "0.5.20"),))
    stack = machine(capability="9.0", packages={"torch": "2.9.1+cu128"}, asks=asks)
    assert "sglang/0.5.20-cuda" in [finding.id for finding in findings(stack)]


def test_llama_cpp_is_built_for_the_gpu_that_is_there() -> None:
    report = preflight(Request(target="dgx-spark", wants=("llama.cpp",)), lambda _: None)
    (todo,) = [finding for finding in report.findings if finding.severity == "todo"]
    assert todo.fix is not None
    assert any("CMAKE_CUDA_ARCHITECTURES=121a-real" in command for command in todo.fix.commands)
    report = preflight(Request(target="x86_64-h100", wants=("llama.cpp",)), lambda _: None)
    fixes = [finding.fix for finding in report.findings if finding.severity == "todo" and finding.fix is not None]
    assert not any("121" in command for fix in fixes for command in fix.commands)


class TestTwoSparks:
    def test_two_are_one_by_their_network(self) -> None:
        assert ("todo", "dgx-spark-pair/network") in said("two-sparks")

    def test_a_unit_without_it_cannot(self) -> None:
        """A check of the machine as it is says so; a preflight tells to join them."""
        facts = {"arch": "aarch64", "board": "dgx-spark"}
        stack = machine(facts=facts, products={"dgx-spark-pair": "*"})
        absent = Stack(**{**stack.__dict__, "products": {**stack.products, "connectx-7": Absent(HERE)}})
        assert "dgx-spark-pair/network" in [finding.id for finding in findings(absent)]
        there = Stack(**{**stack.__dict__, "products": {**stack.products, "connectx-7": Known("*", HERE)}})
        assert findings(there) == []

    def test_another_board_is_none(self) -> None:
        assert ("error", "dgx-spark-pair/board") in said("two-sparks", target="jetson-thor")

    def test_rdma_is_not_supported(self) -> None:
        found = said("two-sparks", features=("dgx-spark-pair:gpudirect-rdma",))
        assert ("error", "dgx-spark-pair/gpudirect-rdma") in found


@pytest.mark.parametrize("target", ["dgx-spark", "jetson-thor", "jetson-orin"])
def test_nvidia_smi_cannot_say_what_is_free(target: str) -> None:
    assert ("error", "nvidia-ml-py/memory") in said("nvidia-ml-py", target=target, features=("nvidia-ml-py:memory",))
    assert "memory" not in str(said("nvidia-ml-py", target="x86_64-h100", features=("nvidia-ml-py:memory",)))


def test_vllm_that_counts_the_page_cache() -> None:
    assert ("warning", "vllm/vllm-0.24-unified-memory") in said("vllm==0.24.0")
    assert "unified" not in str(said("vllm==0.25.1"))


def test_isaac_sim_for_aarch64_is_an_archive_and_an_image_too() -> None:
    report = preflight(Request(target="dgx-spark", wants=("isaac-sim==5.1.0",)), lambda _: None)
    assert [finding.id for finding in report.findings if finding.severity in ("error", "warning")] == []
    rows = {row.id: row for row in open_knowledge().store.rows_of("isaac-sim", Install) if row.fix is not None}
    assert "isaac-sim-standalone-5.1.0-linux-aarch64.zip" in str(rows["archive-5.1"].fix)
    assert "nvcr.io/nvidia/isaac-sim:" in str(rows["container-5.1"].fix)


@pytest.mark.parametrize(
    ("version", "release"),
    [("0.36.21", "2.1.0"), ("0.36.1", "2.0.2"), ("0.54.2", "2.3.2"), ("2.3.0", "2.3.0"), ("0.10.0", "0.10.0")],
)
def test_isaac_lab_by_the_version_of_its_extension(version: str, release: str) -> None:
    assert open_knowledge().store.product("isaac-lab").release_of(version) == release


def test_an_extension_of_isaac_lab_is_judged_as_its_release() -> None:
    stack = machine(facts={"python": "3.11.9"}, packages={"isaaclab": "0.36.21"})
    assert "isaac-lab/2.0-python" in [finding.id for finding in findings(stack)]
    stack = machine(facts={"python": "3.12.3"}, packages={"omni-isaac-lab": "0.18.3"})
    assert "isaac-lab/1-python" in [finding.id for finding in findings(stack)]


def test_the_project_pytorch_is_none() -> None:
    stack = machine(asks=(Ask("pytorch", "==1.0.2", HERE),))
    assert [finding.id for finding in findings(stack)] == ["pytorch-placeholder/placeholder"]
