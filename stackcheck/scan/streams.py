"""The bytes of an archive as a forward source: a part of a file to move in, or what a stream decompresses to."""

from __future__ import annotations

import hashlib
import os
import zlib
from typing import TYPE_CHECKING, Any

from stackcheck.scan.tarball import DamagedArchiveError

if TYPE_CHECKING:
    from typing import BinaryIO

    from stackcheck.scan.tarball import Source

CHUNK = 1 << 20
AHEAD = 4096
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_SKIPPABLE, _SKIPPABLE_FIRST = b"\x2a\x4d\x18", bytes(range(0x50, 0x60))
"""The number that a frame begins with that holds no data (RFC 8878, 3.1.2); writers put one before the first frame."""
OTHERS = {b"\xfd7zXZ\0": "xz", b"BZh": "bzip2"}

MAX_RATIO = 500
MAX_BEFORE_RATIO = 1 << 30
"""A stream that gives more bytes than that, and more than `MAX_RATIO` for each that it has, is no layer but a bomb."""


_GZIP_BITS = zlib.MAX_WBITS | 16


class FilePart:
    """A part of a file, which can be moved in: what is passed by is not read."""

    def __init__(self, handle: int, start: int, size: int) -> None:
        """`handle` is an open file's descriptor; closing this closes it."""
        self._handle, self._start, self._size = handle, start, size
        self._at = 0
        self._held = b""
        self._from = 0

    def read(self, count: int) -> bytes:
        """See `tarball.Source.read`."""
        at = self._at
        place = at - self._from
        data = self._held[place : place + count]
        if len(data) < count:
            left = self._size - at
            # Headers of small files lie close together: some are read at once.
            self._held = held = os.pread(self._handle, min(max(count, AHEAD), left), self._start + at)
            self._from = at
            data = held[:count]
        self._at = at + len(data)
        return data

    def tell(self) -> int:
        """See `tarball.Source.tell`."""
        return self._at

    def skip(self, count: int) -> None:
        """See `tarball.Source.skip`."""
        self._at += count
        if self._at > self._size:
            raise DamagedArchiveError("it ends in the middle of a file")

    def close(self) -> None:
        """See `tarball.Source.close`."""
        os.close(self._handle)


class Inflated:
    """What a compressed stream gives, with the SHA-256 of the compressed bytes that were read. Memory is bounded."""

    def __init__(self, file: BinaryIO, size: int | None, form: str) -> None:
        self._file, self._left, self._form = file, size, form
        self._more: Any = _zstd(self) if form == "zstd" else zlib.decompressobj(_GZIP_BITS)
        self._buffer = b""
        self._place = 0
        self._at = 0
        self._taken = 0
        self._given = 0
        self._hash = hashlib.sha256()

    def read(self, count: int) -> bytes:
        """See `tarball.Source.read`."""
        parts = []
        while count > 0 and (part := self._part(count)):
            parts.append(part)
            count -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def tell(self) -> int:
        """See `tarball.Source.tell`."""
        return self._at

    def skip(self, count: int) -> None:
        """See `tarball.Source.skip`."""
        while count > 0:
            left = len(self._buffer) - self._place
            if left == 0 and not self._fill():
                raise DamagedArchiveError("it ends in the middle of a file")
            step = min(count, len(self._buffer) - self._place)
            self._place += step
            self._at += step
            count -= step

    def close(self) -> None:
        """See `tarball.Source.close`."""
        self._file.close()

    def digest(self) -> str:
        """The SHA-256 of the whole compressed stream, which is read to its end for it."""
        while data := self._compressed():
            self._hash.update(data)
        return self._hash.hexdigest()

    def _part(self, count: int) -> bytes:
        if self._place == len(self._buffer) and not self._fill():
            return b""
        part = self._buffer[self._place : self._place + count]
        self._place += len(part)
        self._at += len(part)
        return part

    def _fill(self) -> bool:
        """The next decompressed bytes; whether there were some."""
        try:
            self._buffer, self._place = self._inflate(), 0
        except Exception as error:
            raise DamagedArchiveError(f"its {self._form} compression is damaged or cut off") from error
        self._given += len(self._buffer)
        if self._given > MAX_BEFORE_RATIO and self._given > MAX_RATIO * max(self._taken, 1):
            raise DamagedArchiveError(f"it grows more than {MAX_RATIO} times when it is decompressed, as no layer does")
        return bool(self._buffer)

    def _inflate(self) -> bytes:
        if self._form == "zstd":
            return bytes(self._more.read(CHUNK))
        while True:
            data = self._more.unconsumed_tail
            if not data and self._more.eof:
                data = self._more.unused_data or self._compressed_hashed()
                if not data.strip(b"\0"):
                    return b""
                self._more = zlib.decompressobj(_GZIP_BITS)  # another member
            data = data or self._compressed_hashed()
            if not data:
                raise EOFError
            given: bytes = self._more.decompress(data, CHUNK)
            if given:
                return given

    def _compressed_hashed(self) -> bytes:
        data = self._compressed()
        self._hash.update(data)
        return data

    def _compressed(self, size: int = CHUNK // 4) -> bytes:
        data = self._file.read(size if self._left is None else min(size, self._left))
        self._taken += len(data)
        if self._left is not None:
            self._left -= len(data)
        return data


class Passage:
    """A member of an archive that cannot be moved in, as a source of its own."""

    def __init__(self, file: Source, size: int) -> None:
        self._file, self._left = file, size
        self._at = 0

    def read(self, count: int) -> bytes:
        """See `tarball.Source.read`."""
        data = self._file.read(min(count, self._left))
        self._left -= len(data)
        self._at += len(data)
        return data

    def tell(self) -> int:
        """See `tarball.Source.tell`."""
        return self._at

    def skip(self, count: int) -> None:
        """See `tarball.Source.skip`."""
        if count > self._left:
            raise DamagedArchiveError("it ends in the middle of a file")
        self._file.skip(count)
        self._left -= count
        self._at += count

    def close(self) -> None:
        """See `tarball.Source.close`."""
        self._file.close()


def compression(head: bytes) -> str | None:
    """The form of a stream by its first bytes, None for what is not compressed.

    Raises `DamagedArchiveError` for a compression that is not read here.
    """
    if head.startswith(GZIP):
        return "gzip"
    if head.startswith(ZSTD) or (head[1:4] == _SKIPPABLE and head[:1] in _SKIPPABLE_FIRST):
        return "zstd"
    for magic, name in OTHERS.items():
        if head.startswith(magic):
            raise DamagedArchiveError(f"it is compressed with {name}; only gzip and zstd are read")
    return None


class _Compressed:
    """The compressed bytes as zstandard's reader takes them."""

    def __init__(self, stream: Inflated) -> None:
        self._stream = stream

    def read(self, _count: int = -1) -> bytes:
        return self._stream._compressed_hashed()


def _zstd(stream: Inflated) -> Any:
    try:
        import zstandard
    except ImportError as error:  # it is compiled, and not in stackcheck.pyz
        raise DamagedArchiveError("it is compressed with zstd, and zstandard, which reads that, is not here") from error
    # Builders use windows of up to 8 MB; larger ones than 64 MB are for archives that were made to need much memory.
    decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 26)
    return decompressor.stream_reader(_Compressed(stream), read_across_frames=True)  # type: ignore[arg-type]
