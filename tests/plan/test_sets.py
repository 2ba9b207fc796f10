"""Sets that vendors name, and what becomes of wishes that differ from machine to machine."""

from __future__ import annotations

import pytest

from stackcheck.plan.text import render
from tests.plan.wanted import commands, planned, refused, releases

SPARK = "dgx-spark"


class TestSpark:
    def test_what_people_ask_for_most(self) -> None:
        made = planned(SPARK, "torch", "torchvision", "vllm", "bitsandbytes", "transformers", "xformers?")
        found = releases(made)
        assert made.python == "3.12"
        assert [found[name] for name in ("torch", "torchvision", "vllm", "bitsandbytes")] == [
            *("2.14.0", "0.29.0", "0.33.0", "0.50.2")
        ]
        assert [one.name for one in made.left_out] == ["xformers"]
        assert "scaled_dot_product_attention" in made.left_out[0].instead
        assert ("torch", "2.15.0", "vllm 0.33.0 needs torch 2.14.0.") in [
            (one.name, one.version, one.reason) for one in made.not_chosen
        ]

    def test_isaac_lab_2_3(self) -> None:
        made = planned(SPARK, "isaac-lab==2.3.*")
        found = releases(made)
        assert made.python == "3.11"
        assert (found["isaacsim"], found["torch"], found["torchvision"]) == ("5.1.0", "2.9.0 cu130", "0.24.0 cu130")
        assert any("isaacsim[all,extscache]==5.1.0" in command for command in commands(made))
        assert commands(made)[-1].startswith("export LD_PRELOAD=")
        assert "export UV_BUILD_CONSTRAINT=build-constraints.txt" in commands(made)

    def test_isaac_lab_3_0(self) -> None:
        made = planned(SPARK, "isaac-lab")
        assert made.python == "3.12"
        assert (releases(made)["isaaclab"], releases(made)["torch"]) == ("3.0.0", "2.11.0")
        assert "antlr4-python3-runtime 4.9.3" in made.built
        assert made.of_python == {"antlr4-python3-runtime"}
        assert "antlr4-python3-runtime 4.9.3 (Python alone, for any machine)" in " ".join(render(made).split())

    def test_a_release_with_cpu_code_alone_comes_from_another_index(self) -> None:
        made = planned(SPARK, "torch==2.9.0")
        assert releases(made) == {"torch": "2.9.0 cu130"}
        assert made.members[0].cuda == "13.0"


class TestOrin:
    @pytest.mark.parametrize("wishes", [("torch",), ("torch", "torchvision"), ("vllm",), ("vllm", "torch")])
    def test_jetson_index(self, wishes: tuple[str, ...]) -> None:
        made = planned("jetson-orin", *wishes)
        assert made.python == "3.10"
        assert {one.index for one in made.members} == {"jp6/cu126"}
        assert "sudo apt-get install cudss" in commands(made)

    def test_never_cuda_13(self) -> None:
        for wishes in (("lerobot",), ("torch", "transformers"), ("accelerate", "torch")):
            made = planned("jetson-orin", *wishes)
            assert not any((one.cuda or "").startswith("13") for one in made.members), wishes


class TestOldDriver:
    OLD = ("driver=535.183.01", "cuda-driver=12.2")

    def test_torch_of_cuda_12(self) -> None:
        made = planned("x86_64-h100", "torch", facts=self.OLD)
        assert (made.members[0].cuda or "").startswith("12")

    @pytest.mark.parametrize("wish", ["vllm", "sglang"])
    def test_everything_is_of_cuda_12(self, wish: str) -> None:
        made = planned("x86_64-h100", wish, facts=self.OLD)
        assert made.conflict is None
        assert {one.cuda.partition(".")[0] for one in made.members if one.cuda} == {"12"}


LISTS = (
    ("torch", "torchvision", "torchaudio"),
    ("torch==2.9.0", "torchvision"),
    ("vllm", "transformers"),
    ("isaac-lab==2.3.*",),
    ("isaac-lab", "isaac-sim"),
    ("lerobot",),
    ("jax", "flax"),
    ("onnxruntime-gpu", "numpy"),
    ("flash-attn", "torch"),
)
TARGETS = (SPARK, "jetson-orin", "jetson-thor", "gh200", "x86_64-rtx50")


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("wishes", LISTS, ids=" ".join)
def test_the_commands_give_no_error_on_the_same_machine(wishes: tuple[str, ...], target: str) -> None:
    made = planned(target, *wishes)
    if made.conflict is not None:
        assert made.conflict.chains
        assert not made.members
        return
    assert refused(made, target) == []
