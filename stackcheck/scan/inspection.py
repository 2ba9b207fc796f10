"""What is in a library, a wheel or a folder: every file of machine or GPU code in it, read in place."""

from __future__ import annotations

import lzma
import os
import posixpath
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, cast

from stackcheck.model import Location, Unread
from stackcheck.scan import library, linker, metadata
from stackcheck.scan.elf import DamagedError
from stackcheck.scan.view import UnreadableError
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import BinaryIO

    from stackcheck.scan.view import HostView

MAX_FILES = 200_000
MAX_DIRECTORY = 64 << 20
"""Bytes of an archive's table of contents; zipfile holds all of it in memory."""
MAX_RATIO = 100
"""How much smaller than what is in it an archive or a large member may be. Wheels come to 3 or 4, bombs to 1,000."""
LARGE = 64 << 20
"""Bytes of a member that may be held in memory, and from which on it must not be packed so tightly."""
_ARCHIVE_ERRORS = (
    *(
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        struct.error,
        EOFError,
        RuntimeError,
        NotImplementedError,
        OSError,
    ),
    *(ValueError, LookupError),
)
"""What zipfile raises for a damaged, encrypted or otherwise unreadable archive."""


@dataclass(frozen=True, slots=True)
class Item:
    """One file of machine code, and which libraries it does not find by itself (none where that was not looked for)."""

    path: str
    library: library.Library
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found in one file or folder. `kind` is "file", "wheel", "archive" or "folder".

    `tags` are those of a wheel's name, by which installers go; `own_tags` those of its WHEEL file.
    """

    path: str
    kind: str
    items: tuple[Item, ...]
    tags: tuple[str, ...] = ()
    own_tags: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()


def of_file(view: HostView, path: str, variables: Mapping[str, str]) -> Inspection | None:
    """A library, a program or a zip archive; None where it is nothing of the kind or not there.

    Raises `UnreadableError`.
    """
    file = view.open(path)
    if file is None:
        return None
    with file:
        if file.read(4)[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
            return _of_archive(file, path)
        item = _item(view, path, variables)
    return Inspection(path, "file", (item,)) if item is not None else None


def of_folder(view: HostView, path: str, variables: Mapping[str, str], tell: Callable[[str], None]) -> Inspection:
    """Every file below a folder; links are not followed."""
    items: list[Item] = []
    unread: list[Unread] = []
    for number, place in enumerate(_files(path, unread)):
        if number == MAX_FILES:
            unread.append(Unread(f"There are more than {MAX_FILES:,} files; the rest was not read.", Location(path)))
            break
        if number % 1000 == 0:
            tell(f"reading {place}")
        try:
            item = _item(view, place, variables)
        except UnreadableError as error:
            unread.append(Unread(f"{error}.", Location(place)))
            continue
        if item is not None:
            items.append(item)
    return Inspection(path, "folder", tuple(items), unread=tuple(unread))


def _files(path: str, unread: list[Unread]) -> Iterator[str]:
    def failed(error: OSError) -> None:
        place = str(error.filename)
        unread.append(Unread(f"{place} cannot be read: {error.strerror}.", Location(place)))

    for folder, names, files in os.walk(path, onerror=failed):
        names.sort()
        for name in sorted(files):
            place = f"{folder}/{name}"
            if os.path.isfile(place) and not os.path.islink(place):  # noqa: PTH113, PTH114 - once for every file
                yield place


def _item(view: HostView, path: str, variables: Mapping[str, str]) -> Item | None:
    file = view.open(path)
    if file is None:
        return None
    with file:
        try:
            found = library.read(file, os.fstat(file.fileno()).st_size)
        except DamagedError as error:
            raise UnreadableError(f"{path} cannot be read: {error}") from error
    if found is None:
        return None
    if found.dynamic is None:
        return Item(path, found)
    more = variables.get("LD_LIBRARY_PATH", "").split(":")
    return Item(path, found, linker.missing(view, path, found.dynamic, linker.folders(view, found.machine), more))


def _of_archive(file: BinaryIO, path: str) -> Inspection:
    size = _directory_size(file)
    if size is None or size > MAX_DIRECTORY:
        raise UnreadableError(f"{path} cannot be read: its table of contents is missing or larger than any wheel's")
    unread: list[Unread] = []
    items: list[Item] = []
    own: tuple[str, ...] = ()
    wheel = False
    try:
        with zipfile.ZipFile(file) as archive:
            whole = sum(member.file_size for member in archive.infolist())
            if whole > max(LARGE, file.seek(0, os.SEEK_END) * MAX_RATIO):
                raise UnreadableError(f"{path} is not unpacked: it says that {whole} bytes are in it")
            for member in archive.infolist():
                if member.filename.endswith(".dist-info/WHEEL") and member.file_size < 1 << 20:
                    wheel = True
                    own = metadata.parse_tags(archive.read(member).decode("utf-8", "replace"))
                elif not member.filename.endswith("/"):  # `is_dir` fails on a member without a name
                    items += _of_member(archive, member, path, unread)
    except UnreadableError:
        raise
    except _ARCHIVE_ERRORS as error:
        raise UnreadableError(f"{path} cannot be read: {str(error) or type(error).__name__}") from error
    kind = "wheel" if wheel or path.endswith(".whl") else "archive"
    return Inspection(path, kind, tuple(items), _named_tags(path), own, tuple(unread))


def _named_tags(path: str) -> tuple[str, ...]:
    """The tags of a wheel's file name, its last three parts (the binary distribution format); () for other names."""
    parts = posixpath.basename(path).removesuffix(".whl").split("-")
    return metadata.parse_tags(f"Tag: {'-'.join(parts[-3:])}") if path.endswith(".whl") and len(parts) >= 5 else ()


def _of_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: str, unread: list[Unread]) -> Iterator[Item]:
    name = member.filename
    place = Location(f"{path}/{name}")
    if member.file_size > max(LARGE, member.compress_size * MAX_RATIO):
        unread.append(Unread(f"{name} is {member.file_size} bytes from {member.compress_size}: no code is.", place))
        return
    try:
        with archive.open(member) as file:
            found = library.read(cast("BinaryIO", file), member.file_size, stream=True, held=LARGE)
    except (DamagedError, *_ARCHIVE_ERRORS) as error:
        unread.append(Unread(f"{name} cannot be read: {str(error) or type(error).__name__}.", place))
        return
    if found is not None:
        yield Item(posixpath.normpath(name), found)


def _directory_size(file: BinaryIO) -> int | None:
    """The size of a zip file's table of contents by the record at its end (APPNOTE 4.3.16, of zip64 4.3.14)."""
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - 65_557)
    file.seek(start)
    tail = b"".join(iter(lambda: file.read(1 << 16), b""))
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + 22 > len(tail):
        return None
    stated = int.from_bytes(tail[at + 12 : at + 16], "little")
    if tail[max(at - 20, 0) : at].startswith(b"PK\x06\x07"):
        file.seek(min(int.from_bytes(tail[at - 12 : at - 4], "little"), size))
        wide = file.read(56)
        stated = max(stated if stated != 0xFFFFFFFF else 0, int.from_bytes(wide[40:48], "little"))
    return stated
