"""What commands start programs with: in scripts, Dockerfiles and compose files."""

from __future__ import annotations

import pytest

from tests.read.reading import read_text


def set_in(name: str, text: str) -> list[str]:
    return [one.name for one in read_text(name, text).stated if one.table == "settings"]


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("vllm serve Org/Model-AWQ --dtype=half", ["vllm ", "vllm dtype=half", "vllm model=org/model-awq"]),
        (
            "sudo CUDA_VISIBLE_DEVICES=0 VLLM_USE_V1=0 python3 -m vllm.entrypoints.openai.api_server --model m -q fp8",
            ["vllm ", "vllm model=m", "vllm VLLM_USE_V1=0"],
        ),
        ("uv run vllm serve m --kv_cache_dtype fp8", ["vllm ", "vllm kv-cache-dtype=fp8", "vllm model=m"]),
        (
            "python -m sglang.launch_server --model-path m --enable-p2p-check --attention-backend fa3",
            ["sglang ", "sglang model=m", "sglang enable-p2p-check", "sglang attention-backend=fa3"],
        ),
        (
            "docker run --gpus all -it --rm -p 8000:8000 -e VLLM_USE_V1=0 vllm/vllm-openai:v0.6.0 --quantization fp8",
            ["vllm ", "vllm quantization=fp8", "vllm VLLM_USE_V1=0"],
        ),
        (
            "docker run --gpus=all x/y:1 python3 -m sglang.launch_server --model-path m",
            ["sglang ", "sglang model=m"],
        ),
        ("torchrun --nproc 2 train.py --bf16 True --lr 1", ["transformers bf16=true"]),
        ("python train.py --attn_implementation $WHICH --bf16", ["transformers bf16"]),
        ("pip install vllm", []),
        ("echo vllm serve m --quantization fp8", []),
        ("docker build -t vllm/vllm-openai .", []),
        ('if [ -n "$A" ]; then vllm serve m --quantization fp8; fi', []),
    ],
)
def test_settings_of_a_command(command: str, found: list[str]) -> None:
    assert set_in("serve.sh", command) == found


def test_variables_that_are_exported_reach_the_program_but_no_container() -> None:
    text = "export VLLM_ATTENTION_BACKEND=FLASHINFER\nvllm serve m\ndocker run vllm/vllm-openai:v0.6.0 --model n\n"
    assert set_in("serve.sh", text) == [
        *("vllm ", "vllm VLLM_ATTENTION_BACKEND=flashinfer", "vllm model=m"),
        *("vllm ", "vllm model=n"),
    ]


def test_an_image_of_another_architecture_that_a_script_runs() -> None:
    (unread,) = read_text("run.sh", "docker pull a/b:1-amd64\ndocker run a/b:1-arm64 ls\n").unread
    assert (unread.id, unread.severity) == ("foreign/image", "warning")
    assert read_text("run.sh", "if [ -n $A ]; then docker pull a/b:1-amd64; fi\n").unread == ()


def test_an_image_that_a_script_runs() -> None:
    text = "docker run --rm --shm-size 1g nvcr.io/nvidia/pytorch:25.01-py3 nvidia-smi\ndocker pull a/b\n"
    stated = read_text("run.sh", text).stated
    assert [(one.table, one.name) for one in stated] == [("images", "nvcr.io/nvidia/pytorch"), ("images", "a/b")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            'FROM vllm/vllm-openai:v0.6.0\nCMD ["--model", "m", "--quantization", "awq"]\n',
            ["vllm ", "vllm model=m", "vllm quantization=awq"],
        ),
        (
            'FROM python:3.12\nENV VLLM_USE_V1=0\nENTRYPOINT ["vllm", "serve"]\nCMD ["m", "--quantization", "awq"]\n',
            ["vllm ", "vllm quantization=awq", "vllm VLLM_USE_V1=0", "vllm model=m"],
        ),
        ('FROM python:3.12\nCMD ["--quantization", "awq"]\n', []),
    ],
)
def test_what_an_image_starts(text: str, found: list[str]) -> None:
    assert set(set_in("Dockerfile", text)) == set(found)


def test_the_command_of_a_service() -> None:
    text = """\
        services:
          server:
            image: vllm/vllm-openai:v0.6.0
            environment:
              VLLM_ATTENTION_BACKEND: XFORMERS
              HF_TOKEN: ${HF_TOKEN}
            command: --model m --quantization awq
          other:
            image: vllm/vllm-openai:v0.6.0
            entrypoint: ["sleep"]
            command: ["--quantization", "fp8"]
        """
    assert set_in("docker-compose.yml", text) == [
        *("vllm ", "vllm model=m", "vllm quantization=awq", "vllm VLLM_ATTENTION_BACKEND=xformers"),
    ]
