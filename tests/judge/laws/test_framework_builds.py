"""Frameworks other than torch: the CUDA that they are built with, as far as it reaches the GPU and the driver."""

from __future__ import annotations

import pytest

from tests.judge.laws.shipped import findings, machine, said
from tests.judge.small import ask


@pytest.mark.parametrize(
    ("package", "capability", "expected"),
    [
        ("tensorflow==2.15.0", "12.0", ("warning", "tensorflow/tf-2.15-code")),
        ("tensorflow==2.20.0", "12.0", ("error", "tensorflow/tf-2.18-blackwell")),
        ("tensorflow==2.20.0", "10.0", ("warning", "tensorflow/tf-2.18-code")),
        ("tensorflow==2.10.0", "8.9", None),
        ("tensorflow==2.3.0", "8.6", ("warning", "tensorflow/tf-2.1-code")),
        ("tensorflow-gpu==1.15.0", "8.6", ("warning", "tensorflow-gpu/1.13-code")),
        ("jaxlib==0.4.25+cuda12.cudnn89", "12.0", ("warning", "jaxlib/cuda12-cudnn89-code")),
        ("jax-cuda12-plugin==0.5.3", "12.0", ("warning", "jax-cuda12-plugin/0.4.26-code")),
        ("jax-cuda12-plugin==0.6.2", "12.0", None),
        ("onnxruntime-gpu==1.16.3", "12.0", ("warning", "onnxruntime-gpu/ort-gpu-1.15-code")),
        ("onnxruntime-gpu==1.16.3", "8.6", None),
        ("onnxruntime-gpu==1.27.0", "6.1", ("error", "onnxruntime-gpu/ort-gpu-1.27-code")),
        ("ctranslate2==4.4.0", "12.0", ("warning", "ctranslate2/ct2-4-code")),
        ("flash-attn-3==3.0.0", "12.0", ("error", "flash-attn-3/blackwell")),
    ],
)
def test_gpu_code(package: str, capability: str, expected: tuple[str, str] | None) -> None:
    name, _, version = package.partition("==")
    for facts in ({}, {"arch": "*"}):  # where the architecture is not known, what has no wheel for another counts alike
        found = said(machine(capability=capability, facts=facts, packages={name: version}))
        own = [(severity, key) for severity, _, key in found if key.partition("/")[0] == name]
        assert (own[:1] or [None])[0] == expected, facts


@pytest.mark.parametrize(
    "package",
    [
        "tensorflow==2.15.0",
        "onnxruntime-gpu==1.20.1",
        "ctranslate2==4.4.0",
        "jax-cuda12-plugin==0.4.35",
        "jaxlib==0.4.25+cuda12.cudnn89",
        "cupy-cuda12x==13.6.0",
        "mmcv==2.1.0+cu121",
    ],
)
def test_a_build_needs_the_driver_of_its_cuda(package: str) -> None:
    name, _, version = package.partition("==")
    for driver, expected in (("470.82.01", ["error"]), ("535.54.03", [])):
        stack = machine(capability="8.6", facts={"driver": driver}, packages={name: version})
        assert [severity for severity, kind, _ in said(stack) if kind == "driver"] == expected


def test_what_rows_say_of_the_driver_is_not_said_twice() -> None:
    stack = machine(capability="8.0", facts={"driver": "550.54.15"}, asks=(ask("cupy-cuda13x", "==13.6.0"),))
    assert [finding.id for finding in findings(stack) if "driver" in finding.involves] == ["cupy-cuda13x/cupy13-driver"]


@pytest.mark.parametrize(
    ("image", "tag", "capability", "expected"),
    [
        ("tensorflow/tensorflow", "2.11.0-gpu-jupyter", "12.0", ["tensorflow/tf-2.5-code"]),
        ("tensorflow/tensorflow", "2.11.0", "12.0", []),
        ("nvcr.io/nvidia/tensorrt", "20.01-py3", "8.6", ["ngc-image/before-20.06-gpus"]),
        ("nvcr.io/nvidia/pytorch", "20.03-py3", "8.6", ["ngc-pytorch/before-20.06-gpus"]),
        ("nvcr.io/nvidia/pytorch", "22.05-py3", "9.0", ["ngc-pytorch/before-22.09-gpus"]),
        ("nvcr.io/nvidia/pytorch", "25.05-py3", "11.0", ["ngc-pytorch/before-25.08-thor"]),
        ("nvcr.io/nvidia/pytorch", "25.05-py3", "12.1", []),
    ],
)
def test_images_by_their_tags(image: str, tag: str, capability: str, expected: list[str]) -> None:
    assert [key for _, _, key in said(machine(capability=capability, images={image: tag}))] == expected
