"""What the judge asks of a record of an installed distribution, and what all findings on them share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Sequence

SYSTEM_FOLDERS = ("/usr/lib/python3/dist-packages", "/usr/lib/python3.")
"""Folders whose distributions the system's package manager keeps consistent, by its own rules."""

NAMED = 5
"""Names or versions that one sentence lists at most."""


class Requirement(Protocol):
    """One Requires-Dist as it is written, and its line."""

    @property
    def text(self) -> str:
        """The requirement as the metadata states it."""
        ...

    @property
    def line(self) -> int:
        """Its line in the file, from 1."""
        ...


class Distribution(Protocol):
    """One record of an installed distribution, as `scan.metadata` reads it (rooms do not import each other)."""

    @property
    def name(self) -> str:
        """The normalised name."""
        ...

    @property
    def version(self) -> str:
        """The version that its metadata states."""
        ...

    @property
    def folder(self) -> str:
        """The folder of the search path that it lies in."""
        ...

    @property
    def path(self) -> str:
        """The file that says this."""
        ...

    @property
    def requires(self) -> Sequence[Requirement]:
        """What it requires, extras included."""
        ...

    @property
    def requires_python(self) -> str | None:
        """The Pythons that it is for."""
        ...

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of its wheel."""
        ...

    @property
    def files(self) -> tuple[tuple[str, str], ...] | None:
        """Path and hash of its files, None where they were not read."""
        ...


def listed(names: Sequence[str]) -> str:
    """The names as a phrase, each once, `NAMED` at most."""
    return few(tuple(dict.fromkeys(names)), NAMED)
