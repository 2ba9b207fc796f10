"""Files of machine code: the recorded ones read exactly, the same from a disk and from a stream, and hostile ones."""

from __future__ import annotations

import io
import re
import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection
from hypothesis import given, settings
from hypothesis import strategies as st

from stackcheck.scan import fatbin, library
from stackcheck.scan.elf import DamagedError
from stackcheck.scan.fatbin import Fatbins
from tests.fatbins import container, elf_with, entry
from tests.tree import RECORDED

FOLDER = RECORDED / "gpu-code"
HELD = library.HELD

CODE = {
    "sass.so": Fatbins(("8.0", "9.0a", "10.0f", "12.0", "12.1", "12.1a"), ()),
    "ptx.so": Fatbins((), ("8.0", "9.0a", "12.0f")),
    "compressed.so": Fatbins(("8.7", "10.3a", "11.0", "12.1f"), ("11.0",)),
    "several-units.so": Fatbins(("8.7", "12.0"), ("12.0",)),
    "device-linked.so": Fatbins(("9.0", "12.0"), ("9.0",)),
    "relocatable.o": Fatbins(("12.0",), ()),
    "lto.o": Fatbins(other=1),
    "one.cubin": Fatbins(("12.1",), ()),
    "one.ptx": Fatbins((), ("10.3a",)),
    "bare.fatbin": Fatbins(("9.0a",), ("9.0",)),
    "archive.a": Fatbins(("8.7", "12.0"), ("12.0",)),
    "needs-cuda-12.so": Fatbins(("12.0",), ()),
    "plain.so": Fatbins(),
}
"""What make.sh asked nvcc for, file by file."""


class Forward(io.RawIOBase):
    """A file that only goes forward, in small pieces, as a member of a compressed archive does."""

    def __init__(self, data: bytes, piece: int = 1000) -> None:
        self._file = io.BytesIO(data)
        self._piece = piece

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._file.read(min(size, self._piece) if size >= 0 else self._piece)


def from_stream(data: bytes, held: int = HELD) -> library.Library | None:
    return library.read(Forward(data), len(data), stream=True, held=held)  # type: ignore[arg-type]


def from_disk(data: bytes) -> library.Library | None:
    return library.read(io.BytesIO(data), len(data))


@pytest.mark.parametrize("name", sorted(CODE))
def test_recorded_files_exactly(name: str) -> None:
    found = from_disk((FOLDER / name).read_bytes())
    assert found is not None
    assert found.code == CODE[name]


@pytest.mark.parametrize("held", [HELD, 4096, 512])
@pytest.mark.parametrize("name", sorted(CODE))
def test_a_stream_says_the_same(name: str, held: int) -> None:
    data = (FOLDER / name).read_bytes()
    found, whole = from_stream(data, held), from_disk(data)
    assert found is not None
    assert whole is not None
    assert (found.machine, found.kind, found.code) == (whole.machine, whole.kind, whole.code)


@pytest.mark.parametrize("name", ["needs-cuda-12.so", "plain.so"])
def test_a_long_stream_keeps_what_the_linker_asks_for(name: str) -> None:
    """What lies between the beginning and the end of a long library was lost: its dynamic section."""
    data = (FOLDER / name).read_bytes()
    found, whole = from_stream(data, held=4096), from_disk(data)
    assert found is not None
    assert whole is not None
    assert found.dynamic == whole.dynamic is not None


def test_every_recorded_file_is_expected() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {*CODE, "make.sh"}


def test_machines_and_kinds() -> None:
    found = {name: from_disk((FOLDER / name).read_bytes()) for name in CODE}
    said = {name: (one.machine, one.kind) for name, one in found.items() if one}
    assert said["sass.so"] == ("x86_64", "shared")
    assert said["relocatable.o"] == ("x86_64", "object")
    assert said["one.cubin"] == ("cuda", "cubin")
    assert said["one.ptx"] == ("cuda", "ptx")
    assert said["archive.a"] == ("", "archive")


