"""Where the tar archive of a layer lies: as a part of a file, or inside an archive that is compressed as a whole."""

from __future__ import annotations

import io
import os
import weakref
from typing import TYPE_CHECKING, Any

from stackcheck.disk import open_plain
from stackcheck.scan.streams import FilePart, Inflated, Passage, compression
from stackcheck.scan.tarball import DamagedArchiveError

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import BinaryIO

    from stackcheck.scan.containers import Compressed
    from stackcheck.scan.tarball import Source


class FileLayer:
    """A layer that is a part of a file; with `below`, of one in that folder (`disk.open_plain`)."""

    def __init__(self, name: str, path: str, start: int, size: int, below: str | None = None) -> None:
        self.name, self.path, self.start, self.size, self.below = name, path, start, size, below
        with open_plain(path, below) as file:
            file.seek(start)
            self.form = compression(file.read(min(8, size)))
        self._handle: int | None = None

    def source(self) -> Source:
        """See `layers.Layer.source`."""
        if self.form is None:
            return FilePart(opened_file(self.path, self.below), self.start, self.size)
        file = open_plain(self.path, self.below)
        file.seek(self.start)
        return Inflated(file, self.size, self.form)

    def window(self, offset: int, size: int) -> BinaryIO | None:
        """See `layers.Layer.window`."""
        if self.form is not None:
            return None
        if self._handle is None:
            self._handle = opened_file(self.path, self.below)
            weakref.finalize(self, os.close, self._handle)
        return io.BufferedReader(_Window(self._handle, self.start + offset, min(size, self.size - offset)))


class _Window(io.RawIOBase):
    """A part of a file as a file of its own."""

    def __init__(self, handle: int, start: int, size: int) -> None:
        self._handle, self._start, self._size = handle, start, max(size, 0)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        base = (0, self._at, self._size)[whence]
        self._at = max(base + offset, 0)
        return self._at

    def readinto(self, buffer: Any) -> int:
        count = max(min(len(buffer), self._size - self._at), 0)
        data = os.pread(self._handle, count, self._start + self._at) if count else b""
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


class PassingLayer:
    """A layer inside an archive that is compressed as a whole."""

    form: str | None = "gzip"

    def __init__(self, name: str, archive: Compressed) -> None:
        self.name, self.archive = name, archive

    def source(self) -> Source:
        """See `layers.Layer.source`."""
        wanted = os.path.normpath(self.name)
        passing = self.archive.walk()
        for name, size, source in passing:
            if name == wanted:
                return _opened(_PassingMember(source, size, passing), size)
        raise DamagedArchiveError(f"the layer {self.name} is gone")

    def window(self, offset: int, size: int) -> BinaryIO | None:
        """See `layers.Layer.window`."""
        return None


class _PassingMember(Passage):
    """A member of an archive that passes by; closing it ends the pass."""

    def __init__(self, source: Source, size: int, passing: Generator[Any, None, None]) -> None:
        super().__init__(source, size)
        self._passing = passing

    def close(self) -> None:
        """See `tarball.Source.close`."""
        self._passing.close()


class WholeArchive:
    """The archive itself as the one layer: the tar of a root file system, as `docker export` writes it."""

    def __init__(self, archive: Compressed) -> None:
        self.name, self.archive = "the archive", archive
        self.form: str | None = archive.form

    def source(self) -> Source:
        """See `layers.Layer.source`."""
        return Inflated(open_plain(self.archive.path), None, self.archive.form)

    def window(self, offset: int, size: int) -> BinaryIO | None:
        """See `layers.Layer.window`."""
        return None


def opened_file(path: str, below: str | None = None) -> int:
    """A descriptor for a plain file that may be read anywhere (`disk.open_plain`)."""
    with open_plain(path, below) as file:
        return os.dup(file.fileno())


def _opened(source: Source, size: int) -> Source:
    """A member as its tar archive, decompressed where it is compressed."""
    head = source.read(8)
    form = compression(head)
    joined = _Joined(head, source)
    return joined if form is None else Inflated(joined, size, form)  # type: ignore[arg-type]


class _Joined:
    """A source whose first bytes were read already."""

    def __init__(self, head: bytes, source: Source) -> None:
        self._head, self._source = head, source

    def read(self, count: int) -> bytes:
        if not self._head:
            return self._source.read(count)
        data, self._head = self._head[:count], self._head[count:]
        return data + (self._source.read(count - len(data)) if len(data) < count else b"")

    def tell(self) -> int:
        return self._source.tell() - len(self._head)

    def skip(self, count: int) -> None:
        held = min(count, len(self._head))
        self._head = self._head[held:]
        self._source.skip(count - held)

    def close(self) -> None:
        self._source.close()
