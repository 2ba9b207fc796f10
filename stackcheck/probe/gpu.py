"""GPUs and driver as nvidia-smi tells them, else NVML or libcuda in a child process with a time limit.

Memory is never asked for: DGX Spark and Jetson share theirs with the CPU and report "[N/A]".
"""

from __future__ import annotations

import re
import sys
from typing import Literal

from stackcheck.model import Gpu, Origin, Unknown
from stackcheck.patterns import pattern
from stackcheck.probe.run import Output, find_program, run
from stackcheck.values import dataclass

PLACES = ("/usr/bin", "/usr/lib/wsl/lib", "/usr/local/nvidia/bin")
"""Where nvidia-smi is put without PATH knowing: WSL, and Kubernetes device plug-ins."""

_QUERY = "--query-gpu=name,compute_cap,driver_version"
_OLD_QUERY = "--query-gpu=name,driver_version"
_CAPABILITY = pattern(r"\d+\.\d")
_VERSION = pattern(r"\d{3}\.\d+(?:\.\d+)*")
# Until R595 the header says "Driver Version: … CUDA Version: 13.0", from R610 on
# "KMD Version: … CUDA UMD Version: 13.3"; `nvidia-smi -q` has the same words in a column.
_HEADER_CUDA = pattern(r"\bCUDA (?:UMD )?Version\s*:\s*(\d+\.\d+)")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one tool said: the GPUs, the driver's version and the newest CUDA that it serves (None: it did not say)."""

    gpus: tuple[Gpu, ...]
    driver: str | None
    cuda: str | None
    place: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a tool gave no GPUs. "no driver" and "no devices" are answers too, "other" tells nothing."""

    reason: str
    kind: Literal["no driver", "no devices", "other"] = "other"


def find_nvidia_smi(path: str | None = None) -> str | None:
    """The path of nvidia-smi, on PATH or in one of the `PLACES`; None where it is not there."""
    found = find_program("nvidia-smi", path)
    return found or find_program("nvidia-smi", ":".join(PLACES))


def parse_query(text: str, place: str = "nvidia-smi") -> tuple[tuple[Gpu, ...], str | None]:
    """GPUs and driver of a `--format=csv,noheader` answer with or without its compute_cap column.

    "NVIDIA GB10, 12.1, 580.95.05" → the GPU and "580.95.05". What is "[N/A]" or "[Not Supported]" is None.
    """
    gpus: list[Gpu] = []
    driver = None
    for line in text.splitlines():
        fields = [field.strip() for field in line.rsplit(",", 2)]
        if len(fields) < 2 or not fields[0] or not (_VERSION.fullmatch(fields[-1]) or _is_value(fields[-1])):
            continue
        if _VERSION.fullmatch(fields[-1]):
            driver = fields[-1]
        if len(fields) == 3 and not _is_value(fields[1]):
            fields[:2] = [", ".join(fields[:2])]
        capability = fields[1] if len(fields) == 3 and _CAPABILITY.fullmatch(fields[1]) else None
        gpus.append(_gpu(fields[0], capability, place))
    return tuple(gpus), driver


def parse_header(text: str) -> str | None:
    """The newest CUDA version that the driver serves, by the header of `nvidia-smi`; None where it is N/A."""
    match = _HEADER_CUDA.search(text)
    return match[1] if match else None


def parse_error(text: str) -> Refusal:
    """What kind of answer an nvidia-smi that failed has given; the reason is its first line."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "no message")
    reason = f"nvidia-smi says: {''.join(char for char in line if char.isprintable())[:200]}"
    if "couldn't communicate with the NVIDIA driver" in text:
        return Refusal(reason, "no driver")
    if re.search(r"no devices were found", text, re.IGNORECASE):
        return Refusal(reason, "no devices")
    return Refusal(reason)


def parse_child(text: str) -> Reading | Refusal:
    """The answer of `nvml_child`, or a refusal where it is none."""
    import json

    try:
        answer = json.loads(text)
        place = str(answer["place"])
        gpus = tuple(_gpu(str(name), str(capability), place) for name, capability in answer["gpus"])
        return Reading(gpus, answer.get("driver"), answer.get("cuda"), place)
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return Refusal("NVML gave no answer that can be read")


def ask_nvidia_smi(program: str) -> Reading | Refusal:
    """Ask nvidia-smi for GPUs, driver and CUDA version; one that hangs is not asked twice."""
    answer = run((program, _QUERY, "--format=csv,noheader"))
    if isinstance(answer, Output) and answer.status != 0 and "compute_cap" in answer.text + answer.errors:
        answer = run((program, _OLD_QUERY, "--format=csv,noheader"))  # before R510 it knew no such field
    if isinstance(answer, Unknown):
        return Refusal(answer.reason)
    gpus, driver = parse_query(answer.text)
    if answer.status != 0 or not gpus:
        return parse_error(answer.text + answer.errors)
    header = run((program,))
    cuda = parse_header(header.text) if isinstance(header, Output) else None
    return Reading(gpus, driver, cuda, "nvidia-smi")


def ask_libraries() -> Reading | Refusal:
    """Ask NVML, else libcuda, from a child process: a library of a broken driver may hang or crash its process."""
    from pkgutil import get_data  # not by its path, which may lead into a zip

    child = get_data("stackcheck.probe", "nvml_child.py") or b""
    answer = run((sys.executable, "-I", "-S", "-B", "-c", child.decode()))
    if isinstance(answer, Unknown):
        return Refusal(answer.reason.replace(sys.executable.rpartition("/")[2], "NVML", 1))
    if answer.status != 0:
        line = (answer.errors.strip().splitlines() or [f"it ended with status {answer.status}"])[-1]
        return Refusal(f"NVML gave no answer: {line[:200]}")
    return parse_child(answer.text)


def _is_value(field: str) -> bool:
    return field.startswith("[") or field == "N/A" or _CAPABILITY.fullmatch(field) is not None


def _gpu(name: str, capability: str | None, place: str) -> Gpu:
    name = "".join(char for char in name if char.isprintable())
    says = f"compute capability {capability}" if capability else "compute capability not told"
    return Gpu(name or None, capability, Origin(f"{name}, {says}", place))
