"""ELF files (elf(5), gABI chapters 4 and 5): machine, sections, needed libraries and symbol versions.

An own reader of headers, because files come from anywhere and also as streams: every count and offset is checked
against the file, nothing is read whole, and any damage is one `DamagedError`. Tests compare it with pyelftools.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, TypeAlias

from stackcheck.scan.libc import MACHINES
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

At: TypeAlias = "Callable[[int, int], bytes]"
"""Reads `count` bytes at an offset of the file. Raises `DamagedError` where they are not all there."""

CUDA = "cuda"
"""What `Header.machine` calls a file of GPU code alone (a cubin)."""

KINDS = {1: "object", 2: "program", 3: "shared", 4: "core"}
"""e_type → a word. Of a "shared" one, `Dynamic.program` says whether it is a program that can be loaded anywhere."""

_MACHINES = {**MACHINES, 0xBE: CUDA}
_MAX_SECTIONS = 65_536
_MAX_PROGRAM_HEADERS = 4_096
_MAX_DYNAMIC = 65_536
_MAX_VERSIONS = 16_384
_MAX_NAME = 4_096

_LOAD, _DYNAMIC = 1, 2
_NEEDED, _STRTAB, _SONAME, _RPATH, _RUNPATH = 1, 5, 14, 15, 29
_VERNEED, _VERNEEDNUM, _FLAGS_1 = 0x6FFFFFFE, 0x6FFFFFFF, 0x6FFFFFFB
_PIE = 0x0800_0000
_NO_BITS = 8


class DamagedError(ValueError):
    """A file of machine code is damaged, or of a shape that is not read. Its text is a phrase without a file name."""


@dataclass(frozen=True, slots=True)
class Header:
    """The first bytes of an ELF file. `machine` is as `uname -m` prints it, else "machine N"; `flags` is e_flags."""

    machine: str
    kind: str
    bits: int
    order: str
    abi: int
    flags: int
    sections_at: int
    section_size: int
    section_count: int
    names_index: int
    programs_at: int
    program_size: int
    program_count: int


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its name, and where its bytes lie in the file."""

    name: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Dynamic:
    """What a library asks of the dynamic linker.

    `search` are its own folders (RUNPATH, else RPATH) as written, `$ORIGIN` included; `versions` maps each needed
    library to the symbol versions that it must have ("GLIBC_2.28").
    """

    needed: tuple[str, ...] = ()
    soname: str | None = None
    search: tuple[str, ...] = ()
    versions: Mapping[str, tuple[str, ...]] | None = None
    program: bool = False


def parse_header(head: bytes) -> Header | None:
    """The header at the beginning of a file; None where it is no ELF file. Raises `DamagedError`."""
    if head[:4] != b"\x7fELF":
        return None
    if len(head) < 52 or head[4] not in (1, 2) or head[5] not in (1, 2):
        raise DamagedError("its ELF header is damaged")
    order = "<" if head[5] == 1 else ">"
    wide = head[4] == 2
    if wide and len(head) < 64:
        raise DamagedError("its ELF header is cut off")
    fields = struct.unpack_from(f"{order}HHIQQQI6H" if wide else f"{order}HHIIIII6H", head, 16)
    kind, machine, _, _, programs_at, sections_at, flags, _, program_size, programs, size, count, names = fields
    return Header(
        machine=_MACHINES.get(machine, f"machine {machine}"),
        kind=KINDS.get(kind, f"type {kind}"),
        bits=64 if wide else 32,
        order=order,
        abi=head[8],
        flags=flags,
        sections_at=sections_at,
        section_size=size,
        section_count=count,
        names_index=names,
        programs_at=programs_at,
        program_size=program_size,
        program_count=programs,
    )


def sections(header: Header, at: At, wanted: tuple[str, ...]) -> tuple[Section, ...]:
    """The sections of some names that have bytes in the file. Raises `DamagedError`."""
    if header.sections_at == 0:
        return ()
    size = 64 if header.bits == 64 else 40
    if header.section_size != size:
        raise DamagedError(f"its section headers have {header.section_size} bytes instead of {size}")
    layout = struct.Struct(f"{header.order}IIQQQQII8x8x" if size == 64 else f"{header.order}10I")
    first = layout.unpack(at(header.sections_at, size))
    # Of more than 65,279 sections, the first one tells the number and the index of the names (gABI, e_shnum).
    count = header.section_count or first[5]
    index = header.names_index if header.names_index != 0xFFFF else first[6]
    if not 0 < count <= _MAX_SECTIONS or index >= count:
        raise DamagedError(f"it declares {count} sections with names in number {index}")
    table = at(header.sections_at, count * size)
    _, _, _, _, offset, length, *_ = layout.unpack_from(table, index * size)
    names = at(offset, min(length, _MAX_SECTIONS * 64))
    if not any(name.encode() in names for name in wanted):
        return ()  # as in nearly every file, and this is the hot path
    every = (layout.unpack_from(table, number * size) for number in range(count))
    found = [Section(_text(names, one[0]), one[4], one[5]) for one in every if one[1] not in (0, _NO_BITS)]
    return tuple(section for section in found if section.name in wanted)


