"""Which machines and Pythons the files of one release serve, by its line in a record.

Wheel tags are PyPA's platform compatibility tags (PEP 425, 600 for manylinux); `requires-python` counts beside them as
it does for an installer. Yanked files do not count (PEP 592), except for a release that has no others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.matrix import tags
from stackcheck.matrix.releases import ANY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackcheck.matrix.releases import Release, Wheels

_FIRST_MINOR = 6


def files(release: Release) -> tuple[Wheels, ...]:
    """The wheels that count: yanked ones only where all files of the release are."""
    return (*release.wheels, *(release.yanked_wheels if release.yanked else ()))


def admits(release: Release, own: str | None, python: str) -> bool:
    """Whether requires-python of a file (`own`: as `Wheels.python` has it) lets a Python in."""
    stated = release.python if own is None else None if own == ANY else own
    return tags.admits(stated, python)


def open_to(release: Release, pythons: Iterable[str]) -> bool:
    """Whether any file is for one of these Pythons by its requires-python; installers pass over the others in silence.

    A Python is a version or a series ("3.12").
    """
    stated = [some.python for some in files(release)] + ([release.sdist_python] if release.sdist else [])
    return any(admits(release, own, python) for python in pythons for own in stated)


def buildable(release: Release, pythons: Iterable[str]) -> bool:
    """Whether there is a source distribution for one of these Pythons."""
    return release.sdist and any(admits(release, release.sdist_python, python) for python in pythons)


def needed_glibc(release: Release, arch: str, python: str, *, musl: bool = False) -> int | None:
    """The minor of the lowest glibc 2.x with which a wheel serves this machine and Python; None: none does at all.

    0: it needs none. `arch` may be `ANY`, for pure wheels alone.
    """
    minor = int(python.split(".")[1])
    found = (
        tags.needed(some.pythons, some.platforms, "none" if arch == ANY else arch, minor, musl=musl)
        for some in files(release)
        if admits(release, some.python, python)
    )
    return min((needed for needed in found if needed is not None), default=None)


def minors(release: Release, arch: str, *, musl: bool = False) -> frozenset[int]:
    """The Pythons (minor versions of 3) that some wheel serves on an architecture."""
    named = (tags.newest_named(some.pythons) for some in files(release))
    last = max((tags.LAST_MINOR, *named))
    every = range(_FIRST_MINOR, last + 1)
    return frozenset(minor for minor in every if needed_glibc(release, arch, f"3.{minor}", musl=musl) is not None)


def asked_pythons(release: Release) -> frozenset[int]:
    """The Pythons that requires-python admits, whatever wheels there are; of the newest files where they differ."""
    return frozenset(minor for minor in range(_FIRST_MINOR, tags.LAST_MINOR + 1) if open_to(release, [f"3.{minor}"]))


def lowest_glibc(release: Release, arch: str, pythons: Iterable[int]) -> int | None:
    """The minor of the lowest glibc 2.x on which a wheel for this architecture serves one of these Pythons (minors);
    None without a manylinux one."""
    found = (needed_glibc(release, arch, f"3.{minor}") for minor in pythons)
    return min((needed for needed in found if needed), default=None)
