"""What a program is started with, as the features that it uses, against what the GPU has."""

from __future__ import annotations

import pytest

from tests.judge.laws.shipped import findings, machine


def failing(capability: str, *settings: str, **tables: dict[str, str]) -> list[str]:
    stack = machine(capability=capability, settings=dict.fromkeys(settings, "*"), **tables)
    return [one.id for one in findings(stack) if "compute-capability" in one.involves]


@pytest.mark.parametrize(
    ("release", "capability", "setting", "row"),
    [
        ("0.4.3", "8.6", "quantization=fp8", "vllm/fp8-before-0.5.1"),
        ("0.6.0", "8.6", "quantization=fp8", None),
        ("0.6.0", "7.5", "model=org/m-fp8", "vllm/fp8-0.5.1"),
        ("0.14.0", "7.5", "quantization=fp8", None),
        ("0.8.5", "7.0", "model=org/m-awq", "vllm/awq"),
        ("0.8.5", "7.5", "quantization=gptq_marlin", "vllm/marlin-before-0.14"),
        ("0.8.5", "7.5", "quantization=gptq", None),
        ("0.8.5", "7.5", "dtype=bfloat16", "vllm/vllm-bf16"),
        ("0.15.0", "7.5", "model=openai/gpt-oss-20b", "vllm/mxfp4"),
        ("0.7.2", "7.5", "VLLM_ATTENTION_BACKEND=flashinfer", "vllm/flashinfer-before-0.12"),
    ],
)
def test_floors_of_vllm(release: str, capability: str, setting: str, row: str | None) -> None:
    found = failing(capability, "vllm ", f"vllm {setting}", packages={"vllm": release})
    assert found == ([] if row is None else [row])


def test_a_ceiling_of_sglang() -> None:
    assert failing("12.0", "sglang ", "sglang attention-backend=fa3") == ["sglang/fa3"]
    assert failing("9.0", "sglang ", "sglang attention-backend=fa3") == []
    assert failing("12.0", "sglang ", "sglang attention-backend=trtllm_mha") == ["sglang/trtllm-mha"]


def test_the_release_of_an_image_is_that_of_its_program() -> None:
    images = {"vllm/vllm-openai": "v0.4.3"}
    assert failing("8.6", "vllm ", "vllm quantization=fp8", images=images) == ["vllm/fp8-before-0.5.1"]
    assert failing("8.6", "vllm ", "vllm quantization=fp8") == []


def test_a_variable_of_the_machine_counts_where_the_program_is_there() -> None:
    variables = {"VLLM_ATTENTION_BACKEND": "FLASH_ATTN"}
    assert failing("7.5", packages={"vllm": "0.8.5"}, variables=variables) == ["vllm/flash-attn-backend"]
    assert failing("7.5", variables=variables) == []


def test_options_of_training_count_where_transformers_is_asked_for() -> None:
    settings = ("transformers attn-implementation=flash_attention_2",)
    assert failing("7.5", *settings, packages={"transformers": "4.57.1"}) != []
    assert failing("7.5", *settings) == []


def test_the_chain_names_the_setting() -> None:
    stack = machine(capability="7.5", settings={"vllm ": "*", "vllm quantization=fp8": "*"}, packages={"vllm": "0.6.0"})
    (finding,) = [one for one in findings(stack) if one.id == "vllm/fp8-0.5.1"]
    assert "The quantization method fp8 is not supported" in finding.message
