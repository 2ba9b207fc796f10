from __future__ import annotations

import ctypes
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackcheck.model import Unknown
from stackcheck.probe import gpu, nvml_child
from tests.probe.test_run import script
from tests.tree import RECORDED, recorded

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "gpus", "driver"),
    [
        ("gb10", [("NVIDIA GB10", "12.1")], "580.95.05"),
        ("two-gpus", [("NVIDIA GeForce RTX 5090", "12.0"), ("NVIDIA GeForce RTX 4090", "8.9")], "580.82.09"),
        ("orin", [("Orin (nvgpu)", None)], "540.4.0"),
    ],
)
def test_query(name: str, gpus: list[tuple[str, str | None]], driver: str) -> None:
    found, version = gpu.parse_query(recorded(f"nvidia-smi-{name}-query.txt"))
    assert [(one.name, one.capability) for one in found] == gpus
    assert version == driver


def test_query_without_the_capability_column_and_with_commas() -> None:
    found, version = gpu.parse_query("Tesla K80, 450.66\nOdd, Name, 12.1, 580.00\nOdd, Old, 450.66\n\nnonsense\n")
    assert [(one.name, one.capability) for one in found] == [
        ("Tesla K80", None),
        ("Odd, Name", "12.1"),
        ("Odd, Old", None),
    ]
    assert version == "450.66"


@pytest.mark.parametrize(
    ("name", "cuda"), [("gb10", "13.0"), ("rtx", "13.0"), ("r610", "13.3"), ("q", "11.0"), ("orin", None)]
)
def test_header(name: str, cuda: str | None) -> None:
    assert gpu.parse_header(recorded(f"nvidia-smi-{name}.txt")) == cuda


@pytest.mark.parametrize(
    ("name", "kind"), [("no-driver", "no driver"), ("no-devices", "no devices"), ("mismatch", "other")]
)
def test_errors(name: str, kind: str) -> None:
    refusal = gpu.parse_error(recorded(f"nvidia-smi-{name}.txt"))
    assert refusal.kind == kind
    assert refusal.reason.startswith("nvidia-smi says: ")


def smi(folder: Path, query: str, header: str = "nvidia-smi-gb10.txt", status: int = 0) -> str:
    """A stand-in for nvidia-smi that prints recorded answers."""
    return script(
        folder,
        f'case "$1" in *compute_cap*) cat "{RECORDED}/{query}"; exit {status};; '
        f'--query*) echo "Tesla K80, 450.66";; *) cat "{RECORDED}/{header}";; esac',
        "nvidia-smi",
    )


def test_asking_nvidia_smi(tmp_path: Path) -> None:
    reading = gpu.ask_nvidia_smi(smi(tmp_path, "nvidia-smi-gb10-query.txt"))
    assert isinstance(reading, gpu.Reading)
    assert [(one.name, one.capability) for one in reading.gpus] == [("NVIDIA GB10", "12.1")]
    assert (reading.driver, reading.cuda, reading.place) == ("580.95.05", "13.0", "nvidia-smi")


def test_asking_an_old_nvidia_smi(tmp_path: Path) -> None:
    reading = gpu.ask_nvidia_smi(smi(tmp_path, "nvidia-smi-old-field.txt", "nvidia-smi-q.txt", status=2))
    assert isinstance(reading, gpu.Reading)
    assert ([one.name for one in reading.gpus], reading.driver, reading.cuda) == (["Tesla K80"], "450.66", "11.0")


def test_asking_in_vain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = gpu.ask_nvidia_smi(smi(tmp_path, "nvidia-smi-no-driver.txt", status=9))
    assert isinstance(refusal, gpu.Refusal)
    assert refusal.kind == "no driver"
    monkeypatch.setattr(gpu, "run", lambda argv: Unknown("nvidia-smi did not answer in 5 s"))
    assert gpu.ask_nvidia_smi("nvidia-smi") == gpu.Refusal("nvidia-smi did not answer in 5 s")


def test_libraries_that_are_not_there_are_a_refusal() -> None:
    # On a machine with a GPU this is a reading; without one each library is named with its reason.
    answer = gpu.ask_libraries()
    if isinstance(answer, gpu.Refusal):
        assert "libnvidia-ml.so.1" in answer.reason


def test_answer_of_the_child() -> None:
    answer = {"gpus": [["NVIDIA GB10", "12.1"]], "driver": "580.95.05", "cuda": "13.0", "place": "NVML"}
    reading = gpu.parse_child(json.dumps(answer))
    assert isinstance(reading, gpu.Reading)
    assert [(one.name, one.capability) for one in reading.gpus] == [("NVIDIA GB10", "12.1")]


class Library:
    """Stands in for a ctypes library: two GPUs, every call succeeds unless it is in `refuses`."""

    def __init__(self, *refuses: str) -> None:
        self.refuses = refuses

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: 3 if name in self.refuses else self.answer(name, arguments)

    def answer(self, name: str, arguments: tuple[Any, ...]) -> int:
        numbers = {
            "nvmlSystemGetCudaDriverVersion_v2": 13000,
            "cuDriverGetVersion": 12080,
            "nvmlDeviceGetCount_v2": 2,
            "cuDeviceGetCount": 2,
        }
        if name in numbers:
            arguments[0]._obj.value = numbers[name]
        elif name == "nvmlSystemGetDriverVersion":
            arguments[0].value = b"580.95.05"
        elif name.endswith("DeviceGetName"):
            buffer = next(argument for argument in arguments if isinstance(argument, ctypes.Array))
            buffer.value = b"NVIDIA GB10"
        elif name == "nvmlDeviceGetCudaComputeCapability":
            arguments[1]._obj.value, arguments[2]._obj.value = 12, 1
        elif name == "cuDeviceGetAttribute":
            arguments[0]._obj.value = {75: 12, 76: 1}[arguments[1]]
        return 0


def test_nvml_and_libcuda() -> None:
    gpus = [("NVIDIA GB10", "12.1")] * 2
    assert nvml_child.from_nvml(Library()) == {"gpus": gpus, "driver": "580.95.05", "cuda": "13.0", "place": "NVML"}
    assert nvml_child.from_cuda(Library()) == {"gpus": gpus, "driver": None, "cuda": "12.8", "place": "libcuda"}
    with pytest.raises(nvml_child.RefusedError, match="nvmlInit_v2 returned 3"):
        nvml_child.from_nvml(Library("nvmlInit_v2"))
    with pytest.raises(nvml_child.RefusedError, match="cuInit returned 3"):
        nvml_child.from_cuda(Library("cuInit"))


@given(st.text())
def test_parsers_never_raise(text: str) -> None:
    gpu.parse_query(text)
    gpu.parse_header(text)
    gpu.parse_error(text)
    gpu.parse_child(text)
    gpu.parse_child(json.dumps({"gpus": [[text, text]], "place": text}))
    gpu.parse_child(json.dumps({"gpus": text, "place": text}))
