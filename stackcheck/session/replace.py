"""Changing a file of the user's in one step."""

from __future__ import annotations

import contextlib
import os
import tempfile

from stackcheck.session.errors import CannotWorkError
from stackcheck.session.files import load


def replace_file(path: str, old: bytes, new: bytes) -> None:
    """Writes beside the file and renames over it: its name always leads to the old bytes or to the new ones.

    Its mode stays, and a link to it stays a link. Raises `CannotWorkError`, also where the file was changed meanwhile.
    """
    real = os.path.realpath(path)
    beside = None
    try:
        if load(real) != old:
            raise CannotWorkError(f"{path}: was changed while it was checked; run again")
        handle, beside = tempfile.mkstemp(prefix=".stackcheck-", dir=os.path.dirname(real))
        with open(handle, "wb") as file:
            file.write(new)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, os.stat(real).st_mode & 0o7777)
        os.replace(beside, real)
    except OSError as error:
        raise CannotWorkError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        if beside is not None:
            with contextlib.suppress(OSError):
                os.unlink(beside)
