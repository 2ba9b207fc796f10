"""Environment variables that decide which libraries, compilers and indexes are used; no other is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.model import Absent, Known, Origin, State
from stackcheck.redact import redact

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = (
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "PYTHONPATH",
    "ROS_DISTRO",
    "RMW_IMPLEMENTATION",
    "CUDA_HOME",
    "CUDA_PATH",
    "TORCH_CUDA_ARCH_LIST",
    "TRITON_PTXAS_PATH",
    "TRITON_PTXAS_BLACKWELL_PATH",
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "UV_INDEX_URL",
    "UV_TORCH_BACKEND",
    "ISAAC_PATH",
    "CONDA_PREFIX",
    "VIRTUAL_ENV",
)


def variables(environment: Mapping[str, str]) -> dict[str, State]:
    """The state of each of the `NAMES`; credentials and queries of URLs are cut out."""
    return {name: _state(name, environment.get(name)) for name in NAMES}


def _state(name: str, value: str | None) -> State:
    if value is None:
        return Absent(Origin(f"{name} is not set", "variables"))
    # Bytes that are no UTF-8 come as lone surrogates, which no output can carry.
    text = redact(value.encode("utf-8", "replace").decode())
    return Known(text, Origin(f"{name} is {text}", "variables"))
