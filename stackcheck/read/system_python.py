"""pip beside the Python of a distribution: where that is marked as externally managed, pip refuses to install into it.

PEP 668. Debian marks its Python from 12 on, Ubuntu from 23.04 on; Docker's own images of Python bring another one,
which is not marked. Only images are judged: which Python a script on a machine means is not known.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.model import Known, Unread
from stackcheck.read.quote import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackcheck.model import Stack, Stated
    from stackcheck.read.arguments import Argument
    from stackcheck.read.calls import Call
    from stackcheck.read.installs import Place

_SINCE = {"debian": (12,), "ubuntu": (23, 4)}
_PLAIN = frozenset(("ubuntu", "debian", "nvidia/cuda", "nvcr.io/nvidia/cuda", "ros", "osrf/ros"))
"""Images whose Python, if they have one, is the distribution's. Others may bring their own, or take the mark away."""
_ROS = ("jazzy", "kilted", "lyrical", "rolling")
"""ROS distributions whose images stand on Ubuntu 24.04 or newer."""
_OTHER = re.compile(
    r"EXTERNALLY-MANAGED|break.system.packages|venv|virtualenv|conda|mamba|pyenv|deadsnakes|alternatives|\.local/bin"
    r"|/opt/\S*bin|\buv\b",
    re.IGNORECASE,
)
_INTO_OTHERS = frozenset(("--break-system-packages", "--target", "-t", "--prefix", "--root", "--python", "--dry-run"))
_PIPS = ("pip", "pip3", "/usr/bin/pip", "/usr/bin/pip3")
_PYTHONS = ("python", "python3", "/usr/bin/python3", "/usr/bin/python")
_BRINGS_PIP = frozenset(("python3-pip", "python3-full"))


def another(text: str) -> bool:
    """Whether a command or a variable makes another Python the one that pip installs into, or takes the mark away."""
    return _OTHER.search(text) is not None


def refused(
    call: Call, arguments: Iterable[Argument], place: Place, target: Stack, stated: Iterable[Stated]
) -> Unread | None:
    """What is said of a `pip install` in an image whose Python belongs to the distribution; None where pip takes it."""
    image = _marked(target) if target.inside and call.verb == "install" else None
    if image is None or not _is_own(call) or any(one.name in _INTO_OTHERS for one in arguments):
        return None
    packages = {one.name for one in stated if one.table == "system-packages"} | set(target.system_packages)
    if packages.isdisjoint(_BRINGS_PIP):
        return None
    said = shown(" ".join(word.text for word in (*call.first, *call.words[:2])))
    text = (
        f"{said} ends in 'error: externally-managed-environment': the Python of {image} belongs to apt (PEP 668). Make "
        "a virtual environment first, or say --break-system-packages in an image that is for this alone."
    )
    involves = ("system-python", "python")
    return Unread(text, place.of(call.first[-1]), "error", id="system-python/externally-managed", involves=involves)


def _is_own(call: Call) -> bool:
    """Whether it is the pip of the system's own Python, by the words before its verb: `pip`, `python3 -m pip`."""
    names = [word.text for word in call.first]
    at = next((at for at, name in enumerate(names) if name in _PIPS), None)
    if at is None:
        return False
    return names[at - 1] != "-m" or at < 1 or names[at - 2] in _PYTHONS


def _marked(target: Stack) -> str | None:
    """The image whose Python is marked, as a sentence names it."""
    for name, state in target.images.items():
        if name not in _PLAIN or not isinstance(state, Known) or "python" in target.facts:
            continue
        if state.value == "*":
            return f"{name}:latest" if name in _SINCE else None
        tag = f"{name}:{state.value}"
        if name.endswith("ros"):
            return tag if state.value.startswith(_ROS) else None
        distro, version = target.facts.get("distro"), target.facts.get("distro-version")
        if not isinstance(distro, Known) or not isinstance(version, Known):
            return None
        numbers = tuple(int(part) for part in version.value.split(".") if part.isdigit())
        since = _SINCE.get(distro.value)
        return tag if since is not None and numbers >= since else None
    return None
