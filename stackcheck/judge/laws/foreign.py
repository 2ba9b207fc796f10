"""Code of another machine among the files of an environment or image, as `scan.machines` finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from stackcheck.model import Finding, Fix, Reason
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NAMED = 3
"""Files that one sentence names at most."""


class Foreign(Protocol):
    """See `scan.machines.Foreign` (rooms do not import each other)."""

    @property
    def path(self) -> str:
        """The file."""
        ...

    @property
    def machine(self) -> str:
        """Whom it is for."""
        ...

    @property
    def distribution(self) -> str:
        """Who owns it, "" for nobody."""
        ...


def findings(found: Iterable[Foreign], arch: str) -> Iterator[Finding]:
    """An error for each distribution without any code for `arch`; one warning for all programs that nobody owns."""
    programs: dict[str, list[Foreign]] = {}
    for one in found:
        if one.distribution:
            yield _distribution(one, arch)
        else:
            programs.setdefault(one.machine, []).append(one)
    for machine, files in sorted(programs.items()):
        yield _programs(machine, files, arch)


def _distribution(one: Foreign, arch: str) -> Finding:
    name = one.distribution
    command = f"pip install --force-reinstall --no-deps --no-cache-dir {name}"
    return Finding(
        kind="consistency",
        id=f"consistency/arch-{name}",
        severity="error",
        subject=name,
        message=f"The compiled files of {name} are for {one.machine}, whatever its tags say: {arch} cannot load them.",
        involves=tuple(sorted(("arch", name))),
        because=(Reason(f"the ELF header says {one.machine}", one.path),),
        fix=Fix(f"Install {name} again, for {arch}: on such a machine, or with pip's --platform.", (command,)),
    )


def _programs(machine: str, files: list[Foreign], arch: str) -> Finding:
    names = few([one.path for one in files], NAMED)
    are, they = ("is", "it does") if len(files) == 1 else ("are", "they do")
    return Finding(
        kind="consistency",
        id=f"consistency/files-for-{machine}",
        severity="warning",
        subject="arch",
        message=f"{names} {are} for {machine}; on {arch} {they} not run.",
        involves=("arch",),
        because=tuple(Reason(f"the ELF header says {machine}", one.path) for one in files[:NAMED]),
        fix=Fix(f"Put the build for {arch} there: the command that fetched it names another machine."),
    )
