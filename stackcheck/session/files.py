"""The files of a run: each loaded once, and which of them are judged together."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from stackcheck.budget import Budget
from stackcheck.disk import read_plain
from stackcheck.session.errors import CannotWorkError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

LIMIT = 64 * 1024 * 1024
"""Bytes of one input that are read at most; readers have smaller limits of their own."""
LOG_LIMIT = 50 * 1024 * 1024
"""Bytes of a log that `diagnose` reads at most."""


class Loader:
    """The project files of one run, each loaded once: every target is judged by the same bytes, standard input too.

    `budget` is what the run may spend on what is in them. `texts` stand in for files, by their real paths, as an editor
    has them before they are saved. `stop` is called before each file and may raise, to give up a run that is not
    wanted any more. `load` reads all others, and may refuse (`OSError`). `looked` are the paths that were asked for,
    there or not.
    """

    def __init__(
        self,
        texts: Mapping[str, bytes] | None = None,
        stop: Callable[[], None] | None = None,
        load: Callable[[str], bytes] | None = None,
    ) -> None:
        self.budget = Budget()
        self.read: dict[str, bytes] = {}
        self.looked: set[str] = set()
        self.texts = texts
        self.stop = stop
        self.load = load
        self._used: set[str] = set()

    def __call__(self, path: str) -> bytes:
        """A file's bytes. Raises `OSError` for what is no plain file."""
        if self.stop is not None:
            self.stop()
        if path not in self.read:
            self.looked.add(path)
            text = self.texts.get(os.path.realpath(path)) if self.texts else None
            self.read[path] = (self.load or load)(path) if text is None else text
        return self.read[path]

    def having(self, read: Mapping[str, bytes]) -> Loader:
        """Another loader like this one that has read these bytes."""
        other = Loader(self.texts, self.stop, self.load)
        other.read = dict(read)
        return other

    def use(self, files: Iterable[str]) -> None:
        """Notes which files a result rests on; a reader also looks at some only to learn whether they are there."""
        self._used |= set(files)

    def take(self) -> set[str]:
        """The files that were used since the last call."""
        used, self._used = self._used, set()
        return used


def load(path: str, limit: int = LIMIT) -> bytes:
    """A file's bytes, standard input for "-"; one more than `limit` where there are more.

    Raises `OSError`, also for what is no plain file.
    """
    if path == "-":
        return sys.stdin.buffer.read(limit + 1)
    return read_plain(path, limit + 1)


def text_of(path: str) -> str:
    """The text of a file that an option names. Raises `CannotWorkError`."""
    try:
        return load(path).decode("utf-8-sig")
    except OSError as error:
        raise CannotWorkError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise CannotWorkError(f"{path}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from error


def log_text(path: str) -> str:
    """The text of a log. Raises `CannotWorkError` where it cannot be read, or is larger than `LOG_LIMIT`."""
    from stackcheck.judge.log import decode

    try:
        data = load(path, LOG_LIMIT)
    except OSError as error:
        raise CannotWorkError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(data) > LOG_LIMIT:
        raise CannotWorkError(f"{path}: is larger than 50 MB; give the part with the error: tail -c 50M {path}")
    return decode(data)


def project_files(paths: Iterable[str], peek: Callable[[str, int], bytes] = read_plain) -> list[list[str]]:
    """The files to lint, those that are judged together in one list: all that are named, and what each folder holds.
    `peek` gives the first bytes of a file there, or raises `OSError`."""
    named: list[str] = []
    groups: list[list[str]] = []
    for name in paths:
        if name == "-" or not os.path.isdir(name):
            named.append(name)
            continue
        from stackcheck.session import discover

        groups += discover.groups(discover.project_files(name, peek))
    return [*_by_image(named), *groups]


def _by_image(files: list[str]) -> list[list[str]]:
    """The named files that are judged together: each that makes an image alone, and all others."""
    from stackcheck.read import makes_image

    images = [name for name in files if makes_image(name)]
    others = [name for name in files if name not in images]
    return [*([others] if others else []), *([name] for name in images)]
