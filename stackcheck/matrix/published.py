"""What an index has of a project, put in order: releases, and which machines and Pythons their wheels serve.

Pure. Wheel tags are PyPA's platform compatibility tags (PEP 425, 600 for manylinux); `requires-python` counts beside
them as it does for an installer. Yanked files do not count (PEP 592), except for a release that has no others.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_sdist_filename, parse_wheel_filename

from stackcheck.matrix.tags import LAST_MINOR as LAST_MINOR
from stackcheck.matrix.tags import admits
from stackcheck.values import dataclass
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from packaging.version import Version

_FIRST_MINOR = 6
_LEGACY = {"manylinux1": 5, "manylinux2010": 12, "manylinux2014": 17}
_MANYLINUX = re.compile(r"manylinux_2_(\d{1,3})_(.+)")
_CPYTHON = re.compile(r"cp3(\d{1,2})")
_NEWEST_GLIBC = 60
"""Stands for "any" where a machine's glibc is not known: no manylinux tag comes near it."""


class File(Protocol):
    """A file as an index lists it; whoever asked the index has a class of its own."""

    @property
    def filename(self) -> str: ...
    @property
    def requires_python(self) -> str | None: ...
    @property
    def yanked(self) -> bool: ...
    @property
    def has_metadata(self) -> bool: ...


class Project(Protocol):
    """A project's files."""

    @property
    def name(self) -> str: ...
    @property
    def files(self) -> Sequence[File]: ...


@dataclass(frozen=True, slots=True)
class Wheel:
    """One wheel: its tags, and what it asks of Python."""

    tags: frozenset[Tag]
    requires_python: str | None
    file: File


