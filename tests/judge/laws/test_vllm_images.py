"""Images of vLLM's server: what their CUDA asks of the driver, and the GPUs that they have code for."""

from __future__ import annotations

import pytest

from stackcheck.model import Location
from stackcheck.read.images import image_states
from tests.judge.laws.shipped import machine, said


def image(tag: str, gpu: str, driver: str) -> list[tuple[str, str]]:
    """Severity and id of what is said of an image on a machine."""
    states = image_states(f"vllm/vllm-openai:{tag}", Location("Dockerfile", 1))
    found = said(machine(gpu=gpu, facts={"driver": driver}).with_stated(states))
    return [(severity, identity) for severity, _, identity in found if identity.startswith("vllm-image/")]


@pytest.mark.parametrize(
    ("tag", "gpu", "driver", "expected"),
    [
        ("v0.4.2", "NVIDIA GeForce RTX 4090", "535.171.04", []),
        ("v0.4.3", "NVIDIA GeForce RTX 4090", "535.171.04", [("warning", "vllm-image/0.4.3-forward")]),
        ("v0.4.3", "NVIDIA A100-SXM4-80GB", "535.171.04", []),
        ("v0.4.3", "NVIDIA GeForce RTX 4090", "550.54.15", []),
        ("v0.8.5", "NVIDIA GeForce RTX 5090", "570.133.07", [("error", "vllm-image/0.4.3-code")]),
        ("v0.9.2", "NVIDIA GeForce RTX 5090", "570.133.07", []),
        ("v0.11.0", "Tesla P100-PCIE-16GB", "570.133.07", [("error", "vllm-image/0.9-code")]),
        ("v0.19.1", "Tesla V100-SXM2-16GB", "580.65.06", []),
        ("v0.20.0-cu129", "Tesla V100-SXM2-16GB", "580.65.06", [("error", "vllm-image/0.20-code")]),
        ("latest", "Tesla V100-SXM2-16GB", "580.65.06", []),
    ],
)
def test_an_image(tag: str, gpu: str, driver: str, expected: list[tuple[str, str]]) -> None:
    assert image(tag, gpu, driver) == expected
