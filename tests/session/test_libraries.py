"""`matrix learn --native`: the libraries of wheels on an index of this machine, bounded whatever they hold."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from stackcheck.probe.index import Places
from stackcheck.scan.elf import Dynamic
from stackcheck.scan.library import Library
from stackcheck.scan.native import Native
from stackcheck.session import learn, libraries
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.learn import Request
from tests.fatbins import container, elf_with, entry
from tests.probe.server import JSON, serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.probe.server import Served

ARM, X86 = (f"x_y-2.0-cp312-cp312-manylinux_2_28_{arch}.whl" for arch in ("aarch64", "x86_64"))
PAYLOAD = bytes(200 << 10)


def compiled(*sms: int) -> bytes:
    return elf_with(container(*(entry(sm=sm, payload=PAYLOAD) for sm in sms)))


def wheel(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        archive.writestr("x_y-2.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: x-y\nVersion: 2.0\n")
    return made.getvalue()


def pages(**wheels: bytes) -> dict[str, tuple[str, bytes] | int]:
    files = [{"filename": name, "url": f"/files/{name}", "hashes": {}} for name in wheels]
    page = json.dumps({"meta": {"api-version": "1.1"}, "name": "x-y", "files": files}).encode()
    found: dict[str, tuple[str, bytes] | int] = {"/simple/x-y/": (JSON, page)}
    return found | {f"/files/{name}": ("application/zip", data) for name, data in wheels.items()}


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(learn, "configured", lambda: Places((), usual=True))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def run(served: Served, folder: Path, **more: Any) -> learn.Learned:
    request = Request(("x-y",), index=f"house={served.url}", into=folder, native=True, **more)
    return learn.run(request).learned[0]


def native(folder: Path) -> dict[str, list[dict[str, Any]]]:
    lines = (folder / "records/house/x-y.jsonl").read_text("utf-8").splitlines()
    found: dict[str, list[dict[str, Any]]] = json.loads(lines[1]).get("native", {})
    return found


GOOD = pages(
    **{
        ARM: wheel({"x_y/core.so": compiled(80, 121), "x_y/small.so": b"\x7fELF", "x_y/a.py": b"1"}),
        X86: wheel({"x_y/core.so": compiled(75), "x_y.libs/libcublas-1.so.12": compiled(60)}),
    }
)


def test_each_architecture_has_its_libraries_and_nvidia_s_own_are_left_out(tmp_path: Path) -> None:
    with serving(dict(GOOD)) as served:
        assert run(served, tmp_path / "own").reasons == ()
    assert native(tmp_path / "own") == {
        "aarch64": [{"library": "x_y/core.so", "whole": True, "cubins": ["8.0", "12.1"]}],
        "x86_64": [{"library": "x_y/core.so", "whole": True, "cubins": ["7.5"]}],
    }


def test_one_architecture_and_then_the_other_and_nothing_twice(tmp_path: Path) -> None:
    with serving(dict(GOOD)) as served:
        run(served, tmp_path / "own", arches=("aarch64",))
        assert list(native(tmp_path / "own")) == ["aarch64"]
        served.requests.clear()
        run(served, tmp_path / "own", cache=tmp_path / "other")
        assert {path for path, _ in served.requests} == {"/simple/x-y/", f"/files/{X86}"}
        served.requests.clear()
        assert run(served, tmp_path / "own", whole=True, cache=tmp_path / "third").state == "same"
        assert [path for path, _ in served.requests] == ["/simple/x-y/"]  # both were read to their end
    assert list(native(tmp_path / "own")) == ["aarch64", "x86_64"]


def test_a_damaged_library_is_named_and_the_others_count(tmp_path: Path) -> None:
    data = bytearray(wheel({"x_y/bad.so": compiled(90), "x_y/core.so": compiled(87)}))
    at = data.index(b"x_y/bad.so") + 40
    data[at : at + 40] = b"\xff" * 40
    with serving(pages(**{ARM: bytes(data)})) as served:
        learned = run(served, tmp_path / "own")
    assert [line["library"] for line in native(tmp_path / "own")["aarch64"]] == ["x_y/core.so"]
    (reason,) = learned.reasons
    assert reason.startswith(f"x_y/bad.so of {ARM} cannot be read: ")


def test_zeros_without_end_are_left_soon(tmp_path: Path) -> None:
    packed = _zeros(256 << 20)
    with serving(pages(**{ARM: packed})) as served:
        assert run(served, tmp_path / "own").reasons == ()
    assert native(tmp_path / "own") == {"aarch64": []}


def _zeros(size: int) -> bytes:
    """A wheel with a library of so many zeros, made without holding them."""
    head = compiled(90)[:64]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("x_y/core.so", "w", force_zip64=True) as member:
            member.write(head)
            for _ in range(size >> 24):
                member.write(bytes(1 << 24))
        archive.writestr("x_y-2.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: x-y\nVersion: 2.0\n")
    return made.getvalue()


def test_a_wheel_that_cannot_be_had_in_parts_is_not_known(tmp_path: Path) -> None:
    served_pages = dict(GOOD)
    served_pages[f"/files/{ARM}"] = 404
    with serving(served_pages) as served:
        learned = run(served, tmp_path / "own")
    assert list(native(tmp_path / "own")) == ["x86_64"]
    assert learned.reasons != ()


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"arches": ("aarch64",)}, "--arch is for --native"),
        ({"whole": True}, "--whole is for --native"),
        ({"native": True, "arches": ("riscv64",)}, "--arch riscv64: should be aarch64 or x86_64"),
    ],
)
def test_wrong_options_are_one_line(options: dict[str, Any], line: str, tmp_path: Path) -> None:
    with pytest.raises(CannotWorkError, match=line):
        learn.run(Request(("x-y",), index="house=http://127.0.0.1:9/", into=tmp_path, **options))


def test_what_a_library_needs_of_cuda_and_the_wheel_does_not_bring() -> None:
    needed = Dynamic(("libcudart.so.13", "libc.so.6", "libcublas.so.13"), versions={"libc.so.6": ("GLIBC_2.28",)})
    held = Native("p/a.so", Library("aarch64", "shared", needed), whole=True)
    found = libraries.Libraries((held,), frozenset(("libcublas.so.13",)))
    assert found.lines() == [{"library": "p/a.so", "whole": True, "glibc": "2.28", "needs": ["libcudart.so.13"]}]
