"""What a container image's name says: which image it is, its tag, and what naming schemes put into the tag."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.model import Known, Origin, Stated

if TYPE_CHECKING:
    from stackcheck.model import Location

_REFERENCE = re.compile(r"(?P<name>[a-z0-9][\w./:-]*?)(?::(?P<tag>[\w][\w.-]*))?(?:@sha256:[0-9a-f]+)?$", re.ASCII)
_UBUNTU = re.compile(r"(?:^|-)ubuntu-?(\d\d\.\d\d)(?:$|-)")
_CODENAMES = {"focal": "20.04", "jammy": "22.04", "noble": "24.04", "resolute": "26.04"}
_L4T = re.compile(r"(?:^|-)r(3\d(?:\.\d+)+)(?=$|[-.])")
_PYTHON = re.compile(r"3\.\d+(?:\.\d+)?")


def image_states(reference: str, place: Location) -> list[Stated]:
    """The image under its name without `docker.io` (table "images", the tag as its value, "*" without one), and the
    facts that the names of Ubuntu's, Debian's, Python's and NVIDIA's CUDA images state.

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
        *([Stated("images", "l4t", Known(jetson[1], origin))] if jetson else []),
        *(Stated("facts", fact, Known(value, origin)) for fact, value in facts.items()),
    ]


def _facts(name: str, tag: str) -> dict[str, str]:
    facts: dict[str, str] = {}
    last = name.rpartition("/")[2]
    words = tag.split("-")
    ubuntu = _UBUNTU.search(tag)
    codename = next((_CODENAMES[word] for word in words if word in _CODENAMES), None)
    if last == "ubuntu" and re.match(r"\d\d\.\d\d", words[0]):
        codename = words[0]
    version = ubuntu[1] if ubuntu else codename
    if version is not None:
        facts |= {"distro": "ubuntu", "distro-version": version}
    if name == "python" and _PYTHON.fullmatch(words[0]):
        facts["python"] = words[0]
    if name in ("nvidia/cuda", "nvcr.io/nvidia/cuda") and "devel" in words:
        facts["cuda-toolkit"] = words[0]
    return facts