@dataclass(frozen=True, slots=True)
class Release:
    """One release. `sdists` holds the requires-python of each source distribution."""

    version: Version
    wheels: tuple[Wheel, ...] = ()
    sdists: tuple[str | None, ...] = ()
    yanked: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A Linux machine with CPython. `glibc` is the minor of 2.x; None is not known, and then any will do. With `musl`
    it has none."""

    arch: str
    glibc: int | None = None
    python: str | None = None
    musl: bool = False

    def __str__(self) -> str:
        glibc = ", musl" if self.musl else ("" if self.glibc is None else f", glibc 2.{self.glibc}")
        python = "CPython 3.9 or newer" if self.python is None else f"CPython {self.python}"
        return f"linux_{self.arch}{glibc}, {python}"

    @property
    def minors(self) -> tuple[int, ...]:
        """The minor versions of Python 3 that it may have; where nothing is known, those that are still in use."""
        if self.python is None:
            return tuple(range(9, LAST_MINOR + 1))
        return (int(self.python.split(".")[1]),)


def releases(project: Project) -> tuple[Release, ...]:
    """The releases of a project, oldest first. Files whose names break the rules do not count, as for installers."""
    found: dict[Version, list[tuple[File, frozenset[Tag] | None]]] = {}
    for file in project.files:
        for version, tags in _parsed(file.filename):
            found.setdefault(version, []).append((file, tags))
    return tuple(_release(version, found[version]) for version in sorted(found))


@dataclass(frozen=True, slots=True)
class Named:
    """A file of which only the name is known, as a lock lists it; a record knows the release alone."""

    filename: str
    requires_python: str | None = None
    yanked: bool = False
    has_metadata: bool = False


def of_names(names: Iterable[str]) -> Release | None:
    """The files of one release by their names; None where no name is that of a wheel or source archive."""
    parsed = [(version, Named(name), tags) for name in names for version, tags in _parsed(name)]
    return _release(parsed[0][0], [(file, tags) for _, file, tags in parsed]) if parsed else None


def _parsed(filename: str) -> Iterator[tuple[Version, frozenset[Tag] | None]]:
    try:
        if filename.endswith(".whl"):
            _, version, _, tags = parse_wheel_filename(filename)
            yield version, tags
        elif filename.endswith((".tar.gz", ".zip")):
            yield parse_sdist_filename(filename)[1], None
    except ValueError:  # InvalidWheelFilename, InvalidSdistFilename, or a number of more than 4,300 digits
        return


def _release(version: Version, files: list[tuple[File, frozenset[Tag] | None]]) -> Release:
    kept = [(file, tags) for file, tags in files if not file.yanked]
    used = kept or files
    wheels = tuple(Wheel(tags, file.requires_python, file) for file, tags in used if tags is not None)
    sdists = tuple(file.requires_python for file, tags in used if tags is None)
    return Release(version, wheels, sdists, not kept)


def serving(release: Release, target: Target) -> Wheel | None:
    """A wheel that an installer would take on this machine, or None."""
    for minor in target.minors:
        known = supported(target.arch, target.glibc, minor, musl=target.musl)
        for wheel in release.wheels:
            if admits(wheel.requires_python, _python(target, minor)) and not known.isdisjoint(wheel.tags):
                return wheel
    return None


def open_to(release: Release, target: Target) -> bool:
    """Whether any file is for this Python by its requires-python; installers pass over the others without a word."""
    says = [wheel.requires_python for wheel in release.wheels] + list(release.sdists)
    return any(admits(requires, _python(target, minor)) for requires in says for minor in target.minors)


def buildable(release: Release, target: Target) -> bool:
    """Whether there is a source distribution for this Python."""
    pythons = [_python(target, minor) for minor in target.minors]
    return any(admits(requires, python) for requires in release.sdists for python in pythons)


def minors(release: Release, arch: str) -> frozenset[int]:
    """The Pythons (minor versions of 3) that some wheel serves on an architecture; of pure ones alone for "any"."""
    last = max((LAST_MINOR, *(int(minor) for wheel in release.wheels for minor in _named(wheel.tags))))
    pure = arch == "any"
    wheels = [wheel for wheel in release.wheels if not pure or any(tag.platform == "any" for tag in wheel.tags)]
    return frozenset(
        minor
        for minor in range(_FIRST_MINOR, last + 1)
        if any(
            admits(wheel.requires_python, f"3.{minor}")
            and not supported("none" if pure else arch, None, minor).isdisjoint(wheel.tags)
            for wheel in wheels
        )
    )


def asked_pythons(release: Release) -> frozenset[int]:
    """The Pythons that requires-python admits, whatever wheels there are; of the newest files where they differ."""
    says = [wheel.requires_python for wheel in release.wheels] + list(release.sdists)
    every = range(_FIRST_MINOR, LAST_MINOR + 1)
    return frozenset(minor for minor in every if any(admits(requires, f"3.{minor}") for requires in says))


def lowest_glibc(release: Release, arch: str) -> int | None:
    """The minor of the lowest glibc 2.x on which a wheel for this architecture works; None without a manylinux one."""
    per_wheel = [
        min(found)
        for wheel in release.wheels
        if (found := [number for tag in wheel.tags if (number := _glibc(tag.platform, arch)) is not None])
    ]
    return min(per_wheel, default=None)


def _glibc(platform: str, arch: str) -> int | None:
    found = _MANYLINUX.fullmatch(platform)
    if found:
        return int(found[1]) if found[2] == arch else None
    name, _, rest = platform.partition("_")
    return _LEGACY.get(name) if rest == arch else None


@lru_cache(maxsize=256)
def supported(arch: str, glibc: int | None, minor: int, *, musl: bool = False) -> frozenset[Tag]:
    """The tags that CPython 3.`minor` takes on Linux with this architecture and C library."""
    platforms = _of_musl(arch) if musl else list(_platforms(arch, _NEWEST_GLIBC if glibc is None else glibc))
    abi = f"cp3{minor}m" if minor < 8 else f"cp3{minor}"  # the m went with 3.8
    found = set(cpython_tags((3, minor), [abi], platforms))
    return frozenset(found | set(compatible_tags((3, minor), f"cp3{minor}", platforms)))


def _platforms(arch: str, glibc: int) -> Iterator[str]:
    names = {minor: name for name, minor in _LEGACY.items()}
    for minor in range(glibc, (5 if arch in ("x86_64", "i686") else 17) - 1, -1):
        yield f"manylinux_2_{minor}_{arch}"
        if minor in names:
            yield f"{names[minor]}_{arch}"
    yield f"linux_{arch}"


def _of_musl(arch: str) -> list[str]:
    """The platforms of a machine with musl (PEP 656). Which 1.x it is makes no difference to what is published."""
    return [*(f"musllinux_1_{minor}_{arch}" for minor in range(5, -1, -1)), f"linux_{arch}"]


def _python(target: Target, minor: int) -> str:
    return target.python if target.python is not None else f"3.{minor}"


def _named(tags: Iterable[Tag]) -> Iterator[str]:
    for tag in tags:
        found = _CPYTHON.fullmatch(tag.interpreter)
        if found:
            yield found[1]


def shown(release: Release) -> str:
    """A release's wheels in short: "cp38 to cp312 on manylinux_2_28_x86_64, win_amd64 and 2 more"."""
    if not release.wheels:
        return "none"
    tags = {tag for wheel in release.wheels for tag in wheel.tags}
    numbers = sorted({int(number) for number in _named(tags)})
    others = sorted({tag.interpreter for tag in tags if not _CPYTHON.fullmatch(tag.interpreter)})
    span = [] if not numbers else [f"cp3{numbers[0]}" + (f" to cp3{numbers[-1]}" if len(numbers) > 1 else "")]
    # Linux first, and of the names of one wheel the plainest: what the reader compares with is a Linux machine.
    platforms = sorted({tag.platform for tag in tags}, key=lambda name: ("linux" not in name, name))
    return f"{', '.join([*span, *others])} on {few(platforms, 3)}"
