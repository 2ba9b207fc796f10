"""An image of another architecture is one error; what is installed in it is not judged with this machine's files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.command import stackcheck

if TYPE_CHECKING:
    from pathlib import Path


def found(folder: Path, base: str, target: str) -> list[str]:
    text = f"FROM {base}\nRUN pip install torch==2.4.1 --index-url https://download.pytorch.org/whl/cu124\n"
    (folder / "Dockerfile").write_text(text, encoding="utf-8")
    result = stackcheck("lint", "--target", target, "--format", "json", "Dockerfile", cwd=folder)
    return [one["id"] for one in result.findings("error")]


def test_one_error_for_the_image(tmp_path: Path) -> None:
    assert found(tmp_path, "pytorch/pytorch:2.4.1-cuda12.1-cudnn9-runtime", "dgx-spark") == [
        "docker-pytorch/amd64-only"
    ]


def test_where_it_fits_its_contents_are_judged(tmp_path: Path) -> None:
    assert found(tmp_path, "pytorch/pytorch:2.4.0-cuda12.1-cudnn9-runtime", "x86_64-rtx50") == ["torch/cu124-x86_64"]
    # What is there already is taken from no index.
    assert found(tmp_path, "pytorch/pytorch:2.4.1-cuda12.1-cudnn9-runtime", "x86_64-rtx50") == ["torch/cu121-x86_64"]
    assert found(tmp_path, "ubuntu:24.04", "dgx-spark") == ["torch/cu124-aarch64"]


def test_the_toolkit_of_the_host_is_not_in_a_container(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM ubuntu:22.04\nRUN pip install onnxruntime-gpu==1.17.0\n", "utf-8")
    result = stackcheck("lint", "--target", "jetson-orin", "--format", "json", "Dockerfile", cwd=tmp_path)
    assert not [
        one for one in result.report["findings"] if "cuda-toolkit" in one["involves"] and one["severity"] == "error"
    ]


def test_torch_of_an_image_is_not_that_of_pypi(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM nvcr.io/nvidia/isaac-lab:2.1.0\nRUN pip install numpy\n", "utf-8")
    result = stackcheck("lint", "--target", "x86_64-rtx50", "--format", "json", "Dockerfile", cwd=tmp_path)
    assert not [one for one in result.findings("error") if one["subject"] == "torch"]
