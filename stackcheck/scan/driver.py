"""The NVIDIA driver and the NVIDIA devices, from the kernel's files; nothing is started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.model import Known, Origin
from stackcheck.patterns import pattern
from stackcheck.scan.view import UnreadableError, first_line, read_text

if TYPE_CHECKING:
    from stackcheck.scan.view import FileView

MODULE = "/sys/module/nvidia/version"
PROC = "/proc/driver/nvidia/version"
PCI = "/sys/bus/pci/devices"
NVIDIA = "0x10de"
"""PCI vendor id of NVIDIA."""

_VERSION = pattern(r"\d{3}\.\d+(?:\.\d+)*")
_CONTROLLERS = ("0x0300", "0x0302", "0x0380", "0x1200")
"""PCI classes of what may be a GPU: VGA, 3D and other display controllers, processing accelerators."""

_DEVICES = pattern(r"nvidia(?:\d+|ctl)|nvhost-gpu|nvgpu|dxg")
"""Device files of the desktop driver, of Jetson's, and of Windows's GPUs in WSL."""


def parse_proc(text: str) -> str | None:
    """The version in /proc/driver/nvidia/version: "NVRM version: … aarch64  580.95.05  Release Build …"."""
    line = next((line for line in text.splitlines() if line.startswith("NVRM version")), "")
    match = _VERSION.search(line)
    return match[0] if match else None


def driver(view: FileView) -> Known | None:
    """The version of the loaded kernel driver; None where no file of the kernel speaks of one."""
    line = first_line(view, MODULE)
    if line is not None and _VERSION.fullmatch(line):
        return Known(line, Origin(f"the kernel has loaded the driver {line}", MODULE))
    text = read_text(view, PROC)
    version = parse_proc(text) if text is not None else None
    return Known(version, Origin(f"the kernel has loaded the driver {version}", PROC)) if version else None


def pci_devices(view: FileView) -> tuple[str, ...]:
    """The PCI addresses of NVIDIA's display controllers and accelerators (not of its network cards)."""
    return tuple(name for name in view.list_dir(PCI) if _is_gpu(view, f"{PCI}/{name}"))


def device_files(view: FileView) -> tuple[str, ...]:
    """The device files through which programs reach an NVIDIA GPU: "/dev/nvidia0", "/dev/nvhost-gpu", "/dev/dxg"."""
    return tuple(f"/dev/{name}" for name in view.list_dir("/dev") if _DEVICES.fullmatch(name))


def _is_gpu(view: FileView, folder: str) -> bool:
    try:
        kind = first_line(view, f"{folder}/class") or ""
        return first_line(view, f"{folder}/vendor") == NVIDIA and kind.startswith(_CONTROLLERS)
    except UnreadableError:
        return False
