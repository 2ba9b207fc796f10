"""For which GPUs commands compile: torch's builder, CMake and nvcc."""

from __future__ import annotations

import pytest

from tests.read.reading import read_text


def built_for(path: str, text: str) -> list[str]:
    stated = read_text(path, text).stated
    prefix = "cuda-toolkit arch="
    return [one.name.removeprefix(prefix) for one in stated if one.name.startswith(prefix)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('export TORCH_CUDA_ARCH_LIST="7.5 8.0;8.6+PTX 9.0a"\npip install -e .\n', ["7.5", "8.0", "8.6", "9.0"]),
        ("TORCH_CUDA_ARCH_LIST=12.0 python setup.py install\n", ["12.0"]),
        ("export TORCH_CUDA_ARCH_LIST=Ampere\npip install -e .\n", []),
        ("export TORCH_CUDA_ARCH_LIST=8.0\npython train.py\n", []),
        ('cmake -B build -DCMAKE_CUDA_ARCHITECTURES="86-real;120"\n', ["8.6", "12.0"]),
        ("cmake -DCMAKE_CUDA_ARCHITECTURES:STRING=native ..\n", []),
        ("cmake -DCMAKE_CUDA_ARCHITECTURES=$ARCH ..\n", []),
        ("cmake -DCUDA_ARCH_BIN=6.1,8.9 ..\n", ["6.1", "8.9"]),
        ('CMAKE_ARGS="-DGGML_CUDA=on -DCMAKE_CUDA_ARCHITECTURES=89" pip install llama-cpp-python\n', ["8.9"]),
        ("nvcc -gencode arch=compute_50,code=sm_52 -o x x.cu\n", ["5.0", "5.2"]),
        ("nvcc -arch=sm_$CC x.cu\n", []),
        ('if [ -n "$A" ]; then nvcc -arch=sm_50 x.cu; fi\n', []),
        ("echo nvcc\n", []),
    ],
)
def test_the_architectures_of_a_build(text: str, found: list[str]) -> None:
    assert built_for("build.sh", text) == found


def test_the_variables_of_an_image() -> None:
    text = "FROM nvidia/cuda:11.7.1-devel-ubuntu22.04\nENV TORCH_CUDA_ARCH_LIST=8.9\nRUN pip install -e .\n"
    assert built_for("Dockerfile", text) == ["8.9"]
