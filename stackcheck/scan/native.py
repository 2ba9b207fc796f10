"""What one library of a wheel holds, read forward as a stream and only as far as it takes to know.

nvcc writes one container for each source file, and compiles nearly every source for the same GPUs. So a library's list
of GPU code stands in its first containers; later ones add code that only some kernels have (`9.0a` of one attention
kernel). Both are kept apart, and whether the library was read to its end.
"""

from __future__ import annotations

import io
from collections import Counter
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from stackcheck.patterns import pattern
from stackcheck.scan import elf, fatbin, library
from stackcheck.scan.elf import DamagedError
from stackcheck.scan.fatbin import Fatbins
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from stackcheck.scan.library import Library

QUIET = 12
"""Containers without a new piece of code after which a library's list is taken for settled."""

EMPTY = 128 << 20
"""Bytes of a library (unpacked) after which no GPU code is expected any more; in torch's it begins at 64 MiB."""

_PTXAS = pattern(rb"Cuda compilation tools, release (\d{1,3}\.\d{1,3}), V")
_OVERLAP = 64
_CHUNK = 1 << 20
_ABIS = ((b"torchCheckFailEPKcS2_jRKNSt7__cxx11", "cxx11"), (b"torchCheckFailEPKcS2_jRKSs", "pre-cxx11"))
"""How libtorch's most used function is called by an extension: with std::string of the one C++ ABI or of the other."""


@dataclass(frozen=True, slots=True)
class Native:
    """What one library holds.

    `code` is what a quarter or more of its containers hold, `partly` what only a few do, `whole` whether it was read to
    its end. `needs` are the libraries that the dynamic linker looks for, `glibc` the newest of its symbol versions;
    None where that part was not read. `ptxas` is the CUDA release of an assembler; `abi` the C++ ABI of an extension of
    torch.
    """

    path: str
    code: Fatbins = Fatbins()
    partly: Fatbins = Fatbins()
    whole: bool = False
    needs: tuple[str, ...] | None = None
    glibc: str | None = None
    ptxas: str | None = None
    abi: str | None = None

    def line(self) -> dict[str, Any]:
        """As a record holds it; what is not there is left out."""
        parts: dict[str, Any] = {"library": self.path, "whole": self.whole}
        parts |= {"cubins": list(self.code.cubins), "ptx": list(self.code.ptx)}
        partly = {"cubins": list(self.partly.cubins), "ptx": list(self.partly.ptx)}
        parts["partly"] = {key: value for key, value in partly.items() if value}
        parts |= {"glibc": self.glibc, "ptxas": self.ptxas, "abi": self.abi}
        line = {key: value for key, value in parts.items() if value}
        return line if self.needs is None else line | {"needs": list(self.needs)}


def read(path: str, file: BinaryIO, size: int, *, whole: bool = False) -> Native | None:
    """Reads a library from its beginning, `size` bytes at most; None where it is none. Raises `DamagedError`.

    `whole`: to its end. A library of up to `library.HELD` bytes is always read to its end.
    """
    head = library.exactly(file, min(size, library.HELD))
    header = elf.parse_header(head[:64])
    if header is None:
        return None
    if header.machine == elf.CUDA:
        held = library.read(io.BytesIO(head), len(head))
        return None if held is None else Native(path, held.code, whole=True)
    if path.rpartition("/")[2].startswith("ptxas"):
        return Native(path, ptxas=_release(head, file))
    tape = library.Tape(file, head)
    tape.keep = _dynamic_place(header, tape)
    counted, containers, ended = _counted(fatbin.Reader(cast("BinaryIO", tape), size, head), size, whole=whole)
    linked = _linked(header, head, tape, size, ended=ended)
    most, partly = _apart(counted, containers)
    abi = next((name for mark, name in _ABIS if mark in head), None)
    return Native(path, most, partly, ended, *linked, abi=abi)


def _counted(reader: fatbin.Reader, size: int, *, whole: bool) -> tuple[Counter[fatbin.Entry], int, bool]:
    """In how many containers each piece stands, the number of containers, and whether the end was reached."""
    counted: Counter[fatbin.Entry] = Counter()
    containers = quiet = 0
    end = size if whole else min(size, EMPTY)
    for container in fatbin.containers(reader, end, sure=False):
        quiet = 0 if container - counted.keys() else quiet + 1
        counted.update(container)
        containers += 1
        if quiet >= QUIET and not whole and size > library.HELD:
            return counted, containers, False
    return counted, containers, end == size


def _apart(counted: Counter[fatbin.Entry], containers: int) -> tuple[Fatbins, Fatbins]:
    """What stands in at least a quarter of the containers, and the rest of it."""
    most = frozenset(entry for entry, count in counted.items() if 4 * count >= containers)
    code = fatbin.listed([most])
    every = fatbin.listed([frozenset(counted)])
    rest = Fatbins(
        tuple(name for name in every.cubins if name not in code.cubins),
        tuple(name for name in every.ptx if name not in code.ptx),
    )
    return code, rest


def _linked(
    header: elf.Header, head: bytes, tape: library.Tape, size: int, *, ended: bool
) -> tuple[tuple[str, ...] | None, str | None]:
    """The libraries needed and the glibc; None where the part of the file that says so was not read."""
    held: Library | None = None
    try:
        if size <= len(head):
            held = library.linked(io.BytesIO(head), size)
        elif ended:
            held = library.Library(header.machine, header.kind, elf.dynamic(header, tape.at))
    except DamagedError:
        return None, None
    if held is None or held.dynamic is None:
        return None, None
    return held.dynamic.needed, held.needs("GLIBC")


def _dynamic_place(header: elf.Header, tape: library.Tape) -> tuple[int, int]:
    """Where the part that names the libraries stands, to be kept when it passes by."""
    try:
        return elf.dynamic_place(header, tape.at) or (0, 0)
    except DamagedError:
        return 0, 0


def _release(head: bytes, file: BinaryIO) -> str | None:
    """The CUDA release that an assembler says it is of."""
    data = head
    while True:
        match = _PTXAS.search(data)
        if match is not None:
            return match[1].decode("ascii")
        more = file.read(_CHUNK)
        if not more:
            return None
        data = data[-_OVERLAP:] + more
