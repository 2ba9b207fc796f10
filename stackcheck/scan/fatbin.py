"""The GPU code in a file: which cubins and which PTX, from the headers of its fat binaries; no code is unpacked.

nvcc packs what it compiles for several GPUs into containers ("fatbins"): 16 bytes of header, then entries of a header
and a payload each. NVIDIA publishes no description. What is read here holds for files that nvcc 11.8 to 13.0 made, and
lists what cuobjdump lists; it agrees with the notes of github.com/n-eiling/cuda-fatbin-decompression.

    container: magic, version (2 bytes), header size (2), size of what follows (8)
    entry:     kind (2), version (2), header size (4), payload size (8), …, at 28: SM number (4), …, at 40: flags (8)
"""

from __future__ import annotations

import struct
from collections import Counter
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from stackcheck.scan.elf import DamagedError
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAGIC = b"\x50\xed\x55\xba"

Entry: TypeAlias = tuple[int, int, int]
"""Kind, SM number, and the flags that tell its suffix."""

SECTIONS = (".nv_fatbin", "__nv_relfatbin")
"""The ELF sections with containers: linked code, and (-rdc=true) code that the driver links again at load time where
the linked code fits no GPU ("JIT linking" in the documentation of nvcc). Both count."""

_PTX, CUBIN = 1, 2
_SPECIFIC, _FAMILY = 1 << 20, 1 << 21
"""Flags of an entry: code for that chip alone ("sm_90a"), for its family ("sm_100f"); the same for both kinds."""

_CONTAINER = struct.Struct("<4sHHQ")
_ENTRY = struct.Struct("<HHIQ12xI8xQ16x")
_ENTRY_SIZE = 64
_MAX_ENTRY_HEADER = 1 << 16
_MAX_SM = 9_999
MAX_ENTRIES = 1_000_000
"""The largest library seen has some 5,000; a million take a few seconds."""
_CHUNK = 1 << 20


class _NoneHereError(DamagedError):
    """These bytes are no container, or a damaged one."""


@dataclass(frozen=True, slots=True)
class Fatbins:
    """What the containers of one or more files hold, each by compute capability ("8.7", "9.0a", "10.0f"), sorted.

    `other` counts entries of further kinds: LTO-IR, which is linked before it runs, and what is not known.
    """

    cubins: tuple[str, ...] = ()
    ptx: tuple[str, ...] = ()
    other: int = 0

    def __bool__(self) -> bool:
        return bool(self.cubins or self.ptx or self.other)


