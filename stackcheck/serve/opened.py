"""The one folder that a client may see: nothing outside of it is read or written, by whatever name or link."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

from stackcheck.disk import read_plain
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.files import LIMIT, Loader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Opened:
    """A folder that was opened to a client; None: none was. `write`: its files may be changed."""

    def __init__(self, folder: str | None, *, write: bool = False) -> None:
        self.folder = None if folder is None else os.path.realpath(folder)
        self.write = write and folder is not None

    def name(self, path: str) -> str:
        """What a path leads to, as named from the folder on. Raises `CannotWorkError` for all that is not in it."""
        if self.folder is None:
            raise CannotWorkError(f"{path}: no folder is opened; give the text itself, or start with --root DIR")
        try:
            real = os.path.realpath(Path(self.folder, path))
        except ValueError as error:  # a NUL
            raise CannotWorkError(f"{path}: is no path") from error
        if os.path.commonpath((self.folder, real)) != self.folder:
            raise CannotWorkError(f"{path}: lies outside of the folder that is opened")
        return os.path.relpath(real, self.folder)

    def own(self, name: str) -> str:
        """A name for a text that the client gives: a relative path that leads up nowhere. Raises `CannotWorkError`."""
        path = os.path.normpath(name)
        if not name or "\0" in name or path in (".", "-") or Path(path).parts[0] in ("/", "//", ".."):
            raise CannotWorkError(f"{name!r}: is no name for a text; name it as a file of the project")
        return path if self.folder is None else self.name(path)

    def check_writable(self, paths: Iterable[str] = ()) -> None:
        """Raises `CannotWorkError` where nothing may be written, or not one of these files."""
        if not self.write:
            raise CannotWorkError("nothing may be written here; start with --root DIR --allow-write")
        self.names(paths)

    def peek(self, path: str, limit: int) -> bytes:
        """The first bytes of a file in the folder; no link on the way is followed. Raises `OSError`."""
        try:
            name = self.name(path)
        except CannotWorkError as error:
            raise OSError(errno.EINVAL, "it lies outside of what is opened", path) from error
        return read_plain(name, limit, below=self.folder)

    def load(self, path: str) -> bytes:
        """A file in the folder. Raises `OSError`."""
        return self.peek(path, LIMIT + 1)

    def loader(self, texts: Mapping[str, str]) -> Loader:
        """What a run reads: texts that the client gives, by their own names, and else the folder."""
        given = {os.path.realpath(name): text.encode("utf-8", "replace") for name, text in texts.items()}
        return Loader(given, load=self.load)

    def names(self, paths: Iterable[str]) -> list[str]:
        """Paths as named from the folder on. Raises `CannotWorkError`."""
        return [self.name(path) for path in paths]
