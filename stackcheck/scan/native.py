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
from stackcheck.scan import elf, fatbin
from stackcheck.scan.elf import DamagedError
from stackcheck.scan.fatbin import Fatbins
from stackcheck.scan.library import HELD, Library, Tape, exactly, linked
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from stackcheck.scan.elf import Dynamic

QUIET, QUIET_BYTES = 12, 24 << 20
"""Containers and bytes without a new piece of code after which a library's list is taken for settled. torch 2.15.0 has
thirty small ones for 10.0 alone before the first that is for all."""

EMPTY = 128 << 20
"""Bytes of a library (unpacked) after which no GPU code is expected any more; in torch's it begins at 64 MiB."""

_PTXAS = pattern(rb"Cuda compilation tools, release (\d{1,3}\.\d{1,3}), V")
_OVERLAP = 64
_CHUNK = 1 << 20
_ABIS = ((b"torchCheckFailEPKcS2_jRKNSt7__cxx11", "cxx11"), (b"torchCheckFailEPKcS2_jRKSs", "pre-cxx11"))
"""How libtorch's most used function is called by an extension: with std::string of the one C++ ABI or of the other."""


@dataclass(frozen=True, slots=True)
class Native:
    """What one library holds, as far as it was read.

    `library.code` is every piece of GPU code that was seen, `most` what most kernels have (see `_enough`);
    `library.dynamic` is None where that part was not read. `whole`: it was read to its end. `ptxas` is the CUDA release
    of an assembler; `abi` the C++ ABI of an extension of torch.
    """

    path: str
    library: Library
    most: Fatbins = Fatbins()
    whole: bool = False
    ptxas: str | None = None
    abi: str | None = None

    @property
    def partly(self) -> Fatbins:
        """What only a few containers hold."""
        every, most = self.library.code, self.most
        cubins = tuple(code for code in every.cubins if code not in most.cubins)
        return Fatbins(cubins, tuple(code for code in every.ptx if code not in most.ptx))

    def line(self) -> dict[str, Any]:
        """As a record holds it; what is not there is left out. `needs` are all libraries that it loads."""
        codes = {key: _listed(code) for key, code in (("most", self.most), ("partly", self.partly))}
        parts: dict[str, Any] = {"library": self.path, "whole": self.whole, **codes["most"], "partly": codes["partly"]}
        parts |= {"glibc": self.library.needs("GLIBC"), "ptxas": self.ptxas, "abi": self.abi}
        line = {key: value for key, value in parts.items() if value}
        dynamic = self.library.dynamic
        return line if dynamic is None else line | {"needs": list(dynamic.needed)}


def _listed(code: Fatbins) -> dict[str, list[str]]:
    return {key: list(value) for key, value in (("cubins", code.cubins), ("ptx", code.ptx)) if value}


def read(path: str, file: BinaryIO, size: int, *, whole: bool = False) -> Native | None:
    """Reads a library from its beginning, `size` bytes at most; None where it is none. Raises `DamagedError`.

    `whole`: to its end. A library of up to `library.HELD` bytes is always read to its end.
    """
    head = exactly(file, min(size, HELD))
    header = elf.parse_header(head[:64])
    if header is None:
        return None
    bare = Library(header.machine, header.kind)
    if path.rpartition("/")[2].startswith("ptxas"):
        return Native(path, bare, ptxas=_release(head, file))
    tape = Tape(file, head)
    tape.keep = _dynamic_place(header, tape)
    counted, containers, ended = _counted(fatbin.Reader(cast("BinaryIO", tape), size, head), size, whole=whole)
    most = fatbin.listed([frozenset(entry for entry, count in counted.items() if count >= _enough(entry, containers))])
    dynamic = _dynamic(header, head, tape, size) if ended else None
    seen = replace(bare, dynamic=dynamic, code=fatbin.listed([frozenset(counted)]))
    abi = next((name for mark, name in _ABIS if mark in head), None)
    return Native(path, seen, most, ended, abi=abi)


def _enough(entry: fatbin.Entry, containers: int) -> float:
    """In how many containers code stands that most kernels have: a tenth, since many are for one GPU alone; but half
    of them for PTX, which serves other GPUs only where every kernel has it."""
    return containers / (10 if entry[0] == fatbin.CUBIN else 2)


def _counted(reader: fatbin.Reader, size: int, *, whole: bool) -> tuple[Counter[fatbin.Entry], int, bool]:
    """In how many containers each piece stands, the number of containers, and whether the end was reached."""
    counted: Counter[fatbin.Entry] = Counter()
    containers = quiet = new_at = 0
    end = size if whole else min(size, EMPTY)
    for container in fatbin.containers(reader, end, sure=False):
        quiet, new_at = (0, reader.at) if container - counted.keys() else (quiet + 1, new_at)
        counted.update(container)
        containers += 1
        if quiet >= QUIET and reader.at - new_at >= QUIET_BYTES and not whole and size > HELD:
            return counted, containers, False
    return counted, containers, end == size


def _dynamic(header: elf.Header, head: bytes, tape: Tape, size: int) -> Dynamic | None:
    """What it asks of the dynamic linker, of a library that was read to its end."""
    try:
        if size > len(head):
            return elf.dynamic(header, tape.at)
        held = linked(io.BytesIO(head), size)
    except DamagedError:
        return None
    return None if held is None else held.dynamic


def _dynamic_place(header: elf.Header, tape: Tape) -> tuple[int, int]:
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
