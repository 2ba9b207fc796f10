"""Wheels that a line names by path or URL: no index offers another one, so all three tags of the file's name must fit.

The tags are PyPA's platform compatibility tags: PEP 425, PEP 600 for glibc, PEP 656 for musl.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from stackcheck import versions
from stackcheck.matrix import tags
from stackcheck.model import Finding, Fix, Reason
from stackcheck.patterns import pattern
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.domain import Domain
    from stackcheck.judge.working import Working
    from stackcheck.model import Ask

_BEFORE_3_8 = pattern(r"-cp3(?:[89]|\d\d)m$")
"""An ABI tag that says "pymalloc", as those up to 3.7 do, of a Python that has none such."""
_EVERY = range(tags.LAST_MINOR + 3)
"""Minor versions of Python 3 that a wheel may be for, where nothing is known of the machine's."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A Linux machine as wheel tags see it. `glibc` is the minor of 2.x, None where it is not known."""

    arch: str
    glibc: int | None = None
    musl: bool = False
    minors: tuple[int, ...] = tuple(_EVERY)


def findings(work: Working) -> Iterator[Finding]:
    """Each wheel that a line names and that cannot be installed on the machine. Call it before the engine narrows."""
    machine = _machine(work)
    if machine is None:
        return
    for ask in work.stack.asks:
        found = problem(ask, machine) if ask.applies and ask.url else None
        if found is None:
            continue
        subject, text = found
        domain = work.domain(subject)
        yield Finding(
            kind="wheel-tag",
            id=f"wheel-tag/{ask.name}",
            severity="error",
            subject=ask.name,
            involves=tuple(sorted((ask.name, subject))),
            message=f"{text}{_python(domain) if subject == 'python' else ''}.",
            location=ask.origin.location,
            because=(
                Reason(f"{ask} is asked for", ask.origin.place),
                *(Reason(step.text, step.origin) for step in (domain.steps if domain else ())),
            ),
            fix=Fix("Name a wheel for this machine, or keep the line to its own with a platform_machine marker."),
        )


def problem(ask: Ask, machine: Machine) -> tuple[str, str] | None:
    """What is in the way of a direct wheel, as a subject ("arch", "libc", "glibc", "python") and a sentence without its
    end; None where it fits and for what is no wheel."""
    parts = _parts(ask.url or "")
    if parts is None:
        return None
    python, platform = parts
    what, shown = f"{ask} is a wheel for ", ", ".join(sorted(platform.split(".")))
    needed = tags.platform(platform, machine.arch, musl=machine.musl)
    if needed is None or (machine.glibc is not None and not machine.musl and needed > machine.glibc):
        own = [name for name in sorted(platform.split(".")) if "linux" in name and name.endswith(f"_{machine.arch}")]
        if not own:
            return "arch", f"{what}{shown}; this machine is linux_{machine.arch}"
        shown = ", ".join(own)
        if machine.musl or all(name.startswith("musllinux") for name in own):
            libc = "musl" if machine.musl else "glibc"
            return "libc", f"{what}{shown}; this machine has {libc}"
        return "glibc", f"{what}{shown}, and needs that glibc; this machine has 2.{machine.glibc}"
    if _BEFORE_3_8.search(python):
        return "python", f"{what}{python}, an ABI that no Python has: from 3.8 on its name is without the m"
    taken = {minor for minor in _EVERY if tags.takes(python, minor)}
    if taken.isdisjoint(machine.minors) and taken:
        interpreters, _, abis = python.partition("-")
        return "python", what + ", ".join(
            sorted(f"{one}-{abi}" for one in interpreters.split(".") for abi in abis.split("."))
        )
    return None  # it fits, or is for another interpreter, or for none that is known here


def platform_of(url: str) -> str | None:
    """The platform part of a wheel's name; None for what is no wheel."""
    parts = _parts(url)
    return None if parts is None else parts[1]


def _parts(url: str) -> tuple[str, str] | None:
    """Interpreter and ABI tag of a wheel, and its platform, by the name of its file; None for what is no wheel."""
    name = unquote(url.partition("#")[0].partition("?")[0].rpartition("/")[2])
    if not name.endswith(".whl"):
        return None
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        parse_wheel_filename(name)
    except InvalidWheelFilename:
        return None
    python, abi, platform = name[:-4].lower().split("-")[-3:]
    return f"{python}-{abi}", platform


def _machine(work: Working) -> Machine | None:
    """The machine; None where it is no Linux machine or its architecture is not known."""
    arch, system = work.domain("arch"), work.domain("os")
    if arch is None or not arch.values or (system is not None and system.values != ("linux",)):
        return None
    libc, glibc = work.domain("libc"), work.domain("glibc")
    version = versions.parse(glibc.values[0]) if glibc is not None and glibc.values else None
    minor = version.minor if version is not None and version.major == 2 else None
    musl = libc is not None and libc.values == ("musl",)
    return Machine(arch.values[0], minor, musl, _minors(work.domain("python")))


def _minors(python: Domain | None) -> tuple[int, ...]:
    """The minor versions of Python 3 that the environment may have."""
    if python is None:
        return tuple(_EVERY)
    if python.values:
        found = versions.parse(python.values[0])
        return (found.minor,) if found is not None and found.major == 3 and len(found.release) > 1 else tuple(_EVERY)
    allowed = python.range
    if allowed is None:
        return tuple(_EVERY)
    return tuple(minor for minor in _EVERY if not (allowed & versions.to_range(f"3.{minor}")).is_empty)


def _python(domain: Domain | None) -> str:
    if domain is None:
        return ""
    return (
        f"; this environment has Python {domain.values[0]}"
        if domain.values
        else "; the project asks for another Python"
    )
