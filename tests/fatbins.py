"""Files with GPU code put together by hand, for shapes that no compiler makes."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from stackcheck.scan import fatbin

if TYPE_CHECKING:
    from pathlib import Path


def container(*entries: bytes, version: int = 1, size: int | None = None) -> bytes:
    """A container of these entries; `size` may lie."""
    body = b"".join(entries)
    return struct.pack("<4sHHQ", fatbin.MAGIC, version, 16, len(body) if size is None else size) + body


def entry(kind: int = 2, sm: int = 120, flags: int = 0x11, payload: bytes = bytes(16), *, header: int = 64) -> bytes:
    """One entry: compiled code (2) or PTX (1) for an SM number."""
    head = struct.pack("<HHIQ12xI8xQ", kind, 0x101, header, len(payload), sm, flags)
    return head.ljust(header, b"\0") + payload


def elf_with(code: bytes, *, count: int = 1, size: int | None = None) -> bytes:
    """A minimal aarch64 library with one section of containers; `count` and `size` may lie."""
    head, tail = _around(len(code), count, size)
    return head + code + tail


def sparse_library(path: Path, containers: int, codes: tuple[int, ...], payload: int) -> None:
    """A library as large as libtorch_cuda.so that takes no room on the disk: the code itself is holes."""
    one = b"".join(struct.pack("<HHIQ12xI8xQ", 2, 0x101, 64, payload, sm, 0x11).ljust(64, b"\0") for sm in codes)
    length = len(codes) * (64 + payload)
    head, tail = _around(containers * (16 + length), 1, None)
    with path.open("wb") as file:
        file.write(head)
        for _ in range(containers):
            file.write(struct.pack("<4sHHQ", fatbin.MAGIC, 1, 16, length))
            for at in range(0, len(one), 64):
                file.write(one[at : at + 64])
                file.seek(payload, 1)
        file.write(tail)


def _around(length: int, count: int, size: int | None) -> tuple[bytes, bytes]:
    """What comes before and after the section of containers."""
    names = b"\0.nv_fatbin\0.shstrtab\0"
    table = 64 + length + len(names)
    head = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    head += struct.pack("<HHIQQQI6H", 3, 0xB7, 1, 0, 0, table, 0, 64, 56, 0, 64, count + 2, count + 1)
    one = struct.pack("<IIQQQQIIQQ", 1, 1, 2, 0, 64, length if size is None else size, 0, 0, 8, 0)
    last = struct.pack("<IIQQQQIIQQ", 12, 3, 0, 0, 64 + length, len(names), 0, 0, 1, 0)
    return head, names + bytes(64) + one * count + last
