"""Jetson: L4T, JetPack and the board, from NVIDIA's release file, dpkg and the device tree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.model import Absent, Known, Origin, State, Unknown
from stackcheck.patterns import pattern
from stackcheck.scan.view import read_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackcheck.scan.view import FileView

RELEASE = "/etc/nv_tegra_release"
TREES = ("/proc/device-tree", "/sys/firmware/devicetree/base")

JETPACK_PACKAGES = ("nvidia-jetpack", "nvidia-jetpack-runtime", "nvidia-jetpack-dev")
"""Debian packages whose version is JetPack's; the first is a metapackage that many units lack."""

BOARDS: tuple[tuple[str, str], ...] = (
    ("tegra264", "jetson-thor"),
    ("tegra234", "jetson-orin"),
    ("tegra194", "jetson-xavier"),
)
"""The chip that the device tree's `compatible` names, and the board that has it."""

_LINE = pattern(r"#\s*R(\d+)\s*\(release\)\s*,\s*REVISION:\s*(\d+(?:\.\d+)*)", re.IGNORECASE)
_NUMBER = pattern(r"\d+(?:\.\d+)+")


def parse_release(text: str) -> str | None:
    """The L4T release of /etc/nv_tegra_release: "# R38 (release), REVISION: 2.1, …" → "38.2.1"."""
    match = _LINE.search(text)
    return f"{match[1]}.{match[2]}" if match else None


def parse_board(compatible: str) -> str | None:
    """The board of a device tree's `compatible` property (its strings are separated by NUL)."""
    return next((board for chip, board in BOARDS if f"nvidia,{chip}" in compatible), None)


def parse_model(model: str) -> str | None:
    """The board of a device tree's `model`: "NVIDIA Jetson AGX Thor Developer Kit" → "jetson-thor"."""
    words = model.lower().split()
    if "jetson" not in words:
        return None
    return next((f"jetson-{name}" for name in ("thor", "orin", "xavier") if name in words), None)


def facts(view: FileView, system_packages: Mapping[str, State]) -> dict[str, State]:
    """`l4t`, `jetpack`, and `board` where this is a Jetson (silent about the board otherwise)."""
    l4t = _l4t(view, system_packages)
    found: dict[str, State] = {"l4t": l4t, "jetpack": _jetpack(l4t, system_packages)}
    board = _board(view)
    if board is not None:
        found["board"] = board
    return found


def _l4t(view: FileView, packages: Mapping[str, State]) -> State:
    text = read_text(view, RELEASE)
    release = parse_release(text) if text is not None else None
    if release is not None:
        return Known(release, Origin(f"the L4T release is {release}", RELEASE))
    core = _package_number(packages, "nvidia-l4t-core")
    if core is not None:
        return Known(core, Origin(f"nvidia-l4t-core {core} is installed", "dpkg"))
    if text is not None:
        return Unknown(f"{RELEASE} states no release")
    return Absent(Origin(f"there is no {RELEASE}", RELEASE))


def _jetpack(l4t: State, packages: Mapping[str, State]) -> State:
    for name in JETPACK_PACKAGES:
        number = _package_number(packages, name)
        if number is not None:
            return Known(number, Origin(f"{name} {number} is installed", "dpkg"))
    if isinstance(l4t, Absent):
        return Absent(Origin("this is no Jetson: there is no L4T", l4t.origin.place))
    return Unknown(f"the package {JETPACK_PACKAGES[0]} is not installed")


def _package_number(packages: Mapping[str, State], name: str) -> str | None:
    state = packages.get(name)
    match = _NUMBER.match(state.value) if isinstance(state, Known) else None
    return match[0] if match else None


def _board(view: FileView) -> Known | None:
    for tree in TREES:
        for name, parse in (("compatible", parse_board), ("model", parse_model)):
            place = f"{tree}/{name}"
            text = read_text(view, place)
            board = parse(text.replace("\0", " ")) if text else None
            if board is not None:
                return Known(board, Origin(f"the device tree is that of a {board}", place))
    return None
