"""The one error of this boundary: a project file, or a word of the command line, that cannot be used at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.redact import redact

if TYPE_CHECKING:
    from stackcheck.model import Location


class ReadError(Exception):
    """Something that stops the run (exit 2). The text names the place, what is wrong and what to do.

    A single line that cannot be read is no error but an `Unread`; this is for a file that is missing, binary,
    too large or broken as a whole. `location` is None for words of the command line.
    """

    def __init__(self, message: str, location: Location | None = None) -> None:
        super().__init__(redact(message if location is None else f"{_place(location)}: {message}"))
        self.location = location


def _place(location: Location) -> str:
    return str(location) if location.column is None else f"{location}:{location.column}"
