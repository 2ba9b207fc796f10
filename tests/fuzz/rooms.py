"""Which room of the package a target is for: its branches are what guides the fuzzer."""

from __future__ import annotations

ROOMS = {
    "judge": ("judged: requirements.txt", "judged: Dockerfile", "log", "baseline"),
    "matrix": ("rows", "record"),
    "scan": ("library", "wheel", "metadata", "image", "manifests", "dpkg", "os-release"),
    "plan": ("plan of wishes", "plan of a file", "plan in a pyproject.toml"),
    "probe": ("page.json", "page.html", "page of metadata", "uv's words"),
}


def room_of(name: str) -> str:
    """The room of a target; what is not named here is for the readers."""
    return next((room for room, names in ROOMS.items() if name in names), "read")
