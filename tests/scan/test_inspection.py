"""Libraries, wheels and folders read in place, hostile ones among them."""

from __future__ import annotations

import io
import os
import re
import struct
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackcheck.scan import inspection, linker
from stackcheck.scan.elf import Dynamic
from stackcheck.scan.view import HostView, UnreadableError
from tests.tree import RECORDED, write_tree

if TYPE_CHECKING:
    from pathlib import Path

    from stackcheck.scan.inspection import Inspection

CODE = RECORDED / "gpu-code"
LIBRARY = (CODE / "several-units.so").read_bytes()
WHEEL = "Wheel-Version: 1.0\nTag: cp311-cp311-manylinux_2_28_aarch64\n"


def wheel(path: Path, members: dict[str, bytes], **options: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, **options)
    return path


def read(path: Path) -> Inspection | None:
    return inspection.of_file(HostView(), str(path), {})


def test_a_wheel(tmp_path: Path) -> None:
    members = {"a/__init__.py": b"x = 1\n", "a/_C.so": LIBRARY, "a-1.dist-info/WHEEL": WHEEL.encode()}
    found = read(wheel(tmp_path / "a.whl", members, compress_type=zipfile.ZIP_DEFLATED))
    assert found is not None
    assert (found.kind, found.own_tags, found.unread) == ("wheel", ("cp311-cp311-manylinux_2_28_aarch64",), ())
    assert [(item.path, item.library.code.cubins) for item in found.items] == [("a/_C.so", ("8.7", "12.0"))]


def test_a_member_without_a_name(tmp_path: Path) -> None:
    """Its table of contents gives the first member no name; the rest is read all the same."""
    path = wheel(tmp_path / "a.whl", {"x": b"", "a.so": LIBRARY})
    data = bytearray(path.read_bytes())
    entry = data.index(b"PK\x01\x02")
    data[entry + 28], data[entry + 32] = 0, 1  # the length of the name, and of a comment that takes its place
    path.write_bytes(data)
    found = read(path)
    assert found is not None
    assert [item.path for item in found.items] == ["a.so"]


def test_a_damaged_member_of_any_compression(tmp_path: Path) -> None:
    for number, compression in enumerate((zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)):
        path = wheel(tmp_path / f"{number}.whl", {"a.so": LIBRARY}, compress_type=compression)
        data = bytearray(path.read_bytes())
        start = data.index(b"a.so") + len("a.so")
        end = data.index(b"PK\x01\x02")
        data[start:end] = b"\xff" * (end - start)
        path.write_bytes(data)
        found = read(path)
        assert found is not None
        assert [place.reason.partition(" cannot")[0] for place in found.unread] == ["a.so"]


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.so").write_bytes(LIBRARY)
    (tmp_path / "in/b.so").symlink_to("a.so")
    (tmp_path / "in/cut.so").write_bytes(LIBRARY[:300])
    (tmp_path / "text.txt").write_text("hello")
    os.mkfifo(tmp_path / "fifo.so")
    told: list[str] = []
    found = inspection.of_folder(HostView(), str(tmp_path), {}, told.append)
    assert [item.path for item in found.items] == [f"{tmp_path}/in/a.so"]
    assert [place.location.path for place in found.unread] == [f"{tmp_path}/in/cut.so"]
    assert told


def test_a_folder_with_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "MAX_FILES", 3)
    for number in range(5):
        (tmp_path / f"{number}.so").write_bytes(LIBRARY)
    found = inspection.of_folder(HostView(), str(tmp_path), {}, lambda _: None)
    assert len(found.items) == 3
    assert [place.reason for place in found.unread] == ["There are more than 3 files; the rest was not read."]


