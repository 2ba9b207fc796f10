"""Whether an installed distribution suits the Python and the machine, by its metadata, its tags and its files.

A wheel's tags alone prove nothing (pip's false alarms: no tag, musl beside glibc, "cp39" on pure Python), so a wheel
counts as one of another machine only where the compiled files that it lists are for another one too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge.distributions import SYSTEM_FOLDERS, listed
from stackcheck.judge.requires_dist import allows
from stackcheck.model import Finding, Fix, Known, Reason
from stackcheck.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.distributions import Distribution
    from stackcheck.model import Severity, Stack

_MANYLINUX = pattern(r"manylinux_(\d{1,4})_(\d{1,4})_")
_MANYLINUX_OLD = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}

# Plain texts: `re` compiles them when they are first needed.
_COMPILED = r"\.(?:so(?:\.[0-9.]+)?|pyd|dylib)$"
_MACHINE_WORD = r"(x86_64|aarch64|i386|i686|armv7l|arm64|ppc64le|s390x|riscv64)[-_.]"
_PYTHON_WORD = r"\.cpython-(\d)(\d+)"


def findings(stack: Stack, distribution: Distribution) -> Iterator[Finding]:
    """What of an installed distribution does not suit this Python and this machine."""
    yield from _python(stack, distribution)
    yield from _machine(stack, distribution)


def _python(stack: Stack, distribution: Distribution) -> Iterator[Finding]:
    """A distribution that excludes this Python, or whose compiled modules are all for another one."""
    python = stack.facts.get("python")
    if not isinstance(python, Known) or distribution.folder.startswith(SYSTEM_FOLDERS):
        return
    here = f"this environment has {python.value}"
    reason = Reason(python.origin.text, python.origin.place)
    if distribution.requires_python and not allows(distribution.requires_python, python.value):
        text = f"{_named(distribution)} is for Python {distribution.requires_python}; {here}."
        stated = f"{_named(distribution)} has Requires-Python: {distribution.requires_python}"
        yield _about(distribution, "python", "warning", text, (Reason(stated, distribution.path), reason))
        return
    others = _built_for(distribution)
    if others and ".".join(python.value.split(".")[:2]) not in others:
        built = listed(sorted(others))
        text = f"{_named(distribution)} has compiled modules for Python {built} alone; {here}."
        yield _about(distribution, "python", "warning", text, (*_tags(distribution), reason))


def _built_for(distribution: Distribution) -> set[str]:
    """The Pythons that its compiled modules are for; none where they are for any (the stable ABI) or not known."""
    files = distribution.files or ()
    if any(".abi3." in path for path, _ in files):
        return set()
    return {f"{major}.{minor}" for path, _ in files for major, minor in re.findall(_PYTHON_WORD, path)}


def _machine(stack: Stack, distribution: Distribution) -> Iterator[Finding]:
    """A wheel that was made for another CPU or a newer glibc than this machine's."""
    arch, system = stack.facts.get("arch"), stack.facts.get("os")
    if not isinstance(arch, Known) or not isinstance(system, Known) or system.value != "linux" or not distribution.tags:
        return
    if any(tag.endswith("-any") for tag in distribution.tags):
        return  # nearly all: for every machine, and needing no glibc
    platforms = sorted({tag.rpartition("-")[2] for tag in distribution.tags})
    own = [platform for platform in platforms if platform.endswith(f"_{arch.value}")]
    reason = Reason(arch.origin.text, arch.origin.place)
    if own:
        yield from _glibc(stack, distribution, own)
        return
    compiled = [path for path, _ in distribution.files or () if re.search(_COMPILED, path)]
    words = {word for path in compiled for word in re.findall(_MACHINE_WORD, path.rpartition("/")[2])}
    if not compiled or arch.value in words:
        return
    text = (
        f"{_named(distribution)} is a wheel for {listed(platforms)}; this machine is linux_{arch.value}, "
        f"where its compiled files ({listed([path.rpartition('/')[2] for path in compiled[:1]])}) do not load."
    )
    yield _about(distribution, "arch", "error", text, (*_tags(distribution), reason))


def _glibc(stack: Stack, distribution: Distribution, platforms: list[str]) -> Iterator[Finding]:
    glibc = stack.facts.get("glibc")
    if not isinstance(glibc, Known):
        return
    needed = [_glibc_of(platform) for platform in platforms]
    has = versions.parse(glibc.value)
    lowest = min((need for need in needed if need is not None), default=None)
    if None in needed or lowest is None or has is None or lowest <= has.release[:2]:
        return
    needs = f"glibc {lowest[0]}.{lowest[1]} or newer"
    text = f"{_named(distribution)} is a wheel for {needs}; this machine has {glibc.value}."
    reason = Reason(glibc.origin.text, glibc.origin.place)
    yield _about(distribution, "glibc", "warning", text, (*_tags(distribution), reason))


def _glibc_of(platform: str) -> tuple[int, int] | None:
    """The glibc of a manylinux tag (PEP 600); None for a tag that needs none, or says none."""
    match = _MANYLINUX.match(platform)
    if match:
        return int(match[1]), int(match[2])
    return _MANYLINUX_OLD.get(platform.partition("_")[0])


def _tags(distribution: Distribution) -> tuple[Reason, ...]:
    return (Reason(f"{_named(distribution)} has the wheel tags {listed(distribution.tags)}", distribution.path),)


def _named(distribution: Distribution) -> str:
    return f"{distribution.name} {distribution.version}"


def _about(
    distribution: Distribution, subject: str, severity: Severity, text: str, because: tuple[Reason, ...]
) -> Finding:
    """A finding on a distribution that does not suit `subject`: "python", "arch" or "glibc"."""
    command = f"pip install --force-reinstall --no-deps --no-cache-dir {distribution.name}"
    return Finding(
        kind="consistency",
        id=f"consistency/{subject}-{distribution.name}",
        severity=severity,
        subject=distribution.name,
        message=text,
        involves=tuple(sorted((distribution.name, subject))),
        because=because,
        fix=Fix(f"Install {distribution.name} again, for this environment.", (command,)),
    )
