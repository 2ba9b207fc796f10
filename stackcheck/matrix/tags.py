"""Wheel tags against a Linux machine with CPython, by their texts: what an installer takes, without its list of tags.

The rules are those of PyPA's platform compatibility tags (PEP 425, PEP 600 for manylinux). `packaging.tags` builds some
thousand tags for one machine; a record has few texts, and many machines are asked of them.
"""

from __future__ import annotations

from functools import lru_cache

from packaging.specifiers import SpecifierSet

from stackcheck.patterns import pattern

LAST_MINOR = 15
"""The newest Python that is spoken of where no wheel names a newer one (3.15 is the newest in 2026)."""

ANY = "any"
_LEGACY = {"manylinux1": 5, "manylinux2010": 12, "manylinux2014": 17}
_MANYLINUX = pattern(r"manylinux_2_(\d{1,3})_(.+)")
_MUSLLINUX = pattern(r"musllinux_1_\d{1,2}_.+")
_CPYTHON = pattern(r"cp3(\d{1,2})")
_OLDEST = {"x86_64": 5, "i686": 5}
"""The oldest glibc 2.x that a manylinux tag can name on an architecture; 17 on the others."""


@lru_cache(maxsize=8192)
def needed(
    pythons: tuple[str, ...], platforms: tuple[str, ...], arch: str, minor: int, *, musl: bool = False
) -> int | None:
    """The minor of the lowest glibc 2.x with which CPython 3.`minor` takes one of some wheels; None: it takes none.

    The wheels are every one of `pythons` ("cp312-cp312") on every one of `platforms`; 0: no glibc is named. With `musl`
    the machine has that C library instead; which 1.x it is (PEP 656) makes no difference to what is published.
    """
    taken = [python for python in pythons if takes(python, minor)]
    # A wheel for any platform has no ABI, or no installer takes it.
    pure = any(python.endswith("-none") for python in taken)
    found = [platform(name, arch, musl=musl) for name in platforms if taken and (name != ANY or pure)]
    return min((number for number in found if number is not None), default=None)


def newest_named(pythons: tuple[str, ...]) -> int:
    """The newest Python (minor of 3) that the tags of some wheels name ("cp312-cp312"); 0: they name none."""
    found = (_CPYTHON.fullmatch(name) for python in pythons for name in python.partition("-")[0].split("."))
    return max((int(match[1]) for match in found if match), default=0)


@lru_cache(maxsize=4096)
def takes(python: str, minor: int) -> bool:
    """Whether CPython 3.`minor` takes a wheel by its interpreter and ABI tag ("cp312-cp312", "py2.py3-none")."""
    interpreters, _, abis = python.partition("-")
    return any(_takes(one, abi, minor) for one in interpreters.split(".") for abi in abis.split("."))


def _takes(interpreter: str, abi: str, minor: int) -> bool:
    if abi == "none":
        return interpreter in ("py3", f"cp3{minor}") or _not_after(interpreter, "py3", minor, 0)
    if abi == "abi3":
        return _not_after(interpreter, "cp3", minor, 2)
    return interpreter == f"cp3{minor}" and abi == (f"{interpreter}m" if minor < 8 else interpreter)


def _not_after(interpreter: str, start: str, minor: int, oldest: int) -> bool:
    number = interpreter[len(start) :]
    return interpreter.startswith(start) and number.isdecimal() and len(number) < 4 and oldest <= int(number) <= minor


@lru_cache(maxsize=4096)
def glibc(platforms: str, arch: str) -> int | None:
    """The minor of glibc 2.x that the platform part of a file name needs on this architecture; the lowest of several.

    0 where it needs none that is named (linux_aarch64, any); None where it is for other machines.
    """
    needed = [number for name in platforms.split(".") if (number := _glibc(name, arch)) is not None]
    return min(needed, default=None)


def platform(platforms: str, arch: str, *, musl: bool = False) -> int | None:
    """As `glibc`; with `musl` 0 where the platform part of a file name is for a machine with that, else None."""
    return _musl(platforms, arch) if musl else glibc(platforms, arch)


def _musl(platforms: str, arch: str) -> int | None:
    """0 where the platform part of a file name is for a machine with musl, else None."""
    names = platforms.split(".")
    taken = (
        name in (ANY, f"linux_{arch}") or _MUSLLINUX.fullmatch(name) for name in names if name.endswith((ANY, arch))
    )
    return 0 if any(taken) else None


def _glibc(platform: str, arch: str) -> int | None:
    if platform in (ANY, f"linux_{arch}"):
        return 0
    match = _MANYLINUX.fullmatch(platform)
    if match:
        number = int(match[1])
        return number if match[2] == arch and number >= _OLDEST.get(arch, 17) else None
    name, _, rest = platform.partition("_")
    number = _LEGACY.get(name, 0)
    return number if rest == arch and number >= _OLDEST.get(arch, 17) else None


@lru_cache(maxsize=4096)
def admits(requires: str | None, python: str) -> bool:
    """Whether requires-python lets this Python in; where the patch release is not known, some patch release will do."""
    if not requires:
        return True
    try:
        clauses = SpecifierSet(requires)
    except ValueError:
        return True  # installers pass over what they cannot read
    exact = [python] if python.count(".") > 1 else [f"{python}.0", f"{python}.99"]
    return any(clauses.contains(version, prereleases=True) for version in exact)
