"""The C library and the architecture of a root file system that does not run: both are in its libc.so.6."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from stackcheck.model import Absent, Known, Origin, State, Unknown
from stackcheck.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.scan.view import FileView

MACHINES = {0x3E: "x86_64", 0xB7: "aarch64", 0x03: "i686", 0x28: "armv7l", 0x15: "ppc64le", 0xF3: "riscv64"}
"""e_machine of an ELF header (elf(5)) → what `uname -m` prints there."""

_BANNER = pattern(rb"GNU C Library [^\0\n]{0,200}?release version (\d+\.\d+)")
_FILE = pattern(r"libc-(\d+\.\d+)\.so")
_FOLDERS = ("/lib64", "/usr/lib64", "/lib", "/usr/lib")
_LIMIT = 32 * 1024 * 1024


def parse_machine(head: bytes) -> str | None:
    """The architecture of an ELF file by its first 20 bytes, None for other files and machines."""
    if len(head) < 20 or head[:4] != b"\x7fELF":
        return None
    return MACHINES.get(int.from_bytes(head[18:20], "little" if head[5] == 1 else "big"))


def parse_banner(data: bytes) -> str | None:
    """The version in the sentence that glibc prints when it is run: "… stable release version 2.39." → "2.39"."""
    match = _BANNER.search(data)
    return match[1].decode() if match else None


def facts(view: FileView) -> dict[str, State]:
    """`arch` and `glibc`; with musl alone it is `libc`, and there is no glibc. Without a libc all is unknown."""
    for place in _candidates(view):
        data = view.read_bytes(place, _LIMIT)
        arch = parse_machine(data[:20]) if data else None
        if data and arch:
            return {"arch": Known(arch, Origin(f"{place} is for {arch}", place)), "glibc": _glibc(view, place, data)}
    musl = [name for name in view.list_dir("/lib") if name.startswith("ld-musl-")]
    if musl:
        arch = musl[0].removeprefix("ld-musl-").partition(".")[0]
        origin = Origin(f"the C library is musl for {arch}", f"/lib/{musl[0]}")
        return {"arch": Known(arch, origin), "libc": Known("musl", origin), "glibc": Absent(origin)}
    reason = Unknown("no C library was found")
    return {"arch": reason, "glibc": reason}


def _glibc(view: FileView, place: str, data: bytes) -> State:
    target = posixpath.basename(view.readlink(place) or "")
    match = _FILE.fullmatch(target)  # before 2.34 the file's own name said it
    version = match[1] if match else parse_banner(data)
    return Known(version, Origin(f"glibc is {version}", place)) if version else Unknown(f"{place} states no version")


def _candidates(view: FileView) -> Iterator[str]:
    for folder in _FOLDERS:
        names = view.list_dir(folder)
        for name in (name for name in names if name.endswith("-linux-gnu")):
            yield f"{folder}/{name}/libc.so.6"
        if "libc.so.6" in names:
            yield f"{folder}/libc.so.6"
