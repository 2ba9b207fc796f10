"""What a door turns into one clear line: the command line exits with 2, the call raises its own error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.redact import redact

if TYPE_CHECKING:
    from collections.abc import Iterable


class CannotWorkError(Exception):
    """The work cannot be done: a wrong option, a name that is not there. The text says what to do, without secrets."""

    def __init__(self, text: str) -> None:
        super().__init__(redact(text))


def folder_to_make(option: str, path: str) -> str:
    """The path of a folder that may be made. Raises `CannotWorkError` for an address: a folder of that name would carry
    what is secret in it into other messages."""
    if "://" in path:
        raise CannotWorkError(f"{option} {path}: is an address; name a folder")
    return path


def near_names(name: str, known: Iterable[str], cutoff: float) -> list[str]:
    """The known names that come nearest, at most three; a number is part of what a name means, and must be the same:
    a GB10 is no GB200."""
    import difflib
    import re

    folded = name.lower()
    numbers = re.findall(r"\d+", folded)
    meant = [other for other in known if not numbers or re.findall(r"\d+", other) == numbers]
    return difflib.get_close_matches(folded, meant, 3, cutoff)


def nearest(kind: str, name: str, known: Iterable[str], *, numbers: bool = False) -> CannotWorkError:
    """The error for a name that is not among the known ones, with those that come nearest. `numbers`: only those with
    the same numbers in them."""
    import difflib

    names = sorted(known)
    near = near_names(name, names, 0.5) if numbers else difflib.get_close_matches(name, names, 3, 0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names[:12])}"
    return CannotWorkError(f"there is no {kind} {name!r}; {hint}")


def crash(error: Exception) -> str:
    """What is said of a mistake of stackcheck's own, where the run goes on without it."""
    return f"A check crashed ({type(error).__name__}: {error}); please report it."


def expected() -> tuple[type[Exception], ...]:
    """The error classes of the boundaries that a run crosses."""
    from stackcheck.matrix.errors import MatrixError
    from stackcheck.read.environment import DocumentError
    from stackcheck.read.errors import ReadError

    return (CannotWorkError, MatrixError, DocumentError, ReadError)