def test_what_the_dynamic_linker_is_asked_for() -> None:
    found = from_disk((FOLDER / "needs-cuda-12.so").read_bytes())
    assert found is not None
    assert found.dynamic is not None
    assert found.dynamic.needed == ("libcudart.so.12", "libc.so.6")
    assert found.dynamic.search == ("$ORIGIN/../lib",)


def test_other_files_are_none_of_these() -> None:
    for data in (b"", b"\x7f", b"MZ" + bytes(100), b"#!/bin/sh\nexit 0\n", b"// a comment\nint main;\n"):
        assert from_disk(data) is None
        assert from_stream(data) is None


def test_an_aarch64_file() -> None:
    data = bytearray((FOLDER / "plain.so").read_bytes())
    data[18:20] = struct.pack("<H", 0xB7)
    found = from_disk(bytes(data))
    assert found is not None
    assert found.machine == "aarch64"


SYSTEM = sorted(path for path in Path("/usr/lib/x86_64-linux-gnu").glob("lib[a-s]*.so.*") if path.is_file())[:40]


@pytest.mark.parametrize("path", [Path(sys.executable).resolve(), *SYSTEM], ids=lambda path: path.name)
def test_as_pyelftools_reads_it(path: Path) -> None:
    data = path.read_bytes()
    found = from_disk(data)
    assert found is not None
    theirs = ELFFile(io.BytesIO(data))
    tags = next(one for one in theirs.iter_sections() if isinstance(one, DynamicSection))
    versions = [one for one in theirs.iter_sections() if isinstance(one, GNUVerNeedSection)]
    assert found.dynamic is not None
    assert list(found.dynamic.needed) == [tag.needed for tag in tags.iter_tags("DT_NEEDED")]
    assert [found.dynamic.soname] == ([tag.soname for tag in tags.iter_tags("DT_SONAME")] or [None])
    assert found.dynamic.versions == {
        library.name: tuple(sorted(version.name for version in needed))
        for section in versions
        for library, needed in section.iter_versions()
    }


def test_newest_version_needed() -> None:
    found = from_disk(Path(sys.executable).resolve().read_bytes())
    assert found is not None
    assert found.kind == "program"
    assert re.fullmatch(r"2\.\d+(\.\d+)?", found.needs("GLIBC") or "")
    assert found.needs("NOTHING") is None


def test_made_up_files_are_read() -> None:
    code = container(entry(), entry(1, 90, 1 << 20, header=80)) + bytes(8) + container() + container(entry(sm=87))
    found = from_disk(elf_with(code))
    assert found is not None
    assert found.code == Fatbins(("8.7", "12.0"), ("9.0a",))


HOSTILE = {
    "a section beyond the end": elf_with(container(entry()), size=1 << 40),
    "a container beyond its section": elf_with(container(entry(), size=1 << 62)),
    "an unknown version": elf_with(container(entry(), version=9)),
    "an entry without a size": elf_with(container(entry(header=64)[:4] + bytes(76))),
    "an entry beyond its container": elf_with(container(entry()[:8] + struct.pack("<Q", 1 << 63) + entry()[16:])),
    "a cut entry": elf_with(container(entry()[:40])),
    "a cut container": elf_with(fatbin.MAGIC + bytes(4)),
    "a cut header": elf_with(container(entry()))[:60],
    "a cut file": elf_with(container(entry()))[:-70],
    "an index of names beyond the table": elf_with(container(entry()))[:62] + b"\xff\x00" + bytes(400),
    "a table of no sections that is said to be there": elf_with(b"")[:60] + bytes(4) + elf_with(b"")[64:],
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_damage_is_one_clear_error(name: str) -> None:
    with pytest.raises(DamagedError) as error:
        from_disk(HOSTILE[name])
    assert re.match(r"(it|its|a|an|the) ", str(error.value))


@pytest.mark.parametrize("code", [container(entry(payload=b"") * 1001), container() * 1001], ids=["entries", "empty"])
def test_countless_pieces_end_in_an_error(code: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fatbin, "MAX_ENTRIES", 1000)
    for read in (from_disk, from_stream):
        with pytest.raises(DamagedError, match="more than 1,000 pieces"):
            read(elf_with(code))


def test_countless_false_beginnings_end_in_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fatbin, "MAX_ENTRIES", 1000)
    with pytest.raises(DamagedError, match="more than 1,000 pieces"):
        from_stream(elf_with((fatbin.MAGIC + bytes(4)) * 1001), held=256)


