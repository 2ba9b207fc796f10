"""A ROS that commands source, and the Python that they start behind it.

`/opt/ros/DISTRO/setup.bash` puts the packages of that distribution on PYTHONPATH, in front of those of any environment
(REP 122; docs.ros.org, "Using Python Packages with ROS 2"). `ros2 python=humble 3.11` says that a command starts Python
3.11 behind that of Humble; without a version it is the environment's own, and `shell=` says so of every shell to come.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from stackcheck.read.calls import ASSIGNED, BEFORE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackcheck.read.words import Word

SUBJECT = "ros2"
"""The product that these settings go by, ROS 1 too."""
_SETUP = re.compile(r"/opt/ros/([a-z]+)/(?:local_)?setup\.(?:ba|z)?sh")
_LASTING = re.compile(r"(?:source|\.)\s+/opt/ros/([a-z]+)/(?:local_)?setup\.(?:ba|z)?sh")
_PROFILE = re.compile(r"(?:\.bashrc|\.zshrc|\.profile|\.bash_profile|bash\.bashrc)$")
_PYTHON = re.compile(r"python(\d(?:\.\d+)?)?$")
_SYSTEM = ("/usr/bin",)


def sourced(words: Sequence[Word], before: str | None) -> str | None:
    """The distribution that is sourced behind a command, by the one before it."""
    texts = [word.text for word in words]
    if len(texts) > 1 and texts[0] in ("source", "."):
        found = _SETUP.fullmatch(texts[1])
        return found[1] if found is not None else before
    return before


def lasting(words: Sequence[Word], output: Word | None) -> str | None:
    """The distribution that a command has every later shell source, by a line in its profile."""
    texts = [word.text for word in words]
    into = [*([output.text] if output is not None else []), *(texts[1:] if "tee" in texts[:1] else [])]
    if not any(_PROFILE.search(text) for text in into):
        return None
    return next((found[1] for text in texts if (found := _LASTING.search(text)) is not None), None)


def started(words: Sequence[Word]) -> tuple[str, Word] | None:
    """The Python that a command starts, "" for the one that is found first, and where; None for another program and
    for the system's own by its path."""
    rest = list(words)
    while rest and (posixpath.basename(rest[0].text) in BEFORE or ASSIGNED.match(rest[0].text)):
        rest.pop(0)
    if not rest:
        return None
    folder, _, name = rest[0].text.rpartition("/")
    found = _PYTHON.match(name)
    if found is None or folder in _SYSTEM or not rest[1:] or rest[1].text in ("-V", "--version"):
        return None
    if rest[1].text == "-m" and len(rest) > 2 and rest[2].text in ("pip", "venv", "virtualenv", "ensurepip"):
        return None
    return found[1] or "", rest[0]
