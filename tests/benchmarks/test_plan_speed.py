"""A plan against uv's resolution of the same names, and how it grows with wishes: `pytest -m benchmark -s`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks import timing

pytestmark = pytest.mark.benchmark

BIN = Path(sys.executable).parent
SIX = ("torch", "torchvision", "vllm", "bitsandbytes", "transformers", "accelerate")
FORTY = (
    *SIX,
    *(
        "torchaudio",
        "numpy",
        "scipy",
        "pandas",
        "scikit-learn",
        "matplotlib",
        "pillow",
        "opencv-python-headless",
        "onnx",
    ),
    *("onnxruntime", "h5py", "pyarrow", "datasets", "tokenizers", "safetensors", "huggingface-hub", "peft", "trl"),
    *("diffusers", "timm", "kornia", "gymnasium", "mujoco", "warp-lang", "numba", "sympy", "networkx", "jinja2"),
    *("pyyaml", "pydantic", "fsspec", "aiohttp", "psutil", "protobuf"),
)


def plan(*wishes: str) -> list[str]:
    return [str(BIN / "stackcheck"), "plan", *wishes, "--target", "dgx-spark", "--quiet"]


def test_forty_wishes_are_no_more_than_twenty_times_six() -> None:
    best = timing.commands({"six": plan(*SIX), "forty": plan(*FORTY)}, turns=5)
    sys.stdout.write("\n" + timing.shown(best, "six") + "\n")
    assert len(FORTY) == 40
    assert best["forty"] <= 20 * best["six"]


@pytest.mark.network
def test_six_wishes_are_no_slower_than_uv_with_a_warm_cache(tmp_path: Path) -> None:
    asked = tmp_path / "six.in"
    asked.write_text("".join(f"{name}\n" for name in SIX), encoding="utf-8")
    platform = ["--python-platform", "aarch64-manylinux_2_39", "--python-version", "3.12"]
    compile_ = [str(BIN / "uv"), "pip", "compile", "--quiet", str(asked), *platform]
    subprocess.run(compile_, check=True, capture_output=True)
    best = timing.commands({"plan": plan(*SIX), "uv": [*compile_, "--offline"]}, turns=5)
    sys.stdout.write("\n" + timing.shown(best, "uv") + "\n")
    assert best["plan"] <= best["uv"]
