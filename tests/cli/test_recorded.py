"""What the shipped records say of the lines of a file, without a network: errors with both places, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.command import Result, stackcheck

if TYPE_CHECKING:
    from pathlib import Path


def lint(text: str, target: str = "dgx-spark", *args: str) -> Result:
    return stackcheck("lint", "--target", target, "--format", "json", *args, "-", stdin=text)


def errors(result: Result) -> list[tuple[str, str]]:
    return [(finding["id"], finding["message"]) for finding in result.findings("error")]


@pytest.mark.parametrize(
    ("lines", "key", "message"),
    [
        (
            "sglang==0.5.23\ntorch==2.11.0\n",
            "sglang/requires-torch",
            "SGLang 0.5.23 needs PyTorch 2.14.1; -:2 asks for torch==2.11.0.",
        ),
        (
            "vllm==0.33.0\nsglang==0.5.23\n",
            "vllm/requires-compressed-tensors",
            "vLLM 0.33.0 needs compressed-tensors 0.17.0; SGLang 0.5.23 needs compressed-tensors 0.18.0 (-:2). "
            "Nor do they agree on FlashInfer, humming-kernels, Numba, openai and 2 more.",
        ),
        (
            "torch-tensorrt==2.14.0\ntorch==2.15.0\n",
            "torch-tensorrt/requires-torch",
            "needs PyTorch <2.15.0,>=2.14.0; -:2 asks for torch==2.15.0.",
        ),
        (
            "nvidia-nccl-cu13>=2.31\ntorch==2.15.0\n",
            "torch/requires-nvidia-nccl-cu13",
            "needs nvidia-nccl-cu13 2.30.7; -:1 asks for nvidia-nccl-cu13>=2.31.",
        ),
        (
            "jax==0.7.2\nisaacsim==5.1.0\n",
            "jax/requires-numpy",
            "jax 0.7.2 needs NumPy 2.0 or newer; Isaac Sim 5.1.0 needs NumPy 1.26.0 (-:2).",
        ),
    ],
)
def test_what_cannot_be_resolved_names_both_places(lines: str, key: str, message: str) -> None:
    result = lint(lines)
    said = dict(errors(result))
    assert message in said[key]
    finding = next(finding for finding in result.findings("error") if finding["id"] == key)
    places = {reason["origin"] for reason in finding["because"]}
    assert places >= {"-:1", "-:2"}
    assert finding["sources"][0]["url"].startswith("pkg:pypi/")
    assert finding["sources"][0]["confidence"] == "observed"


@pytest.mark.parametrize(
    "lines",
    [
        "sglang==0.5.23\ntorch\n",  # an installer takes torch 2.14.1
        "jax==0.7.*\nisaacsim==5.1.0\n",  # 0.7.1 goes with NumPy 1.26
        "sglang==0.1.3\ntorch==2.11.0\n",  # its metadata was not read
        "sglang>=0.4\ntorch==2.11.0\n",  # more releases than are compared one by one
        "torch-tensorrt==2.14.0; sys_platform == 'win32'\ntorch==2.15.0\n",
        "torch-tensorrt @ https://example.org/torch_tensorrt-2.14.0.tar.gz\ntorch==2.15.0\n",
    ],
)
def test_what_an_installer_resolves_or_nobody_knows_is_silent(lines: str) -> None:
    assert errors(lint(lines)) == []


def test_glibc() -> None:
    (said,) = errors(lint("PyQt6==6.8\n", "jetson-orin"))
    assert said[0] == "pyqt6/6.8-aarch64"
    assert said[1].startswith("PyQt6 6.8 has no wheel for glibc 2.35 (they need 2.39), and its source distribution")
    assert errors(lint("PyQt6==6.8\n")) == errors(lint("PyQt6==6.7.1\n", "jetson-orin")) == []


def test_glibc_of_a_record() -> None:
    said = dict(errors(lint("onnxruntime-genai-cuda==0.18.0\n", "dgx-spark", "--fact", "glibc=2.31")))
    message = "no wheel for glibc 2.31 (they need 2.34), and no source distribution."
    assert message in said["onnxruntime-genai-cuda/files"]


def test_what_has_no_wheel_and_no_source_is_an_error() -> None:
    result = lint("pyceres\n")
    assert [key for key, _ in errors(result)] == ["pyceres/files"]
    assert "pyceres 2.6 has no wheel for aarch64, and no source distribution." in errors(result)[0][1]
    assert errors(lint("pyceres\n", "x86_64-rtx50")) == []


def test_requires_python() -> None:
    result = lint("pandas==3.0.3\n", "dgx-spark", "--fact", "python=3.10")
    assert errors(result) == [("pandas/files", "pandas 3.0.3 needs Python >=3.11; this environment has 3.10.")]
    assert errors(lint("pandas\n", "dgx-spark", "--fact", "python=3.10")) == []


def test_a_project_and_a_fact_of_one_name_are_two_subjects() -> None:
    result = lint("cuda-toolkit==13.0.0\ndistro==1.9.0\n")
    judged = {entry["subject"]: entry["records"] for entry in result.report["coverage"]["judged"]}
    assert judged == {"pkg:pypi/cuda-toolkit": 1, "pkg:pypi/distro": 1}
    assert [finding for finding in result.report["findings"] if finding["subject"] in ("cuda-toolkit", "distro")] == [
        finding for finding in lint("").report["findings"] if finding["subject"] in ("cuda-toolkit", "distro")
    ]


def test_an_extra_that_is_not_offered() -> None:
    said = lint("jax[cuda14]==0.12.0.1\n").findings("warning")
    assert [(finding["id"], finding["message"]) for finding in said] == [
        (
            "jax/extras",
            "jax 0.12.0.1 has no extra cuda14; it offers ci, cpu, cuda, cuda12, cuda12-local, cuda13, cuda13-local, "
            "k8s and 5 more.",
        )
    ]
    assert lint("jax[cuda13]==0.12.0.1\n").findings("warning") == []


def test_an_extra_is_followed() -> None:
    assert errors(lint("jax==0.12.0.1\njax-cuda13-plugin==0.11.0\n")) == []
    said = errors(lint("jax[cuda13]==0.12.0.1\njax-cuda13-plugin==0.11.0\n"))
    assert [key for key, _ in said] == ["jax/requires-jax-cuda13-plugin"]


def test_what_is_built_from_source_everywhere_is_no_warning() -> None:
    result = lint("deepspeed==0.18.4\n")
    assert result.findings("warning") == result.findings("error") == []
    assert [finding["id"] for finding in result.findings("note")] == ["deepspeed/files"]


def test_a_release_that_came_later_is_not_judged_and_one_that_is_not_there_fails() -> None:
    result = lint("evdev==99.0\npyzmq==1.2.3\n")
    entries = {entry["subject"]: (entry["id"], entry["reason"]) for entry in result.report["coverage"]["not-judged"]}
    assert entries["evdev"][0] == "coverage/newer"
    assert [key for key, _ in errors(result)] == ["pyzmq/files"]


def twins(text: str, *args: str) -> list[tuple[str, str, int]]:
    said = lint(text, "dgx-spark", *args).report["findings"]
    return [
        (finding["severity"], finding["message"], finding["location"]["line"])
        for finding in said
        if finding["kind"] == "conflicts" and "/files-of-" in finding["id"]
    ]


def test_two_distributions_that_install_one_package() -> None:
    message = (
        "opencv-python 4.12.0.88 and opencv-python-headless 4.12.0.88 both install cv2; "
        "the one that is installed last wins."
    )
    assert twins("opencv-python==4.12.0.88\nopencv-python-headless==4.12.0.88\n") == [("warning", message, 2)]


@pytest.mark.parametrize(
    ("lines", "clashes"),
    [
        ("nvidia-cusparselt-cu12==0.8.1\nnvidia-cusparselt-cu13==0.8.1\n", 1),
        ("nvidia-cusparselt-cu12==0.8.1\nnvidia-cusparselt-cu13==0.9.0\n", 0),  # it moved to nvidia/cu13/lib
        ("auto-gptq\nbitsandbytes\n", 0),  # both leave `tests` behind
        ("isaacsim==6.2.0.0\nisaacsim-kernel==6.2.0.0\n", 0),  # one requires the other
        ("pygame\npygame-ce; sys_platform == 'win32'\n", 0),
    ],
)
def test_what_two_distributions_share(lines: str, clashes: int) -> None:
    assert len(twins(lines)) == clashes


def test_two_commands_are_not_resolved_together(tmp_path: Path) -> None:
    recipe = tmp_path / "Dockerfile"
    recipe.write_text("FROM ubuntu:24.04\nRUN pip install torch==2.11.0\nRUN pip install sglang==0.5.23\n", "utf-8")
    result = stackcheck("lint", "--target", "dgx-spark", "--format", "json", str(recipe))
    # The second puts the torch that it requires in the place of the first one's.
    assert "sglang/requires-torch" not in [finding["id"] for finding in result.report["findings"]]


def test_another_index_may_have_what_pypi_has_not() -> None:
    elsewhere = "--extra-index-url https://private.example/simple2\npyceres\n"
    assert errors(lint(elsewhere)) == []
    assert [finding["id"] for finding in lint(elsewhere).findings("warning")] == ["pyceres/files"]
