"""What a shell text asks of the machine that it runs on: its architecture and its system, as commands print them.

They stand among the variables of a text under names that no variable of a shell has.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.model import Known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackcheck.model import Stack

_UNAME, _DEBIAN, _SYSTEM = "=uname", "=dpkg", "=system"
_OWN = (_UNAME, _DEBIAN, _SYSTEM)
DEBIAN = {"aarch64": "arm64", "x86_64": "amd64"}
"""The architectures as Debian and Docker name them."""
_SYSTEMS = {"linux": "Linux", "darwin": "Darwin"}
_QUIET = r"\s*(?:2>\s*/dev/null\s*)?(?:\|\|\s*true\s*)?"
_FOLDER = r"(?:(?:/usr)?/bin/)?"
_ASKS = (
    (_UNAME, re.compile(rf"{_FOLDER}(?:uname\s+(?:-[mpi]|--machine)|arch){_QUIET}")),
    (_DEBIAN, re.compile(rf"{_FOLDER}(?:dpkg\s+--print-architecture|dpkg-architecture\s+-q\s*DEB_HOST_ARCH){_QUIET}")),
    (_SYSTEM, re.compile(rf"{_FOLDER}uname(?:\s+(?:-s|--kernel-name))?{_QUIET}")),
)
_SUBSTITUTION = re.compile(r"\$\(\s*([^()]*)\)|`\s*([^`]*)`")


def machine_variables(target: Stack) -> dict[str, str | None]:
    """What the target is, as its own commands say it; without what is not known of it."""
    arch, system = (target.facts.get(name) for name in ("arch", "os"))
    found: dict[str, str | None] = {}
    if isinstance(arch, Known) and arch.value in DEBIAN:
        found |= {_UNAME: arch.value, _DEBIAN: DEBIAN[arch.value]}
    if isinstance(system, Known) and system.value in _SYSTEMS:
        found[_SYSTEM] = _SYSTEMS[system.value]
    return found


def asked_of_machine(command: str) -> str | None:
    """The name under which stands what a command prints (`uname -m`); None for any other command."""
    return next((name for name, asks in _ASKS if asks.fullmatch(command.strip())), None)


def substituted(text: str) -> str | None:
    """The same for a command substitution: `$(uname -m)`."""
    found = _SUBSTITUTION.fullmatch(text)
    return None if found is None else asked_of_machine(found[1] or found[2] or "")


def is_machine(name: str) -> bool:
    """Whether a name of a variable is one of those here."""
    return name in _OWN


def own_names(known: Mapping[str, str | None]) -> frozenset[str]:
    """The names of the machine's architecture and system."""
    return frozenset(value for name in _OWN if (value := known.get(name)) is not None)
