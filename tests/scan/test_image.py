"""Images read without running or unpacking them: layers, whiteouts, platforms, and hostile ones."""

from __future__ import annotations

import gzip
import json
import os
import tarfile
import tempfile
import tracemalloc
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackcheck.scan import image_view, layers, streams
from stackcheck.scan.image import Image, is_image, read_image
from stackcheck.scan.layers import ImageError
from stackcheck.scan.streams import FilePart
from stackcheck.scan.tarball import DamagedArchiveError, members
from stackcheck.scan.view import UnreadableError, read_text
from tests import images

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def written(root: Path, data: bytes | dict[str, bytes], name: str = "image") -> str:
    """An image on disk: a file's bytes, or a layout's files."""
    if isinstance(data, dict):
        return str(images.folder(root / name, data))
    (root / name).write_bytes(data)
    return str(root / name)


def scanned(root: Path, data: bytes | dict[str, bytes], platform: str | None = None) -> Image:
    return read_image(written(root, data), platform, lambda _: None)


BASE = {"etc/a": "base", "etc/b": "base", "opt/x/1": "1", "opt/x/2": "2", "lib": "->usr/lib", "usr/lib/old": "o"}
TOP = {
    "etc/a": "top",
    "etc/.wh.b": "",
    "opt/x/.wh..wh..opq": "",
    "opt/x/3": "3",
    "lib/new": "n",
    "etc/link": "->../opt/x/3",
    "etc/hard": "=>opt/x/3",
    "./dot/./file": "d",
}
CONTAINERS: dict[str, Callable[[list[bytes]], bytes | dict[str, bytes]]] = {
    "oci folder": images.oci,
    "oci folder, gzip": lambda parts: images.oci(parts, form="gzip"),
    "oci folder, zstd": lambda parts: images.oci(parts, form="zstd"),
    "oci tar": lambda parts: images.tar(images.oci(parts, form="gzip")),
    "docker tar": lambda parts: images.tar(images.docker(parts)),
    "docker tar, gzip": lambda parts: gzip.compress(images.tar(images.docker(parts))),
    "docker tar of gzip layers, zstd": lambda parts: images.packed(
        images.tar(images.docker([gzip.compress(part) for part in parts])), "zstd"
    ),
}


@pytest.mark.parametrize("kind", CONTAINERS)
def test_layers_lie_on_each_other(tmp_path: Path, kind: str) -> None:
    found = scanned(tmp_path, CONTAINERS[kind]([images.tar(BASE), images.tar(TOP)]))
    view = found.view
    assert (found.platform, found.arch, found.environment) == ("linux/arm64", "aarch64", {"PATH": "/usr/bin"})
    assert view.list_dir("/etc") == ("a", "hard", "link")
    assert view.list_dir("/opt/x") == ("3",)
    texts = {path: read_text(view, path) for path in ("/etc/a", "/etc/b", "/etc/link", "/etc/hard", "/dot/file")}
    assert texts == {"/etc/a": "top", "/etc/b": None, "/etc/link": "3", "/etc/hard": "3", "/dot/file": "d"}
    assert view.list_dir("/usr/lib") == ("new", "old")
    assert view.readlink("/lib") == "usr/lib"
    assert view.read_bytes("/lib/new") == b"n"
    assert not view.exists("/opt/x/1")
    assert found.labels == {"a": "b"}


def test_a_hard_link_to_a_kept_file_of_a_compressed_layer(tmp_path: Path) -> None:
    files = {"usr/lib/os-release": "ID=debian\n", "etc/os-release": "=>usr/lib/os-release", "usr/lib/z": "after"}
    image = scanned(tmp_path, images.oci([images.tar(files)], form="gzip"))
    assert [read_text(image.view, f"/{name}") for name in files] == ["ID=debian\n", "ID=debian\n", "after"]


def test_a_root_file_system_as_one_tar(tmp_path: Path) -> None:
    for number, data in enumerate((images.tar(BASE), gzip.compress(images.tar(BASE)))):
        found = read_image(written(tmp_path, data, f"export-{number}"), None, lambda _: None)
        assert read_text(found.view, "/etc/a") == "base"
        assert found.platform is None


