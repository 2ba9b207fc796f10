"""DGX OS and DGX Spark, from /etc/dgx-release and /etc/fastos-release.

The first is on every DGX machine ("DGX Server" on a DGX Station GB300), so its being there does not make a DGX Spark.
NVIDIA's own Isaac ROS tool tells a Spark by the second (github.com/NVIDIA-ISAAC-ROS/isaac-ros-cli, platform.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.model import Absent, Known, Origin, State, Unknown
from stackcheck.scan import os_release
from stackcheck.scan.view import first_line, read_text

if TYPE_CHECKING:
    from stackcheck.scan.view import FileView

RELEASE = "/etc/dgx-release"
FASTOS = "/etc/fastos-release"
PRODUCT = "/sys/class/dmi/id/product_name"
"""Also seen from inside a container, where the files above are not."""

BOARD = "dgx-spark"


def parse_release(text: str) -> str | None:
    """The DGX OS release: DGX_OTA_VERSION (the last line of that name), else the factory's DGX_SWBUILD_VERSION."""
    values = os_release.parse(text)
    return values.get("DGX_OTA_VERSION") or values.get("DGX_SWBUILD_VERSION") or None


def parse_name(text: str) -> str | None:
    """DGX_NAME: "DGX Spark", "DGX Server"."""
    return os_release.parse(text).get("DGX_NAME") or None


def facts(view: FileView) -> dict[str, State]:
    """`dgx-os`, and `board` where this is a DGX Spark (silent about the board otherwise)."""
    text = read_text(view, RELEASE)
    found: dict[str, State] = {"dgx-os": _dgx_os(text)}
    origin = _spark(view, text)
    if origin is not None:
        found["board"] = Known(BOARD, origin)
    return found


def _dgx_os(text: str | None) -> State:
    if text is None:
        return Absent(Origin(f"there is no {RELEASE}", RELEASE))
    release = parse_release(text)
    if release is None:
        return Unknown(f"{RELEASE} states no release")
    return Known(release, Origin(f"the DGX OS release is {release}", RELEASE))


def _spark(view: FileView, text: str | None) -> Origin | None:
    if text is not None and parse_name(text) == "DGX Spark":
        return Origin("DGX_NAME is DGX Spark", RELEASE)
    if view.exists(FASTOS):
        return Origin("the system is DGX Spark's FastOS", FASTOS)
    product = first_line(view, PRODUCT)
    if product is not None and "DGX_Spark" in product:
        return Origin(f"the firmware names the machine {product}", PRODUCT)
    return None
