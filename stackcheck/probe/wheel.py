"""The METADATA of a wheel of which only that part is fetched, as pip and uv do where an index keeps none beside it.

A wheel is a zip archive whose list of contents stands at its end, and its dist-info folder right before it (PEP 427),
so a few requests for ranges of bytes are enough for a wheel of any size. Nothing is unpacked to disk.
"""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from stackcheck.model import Unknown
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackcheck.probe.fetch import Part

T = TypeVar("T")

Ranges: TypeAlias = "Callable[[int | None, int], Part | Unknown]"
"""Gives so many bytes of a file from an offset on; with None as offset, its last ones."""

STEP = 1 << 16
"""Bytes of one request, at least."""

_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")
_LIMIT = 16 << 20
"""Bytes of a list of contents, and of a METADATA file, at most; torch has 1.3 MiB, tensorflow 2.4."""

_ERRORS = (
    *(OSError, zipfile.BadZipFile, zlib.error, struct.error, RuntimeError, NotImplementedError),
    *(ValueError, LookupError, EOFError),
)
"""What zipfile raises for a damaged, encrypted or otherwise unreadable archive."""

_MOST = 200_000
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True, slots=True)
class Contents:
    """A wheel's METADATA, and its files with their unpacked sizes; None where the list was not read."""

    metadata: bytes
    paths: tuple[tuple[str, int], ...] | None = None

    def packed(self) -> bytes:
        """For a cache; `unpacked` reads it."""
        paths = None if self.paths is None else [list(path) for path in self.paths]
        return json.dumps([self.metadata.decode("utf-8", "surrogateescape"), paths]).encode("ascii")

    @classmethod
    def unpacked(cls, data: bytes) -> Contents | None:
        """What `packed` made; None for anything else."""
        try:
            text, paths = json.loads(data)
            found = None if paths is None else tuple((str(path), int(size)) for path, size in paths)
            return cls(text.encode("utf-8", "surrogateescape"), found)
        except (ValueError, TypeError, AttributeError):
            return None


def contents(name: str, part: Ranges) -> Contents | Unknown:
    """The METADATA of a wheel and its list of contents. `part(start, length)` gives bytes of it; with None, its last
    ones."""

    def read(archive: zipfile.ZipFile) -> Contents | Unknown:
        entries = archive.infolist()
        entry = next((one for one in entries if _METADATA.fullmatch(one.filename)), None)
        # The other methods unpack without a bound.
        if entry is None or entry.file_size > _LIMIT or entry.compress_type not in _METHODS:
            return Unknown(f"{name} holds no metadata that can be read")
        return Contents(archive.read(entry), tuple((one.filename, one.file_size) for one in entries))

    return _opened(name, part, read)


def members(name: str, part: Ranges) -> tuple[zipfile.ZipInfo, ...] | Unknown:
    """The entries of a wheel's list of contents: where each stands, how it is packed, how large it is."""
    return _opened(name, part, lambda archive: tuple(archive.infolist()))


def _opened(name: str, part: Ranges, read: Callable[[zipfile.ZipFile], T | Unknown]) -> T | Unknown:
    """What is read of the archive, of which the end is fetched at once and the rest as it is needed."""
    tail = part(None, STEP)
    if isinstance(tail, Unknown):
        return tail
    if _too_long(tail.data):
        return Unknown(f"{name} has a list of contents of more than {_MOST:,} files or {_LIMIT >> 20} MiB")
    try:
        with zipfile.ZipFile(io.BufferedReader(_Remote(tail, part), STEP)) as archive:
            return read(archive)
    except _ERRORS as error:
        return Unknown(f"{name} is no wheel that can be read ({str(error) or type(error).__name__})")


def _too_long(tail: bytes) -> bool:
    """Whether the archive's last record announces more than we read (PKWARE's APPNOTE, 4.3.14 and 4.3.16)."""
    at, at64 = tail.rfind(b"PK\x05\x06"), tail.rfind(b"PK\x06\x06")
    if at < 0 or len(tail) < at + 22:
        return False  # `zipfile` says that it is no archive
    files, size = struct.unpack_from("<HL", tail, at + 10)
    if at64 >= 0 and len(tail) >= at64 + 56:
        files, size = struct.unpack_from("<QQ", tail, at64 + 32)
    return bool(files > _MOST or size > _LIMIT)


class _Remote(io.RawIOBase):
    """A file of which ranges are fetched as they are read; its end is there from the start."""

    def __init__(self, tail: Part, part: Ranges) -> None:
        self._tail = tail
        self._part = part
        self._at = 0
        self._left = _LIMIT * 2

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._tail.total}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        length = min(len(buffer), self._tail.total - self._at)
        if length <= 0:
            return 0
        begins = self._tail.total - len(self._tail.data)
        if self._at >= begins:
            data = self._tail.data[self._at - begins :][:length]
        else:
            data = self._fetch(min(length, begins - self._at))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _fetch(self, length: int) -> bytes:
        self._left -= length
        if self._left < 0:
            raise OSError("its list of contents is too large")
        answer = self._part(self._at, length)
        if isinstance(answer, Unknown):
            raise OSError(answer.reason)
        return answer.data[:length]