def test_platforms(tmp_path: Path) -> None:
    both = images.oci_index([("amd64", [images.tar({"etc/a": "x"})]), ("arm64", [images.tar({"etc/a": "arm"})])])
    path = written(tmp_path, both)
    assert is_image(path)
    assert read_text(read_image(path, "linux/arm64/v8", lambda _: None).view, "/etc/a") == "arm"
    with pytest.raises(ImageError, match=r"holds images for linux/amd64, linux/arm64; choose one with --platform"):
        read_image(path, None, lambda _: None)
    with pytest.raises(ImageError, match=r"has no image for linux/riscv64; it has: linux/amd64, linux/arm64"):
        read_image(path, "linux/riscv64", lambda _: None)


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_formats_of_tar(form: int) -> None:
    long = "d" * 90 + "/" + "f" * 60
    names = {"short": "a", long: "b", "e/ä": "c"} | ({"x" * 300: "d"} if form != tarfile.USTAR_FORMAT else {})
    data = images.tar({**names, "link": "->target"}, format=form)
    with closing(part(data)) as source:
        found = {member.name: (source.read(member.size), member.target) for member in members(source)}
    assert found == {**{name: (text.encode(), "") for name, text in names.items()}, "link": (b"", "target")}


def part(data: bytes) -> FilePart:
    """Bytes as a source that can be moved in."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return FilePart(os.dup(file.fileno()), 0, len(data))


def info(name: str, **fields: Any) -> tarfile.TarInfo:
    """A header as it is, whatever is in it."""
    made = tarfile.TarInfo(name)
    for key, value in fields.items():
        setattr(made, key, value)
    return made


def broken(change: Callable[[dict[str, bytes]], None]) -> dict[str, bytes]:
    """An OCI layout with something changed."""
    files = images.oci([images.tar(BASE)])
    change(files)
    return files


def renamed_layer(files: dict[str, bytes]) -> None:
    name = max(files, key=lambda name: len(files[name]))
    files[name] = files[name][:-512] + b"x" * 512


def without_layers(files: dict[str, bytes]) -> None:
    name = max(files, key=lambda name: len(files[name]))
    del files[name]


def damaged_manifest(files: dict[str, bytes]) -> None:
    name = next(name for name, data in files.items() if b"schemaVersion" in data and name != "index.json")
    files[name] = files[name].replace(b"2", b"3", 1)


def index(value: object) -> dict[str, bytes]:
    return {"oci-layout": b"{}", "index.json": json.dumps(value).encode()}


def manifest(value: object) -> bytes:
    return images.tar({"manifest.json": json.dumps(value), "config.json": "{}"})


BIG = 1 << 40
REFUSED: dict[str, tuple[bytes | dict[str, bytes], str]] = {
    "no tar": (b"x" * 2000, "a header"),
    "empty file": (b"", "is no image"),
    "half a header": (images.tar(BASE)[:700], "ends in the middle"),
    "a file cut off": (images.tar({"etc/a": "x" * 5000})[:2000], "ends in the middle of a file"),
    "xz": (b"\xfd7zXZ\0" + bytes(100), "compressed with xz"),
    "gzip cut off": (gzip.compress(images.tar(images.docker([images.tar(BASE)])))[:-200], "damaged or cut off"),
    "gzip of junk": (gzip.compress(b"junk" * 1000), "header"),
    "zstd of junk": (b"\x28\xb5\x2f\xfd" + b"junk" * 10, "damaged or cut off|header|is no image"),
    "declared size": (images.tar({"etc/a": info("etc/a", size=BIG)}), "ends in the middle of a file"),
    "size that is no size": (images.tar(BASE)[:124] + b"zzzzzzzzzzzz" + images.tar(BASE)[136:], "size"),
    "layer missing": (broken(without_layers), "is missing"),
    "layer cut off": (images.oci([images.tar({"etc/a": "x" * 5000})[:2000]]), "ends in the middle"),
    "layer of gzip, cut off": (images.oci([gzip.compress(images.tar(BASE))[:-60]]), "damaged or cut off"),
    "manifest with another digest": (broken(damaged_manifest), "has not that digest"),
    "no manifests": (index({"manifests": []}), "names no image"),
    "index no object": (index([]), "has not the form"),
    "index no JSON": ({"oci-layout": b"{}", "index.json": b"{"}, "is no JSON"),
    "index nested": ({"oci-layout": b"{}", "index.json": b"[" * 200_000}, "nested too deep|no JSON|form"),
    "index huge": ({"oci-layout": b"{}", "index.json": b" " * (5 << 20)}, "larger than 4 MB"),
    "digest that leads out": (index({"manifests": [{"digest": "sha256:../../../etc/passwd"}]}), "no sha256 digest"),
    "digest of another kind": (index({"manifests": [{"digest": "md5:abc"}]}), "no sha256 digest"),
    "docker: no list": (manifest({}), "has not the form"),
    "docker: empty": (manifest([]), "names no image"),
    "docker: no configuration": (manifest([{"Layers": []}]), "names no configuration"),
    "docker: layer that leads out": (manifest([{"Config": "config.json", "Layers": ["../../x"]}]), "is missing"),
    "docker: layer of no text": (manifest([{"Config": "config.json", "Layers": [3]}]), "is missing"),
    "docker: too many layers": (manifest([{"Config": "config.json", "Layers": ["a"] * 1001}]), "more than 1000 layers"),
    "docker: links in a ring": (
        images.tar({"manifest.json": '[{"Config": "a"}]', "a": "->b", "b": "->a"}),
        "is missing",
    ),
    "tar of something else": (images.tar({"README.md": "x", "src/a.c": "y"}), "is no image"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_images_end_in_a_clear_line(tmp_path: Path, name: str) -> None:
    data, message = REFUSED[name]
    with pytest.raises(ImageError, match=message) as raised:
        scanned(tmp_path, data)
    assert str(raised.value).startswith(str(tmp_path / "image"))
    assert "\n" not in str(raised.value)


SURVIVED: dict[str, tuple[dict[str, Any], dict[str, str | None], str]] = {
    "absolute paths": ({"/etc/a": "x"}, {"/etc/a": "x"}, ""),
    "paths that lead out": ({"../../etc/b": "x", "etc/a": "y"}, {"/etc/a": "y", "/etc/b": None}, "leads out"),
    "a path with .. inside": ({"etc/../../b": "x", "etc/a": "y"}, {"/b": None}, "leads out"),
    "links in a ring": ({"etc/a": "->b", "etc/b": "->a"}, {}, ""),
    "a link that leads out": ({"etc/a": "->../../../../etc/hostname"}, {"/etc/a": "lower"}, ""),
    "a hard link to nothing": ({"etc/a": "=>../../etc/passwd"}, {}, "hard link"),
    "a device": ({"etc/a": info("etc/a", type=tarfile.CHRTYPE, devmajor=1, devminor=5)}, {}, ""),
    "a FIFO": ({"etc/a": info("etc/a", type=tarfile.FIFOTYPE)}, {}, ""),
    "the same path twice": ({"etc/a": "1", "./etc/a": "2"}, {"/etc/a": "2"}, ""),
    "a file below a file": ({"etc/a": "1", "etc/a/b": "2"}, {"/etc/a/b": None}, "no folder"),
    "whiteouts of nothing": ({"etc/.wh.none": "", "x/y/.wh..wh..opq": "", "etc/a": "1"}, {"/etc/a": "1"}, ""),
    "a whiteout of everything": ({".wh..wh..opq": "", "etc/a": "1"}, {"/etc/a": "1"}, ""),
    "names that are no UTF-8": ({"etc/\udcff": "x", "etc/a": "y"}, {"/etc/a": "y", "/etc/\udcff": "x"}, ""),
    "control characters": ({"etc/\x1b[31m": "x"}, {"/etc/\x1b[31m": "x"}, ""),
    "a deep path": ({"/".join("d" * 300): "x", "etc/a": "y"}, {"/etc/a": "y"}, "too deep"),
    "a folder over a link": ({"etc": "->usr", "usr/x": "1", "etc/a": "2"}, {}, ""),
    "a link with a size": (
        {"etc/a": info("etc/a", type=tarfile.SYMTYPE, linkname="b", size=BIG), "etc/c": "x"},
        {},
        "",
    ),
}


@pytest.mark.parametrize("form", [None, "gzip"])
@pytest.mark.parametrize("name", SURVIVED)
def test_hostile_layers_are_survived(tmp_path: Path, name: str, form: str | None) -> None:
    files, expected, left_out = SURVIVED[name]
    found = scanned(tmp_path, images.oci([images.tar({"etc/hostname": "lower"}), images.tar(files)], form=form))
    for path, text in expected.items():
        assert read_text(found.view, path) == text
    assert left_out in " ".join(found.left_out)
    for path in ("/etc/a", "/etc/b/c"):
        with suppress(UnreadableError):
            found.view.read_bytes(path)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["image"]


@pytest.mark.parametrize("name", ["", "/", ".", "./"])
@pytest.mark.parametrize("form", [None, "gzip"])
def test_a_member_without_a_name(tmp_path: Path, name: str, form: str | None) -> None:
    nameless = images.tar({"x": info(name, type=tarfile.SYMTYPE, linkname="a")}, format=tarfile.USTAR_FORMAT)
    layer = nameless[:512].replace(b"x", b"\0", 1) + images.tar({"etc/a": "x"})
    found = scanned(tmp_path, images.oci([layer], form=form))
    assert read_text(found.view, "/etc/a") == "x"


@pytest.mark.parametrize("form", [None, "gzip"])
def test_a_member_of_an_unknown_type_is_passed_over_and_named(tmp_path: Path, form: str | None) -> None:
    unknown = info("etc/b", type=b"Q", size=700)
    data = images.tar({"etc/a": "x", "etc/b": unknown})
    layer = data[:1536] + b"y" * 1024 + images.tar({"etc/c": "z"})
    found = scanned(tmp_path, images.oci([layer], form=form))
    assert [read_text(found.view, f"/etc/{name}") for name in "abc"] == ["x", None, "z"]
    assert found.left_out[0] == "1 entries (of the type 'Q', which no standard names)"


@pytest.mark.parametrize("value", [5, "x", [1], True, ["vnd.docker.reference.type"], {"a": 1}, None])
def test_annotations_that_are_none(tmp_path: Path, value: object) -> None:
    files = images.oci([images.tar({"etc/a": "x"})])
    document = json.loads(files["index.json"])
    document["manifests"][0]["annotations"] = value
    found = scanned(tmp_path, {**files, "index.json": json.dumps(document).encode()})
    assert read_text(found.view, "/etc/a") == "x"


@pytest.mark.parametrize("first", [0x50, 0x5F])
def test_a_zstd_stream_may_begin_with_a_frame_that_holds_nothing(tmp_path: Path, first: int) -> None:
    skippable = bytes((first, 0x2A, 0x4D, 0x18)) + (5).to_bytes(4, "little") + b"12345"
    packed = skippable + images.packed(images.tar({"etc/a": "x"}), "zstd")
    assert read_text(scanned(tmp_path, images.oci([packed])).view, "/etc/a") == "x"
    whole = skippable + images.packed(images.tar({"etc/a": "x"}), "zstd")
    assert read_text(read_image(written(tmp_path, whole, "whole"), None, lambda _: None).view, "/etc/a") == "x"


@pytest.mark.parametrize("part_name", ["index.json", "oci-layout", "manifest", "layer", "blobs/sha256", "blobs"])
@pytest.mark.parametrize("kind", ["fifo", "link", "folder"])
def test_a_layout_holds_plain_files_alone(tmp_path: Path, part_name: str, kind: str) -> None:
    """A FIFO hangs for ever, a link leads anywhere; of a folder on the way, only a link is one."""
    files = images.oci([images.tar({"etc/a": "x"})])
    blobs = [name for name in files if name.startswith("blobs/")]
    by_part = {
        "manifest": next(name for name in blobs if b"schemaVersion" in files[name]),
        "layer": next(name for name in blobs if not files[name].startswith(b"{")),
    }
    path = written(tmp_path, files)
    place = tmp_path / "image" / by_part.get(part_name, part_name)
    place.rename(tmp_path / "elsewhere")
    if kind == "fifo":
        os.mkfifo(place)
    elif kind == "link":
        place.symlink_to(tmp_path / "elsewhere")
    else:
        place.mkdir()
    with pytest.raises(ImageError) as raised:
        read_image(path, None, lambda _: None)
    on_the_way = part_name.startswith("blobs") and kind != "link"
    assert ("names no image that is here" if on_the_way else "plain files alone") in str(raised.value)


def test_a_bad_layer_digest(tmp_path: Path) -> None:
    files = images.oci([images.tar(BASE)], form="gzip")
    name = next(name for name, data in files.items() if data.startswith(b"\x1f\x8b"))
    files[name] = gzip.compress(images.tar(TOP))
    with pytest.raises(ImageError, match="has not the digest"):
        scanned(tmp_path, files)


@pytest.mark.parametrize("form", ["gzip", "zstd"])
def test_a_bomb_is_refused_in_little_memory(tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MAX_BEFORE_RATIO", 32 << 20)
    bomb = images.tar({"etc/a": bytes(64 << 20)})
    data = gzip.compress(bomb) if form == "gzip" else images.packed(bomb, form)
    path = written(tmp_path, images.oci([data]))
    del data, bomb
    tracemalloc.start()
    with pytest.raises(ImageError, match="grows more than 500 times"):
        read_image(path, None, lambda _: None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20


def test_many_small_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"usr/share/{number % 100}/{number}": "" for number in range(20_000)}
    found = scanned(tmp_path, images.oci([images.tar({**files, "etc/a": "x"}, format=tarfile.USTAR_FORMAT)]))
    assert len(found.view.list_dir("/usr/share/7")) == 200
    assert "20,001 files" in found.read
    monkeypatch.setattr(layers, "MAX_ENTRIES", 1000)
    with pytest.raises(ImageError, match="more than 1,000 files"):
        read_image(str(tmp_path / "image"), None, lambda _: None)


def test_what_was_not_kept_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = scanned(tmp_path, images.oci([images.tar({"srv/unusual": "x", "etc/os-release": "y"})], form="gzip"))
    assert read_text(found.view, "/etc/os-release") == "y"
    assert read_text(found.view, "/srv/unusual") == "x"
    monkeypatch.setattr(image_view, "MAX_FETCHES", 1)
    with pytest.raises(UnreadableError, match="was not kept"):
        found.view.read_bytes("/srv/unusual")


@given(
    st.binary(max_size=1500) | st.lists(st.sampled_from([bytes(512), images.tar(BASE)[:512], b"x" * 100])).map(b"".join)
)
def test_any_bytes_are_members_or_damaged(data: bytes) -> None:
    with closing(part(data)) as source, suppress(DamagedArchiveError):
        for member in members(source):
            assert member.size >= 0


@settings(max_examples=60)
@given(st.integers(0, 20_000), st.integers(0, 255), st.sampled_from([None, "gzip", "zstd"]))
def test_one_changed_byte_is_read_or_refused(tmp_path_factory: Any, at: int, byte: int, form: str | None) -> None:
    data = bytearray(images.tar(images.oci([images.tar(BASE), images.tar(TOP)], form=form)))
    data[at % len(data)] = byte
    root = tmp_path_factory.mktemp("changed")
    try:
        found = scanned(root, bytes(data))
    except ImageError:
        return
    found.view.list_dir("/etc")
