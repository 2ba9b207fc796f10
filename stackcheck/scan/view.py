"""A read-only view of a file system: what every scanner reads through, so that a host and an image look the same.

Paths are absolute and posix, as seen from inside the view. A file that is not there is None or False; one that is
there but cannot be read raises `UnreadableError`, so that "absent" and "unknown" stay apart.
"""

# Plain os calls: the same reads through pathlib take several times as long, and this is the hot path.
# ruff: noqa: PTH100, PTH115, PTH116, PTH208

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING, Protocol

from stackcheck.disk import NotPlainError, open_plain, read_plain

if TYPE_CHECKING:
    from typing import BinaryIO

    from stackcheck.scan.library import Library

LIMIT = 8 * 1024 * 1024
"""How many bytes of one file are read at most, unless the caller says otherwise."""

HEAD = 64
"""Bytes of a file that say what kind of file it is, and whom an ELF file is for."""


_MAX_LINKS = 40
"""As many links as Linux follows for one path (path_resolution(7))."""


class UnreadableError(OSError):
    """A file that is there but cannot be read. Its text is the phrase for an `Unknown`."""


class FileView(Protocol):
    """Where the scanners read. Implementations never leave their root and never open anything but plain files."""

    root: str
    """What the view is of, for people: a folder, or an image's name."""

    def read_bytes(self, path: str, limit: int = LIMIT) -> bytes | None:
        """The content of a plain file; None where there is none.

        Raises `UnreadableError`, also for a file of more than `limit` bytes.
        """
        ...

    def list_dir(self, path: str) -> tuple[str, ...]:
        """The sorted names in a folder; () where there is no such folder. Raises `UnreadableError`."""
        ...

    def exists(self, path: str) -> bool:
        """Whether something is there, links followed. Raises `UnreadableError` where that cannot be told."""
        ...

    def readlink(self, path: str) -> str | None:
        """The text of a link as it is stored; None for anything else."""
        ...


class LibraryView(FileView, Protocol):
    """A view that can also look into machine code."""

    def machine(self, path: str) -> str | None:
        """Whom a file of machine code is for, as `uname -m` prints it; None where there is none, or it is no such file.

        Raises `UnreadableError`.
        """
        ...

    def library(self, path: str) -> Library | None:
        """The GPU code of a library; None where there is none, or no library.

        Raises `UnreadableError`, and `elf.DamagedError` for machine code that is damaged.
        """
        ...

    def linked(self, path: str) -> Library | None:
        """What a library needs of others (`library.linked`); None where there is none, or it cannot be told."""
        ...


def read_text(view: FileView, path: str, limit: int = LIMIT) -> str | None:
    """A file as UTF-8 text, odd bytes replaced; None where there is no such file. Raises `UnreadableError`."""
    data = view.read_bytes(path, limit)
    return None if data is None else data.decode("utf-8", "replace")


def first_line(view: FileView, path: str) -> str | None:
    """The first line of a small file without its blanks, None where there is no such file or nothing in it."""
    text = read_text(view, path)
    line = text.strip().partition("\n")[0].strip("\0 \t\r") if text else ""
    return line or None


class HostView:
    """The files of this machine, or of a root file system unpacked on it.

    With another root than "/", links are resolved as that system would: an absolute link starts at the root again and
    ".." stops there. (A link swapped while it is read could still lead out; such a tree is not safe to begin with.)
    """

    def __init__(self, root: str = "/") -> None:
        self.root = os.path.abspath(root)

    def read_bytes(self, path: str, limit: int = LIMIT) -> bytes | None:
        """See `FileView.read_bytes`. FIFOs, sockets and devices are refused before they are opened."""
        try:
            data = read_plain(self._real(path), limit + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (NotPlainError, IsADirectoryError) as error:
            raise UnreadableError(f"{path} is no plain file") from error
        except UnreadableError:
            raise
        except OSError as error:
            raise _unreadable(path, error) from error
        if len(data) > limit:
            raise UnreadableError(f"{path} is larger than {limit} bytes")
        return data

    def open(self, path: str) -> BinaryIO | None:
        """A plain file to read in pieces, None where there is none; the caller closes it. Raises `UnreadableError`."""
        try:
            return open_plain(self._real(path))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (NotPlainError, IsADirectoryError) as error:
            raise UnreadableError(f"{path} is no plain file") from error
        except UnreadableError:
            raise
        except OSError as error:
            raise _unreadable(path, error) from error

    def machine(self, path: str) -> str | None:
        """See `LibraryView.machine`."""
        from stackcheck.scan.libc import parse_machine

        file = self.open(path)
        if file is None:
            return None
        with file:
            return parse_machine(file.read(HEAD))

    def library(self, path: str) -> Library | None:
        """See `LibraryView.library`."""
        from stackcheck.scan import library

        file = self.open(path)
        if file is None:
            return None
        with file:
            return library.read(file, os.fstat(file.fileno()).st_size, linking=False)

    def linked(self, path: str) -> Library | None:
        """See `LibraryView.linked`."""
        from stackcheck.scan import library

        file = self.open(path)
        if file is None:
            return None
        with file:
            return library.linked(file, os.fstat(file.fileno()).st_size)

    def list_dir(self, path: str) -> tuple[str, ...]:
        """See `FileView.list_dir`."""
        try:
            return tuple(sorted(os.listdir(self._real(path))))
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except OSError as error:
            raise _unreadable(path, error) from error

    def exists(self, path: str) -> bool:
        """See `FileView.exists`."""
        try:
            os.stat(self._real(path))
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise _unreadable(path, error) from error
        return True

    def readlink(self, path: str) -> str | None:
        """See `FileView.readlink`."""
        folder, _, name = path.rstrip("/").rpartition("/")
        try:
            return os.readlink(posixpath.join(self._real(folder or "/"), name))
        except OSError:
            return None

    def _real(self, path: str) -> str:
        if "\0" in path:
            raise FileNotFoundError(path)
        return path if self.root == "/" else self._resolve(path)

    def _resolve(self, path: str) -> str:
        """The path on this machine of a path of the view, every link on the way resolved inside the root."""
        todo = [part for part in reversed(path.split("/")) if part not in ("", ".")]
        done: list[str] = []
        links = 0
        while todo:
            part = todo.pop()
            if part == "..":
                del done[-1:]
                continue
            target = _link(posixpath.join(self.root, *done, part))
            if target is None:
                done.append(part)
                continue
            links += 1
            if links > _MAX_LINKS:
                raise UnreadableError(f"{path} leads through too many links")
            if target.startswith("/"):
                done.clear()
            todo += [part for part in reversed(target.split("/")) if part not in ("", ".")]
        return posixpath.join(self.root, *done)


def _link(path: str) -> str | None:
    try:
        return os.readlink(path)
    except OSError:
        return None


def _unreadable(path: str, error: OSError) -> UnreadableError:
    return UnreadableError(f"{path} cannot be read: {error.strerror or type(error).__name__}")
