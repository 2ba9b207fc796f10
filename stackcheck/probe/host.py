"""The running system: architecture, kernel, C library, container. No process is started."""

# ruff: noqa: PTH110 - pathlib takes longer to load than all this to run

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from stackcheck.model import Absent, Known, Origin, State
from stackcheck.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MACHINES = {"arm64": "aarch64", "amd64": "x86_64"}
"""How macOS and the BSDs call what Linux calls otherwise."""

_NUMBERED = pattern(r"(?:gcc|clang)-(\d+(?:\.\d+)*)$")

_HINTS = (("/.dockerenv", "docker"), ("/run/.containerenv", "podman"))
"""Files that container engines leave in what they start."""


def facts() -> dict[str, State]:
    """`arch`, `os`, `kernel` and `glibc` of this machine."""
    name = os.uname()
    origin = Origin(f"{name.sysname} {name.release} on {name.machine}", "uname")
    return {
        "arch": Known(_MACHINES.get(name.machine, name.machine), origin),
        "os": Known(name.sysname.lower(), origin),
        "kernel": Known(name.release, origin),
        "glibc": _glibc(),
    }


def parse_confstr(text: str | None) -> str | None:
    """The version in what confstr(3) says of CS_GNU_LIBC_VERSION: "glibc 2.39" → "2.39"."""
    name, _, version = (text or "").partition(" ")
    return version.strip() or None if name == "glibc" else None


def container(variables: Mapping[str, str], root: str | Path = "") -> State:
    """The container engine around this process: docker, podman, what systemd or `container` says, or "yes".

    A container without any of these signs is taken for none. `root` is for tests.
    """
    for path, engine in _HINTS:
        if os.path.exists(f"{root}{path}"):
            return Known(engine, Origin(f"there is a {path}", path))
    named = variables.get("container", "")
    if named:
        return Known(named if named.isalnum() else "yes", Origin("the variable container is set", "variables"))
    if "KUBERNETES_SERVICE_HOST" in variables:
        return Known("yes", Origin("this is a Kubernetes pod", "variables"))
    return Absent(Origin("there is no sign of a container engine", "/.dockerenv, /run/.containerenv"))


def compiler(program: str) -> Known | None:
    """The release of gcc or clang in the name that a program leads to: /usr/bin/gcc is x86_64-linux-gnu-gcc-13 on
    Debian and its kin. None where the name has none: asking it would start a process."""
    real = os.path.realpath(program)
    match = _NUMBERED.search(real)
    return Known(match[1], Origin(f"{program} leads to {real}", program)) if match else None


def _glibc() -> State:
    try:
        version = parse_confstr(os.confstr("CS_GNU_LIBC_VERSION"))
    except (AttributeError, ValueError, OSError):
        version = None
    if version is None:
        return Absent(Origin("the C library is not glibc", "confstr"))
    return Known(version, Origin(f"glibc is {version}", "confstr"))
