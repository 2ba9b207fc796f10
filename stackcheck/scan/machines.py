"""Machine code of another machine, by the headers of its files: x86_64 objects where everything is aarch64.

A wheel's tag is only a name, and a Dockerfile that downloads a program gets whatever the URL says.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from stackcheck.patterns import pattern
from stackcheck.scan.metadata import listed_libraries
from stackcheck.scan.view import UnreadableError
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.scan.metadata import Distribution
    from stackcheck.scan.view import FileView, LibraryView

FOREIGN = {"aarch64": ("x86_64", "i686"), "x86_64": ("aarch64", "armv7l")}
"""arch → the machines whose code it does not run. 32-bit Arm code may run on aarch64, i686 code on x86_64."""

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where programs are looked for, whatever PATH an image sets."""

_LABELLED = pattern(r"(?<![a-z0-9])(?:x86|x64|amd64|i[36]86|linux-?(?:32|64)|a64|arm|aarch64|sbsa)", re.IGNORECASE)
"""Paths that say themselves whom they are for: cross toolchains, debuggers that bring a helper for every machine."""
_MAX_LISTED = 500


@dataclass(frozen=True, slots=True)
class Foreign:
    """Code of another machine: where it lies, whom it is for, and the distribution that owns it ("" for none)."""

    path: str
    machine: str
    distribution: str = ""


def of_distributions(view: LibraryView, installed: Iterable[Distribution], arch: str) -> tuple[Foreign, ...]:
    """The distributions whose compiled files are all for another machine, each with its first one.

    Those of pure Python that bring helpers for several machines (py3-none-any) are none of them, and those whose wheel
    says that it is for another machine are told by that already.
    """
    found = (_of_distribution(view, one, arch) for one in installed if _may_be_compiled(one, arch))
    return tuple(one for one in found if one is not None)


def _may_be_compiled(one: Distribution, arch: str) -> bool:
    return not one.tags or any(tag.endswith(f"_{arch}") for tag in one.tags)


def _of_distribution(view: LibraryView, one: Distribution, arch: str) -> Foreign | None:
    first: Foreign | None = None
    try:
        for path in islice(listed_libraries(view, one), _MAX_LISTED):
            machine = _machine(view, path)
            if machine is None:
                continue
            if machine not in FOREIGN.get(arch, ()):
                return None
            first = first or Foreign(path, machine, one.name)
    except UnreadableError:
        return None
    return first


def of_programs(view: LibraryView, path: str, arch: str) -> tuple[Foreign, ...]:
    """Programs on a PATH ("" for none) or the usual one, and libraries and programs of /usr/local and /opt."""
    found = []
    for folder in _folders(view, path):
        for name in _names(view, folder):
            place = f"{folder}/{name}"
            machine = None if _LABELLED.search(place) else _machine(view, place)
            if machine in FOREIGN.get(arch, ()):
                found.append(Foreign(place, str(machine)))
    return tuple(found)


def _folders(view: FileView, path: str) -> Iterator[str]:
    extra = [f"/opt/{name}/{kind}" for name in _names(view, "/opt") for kind in ("bin", "lib")]
    for folder in dict.fromkeys((*path.split(":"), *PATH.split(":"), "/usr/local/lib", *extra)):
        # A merged /usr has /bin as a link to what is listed anyway.
        if folder.startswith("/") and view.readlink(folder.rstrip("/")) is None:
            yield folder.rstrip("/")


def _names(view: FileView, folder: str) -> tuple[str, ...]:
    try:
        return view.list_dir(folder)
    except UnreadableError:
        return ()


def _machine(view: LibraryView, path: str) -> str | None:
    try:
        return view.machine(path)
    except UnreadableError:
        return None
