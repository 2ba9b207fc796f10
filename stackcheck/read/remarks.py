"""What lines say that is surely not meant: the same twice, a marker that is true nowhere, one that tells too little."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from stackcheck.model import Unread
from stackcheck.patterns import pattern
from stackcheck.read.markers import applies
from stackcheck.read.quote import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.model import Ask, Location

_SYSTEMS = (
    ("linux", "Linux", "posix", ("x86_64", "aarch64", "armv7l", "armv6l", "i686", "ppc64le", "s390x", "riscv64")),
    ("darwin", "Darwin", "posix", ("arm64", "x86_64")),
    ("win32", "Windows", "nt", ("AMD64", "ARM64", "x86")),
    ("cygwin", "CYGWIN_NT-10.0", "posix", ("x86_64",)),
    ("emscripten", "Emscripten", "posix", ("wasm32",)),
    ("ios", "iOS", "posix", ("arm64",)),
    ("android", "Android", "posix", ("aarch64", "x86_64")),
)
"""sys_platform, platform_system, os_name and platform_machine as Python says them (PEP 508, 730, 738)."""
_VARIABLES = ("sys_platform", "platform_system", "os_name", "platform_machine", "python_version", "python_full_version")
_PYTHONS = ("2.7", *(f"3.{minor}" for minor in range(5, 17)))
LONGEST = 500
"""Characters of a marker that is looked at: it is tried on some hundred machines."""
MAX_MARKERS = 300
"""Different markers of one run that are looked at: several times what the largest project has."""
_OF_PLATFORM = pattern(r"\b(?:platform_machine|platform_system|sys_platform|os_name)\b")
_JETSON = pattern(r"(?:^|[/.-])(?:jp\d|jetson|l4t|tegra)", re.IGNORECASE)


def remarks(asks: Iterable[Ask]) -> Iterator[Unread]:
    """Notes and warnings on the lines themselves, whatever the target."""
    before: dict[tuple[object, ...], Location | None] = {}
    markers: dict[str | None, None] = {}
    for ask in asks:
        if ask.locked is not None or ask.origin.location is None:
            continue
        if len(markers) <= MAX_MARKERS:
            markers[ask.marker] = None
            if len(markers) > MAX_MARKERS:
                text = f"From here on no marker was tried on other machines: {MAX_MARKERS} different ones were."
                yield Unread(text, ask.origin.location, "note")
            else:
                yield from _marker(ask, ask.origin.location)
        if ask.applies is False:
            continue  # a table for another platform says the same
        where = ask.origin.location
        key = (where.path, ask.group, ask.name, ask.specifier, ask.extras, ask.marker, ask.url, ask.constraint)
        first = before.setdefault(key, where)
        if first != where:
            yield Unread(f"{shown(str(ask))} stands here a second time ({first}).", where, "note")


def _marker(ask: Ask, where: Location) -> Iterator[Unread]:
    marker = ask.marker
    if marker is None or len(marker) > LONGEST or _OF_PLATFORM.search(marker) is None:
        return
    if not ask.applies and true_nowhere(marker):
        text = f"The marker {shown(marker)} is true on no machine: this line never counts.{_hint(marker)}"
        yield Unread(text, where, "warning")
    elif "aarch64" in marker and "platform_release" not in marker and _for_jetson(ask):
        if _true_on(marker) != {("linux", "aarch64")}:
            return
        text = f"The marker {shown(marker)} is true on every aarch64 machine, but the build named here is a Jetson's. "
        text += "Its kernel tells it from a DGX Spark: add `'tegra' in platform_release`."
        yield Unread(text, where, "note")


def _for_jetson(ask: Ask) -> bool:
    names = (ask.url or "", *(ask.indexes.names if ask.indexes is not None else ()))
    return any(_JETSON.search(name) for name in names)


def _hint(marker: str) -> str:
    if "arm64" in marker and "inux" in marker:
        return " On Linux an Arm machine is `aarch64`; `arm64` is what macOS says."
    if re.search(r"platform_system == [\"'](?:linux|windows|darwin)", marker):
        return " platform_system is written with a capital: `Linux`."
    if re.search(r"sys_platform == [\"'](?:Linux|Windows|Darwin|linux2|macos)", marker):
        return " sys_platform is `linux`, `win32` or `darwin`."
    return ""


@lru_cache(maxsize=1024)
def true_nowhere(marker: str) -> bool:
    """Whether a marker is false on every known platform with every Python; one that nobody can tell is not."""
    return not any(_verdicts(marker))


@lru_cache(maxsize=1024)
def _true_on(marker: str) -> set[tuple[str, str]]:
    """Where a marker may be true: sys_platform and platform_machine."""
    return {
        (system, machine)
        for system, _, _, machines in _SYSTEMS[:3]
        for machine in machines
        if any(_verdicts(marker, system, machine))
    }


def _verdicts(marker: str, *only: str) -> Iterator[bool]:
    named = [variable for variable in _VARIABLES if variable in marker]
    # Machines and Pythons that differ in nothing that the marker names are one.
    environments = dict.fromkeys(
        tuple((name, one[name]) for name in named)
        for one in _environments()
        if not only or only == (one["sys_platform"], one["platform_machine"])
    )
    for environment in environments:
        yield applies(marker, dict(environment)) is not False


@lru_cache(maxsize=1)
def _environments() -> tuple[dict[str, str], ...]:
    return tuple(
        dict(zip(_VARIABLES, (system, name, family, machine, python, f"{python}.{patch}"), strict=True))
        for system, name, family, machines in _SYSTEMS
        for machine in machines
        for python in _PYTHONS
        for patch in ("0", "99")
    )
