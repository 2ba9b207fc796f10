"""Tar archives, read forward and with bounded memory: the headers, and of the contents only what the caller takes.

The formats are those of POSIX.1 (ustar, pax) and GNU (long names, base-256 sizes, sparse files). The standard library's
`tarfile` builds an object of twenty fields for each member and keeps them all; an image has a quarter of a million.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK = 512
LONGEST = 1 << 20
"""Bytes of a long name or of pax records; a path has at most 4,096 on Linux."""
DECODED = 20_000
"""Bytes of a path that are decoded: more characters than a path has on Linux, whatever they are."""

_ZEROS = bytes(BLOCK)
_EXTENDED = frozenset((b"x", b"g", b"L", b"K"))
_PAX = re.compile(rb"(\d{1,20}) ([^=\n]+)=")
_COUNTS = frozenset((b"path", b"linkpath", b"size"))
"""The pax records that say something here; the others are not kept, however many headers have some."""
_KINDS: dict[bytes, Kind] = {
    b"0": "file",
    b"\0": "file",
    b"7": "file",
    b"1": "hard",
    b"2": "link",
    b"5": "folder",
    b"S": "sparse",
    b"3": "other",
    b"4": "other",
    b"6": "other",
}

Kind = Literal["file", "hard", "link", "folder", "sparse", "other", "unknown"]
"""`other` are devices and FIFOs; `unknown` is a type that no standard names, whose content is passed over."""


class DamagedArchiveError(ValueError):
    """What should be a tar archive is cut off, or is none. The text is a phrase without the archive's name."""


class Source(Protocol):
    """Where an archive is read from, forward."""

    def read(self, count: int) -> bytes:
        """Up to `count` bytes; fewer only at the end."""
        ...

    def tell(self) -> int:
        """How many bytes have been read or passed by."""
        ...

    def skip(self, count: int) -> None:
        """Passes by so many bytes. Raises `DamagedArchiveError` where there are not as many."""
        ...

    def close(self) -> None:
        """Closes what it reads from."""
        ...


class Member(NamedTuple):
    """One member: its path as it is stored, what it is, its content's size in bytes and where that begins, what a link
    leads to, or of an unknown one its type."""

    name: str
    kind: Kind
    size: int
    offset: int
    target: str = ""


def members(source: Source) -> Iterator[Member]:
    """The members in their order. While one is yielded, the source stands at its content, which may be read.

    Raises `DamagedArchiveError`.
    """
    extended: dict[str, str] = {}
    while True:
        block = source.read(BLOCK)
        if block == _ZEROS or not block:
            return
        if len(block) < BLOCK:
            raise DamagedArchiveError("it ends in the middle of a header")
        if block[257:262] != b"ustar":
            _check(block)
        flag = block[156:157]
        digits = block[124:135]
        if flag == b"0" and not extended and block[345] == 0 and digits.isdigit() and block[135] == 0:
            # Nearly every member; what its number may hold else, `_number` says.
            name = block[:100].partition(b"\0")[0].decode("utf-8", "surrogateescape")
            member = Member(name, "file", _octal(digits), source.tell())
        elif flag in _EXTENDED:
            extended |= _extended(source, flag, _number(block[124:136]))
            continue
        else:
            member = _member(source, block, _KINDS.get(flag, "unknown"), extended)
            extended = {}
        yield member
        left = member.offset + (member.size + 511 & -512) - source.tell()
        if left:
            source.skip(left)


def _extended(source: Source, flag: bytes, size: int) -> dict[str, str]:
    """What a header before a member's own says of it; one for all members that follow says nothing that counts here."""
    if flag == b"g":
        source.skip(_padded(size))
        return {}
    data = _long(source, size)
    return _records(data) if flag == b"x" else {"path" if flag == b"L" else "linkpath": _text(data)}


def _member(source: Source, block: bytes, kind: Kind, extended: dict[str, str]) -> Member:
    size = _number(block[124:136])
    if extended.get("size", "").isdigit():
        size = int(extended["size"])
    if kind in ("hard", "link", "folder", "other"):
        # Nothing follows a link or a folder, whatever its size says (POSIX.1, pax, "Header Block").
        size = 0
    if kind == "sparse":
        _skip_map(source, block)
    name = extended.get("path") or _name(block)
    if kind == "unknown":
        return Member(name, kind, size, source.tell(), block[156:157].decode("ascii", "backslashreplace"))
    return Member(name, kind, size, source.tell(), extended.get("linkpath") or _text(block[157:257]))


def _name(block: bytes) -> str:
    name = block[:100].partition(b"\0")[0].decode("utf-8", "surrogateescape")
    if not block[345] or block[257:263] != b"ustar\0":
        return name
    return f"{_text(block[345:500])}/{name}"


def _text(data: bytes) -> str:
    return data[:DECODED].partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _padded(size: int) -> int:
    return (size + BLOCK - 1) // BLOCK * BLOCK


def _octal(digits: bytes) -> int:
    try:
        return int(digits, 8)
    except ValueError as error:
        raise DamagedArchiveError("a header has a size that is no size") from error


def _number(data: bytes) -> int:
    """An octal number, or GNU's base-256 one."""
    if data[0] & 0x80:
        value = int.from_bytes(data[1:], "big") if data[0] == 0x80 else -1
    else:
        digits = data.strip(b" \0") or b"0"
        value = _octal(digits) if digits.isdigit() else -1
    if not 0 <= value < 1 << 62:
        raise DamagedArchiveError("a header has a size that is no size")
    return value


def _check(block: bytes) -> None:
    """The checksum of a header that has no magic number (Unix V7)."""
    if sum(block[:148]) + sum(block[156:]) + 8 * 32 != _number(block[148:156]):
        raise DamagedArchiveError("it has a header that is none")


def _long(source: Source, size: int) -> bytes:
    if size > LONGEST:
        raise DamagedArchiveError("it has a name of more than a megabyte")
    data = source.read(_padded(size))
    if len(data) < _padded(size):
        raise DamagedArchiveError("it ends in the middle of a name")
    return data[:size]


def _records(data: bytes) -> dict[str, str]:
    """The pax records that count: `length key=value`, newline; what has not that form ends them."""
    found: dict[str, str] = {}
    at = 0
    while (match := _PAX.match(data, at)) is not None:
        end = at + int(match[1])
        if end <= match.end() or end > len(data):
            break
        if match[2] in _COUNTS:
            value = data[match.end() : min(end - 1, match.end() + DECODED)]
            found[match[2].decode()] = value.decode("utf-8", "surrogateescape")
        at = end
    return found


def _skip_map(source: Source, block: bytes) -> None:
    """The further blocks of an old GNU sparse file's map."""
    more = block[482]
    while more:
        block = source.read(BLOCK)
        if len(block) < BLOCK:
            raise DamagedArchiveError("it ends in the middle of a header")
        more = block[504]
