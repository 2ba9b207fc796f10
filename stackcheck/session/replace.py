"""Changing a file of the user's in one step."""

from __future__ import annotations

import os

from stackcheck.disk import write_whole
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.files import load


def replace_file(path: str, old: bytes, new: bytes) -> None:
    """Its name always leads to the old bytes or to the new ones (`disk.write_whole`).

    Its mode stays, and a link to it stays a link. Raises `CannotWorkError`, also where the file was changed meanwhile.
    """
    real = os.path.realpath(path)
    try:
        if load(real) != old:
            raise CannotWorkError(f"{path}: was changed while it was checked; run again")
        write_whole(real, new)
    except OSError as error:
        raise CannotWorkError(f"{path}: cannot be written: {error.strerror or error}") from error
