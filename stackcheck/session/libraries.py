"""The libraries of a wheel that lies on an index, read in place: of each only as much as tells what it holds."""

from __future__ import annotations

import json
import posixpath
import struct
import zlib
from typing import TYPE_CHECKING, Any, cast

from stackcheck.model import Unknown
from stackcheck.patterns import pattern
from stackcheck.probe import wheel
from stackcheck.probe.member import METHODS, Member
from stackcheck.scan import native
from stackcheck.scan.elf import DamagedError
from stackcheck.scan.gpu_code import NVIDIAS
from stackcheck.values import dataclass

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Callable
    from typing import BinaryIO

    from stackcheck.probe.index import Index, IndexFile
    from stackcheck.probe.wheel import Ranges

MOST = 48
"""Libraries of one wheel that are read, the largest first."""

SMALL = 128 << 10
"""Bytes below which a library is not read: no GPU code fits in, and the large ones need what it needs."""

WHOLE_BYTES = 2 << 30
"""Bytes, unpacked, of one library that are read at most."""

_LIBRARY = pattern(r".+\.so(?:\.\d+)*")
_ASSEMBLER = pattern(r"ptxas(?:-\w+)?")


@dataclass(frozen=True, slots=True)
class Libraries:
    """What was read of a wheel's libraries. `brought`: all of its files; `left` counts libraries that were not read."""

    read: tuple[native.Native, ...]
    brought: frozenset[str]
    left: int = 0
    damaged: tuple[str, ...] = ()

    def lines(self) -> list[dict[str, Any]]:
        """Those that hold something worth a record: GPU code, an assembler, or libraries of CUDA to be found."""
        return [line for library in self.read if (line := _line(library, self.brought))]


def read(name: str, part: Ranges, *, whole: bool = False) -> Libraries | Unknown:
    """The libraries of a wheel; Unknown where its bytes could not be had."""
    members = wheel.members(name, part)
    if isinstance(members, Unknown):
        return members
    chosen = sorted(filter(_counts, members), key=lambda member: (-member.file_size, member.filename))
    found: list[native.Native] = []
    damaged: list[str] = []
    for member in sorted(chosen[:MOST], key=lambda member: member.filename):
        try:
            held = native.read(member.filename, cast("BinaryIO", Member(member, part)), member.file_size, whole=whole)
        except (DamagedError, zlib.error, struct.error) as error:
            damaged.append(f"{member.filename} of {name} cannot be read: {error}")
            continue
        except OSError as error:
            return Unknown(str(error))
        if held is not None:
            found.append(held)
    brought = frozenset(posixpath.basename(member.filename) for member in members)
    return Libraries(tuple(found), brought, max(0, len(chosen) - MOST), tuple(damaged))


def of_wheel(
    index: Index, file: IndexFile, spend: Callable[[int], bool] = lambda _: True, *, whole: bool = False
) -> tuple[list[dict[str, Any]], tuple[str, ...]] | Unknown:
    """The lines of one wheel for its record, kept between runs, and which of its libraries are damaged."""
    address = file.url.partition("#")[0]
    if not address.startswith(("https://", "http://")):
        return Unknown(f"{file.filename} is read whole by `stackcheck inspect`")
    place = f"{address}.native{'-whole' if whole else ''}"
    kept = index.fetcher.kept(place)
    if kept is not None:
        return json.loads(kept), ()
    found = read(file.filename, index.part(address, spend), whole=whole)
    if isinstance(found, Unknown):
        return found
    lines = found.lines()
    if not found.damaged:
        index.fetcher.keep(place, json.dumps(lines).encode("ascii"))
    return lines, found.damaged


def _counts(member: zipfile.ZipInfo) -> bool:
    base = posixpath.basename(member.filename)
    if member.compress_type not in METHODS or member.flag_bits & 1 or not SMALL <= member.file_size <= WHOLE_BYTES:
        return False
    if _ASSEMBLER.fullmatch(base):
        return True
    return _LIBRARY.fullmatch(base) is not None and not NVIDIAS.match(base)


def _line(held: native.Native, brought: frozenset[str]) -> dict[str, Any]:
    """The line of a library with what it needs of CUDA beside itself; {} where there is nothing to say."""
    line = held.line()
    if "needs" in line:
        line["needs"] = [name for name in line["needs"] if NVIDIAS.match(name) and name not in brought]
    return line if held.library.code or held.ptxas or held.abi or line.get("needs") else {}
