"""GPU code: which compiled code and which PTX runs on which compute capability.

The rules are those of NVIDIA's compatibility guides (a cubin runs on its own major version from its own minor
version up; PTX on everything newer; suffix "a" on that chip alone, "f" within the family) and of torch's own table
(torch/cuda/__init__.py from 2.11 on) for the Tegra parts, whose code is not shared with other chips.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

from stackcheck.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackcheck.model import Code

TEGRA = frozenset(("5.3", "6.2", "7.2", "8.7"))
"""Capabilities of Jetson parts that neither run nor lend code within their major version."""

TEGRA_SHARED_FROM_CUDA = Version("13.2")
"""From here on generic (SBSA) code of 8.x runs on Orin (8.7)."""

_CODE = pattern(r"(\d+)\.(\d)([af]?)$")


def _renamed(code: str) -> str:
    """CUDA 13 renamed 10.1 (Thor) to 11.0; both names mean the same part."""
    return code.replace("10.1", "11.0", 1) if code.startswith("10.1") else code


def cubin_runs(cubin: str, capability: str, cuda: Version | None = None) -> bool:
    """Whether compiled code ("9.0", "12.0f") runs on a GPU of this compute capability.

    Raises `ValueError` for text that is no capability.
    """
    code, device = _parse(_renamed(cubin)), _parse(_renamed(capability))
    if code[2] == "a":
        return code[:2] == device[:2]
    if code[0] != device[0] or code[1] > device[1]:
        return False
    tegra = {f"{code[0]}.{code[1]}", f"{device[0]}.{device[1]}"} & TEGRA
    if tegra and code[:2] != device[:2]:
        return device[:2] == (8, 7) and cuda is not None and cuda >= TEGRA_SHARED_FROM_CUDA
    return True


def ptx_runs(ptx: str, capability: str) -> bool:
    """Whether PTX for this virtual architecture can be compiled by the driver for a GPU of this capability."""
    code, device = _parse(_renamed(ptx)), _parse(_renamed(capability))
    if code[2] == "a":
        return code[:2] == device[:2]
    if code[2] == "f":
        return code[0] == device[0] and code[1] <= device[1]
    return code[:2] <= device[:2]


def runs(cubins: Iterable[str], ptx: Iterable[str], capability: str, cuda: Version | None = None) -> str | None:
    """What runs there: "sm_120 code", "PTX for 12.0", or None for nothing."""
    for cubin in cubins:
        if cubin_runs(cubin, capability, cuda):
            return f"sm_{cubin.replace('.', '')} code"
    for virtual in ptx:
        if ptx_runs(virtual, capability):
            return f"PTX for {virtual}"
    return None


def by_files(code: Code, capability: str) -> bool | None:
    """Whether something of what a package's libraries hold runs there; None where that is not sure."""
    cuda = Version(code.cuda) if code.cuda else None
    if runs(code.cubins, code.ptx, capability, cuda) is not None:
        return True
    unsure = code.doubt is not None or (
        cuda is None and runs(code.cubins, (), capability, TEGRA_SHARED_FROM_CUDA) is not None
    )
    return None if unsure else False


def can_target(knows: Iterable[str], capability: str) -> bool:
    """Whether a compiler that knows these capabilities can compile for this GPU (it must know it by its own name)."""
    wanted = _parse(capability)[:2]
    return any(_parse(known)[:2] == wanted for known in knows)


def _parse(code: str) -> tuple[int, int, str]:
    found = _CODE.match(code)
    if found is None:
        raise ValueError(f"{code!r} is no compute capability")
    return int(found[1]), int(found[2]), found[3]
