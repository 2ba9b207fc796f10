"""Asks libnvidia-ml or libcuda what GPUs there are, and writes JSON. A program of its own: see `gpu.ask_libraries`.

Standard library only, no import of stackcheck: it is run with `-I -S`.
"""

from __future__ import annotations

import ctypes
import json
import sys
from typing import Any

MAJOR_ATTRIBUTE, MINOR_ATTRIBUTE = 75, 76
"""CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR of cuda.h."""


class RefusedError(Exception):
    """A library that is not there, or a call that it refused."""


def from_nvml(library: Any) -> dict[str, object]:
    """The answer of NVML (nvml.h): every device with its name and capability, driver, CUDA version."""
    _check("nvmlInit_v2", library.nvmlInit_v2())
    text = ctypes.create_string_buffer(96)
    number = ctypes.c_int()
    count = ctypes.c_uint()
    driver = text.value.decode("utf-8", "replace") if library.nvmlSystemGetDriverVersion(text, 96) == 0 else None
    cuda = dotted(number.value) if library.nvmlSystemGetCudaDriverVersion_v2(ctypes.byref(number)) == 0 else None
    _check("nvmlDeviceGetCount_v2", library.nvmlDeviceGetCount_v2(ctypes.byref(count)))
    gpus = [_nvml_device(library, index) for index in range(count.value)]
    return {"gpus": gpus, "driver": driver, "cuda": cuda, "place": "NVML"}


def from_cuda(library: Any) -> dict[str, object]:
    """The answer of libcuda (cuda.h), which is there where a container was given "compute" and not "utility"."""
    _check("cuInit", library.cuInit(0))
    number = ctypes.c_int()
    count = ctypes.c_int()
    cuda = dotted(number.value) if library.cuDriverGetVersion(ctypes.byref(number)) == 0 else None
    _check("cuDeviceGetCount", library.cuDeviceGetCount(ctypes.byref(count)))
    gpus = [_cuda_device(library, index) for index in range(count.value)]
    return {"gpus": gpus, "driver": None, "cuda": cuda, "place": "libcuda"}


def dotted(number: int) -> str:
    """CUDA's version number as people write it: 13000 → "13.0"."""
    return f"{number // 1000}.{number % 1000 // 10}"


def main() -> int:
    """Try both libraries; 0 and JSON, or 1 and one line per library on the error stream."""
    reasons = []
    for name, ask in (("libnvidia-ml.so.1", from_nvml), ("libcuda.so.1", from_cuda)):
        try:
            sys.stdout.write(json.dumps(ask(ctypes.CDLL(name))))
        except (OSError, AttributeError, RefusedError) as error:
            reasons.append(f"{name}: {error}")
        else:
            return 0
    sys.stderr.write("; ".join(reasons) + "\n")
    return 1


def _check(call: str, status: int) -> None:
    if status != 0:
        raise RefusedError(f"{call} returned {status}")


def _nvml_device(library: Any, index: int) -> tuple[str, str]:
    device = ctypes.c_void_p()
    name = ctypes.create_string_buffer(96)
    major, minor = ctypes.c_int(), ctypes.c_int()
    _check("nvmlDeviceGetHandleByIndex_v2", library.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(device)))
    _check("nvmlDeviceGetName", library.nvmlDeviceGetName(device, name, 96))
    status = library.nvmlDeviceGetCudaComputeCapability(device, ctypes.byref(major), ctypes.byref(minor))
    _check("nvmlDeviceGetCudaComputeCapability", status)
    return name.value.decode("utf-8", "replace"), f"{major.value}.{minor.value}"


def _cuda_device(library: Any, index: int) -> tuple[str, str]:
    device = ctypes.c_int()
    name = ctypes.create_string_buffer(96)
    _check("cuDeviceGet", library.cuDeviceGet(ctypes.byref(device), index))
    _check("cuDeviceGetName", library.cuDeviceGetName(name, 96, device))
    numbers = []
    for attribute in (MAJOR_ATTRIBUTE, MINOR_ATTRIBUTE):
        number = ctypes.c_int()
        _check("cuDeviceGetAttribute", library.cuDeviceGetAttribute(ctypes.byref(number), attribute, device))
        numbers.append(str(number.value))
    return name.value.decode("utf-8", "replace"), ".".join(numbers)


if __name__ == "__main__":
    sys.exit(main())
