"""Files inside the zip that stackcheck runs from (`stackcheck.pyz`): the matrix is read where it lies, nothing is
unpacked. `disk` loads this where a path turns out not to be on the disk. Standard library only.
"""

from __future__ import annotations

import errno
import os
from functools import lru_cache
from importlib import resources
from typing import Any


def read(path: str, archive: str) -> bytes:
    """The bytes of a file in the zip `archive`. Raises `OSError` for a path that leads to none."""
    place = _place(path, archive)
    if not place.is_file():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    data: bytes = place.read_bytes()
    return data


def names(folder: str, archive: str) -> list[str]:
    """What a folder of the zip holds, sorted. Raises `OSError` for a path that leads to none."""
    place = _place(folder, archive)
    if not place.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), folder)
    return sorted(entry.name for entry in place.iterdir())


def _place(path: str, archive: str) -> Any:
    package = f"{archive}/stackcheck/"
    if not path.startswith(package):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
    return _package().joinpath(path[len(package) :])


@lru_cache(maxsize=1)
def _package() -> Any:
    """The package as `importlib.resources` shows it, whose class has moved between Pythons; kept, because it reads the
    list of the whole zip."""
    return resources.files("stackcheck")