def test_what_is_nothing_of_the_kind(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("hello")
    assert read(tmp_path / "a") is None
    assert read(tmp_path / "not there") is None


class TestHostileArchives:
    def refused(self, path: Path) -> str:
        with pytest.raises(UnreadableError) as error:
            read(path)
        return str(error.value)

    def test_cut_off(self, tmp_path: Path) -> None:
        path = wheel(tmp_path / "a.whl", {"a.so": LIBRARY})
        path.write_bytes(path.read_bytes()[:-30])
        assert "its table of contents is missing" in self.refused(path)

    def test_a_huge_table_of_contents(self, tmp_path: Path) -> None:
        path = wheel(tmp_path / "a.whl", {"a.so": LIBRARY})
        data = bytearray(path.read_bytes())
        data[-10:-6] = struct.pack("<I", 1 << 31)
        path.write_bytes(data)
        assert "larger than any wheel's" in self.refused(path)
        wide = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 1 << 40, 1 << 40, 1 << 40, 0)
        end = struct.pack("<4sIQI", b"PK\x06\x07", 0, len(data) - 22, 1) + bytes(data[-22:-10]) + b"\xff" * 8 + b"\0\0"
        path.write_bytes(bytes(data[:-22]) + wide + end)
        assert "larger than any wheel's" in self.refused(path)

    def test_a_bomb(self, tmp_path: Path) -> None:
        bomb = io.BytesIO()
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.so", LIBRARY + bytes(80 << 20))
        (tmp_path / "a.whl").write_bytes(bomb.getvalue())
        assert "is not unpacked: it says that" in self.refused(tmp_path / "a.whl")

    def test_a_bomb_beside_much_else(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "a.whl", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.so", LIBRARY + bytes(80 << 20))
            archive.writestr("b.bin", os.urandom(1 << 20), zipfile.ZIP_STORED)
        found = read(tmp_path / "a.whl")
        assert found is not None
        assert found.items == ()
        assert re.fullmatch(r"a\.so is \d+ bytes from \d+: no code is\.", found.unread[0].reason)

    def test_encrypted(self, tmp_path: Path) -> None:
        path = wheel(tmp_path / "a.whl", {"a.so": LIBRARY, "b.so": LIBRARY})
        data = path.read_bytes()
        at = data.index(b"PK\x01\x02")
        path.write_bytes(data[: at + 8] + b"\x01" + data[at + 9 :])
        found = read(path)
        assert found is not None
        assert [item.path for item in found.items] == ["b.so"]
        assert "a.so cannot be read: " in found.unread[0].reason

    def test_a_wrong_checksum(self, tmp_path: Path) -> None:
        path = wheel(tmp_path / "a.whl", {"a.so": LIBRARY}, compress_type=zipfile.ZIP_STORED)
        data = bytearray(path.read_bytes())
        data[2000] ^= 1
        path.write_bytes(data)
        found = read(path)
        assert found is not None
        assert found.items == ()
        assert "Bad CRC-32" in found.unread[0].reason

    def test_names_that_lead_out(self, tmp_path: Path) -> None:
        path = wheel(tmp_path / "a.whl", {"../../evil.so": LIBRARY, "/abs.so": LIBRARY})
        found = read(path)
        assert found is not None
        assert [item.path for item in found.items] == ["../../evil.so", "/abs.so"]
        assert [entry.name for entry in tmp_path.iterdir()] == ["a.whl"]

    @settings(max_examples=60, deadline=None)
    @given(
        changes=st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=4)), min_size=1, max_size=5)
    )
    def test_any_damage(self, changes: list[tuple[int, bytes]], tmp_path_factory: pytest.TempPathFactory) -> None:
        path = wheel(tmp_path_factory.mktemp("zip") / "a.whl", {"a.so": LIBRARY, "a-1.dist-info/WHEEL": WHEEL.encode()})
        data = bytearray(path.read_bytes())
        for place, new in changes:
            place %= len(data)
            data[place : place + len(new)] = new
        path.write_bytes(data)
        try:
            found = read(path)
        except UnreadableError as error:
            assert str(error).startswith(str(path))  # noqa: PT017 - damage need not be noticed
        else:
            assert found is None or found.kind in ("wheel", "archive", "file")


class TestLinker:
    def test_folders_of_the_system(self, tmp_path: Path) -> None:
        conf = {
            "/etc/ld.so.conf": "include /etc/ld.so.conf.d/*.conf\n# a comment\n/opt/more\nrelative\n",
            "/etc/ld.so.conf.d/a.conf": "/usr/local/cuda/lib64\ninclude /etc/ld.so.conf\n",
            "/etc/ld.so.conf.d/b.txt": "/not/this",
        }
        found = linker.folders(HostView(str(write_tree(tmp_path, conf))), "aarch64")
        assert found[:3] == ("/usr/local/cuda/lib64", "/opt/more", "/lib/aarch64-linux-gnu")

    def test_what_is_missing(self, tmp_path: Path) -> None:
        files = {"/a/lib/x.so": "", "/a/own/libown.so": "", "/usr/lib/libc.so.6": "", "/ld/libmore.so": ""}
        view = HostView(str(write_tree(tmp_path, files)))
        needed = ("libown.so", "libc.so.6", "libmore.so", "libgone.so.1", "/a/lib/x.so", "/a/lib/y.so")
        dynamic = Dynamic(needed, search=("$ORIGIN/../own", "${ORIGIN}/none", "relative"))
        assert linker.missing(view, "/a/lib/x.so", dynamic, ("/usr/lib",), ("", "/ld")) == (
            "libgone.so.1",
            "/a/lib/y.so",
        )