def dynamic_place(header: Header, at: At) -> tuple[int, int] | None:
    """Offset and size of the dynamic section; None in a static file. Raises `DamagedError`."""
    place = _segments(header, at)[1]
    if place is not None and place[1] > _MAX_DYNAMIC * 16:
        raise DamagedError(f"its dynamic section has {place[1]} bytes")
    return place


def dynamic(header: Header, at: At) -> Dynamic | None:
    """What the dynamic linker would read, found as it finds it: by the program headers. None in a static file.

    Raises `DamagedError`.
    """
    loads, place = _segments(header, at)
    if place is None:
        return None
    entries = list(_entries(header, at, *place))
    single = dict(reversed(entries))
    if _STRTAB not in single:
        return Dynamic()
    names = _offset(loads, single[_STRTAB])

    def name(offset: int) -> str:
        return _string(at, names + offset)

    search = single.get(_RUNPATH, single.get(_RPATH))
    return Dynamic(
        needed=tuple(name(value) for tag, value in entries if tag == _NEEDED),
        soname=name(single[_SONAME]) if _SONAME in single else None,
        search=tuple(part for part in name(search).split(":") if part) if search is not None else (),
        versions=_versions(header.order, at, loads, single, name),
        program=bool(single.get(_FLAGS_1, 0) & _PIE),
    )


def _segments(header: Header, at: At) -> tuple[list[tuple[int, int, int]], tuple[int, int] | None]:
    """The loaded segments as (address, offset, size), and where the dynamic section lies."""
    size = 56 if header.bits == 64 else 32
    count = header.program_count
    if count == 0:
        return [], None
    if header.program_size != size or count > _MAX_PROGRAM_HEADERS:
        raise DamagedError(f"it declares {count} program headers of {header.program_size} bytes")
    table = at(header.programs_at, count * size)
    layout = struct.Struct(f"{header.order}IIQQQQQQ" if size == 56 else f"{header.order}8I")
    loads, place = [], None
    for number in range(count):
        fields = layout.unpack_from(table, number * size)
        # The flags stand elsewhere in the 32-bit form, and what is used here moves by one.
        offset, address, length = (fields[2], fields[3], fields[5]) if size == 56 else (fields[1], fields[2], fields[4])
        if fields[0] == _LOAD:
            loads.append((address, offset, length))
        elif fields[0] == _DYNAMIC:
            place = (offset, length)
    return loads, place


def _entries(header: Header, at: At, offset: int, size: int) -> Iterator[tuple[int, int]]:
    width = 16 if header.bits == 64 else 8
    if size > _MAX_DYNAMIC * width:
        raise DamagedError(f"its dynamic section has {size} bytes")
    layout = struct.Struct(f"{header.order}{'qQ' if width == 16 else 'iI'}")
    table = at(offset, size - size % width)
    for tag, value in layout.iter_unpack(table):
        if tag == 0:
            return
        yield tag, value


def _versions(
    order: str, at: At, loads: list[tuple[int, int, int]], single: Mapping[int, int], name: Callable[[int], str]
) -> dict[str, tuple[str, ...]]:
    """The symbol versions needed of each library (.gnu.version_r, two linked lists of 16-byte records)."""
    found: dict[str, tuple[str, ...]] = {}
    if _VERNEED not in single:
        return found
    place, left = _offset(loads, single[_VERNEED]), _MAX_VERSIONS
    for _ in range(min(single.get(_VERNEEDNUM, 0), _MAX_VERSIONS)):
        _, count, library, first, following = struct.unpack(f"{order}HHIII", at(place, 16))
        wanted: list[str] = []
        aux = place + first
        left -= count
        if left < 0:
            raise DamagedError("it declares too many symbol versions")
        for _ in range(count):
            _, _, _, version, step = struct.unpack(f"{order}IHHII", at(aux, 16))
            wanted.append(name(version))
            aux += step
        found[name(library)] = tuple(sorted(wanted))
        if following == 0:
            break
        place += following
    return found


def _offset(loads: list[tuple[int, int, int]], address: int) -> int:
    """The place in the file of an address in memory."""
    for start, offset, size in loads:
        if start <= address < start + size:
            return offset + address - start
    raise DamagedError(f"its address {address:#x} is in no loaded segment")


def _string(at: At, offset: int) -> str:
    """The zero-terminated text at an offset, read piece by piece: tables of names may have many megabytes."""
    parts = b""
    while len(parts) < _MAX_NAME:
        try:
            piece = at(offset + len(parts), 64)
        except DamagedError:
            piece = at(offset + len(parts), 1)  # the table may end with the file
        text, end, _ = piece.partition(b"\0")
        parts += text
        if end:
            return _shown(parts)
    raise DamagedError(f"a name in it has more than {_MAX_NAME} bytes")


def _text(names: bytes, offset: int) -> str:
    return _shown(names[offset : names.find(b"\0", offset)]) if offset < len(names) else ""


def _shown(name: bytes) -> str:
    return name[:_MAX_NAME].decode("utf-8", "replace")