def test_tiny_entries_take_time_in_proportion() -> None:
    """They did not: what was held of a stream was copied for each of them."""
    start = time.perf_counter()
    found = from_stream(elf_with(container(entry(payload=b"") * 60_000)), held=1 << 20)
    assert found is not None
    assert found.code.cubins == ("12.0",)
    assert time.perf_counter() - start < 5


def test_many_sections_over_the_same_bytes_are_read_once() -> None:
    found = from_disk(elf_with(container(entry()), count=60_000))
    assert found is not None
    assert found.code.cubins == ("12.0",)


def test_a_stream_that_ends_early() -> None:
    data = elf_with(container(entry(payload=bytes(HELD))))
    with pytest.raises(DamagedError, match=r"ends inside|shorter"):
        library.read(Forward(data[: HELD + 50]), len(data) * 3, stream=True)  # type: ignore[arg-type]


def test_the_magic_number_alone_is_no_container() -> None:
    code = fatbin.MAGIC * 64 + container(entry(sm=90)) + fatbin.MAGIC
    found = from_stream(elf_with(bytes(4096)) + bytes(-len(elf_with(bytes(4096))) % 8) + code, held=256)
    assert found is not None
    assert found.code == Fatbins(("9.0",), ())


RECORDED_DATA = [(FOLDER / name).read_bytes() for name in sorted(CODE)]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(RECORDED_DATA),
    st.lists(st.tuples(st.integers(0, 1 << 16), st.binary(min_size=1, max_size=8)), max_size=6),
    st.integers(0, 1 << 16),
)
def test_any_damage(data: bytes, changes: list[tuple[int, bytes]], cut: int) -> None:
    broken = bytearray(data)
    for place, new in changes:
        place %= len(broken)
        broken[place : place + len(new)] = new
    broken = broken[: len(broken) - cut % len(broken)]
    for read in (from_disk, from_stream):
        try:
            found = read(bytes(broken))
        except DamagedError:
            continue
        assert found is None or all(re.fullmatch(r"\d+\.\d[af]?", code) for code in found.code.cubins)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(CODE) - {"one.ptx", "one.cubin", "lto.o", "plain.so", "archive.a"}))
def test_as_cuobjdump_lists_it(name: str) -> None:
    """cuobjdump leaves the suffix `f` of compiled code out; nothing else may differ."""
    program = shutil.which("cuobjdump") or shutil.which("cuobjdump", path="/usr/local/cuda/bin")
    if program is None:
        pytest.skip("there is no cuobjdump")
    listing = ""
    for option in ("-lelf", "-lptx"):
        listing += subprocess.run(
            [program, "-all", option, str(FOLDER / name)], capture_output=True, text=True, check=False
        ).stdout
    theirs = set(re.findall(r"\.sm_(\d+)(\d)([af]?)\.(cubin|ptx)", listing))
    code = CODE[name]
    ours = {(*_parts(one.rstrip("f")), "cubin") for one in code.cubins} | {(*_parts(one), "ptx") for one in code.ptx}
    assert theirs == ours


def _parts(code: str) -> tuple[str, str, str]:
    match = re.fullmatch(r"(\d+)\.(\d)([af]?)", code)
    assert match is not None
    return match[1], match[2], match[3]
