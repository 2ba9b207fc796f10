"""Wheels that a line names by path or URL: no index offers another one, so all three tags of the file's name must fit.

The tags are PyPA's platform compatibility tags: PEP 425, PEP 600 for glibc, PEP 656 for musl.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from stackcheck import versions
from stackcheck.matrix.published import LAST_MINOR, supported
from stackcheck.model import Finding, Fix, Reason
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.tags import Tag

    from stackcheck.judge.domain import Domain
    from stackcheck.judge.working import Working
    from stackcheck.model import Ask

_EVERY = range(LAST_MINOR + 3)
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
    tags = _tags(ask.url or "")
    if not tags:
        return None
    what = f"{ask} is a wheel for "
    platforms = sorted({tag.platform for tag in tags})
    here = _platforms(machine)
    if not here & set(platforms):
        own = [name for name in platforms if "linux" in name and name.endswith(f"_{machine.arch}")]
        shown = ", ".join(own or platforms)
        if not own:
            return "arch", f"{what}{shown}; this machine is linux_{machine.arch}"
        if machine.musl or all(name.startswith("musllinux") for name in own):
            libc = "musl" if machine.musl else "glibc"
            return "libc", f"{what}{shown}; this machine has {libc}"
        return "glibc", f"{what}{shown}, and needs that glibc; this machine has 2.{machine.glibc}"
    fitting = {tag for tag in tags if tag.platform in here}
    if any(not _supported(machine, minor).isdisjoint(fitting) for minor in machine.minors):
        return None
    if any(not _supported(machine, minor).isdisjoint(fitting) for minor in _EVERY):
        pythons = ", ".join(sorted({f"{tag.interpreter}-{tag.abi}" for tag in fitting}))
        return "python", f"{what}{pythons}"
    return None  # tags of another interpreter, or none that is known here


def _tags(url: str) -> frozenset[Tag]:
    name = unquote(url.partition("#")[0].partition("?")[0].rpartition("/")[2])
    if not name.endswith(".whl"):
        return frozenset()
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        return parse_wheel_filename(name)[3]
    except InvalidWheelFilename:
        return frozenset()


def _supported(machine: Machine, minor: int) -> frozenset[Tag]:
    return supported(machine.arch, machine.glibc, minor, musl=machine.musl)


def _platforms(machine: Machine) -> set[str]:
    return {tag.platform for tag in _supported(machine, LAST_MINOR)}


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
