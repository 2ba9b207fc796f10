"""The METADATA of a wheel of which only that part is fetched, as pip and uv do where an index keeps none beside it.

A wheel is a zip archive whose list of contents stands at its end, and its dist-info folder right before it (PEP 427),
so a few requests for ranges of bytes are enough for a wheel of any size. Nothing is unpacked to disk.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

from stackcheck.model import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackcheck.probe.fetch import Part

STEP = 1 << 16
"""Bytes of one request, at least."""

_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")
_LIMIT = 8 << 20


def metadata(name: str, part: Callable[[int | None, int], Part | Unknown]) -> bytes | Unknown:
    """The METADATA of a wheel. `part(start, length)` gives bytes of it; with None, its last ones."""
    tail = part(None, STEP)
    if isinstance(tail, Unknown):
        return tail
    try:
        with zipfile.ZipFile(io.BufferedReader(_Remote(tail, part), STEP)) as archive:
            entry = next((one for one in archive.infolist() if _METADATA.fullmatch(one.filename)), None)
            if entry is None or entry.file_size > _LIMIT:
                return Unknown(f"{name} holds no metadata that can be read")
            return archive.read(entry)
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError, EOFError) as error:
        return Unknown(f"{name} is no wheel that can be read ({str(error) or type(error).__name__})")


class _Remote(io.RawIOBase):
    """A file of which ranges are fetched as they are read; its end is there from the start."""

    def __init__(self, tail: Part, part: Callable[[int | None, int], Part | Unknown]) -> None:
        self._tail = tail
        self._part = part
        self._at = 0
        self._left = _LIMIT * 4

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