class Reader:
    """A file read once from its beginning to its end. Where it can be moved in, what is skipped is not even read.

    `head` is what was read of a stream already; None says that the file can be moved in. `align`: containers begin
    at multiples of it.
    """

    def __init__(self, file: BinaryIO, size: int, head: bytes | None = None, align: int = 8) -> None:
        self.size = size
        self.at = 0
        self._align = align
        self._file = file
        self._stream = head is not None
        self._step = _CHUNK if self._stream else 512
        self._buffer = head or b""
        self._base = 0  # where the buffer begins in the file
        if not self._stream:
            file.seek(0)

    def peek(self, count: int) -> bytes:
        """The next bytes, fewer at the end of the file, without moving."""
        begin = self.at - self._base
        while len(self._buffer) - begin < count and (data := self._file.read(max(count, self._step))):
            self._buffer = self._buffer[begin:] + data
            self._base, begin = self.at, 0
        return self._buffer[begin : begin + count]

    def move(self, offset: int) -> None:
        """Goes forward to an offset."""
        beyond = offset - self._base - len(self._buffer)
        self.at = offset
        if beyond <= 0:
            return
        self._buffer, self._base = b"", offset
        if self._stream:
            self._discard(beyond)
        else:
            self._file.seek(offset)

    def find(self, end: int) -> bool:
        """Goes to the next place before `end` where a container may begin."""
        self.move(min(-(-self.at // self._align) * self._align, end))
        window = 64  # mostly it follows at once
        while self.at < end and len(data := self.peek(min(window, end - self.at))) >= len(MAGIC):
            window = min(window * 16, _CHUNK)
            at = data.find(MAGIC)
            while at >= 0 and at % self._align:
                at = data.find(MAGIC, at + 1)
            if at >= 0:
                self.move(self.at + at)
                return True
            # The magic number may begin in the last bytes, where it was not seen whole.
            passed = max((len(data) - len(MAGIC)) // self._align * self._align, self._align)
            self.move(min(self.at + passed, end))
        return False

    def _discard(self, count: int) -> None:
        while count > 0 and (data := self._file.read(min(count, _CHUNK))):
            count -= len(data)
        if count:
            raise DamagedError("the file ends inside its GPU code")


def containers(reader: Reader, end: int, *, sure: bool) -> Iterator[frozenset[Entry]]:
    """The entries of each container up to an offset, in the file's order.

    `sure`: these bytes are a section of containers, so a damaged one raises `DamagedError`; elsewhere the magic number
    alone proves nothing, and what does not look like a container is passed over.
    """
    left = MAX_ENTRIES
    while reader.find(end):
        offset = reader.at
        entries: list[Entry] = []
        try:
            entries = _entries(reader, end)
        except _NoneHereError:
            if sure:
                raise
            reader.move(max(reader.at, min(offset + len(MAGIC), end)))
        left -= len(entries) + 1
        if left < 0:
            raise DamagedError(f"it has more than {MAX_ENTRIES:,} pieces of GPU code")
        if entries:
            yield frozenset(entries)


def listed(found: Iterable[frozenset[Entry]]) -> Fatbins:
    """The codes of some containers, each once."""
    codes = {_PTX: set[str](), CUBIN: set[str]()}
    other = 0
    for entry, count in Counter(entry for container in found for entry in container).items():
        if entry[0] in codes:
            codes[entry[0]].add(capability(*entry[1:]))
        else:
            other += count
    return Fatbins(in_order(codes[CUBIN]), in_order(codes[_PTX]), other)


def joined(parts: Iterable[Fatbins]) -> Fatbins:
    """What several files hold together."""
    every = tuple(parts)
    return Fatbins(
        in_order({code for part in every for code in part.cubins}),
        in_order({code for part in every for code in part.ptx}),
        sum(part.other for part in every),
    )


def capability(sm: int, flags: int = 0) -> str:
    """The compute capability of an SM number, with the suffix that the flags say: 90 and the flag for `a` → "9.0a"."""
    return f"{sm // 10}.{sm % 10}{'a' if flags & _SPECIFIC else 'f' if flags & _FAMILY else ''}"


def in_order(codes: Iterable[str]) -> tuple[str, ...]:
    """Codes from the oldest chip to the newest."""

    def key(code: str) -> tuple[int, int, str]:
        major, _, rest = code.partition(".")
        minor = rest.rstrip("af")
        return int(major), int(minor), rest[len(minor) :]

    return tuple(sorted(codes, key=key))


def _entries(reader: Reader, end: int) -> list[Entry]:
    head = reader.peek(_CONTAINER.size)
    if len(head) < _CONTAINER.size:
        raise _NoneHereError("its GPU code is cut off")
    _, version, size, length = _CONTAINER.unpack(head)
    stop = reader.at + size + length
    if version != 1 or size != _CONTAINER.size:
        raise _NoneHereError(f"its GPU code has the unknown version {version} with {size} bytes of header")
    if stop > end:
        raise _NoneHereError("a container of its GPU code reaches beyond its end")
    reader.move(reader.at + size)
    found: list[Entry] = []
    while (room := stop - reader.at) > 0:
        data = reader.peek(_ENTRY_SIZE)
        if len(data) < _ENTRY_SIZE or room < _ENTRY_SIZE:
            raise _NoneHereError("an entry of its GPU code is cut off")
        kind, _, size, payload, sm, flags = _ENTRY.unpack(data)
        if not _ENTRY_SIZE <= size <= _MAX_ENTRY_HEADER or size + payload > room or sm > _MAX_SM:
            raise _NoneHereError("an entry of its GPU code is damaged")
        found.append((kind, sm, flags & (_SPECIFIC | _FAMILY)))
        if len(found) > MAX_ENTRIES:
            raise DamagedError(f"it has more than {MAX_ENTRIES:,} pieces of GPU code")
        reader.move(reader.at + size + payload)
    return found
