"""Files of a disk, opened and written with care. Standard library only: every room that opens a file may use it.

Only plain files are opened: a FIFO would hang for ever, a device may never end. What is written is written beside the
old file and moved into its place, so that its name always leads to the old bytes or to the new ones, whatever happens
to the process or the disk meanwhile (rename(2)).
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

PREFIX = ".stackcheck-"
"""How the name of a file begins that is written beside another one; a killed process leaves one such file behind."""

_ZIP: str | None = getattr(getattr(__spec__, "loader", None), "archive", None)
ARCHIVE = None if _ZIP is None else os.path.realpath(_ZIP)
"""The zip that stackcheck runs from (`zipimport.zipimporter.archive`); None where it is installed as files."""

_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
_MAX_LINKS = 40


class NotPlainError(OSError):
    """What should be a plain file is something else: a folder, a FIFO, a socket, a device, a link where none may be."""


def open_plain(path: str, below: str | None = None) -> BinaryIO:
    """A plain file to read, without a buffer; the caller closes it. Raises `OSError`, and `NotPlainError` for others.

    With `below`, a folder, `path` is one of posix parts below that folder, and no part of it may be a link or lead up:
    what comes as a whole (an image's layout) has none, and one could lead anywhere.
    """
    return open(_handle(path, below)[0], "rb", buffering=0)


def read_plain(path: str, limit: int, below: str | None = None) -> bytes:
    """At most `limit` bytes of a plain file (see `open_plain`)."""
    handle, size = _handle(path, below)  # a file object would take half as long again for a small file
    try:
        data = os.read(handle, min(limit, size + 1))
        if len(data) == size > 0 or len(data) == limit:
            return data  # in one call, as nearly always
        # The size says nothing for files of /proc and /sys, which report 0, and of one that grows: read until the end.
        parts = [data]
        left = limit - len(data)
        while left > 0 and (part := os.read(handle, min(left, 1 << 20))):
            parts.append(part)
            left -= len(part)
    finally:
        os.close(handle)
    return b"".join(parts)


def names_in(folder: str) -> list[str]:
    """What a folder holds, sorted; also one inside the zip that stackcheck runs from. Raises `OSError`."""
    try:
        return sorted(os.listdir(folder))
    except NotADirectoryError:
        if ARCHIVE is None:
            raise
        from stackcheck import zipped

        return zipped.names(folder, ARCHIVE)


def read_own(path: str, limit: int) -> bytes:
    """As `read_plain`; also a file inside the zip that stackcheck runs from."""
    try:
        return read_plain(path, limit)
    except NotADirectoryError:
        if ARCHIVE is None:
            raise
        from stackcheck import zipped

        return zipped.read(path, ARCHIVE)[:limit]


def _handle(path: str, below: str | None) -> tuple[int, int]:
    """A descriptor of a plain file, and the file's size."""
    try:
        # O_NONBLOCK: should a FIFO have taken the file's place since it was looked at, opening it does not hang.
        handle = os.open(path, _READ) if below is None else _opened_below(below, path)
    except ValueError as error:  # a NUL or half a surrogate: no file has such a name
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path) from error
    about = os.fstat(handle)
    if stat.S_ISREG(about.st_mode):
        return handle, about.st_size
    os.close(handle)
    if stat.S_ISDIR(about.st_mode):
        raise IsADirectoryError(errno.EISDIR, "is a directory", path)
    raise NotPlainError(errno.EINVAL, "is not a plain file", path)


def _opened_below(folder: str, path: str) -> int:
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts or ".." in parts:
        raise NotPlainError(errno.EINVAL, "leads out of its folder", path)
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            deeper = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
            os.close(at)
            at = deeper
        return os.open(parts[-1], _READ | os.O_NOFOLLOW, dir_fd=at)
    except OSError as error:
        if error.errno == errno.ELOOP or (error.errno == errno.ENOTDIR and _has_link(folder, parts)):
            raise NotPlainError(errno.ELOOP, "is a link", path) from error
        raise
    finally:
        os.close(at)


def _has_link(folder: str, parts: list[str]) -> bool:
    return any(os.path.islink("/".join((folder, *parts[: count + 1]))) for count in range(len(parts)))


def write_whole(path: str, data: bytes | Iterable[bytes], *, private: bool = False, sync: bool = True) -> None:
    """Writes a file, of many pieces one by one: its name leads to the old bytes until all of the new ones are on the
    disk. Raises `OSError`.

    A link is kept, and what it leads to is written. The mode of an old file stays; a new one has what the umask gives,
    with `private` it is for its owner alone. What is no plain file (a terminal, a FIFO, /dev/stdout even where that is
    a file) is written to as it is: nothing can be moved into its place. Without `sync` a machine that loses its power
    soon after may keep a part of the file: for what can be had again.
    """
    real = _target(path)
    pieces = (data,) if isinstance(data, bytes) else data
    if real is None:
        with open(path, "wb") as file:
            file.writelines(pieces)
        return
    old = _about(real)
    beside = None
    try:
        handle, beside = _beside(os.path.dirname(real))
        with open(handle, "wb") as file:
            file.writelines(pieces)
            file.flush()
            _like(file.fileno(), old, private=private)
            if sync:
                os.fsync(file.fileno())
        os.replace(beside, real)
        beside = None
    finally:
        if beside is not None:
            with contextlib.suppress(OSError):
                os.unlink(beside)


def _target(path: str) -> str | None:
    """The path of the plain file that is written, links followed; None for what is no plain file."""
    for _ in range(_MAX_LINKS):
        folder = os.path.realpath(os.path.dirname(path) or ".")
        if folder in ("/dev", "/dev/fd") or f"{folder}/".startswith("/proc/"):
            return None  # /dev/stdout, /dev/fd/3: a file that is open already, even where its name leads to a plain one
        path = os.path.join(folder, os.path.basename(path))
        try:
            target = os.readlink(path)
        except OSError:
            break
        path = os.path.join(folder, target)
    else:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
    about = _about(path)
    return path if about is None or stat.S_ISREG(about.st_mode) else None


def _about(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except OSError:
        return None


def _beside(folder: str) -> tuple[int, str]:
    import tempfile

    return tempfile.mkstemp(prefix=PREFIX, dir=folder)


def _like(handle: int, old: os.stat_result | None, *, private: bool) -> None:
    """Gives a file the owner and mode that it should have; `mkstemp` made it for its owner alone."""
    if private:
        return
    if old is None:
        mask = os.umask(0)
        os.umask(mask)
        os.fchmod(handle, 0o666 & ~mask)
        return
    new = os.fstat(handle)
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        with contextlib.suppress(OSError):  # who may write a file may not always give one away
            os.fchown(handle, old.st_uid, old.st_gid)
    os.fchmod(handle, stat.S_IMODE(old.st_mode))
