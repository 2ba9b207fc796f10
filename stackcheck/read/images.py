"""What a container image's name says: which image it is, its tag, and what naming schemes put into the tag."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.model import EMULATED, Known, Origin, Stated

if TYPE_CHECKING:
    from stackcheck.model import Location

_REFERENCE = re.compile(r"(?P<name>[a-z0-9][\w./:-]*?)(?::(?P<tag>[\w][\w.-]*))?(?:@sha256:[0-9a-f]+)?$", re.ASCII)
_UBUNTU = re.compile(r"(?:^|-)ubuntu-?(\d\d\.\d\d)(?:$|-)")
_DEBIAN = {"buster": "10", "bullseye": "11", "bookworm": "12", "trixie": "13"}
_ALPINE = re.compile(r"alpine(\d+\.\d+)?")
_RED_HAT = re.compile(r"(rockylinux|almalinux|centos|ubi)(\d+)")
_RED_HAT_IDS = {"rockylinux": "rocky", "almalinux": "almalinux", "centos": "centos", "ubi": "rhel"}
_CODENAMES = {"focal": "20.04", "jammy": "22.04", "noble": "24.04", "resolute": "26.04"}
_L4T = re.compile(r"(?:^|-)r(3\d(?:\.\d+)+)(?=$|[-.])")
_JETSON_UBUNTU = re.compile(r"-(2\d\.04)(?=$|-)")
"""The Ubuntu at the end of a Jetson image's tag, where it is not that of its Jetson Linux ("r36.4.0-cu128-24.04")."""
_PYTHON = re.compile(r"3\.\d+(?:\.\d+)?")


def image_states(reference: str, place: Location, *, emulated: bool = False) -> list[Stated]:
    """The image under its name without `docker.io` (table "images", the tag as its value, "*" without one), and the
    facts that the names of Ubuntu's, Debian's, Python's and NVIDIA's CUDA images state.

    With `emulated`, a platform is asked for that is not the machine's: the setting "image emulated=NAME" says so.
    A Jetson image (a tag with `r36.4.0`) is also the image "l4t", whose version is that of its Jetson Linux.
    """
    found = _REFERENCE.match(reference)
    if found is None or reference == "scratch":
        return []
    name = found["name"].removeprefix("docker.io/").removeprefix("library/")
    tag = found["tag"] or "*"
    tag = "*" if tag == "latest" else tag
    origin = Origin(f"the base image is {reference}", str(place), place)
    facts = _facts(name, tag)
    jetson = _L4T.search(tag)
    return [
        Stated("images", name, Known(tag, origin)),
        *([Stated("settings", f"{EMULATED}{name}", Known("*", origin))] if emulated else []),
        *([Stated("images", "l4t", Known(jetson[1], origin))] if jetson else []),
        *(Stated("facts", fact, Known(value, origin)) for fact, value in facts.items()),
    ]


def _facts(name: str, tag: str) -> dict[str, str]:
    words = tag.split("-")
    facts = _distribution(name, tag, words)
    if name == "python" and _PYTHON.fullmatch(words[0]):
        facts["python"] = words[0]
    if name in ("nvidia/cuda", "nvcr.io/nvidia/cuda") and "devel" in words:
        facts["cuda-toolkit"] = words[0]
    return facts


def _distribution(name: str, tag: str, words: list[str]) -> dict[str, str]:
    """The distribution that an image's name or tag says. Docker's own image of Python stands on Debian otherwise."""
    last = name.rpartition("/")[2]
    ubuntu = _UBUNTU.search(tag)
    codename = next((_CODENAMES[word] for word in words if word in _CODENAMES), None)
    jetson = _JETSON_UBUNTU.search(tag) if _L4T.search(tag) else None
    if jetson is not None:
        codename = jetson[1]
    if last == "ubuntu" and re.match(r"\d\d\.\d\d", words[0]):
        codename = words[0]
    version = ubuntu[1] if ubuntu else codename
    if version is not None:
        return {"distro": "ubuntu", "distro-version": version}
    alpine = next((found for word in words if (found := _ALPINE.fullmatch(word))), None)
    if alpine is not None or name == "alpine":
        number = alpine[1] if alpine is not None else (words[0] if re.match(r"\d+\.\d+", words[0]) else None)
        return {"distro": "alpine", **({"distro-version": number} if number else {})}
    red_hat = next((found for word in words if (found := _RED_HAT.fullmatch(word))), None)
    if red_hat is not None:
        return {"distro": _RED_HAT_IDS[red_hat[1]], "distro-version": red_hat[2]}
    debian = next((_DEBIAN[word] for word in words if word in _DEBIAN), None)
    if name == "debian" and re.fullmatch(r"\d+(?:\.\d+)?", words[0]):
        debian = words[0].partition(".")[0]
    windows = any(word.startswith(("windows", "nanoserver")) for word in words)
    if debian is not None or (name in ("debian", "python") and not windows):
        return {"distro": "debian", **({"distro-version": debian} if debian else {})}
    return {}
