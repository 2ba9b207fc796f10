"""One file of machine code, on a disk, in a wheel or in an image's layer: whom it is for and what it needs.

Nothing is loaded or run. A file that can be moved in is read in its headers alone; a stream (a member of a compressed
archive) is read once, forward, with bounded memory.
"""

from __future__ import annotations

import io
import re
from collections import deque
from typing import TYPE_CHECKING, cast

from stackcheck.scan import elf, fatbin
from stackcheck.scan.elf import DamagedError, Dynamic
from stackcheck.scan.fatbin import Fatbins
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from typing import BinaryIO

HELD = 8 << 20
"""A stream of up to so many bytes is held whole; of a longer one, so many from its beginning and from its end.

The linker puts names at the beginning, and what wheels are repaired with (patchelf) moves them to the end.
"""

_EVIDENT = re.compile(r"([A-Z]+)_(\d{1,9}(?:\.\d{1,9}){0,9})")
_TARGET = re.compile(rb"^\s*\.target\s+sm_(\d{1,4})([af]?)\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Library:
    """What one file says of itself.

    `machine` is as `uname -m` prints it, "cuda" for GPU code alone; `kind` is "shared", "program", "object" and the
    like, "cubin", "fatbin", "ptx" or "archive". `dynamic` is None where it was not seen: in a static file, or in a
    long stream.
    """

    machine: str
    kind: str
    dynamic: Dynamic | None = None
    code: Fatbins = Fatbins()

    def needs(self, prefix: str) -> str | None:
        """The newest version of a family of symbols that it needs: "GLIBC" → "2.28", "GLIBCXX", "CXXABI"."""
        versions = self.dynamic.versions if self.dynamic else None
        found = [match[2] for names in (versions or {}).values() for name in names if (match := _version(name, prefix))]
        return max(found, key=lambda text: [int(part) for part in text.split(".")], default=None)


def read(file: BinaryIO, size: int, *, stream: bool = False, held: int = HELD, linking: bool = True) -> Library | None:
    """Reads one file; None where it is neither ELF nor GPU code. Raises `DamagedError`.

    `file` stands at its beginning and has `size` bytes. `stream`: it cannot be moved in, or only at a cost; then up to
    `held` bytes of it are held in memory. `linking`: whether `dynamic` is wanted at all.
    """
    head = exactly(file, min(size, 64))
    kind = _kind(head)
    if kind is None:
        return None
    if stream:
        head += exactly(file, min(size, held) - len(head))
        if size <= held:
            return read(io.BytesIO(head), size, linking=linking)
    if kind != "elf":
        return _bare(file, size, head, kind, stream=stream)
    header = _header(head)
    if header.machine == elf.CUDA:
        return Library(elf.CUDA, "cubin", code=Fatbins(cubins=(_of_flags(header),)))
    return _streamed(file, size, head, header) if stream else _moved_in(file, size, header, linking=linking)


def linked(file: BinaryIO, size: int) -> Library | None:
    """The same without a look for GPU code. Raises `DamagedError`."""
    header = elf.parse_header(exactly(file, min(size, 64)))
    return Library(header.machine, header.kind, elf.dynamic(header, _at(file, size))) if header is not None else None


def _kind(head: bytes) -> str | None:
    if head[:4] == b"\x7fELF":
        return "elf"
    if head[:4] == fatbin.MAGIC:
        return "fatbin"
    if head[:8] == b"!<arch>\n":
        return "archive"
    return "ptx" if head.lstrip()[:2] in (b"//", b".v") else None


def _bare(file: BinaryIO, size: int, head: bytes, kind: str, *, stream: bool) -> Library | None:
    """GPU code that is in no ELF file: a .fatbin or a .ptx, or a static library, whose members are ELF."""
    if kind == "ptx":
        match = _TARGET.search(head if stream else head + file.read(HELD))
        return Library(elf.CUDA, "ptx", code=Fatbins(ptx=(_target(match),))) if match else None
    # The members of an archive begin at even bytes (ar(5)), so containers may too.
    reader = fatbin.Reader(file, size, head if stream else None, align=2 if kind == "archive" else 8)
    found = fatbin.listed(list(fatbin.containers(reader, size, sure=kind == "fatbin")))
    return Library(elf.CUDA if kind == "fatbin" else "", kind, code=found)


def _target(match: re.Match[bytes]) -> str:
    return fatbin.capability(int(match[1])) + match[2].decode()


def _moved_in(file: BinaryIO, size: int, header: elf.Header, *, linking: bool) -> Library:
    at = _at(file, size)
    dynamic = elf.dynamic(header, at) if linking else None
    kind = "program" if dynamic and dynamic.program else header.kind
    places = elf.sections(header, at, fatbin.SECTIONS)
    if not places:
        return Library(header.machine, kind, dynamic)
    reader = fatbin.Reader(file, size)
    found: list[frozenset[fatbin.Entry]] = []
    for section in sorted(places, key=lambda one: one.offset):
        end = section.offset + section.size
        if end > size:
            raise DamagedError(f"its section {section.name} reaches beyond its end")
        reader.move(max(section.offset, reader.at))
        found += fatbin.containers(reader, end, sure=True)
    return Library(header.machine, kind, dynamic, fatbin.listed(found))


def _at(file: BinaryIO, size: int) -> elf.At:
    def at(offset: int, count: int) -> bytes:
        if offset < 0 or count < 0 or offset + count > size:
            raise DamagedError(f"it ends before byte {offset + count} of which its headers speak")
        file.seek(offset)
        return exactly(file, count)

    return at


def _streamed(file: BinaryIO, size: int, head: bytes, header: elf.Header) -> Library:
    """A long stream: its section table comes last, so containers are found by their magic number."""
    tape = Tape(file, head)
    try:
        tape.keep = elf.dynamic_place(header, tape.at) or (0, 0)
    except DamagedError:
        tape.keep = (0, 0)  # where it is cannot be told before its end
    found = list(fatbin.containers(fatbin.Reader(cast("BinaryIO", tape), size, head), size, sure=False))
    try:
        dynamic = elf.dynamic(header, tape.at)
    except DamagedError:
        dynamic = None
    return Library(header.machine, header.kind, dynamic, fatbin.listed(found))


class Tape:
    """A stream that passes by; of what has passed, its beginning, its end and the part `keep` can be read again."""

    def __init__(self, file: BinaryIO, head: bytes) -> None:
        self._file, self._head = file, head
        self._read = len(head)
        self._tail: deque[bytes] = deque()
        self._tailed = 0
        self.keep = (0, 0)
        """Offset and size."""
        self._kept = b""

    def read(self, count: int) -> bytes:
        """The next bytes."""
        data = self._file.read(count)
        offset, size = self.keep
        begin, end = max(offset, self._read), min(offset + size, self._read + len(data))
        if begin < end:
            self._kept += data[begin - self._read : end - self._read]
        self._read += len(data)
        self._tail.append(data)
        self._tailed += len(data)
        while self._tailed - len(self._tail[0]) > len(self._head):
            self._tailed -= len(self._tail.popleft())
        return data

    def at(self, offset: int, count: int) -> bytes:
        """Some bytes of what is held. Raises `DamagedError`."""
        for start, data in ((0, self._head), (max(self.keep[0], len(self._head)), self._kept)):
            if start <= offset <= offset + count <= start + len(data) and count >= 0:
                return data[offset - start : offset - start + count]
        start = self._read - self._tailed
        if not start <= offset <= offset + count <= self._read:
            raise DamagedError("it lies beyond what is held of the stream")
        if len(self._tail) > 1:
            self._tail = deque((b"".join(self._tail),))
        return self._tail[0][offset - start : offset - start + count]


def _header(head: bytes) -> elf.Header:
    header = elf.parse_header(head)
    assert header is not None  # noqa: S101 - its first bytes were looked at
    return header


def _of_flags(header: elf.Header) -> str:
    """The chip of a cubin by its e_flags (LLVM's BinaryFormat/ELF.h, EF_CUDA_SM).

    Up to ABI version 7 the low byte is the SM number and bit 11 its suffix `a`; since version 8 the number is in the
    second byte, and nothing in the header tells the suffix.
    """
    if header.abi <= 7:
        return fatbin.capability(header.flags & 0xFF) + ("a" if header.flags & 0x800 else "")
    return fatbin.capability(header.flags >> 8 & 0xFF)


def _version(name: str, prefix: str) -> re.Match[str] | None:
    match = _EVIDENT.fullmatch(name)
    return match if match and match[1] == prefix else None


def exactly(file: BinaryIO, count: int) -> bytes:
    """The next so many bytes. Raises `DamagedError` where the file ends before."""
    parts: list[bytes] = []
    while count > 0 and (data := file.read(count)):
        parts.append(data)
        count -= len(data)
    if count > 0:
        raise DamagedError("it is shorter than it is said to be")
    return b"".join(parts)
