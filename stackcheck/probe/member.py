"""One member of a wheel that lies on an index, as a stream of its bytes: fetched in steps, unpacked as it comes.

A member of a zip archive can be read from its beginning alone (PKWARE's APPNOTE, 4.3.7), and left at any time.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from stackcheck.model import Unknown

if TYPE_CHECKING:
    from stackcheck.probe.wheel import Ranges

STEP = 4 << 20
"""Bytes of one request, at most."""

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How a member may be packed; the other methods unpack without a bound."""

_HEADER = struct.Struct("<4s22xHH")


class Member(io.RawIOBase):
    """One member of an archive as a stream of its unpacked bytes, fetched as they are read. Raises `OSError`."""

    def __init__(self, member: zipfile.ZipInfo, part: Ranges) -> None:
        self._part = part
        self._at = member.header_offset
        self._left = _HEADER.size + 2 * 0xFFFF
        magic, name, extra = _HEADER.unpack(self._fetch(_HEADER.size))
        if magic != b"PK\x03\x04":
            raise OSError("the archive's list of contents names another place")
        self._at += name + extra
        self._left = member.compress_size
        self._size = member.file_size
        self._unpack = zlib.decompressobj(-15) if member.compress_type == zipfile.ZIP_DEFLATED else None
        self._packed = b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size` of them; none at the end."""
        parts: list[bytes] = []
        wanted = min(size, self._size) if size >= 0 else self._size
        while wanted > 0 and (data := self._next(wanted)):
            parts.append(data)
            wanted -= len(data)
            self._size -= len(data)
        return b"".join(parts)

    def _next(self, wanted: int) -> bytes:
        while True:
            if not self._packed and self._left > 0:
                self._packed = self._fetch(min(STEP, self._left))
            if self._unpack is None:
                data, self._packed = self._packed[:wanted], self._packed[wanted:]
                return data
            data = self._unpack.decompress(self._packed, wanted)
            self._packed = self._unpack.unconsumed_tail
            if data or self._unpack.eof or (not self._packed and self._left <= 0):
                return data

    def _fetch(self, length: int) -> bytes:
        answer = self._part(self._at, length)
        if isinstance(answer, Unknown):
            raise OSError(answer.reason)
        self._at += len(answer.data)
        self._left -= len(answer.data)
        if not answer.data:
            raise OSError("the archive ends inside it")
        return answer.data
