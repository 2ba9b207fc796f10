"""The GPU code of installed packages, by their libraries, in small trees made of the recorded ones."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest
from elftools.elf.elffile import ELFFile

from stackcheck.model import Absent, Code
from stackcheck.scan import gpu_code, metadata
from stackcheck.scan.view import HostView
from tests.tree import RECORDED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from stackcheck.model import Unread

SITE = "/usr/lib/python3.11/site-packages"
VERSION = "__version__ = '2.11.0+cu130'\ndebug = False\ncuda: Optional[str] = '13.0'\nhip: Optional[str] = None\n"


def install(root: Path, name: str, files: Mapping[str, str | None], tag: str = "cp311-cp311-linux_aarch64") -> None:
    """A distribution in site-packages; a file's text is the name of a recorded library, None an empty file."""
    site = root / SITE.lstrip("/")
    info = site / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n\n", encoding="utf-8")
    (info / "WHEEL").write_text(f"Wheel-Version: 1.0\nTag: {tag}\n", encoding="utf-8")
    (info / "RECORD").write_text("".join(f"{path},sha256=x,1\n" for path in files), encoding="utf-8")
    for path, source in files.items():
        place = site / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes((RECORDED / "gpu-code" / source).read_bytes() if source else b"")


def read(root: Path, library_path: str = "") -> tuple[dict[str, Code | Absent], tuple[Unread, ...]]:
    view = HostView(str(root))
    variables = {"LD_LIBRARY_PATH": library_path}
    return gpu_code.packages(view, metadata.installed(view, [SITE]).distributions, variables)


def test_an_extension(tmp_path: Path) -> None:
    files = {"my_ext/_C.cpython-311-aarch64-linux-gnu.so": "several-units.so", "my_ext/libmore.so.1.2": "ptx.so"}
    install(tmp_path, "my-ext", {**files, "my_ext/plain.so": "plain.so", "my_ext/__init__.py": None})
    found, unread = read(tmp_path)
    code = found["my-ext"]
    assert isinstance(code, Code)
    assert (code.cubins, code.ptx, code.cuda, code.doubt) == (
        ("8.7", "12.0"),
        ("8.0", "9.0a", "12.0", "12.0f"),
        None,
        None,
    )
    assert code.origin.place == f"{SITE}/my_ext/_C.cpython-311-aarch64-linux-gnu.so and 1 more"
    assert str(code) == "compiled code for 8.7, 12.0 and PTX for 8.0, 9.0a, 12.0, 12.0f"
    assert unread == ()


def test_who_has_none_is_left_out(tmp_path: Path) -> None:
    install(tmp_path, "numpy", {"numpy/core.so": "plain.so"})
    install(tmp_path, "pure", {"pure/data.so": "sass.so"}, tag="py3-none-any")
    install(tmp_path, "nvidia-cublas", {"nvidia/lib/libcublas.so.13": "sass.so"})
    install(tmp_path, "triton", {"triton/lib/libcupti.so.13": "ptx.so"})
    install(tmp_path, "gone", {"gone/_C.so": "sass.so"})
    (tmp_path / SITE.lstrip("/") / "gone/_C.so").unlink()
    assert read(tmp_path) == ({}, ())


def test_what_is_not_read_leaves_a_doubt(tmp_path: Path) -> None:
    install(tmp_path, "lto", {"lto/a.o.so": "lto.o"})
    install(tmp_path, "half", {"half/a.so": "sass.so", "half/b.so": "sass.so"})
    broken = tmp_path / SITE.lstrip("/") / "half/b.so"
    broken.write_bytes(broken.read_bytes()[:2000])
    found, unread = read(tmp_path)
    half, lto = found["half"], found["lto"]
    assert isinstance(half, Code)
    assert isinstance(lto, Code)
    assert half.doubt == "not all of its libraries could be read"
    assert lto.doubt == "its libraries also hold 1 pieces of GPU code of a kind that is not read"
    assert [place.severity for place in unread] == ["note"]
    assert unread[0].reason.startswith(f"{SITE}/half/b.so cannot be read: it ends before byte ")


def torch(root: Path, version: str, *libraries: tuple[str, str]) -> Code | Absent | None:
    install(root, "torch", {f"torch/lib/{name}": source for name, source in libraries})
    (root / SITE.lstrip("/") / "torch" / "version.py").write_text(version, encoding="utf-8")
    return read(root)[0].get("torch")


def test_torch_is_judged_by_its_main_library(tmp_path: Path) -> None:
    cpu = ("libtorch_cpu.so", "plain.so")
    code = torch(tmp_path, VERSION, cpu, ("libtorch_cuda.so", "sass.so"), ("libtorch_nvshmem.so", "ptx.so"))
    assert isinstance(code, Code)
    assert (code.cubins[0], code.ptx, code.cuda) == ("8.0", (), "13.0")


def test_a_torch_for_the_cpu(tmp_path: Path) -> None:
    version = "__version__ = '2.9.0+cpu'\ncuda: Optional[str] = None\n"
    assert isinstance(torch(tmp_path, version, ("libtorch_cpu.so", "plain.so")), Absent)


@pytest.mark.parametrize(("version", "name"), [(VERSION, "libtorch.so"), ("cuda = None\n", "libtorch_hip.so")])
def test_a_torch_of_which_nothing_is_sure(tmp_path: Path, version: str, name: str) -> None:
    assert torch(tmp_path, version, ("libtorch_cpu.so", "plain.so"), (name, "plain.so")) is None


@pytest.mark.parametrize(
    ("text", "cuda"),
    [
        (VERSION, "13.0"),
        ("cuda = '12.8'", "12.8"),
        ('cuda: Optional[str] = "12.4.1"\n', "12.4"),
        ("cuda: Optional[str] = None", None),
        ("# cuda = '12.8'", None),
        ("cuda_version = '12.8'", None),
    ],
)
def test_the_cuda_that_torch_names(text: str, cuda: str | None) -> None:
    assert gpu_code.parse_cuda(text) == cuda


def test_an_extension_built_in_place(tmp_path: Path) -> None:
    install(tmp_path, "mine", {})
    info = tmp_path / SITE.lstrip("/") / "mine-1.0.dist-info"
    (info / "direct_url.json").write_text('{"url": "file:///home/me/mine", "dir_info": {"editable": true}}')
    inside = tmp_path / "home/me/mine/src/mine"
    inside.mkdir(parents=True)
    (inside / "_C.so").write_bytes((RECORDED / "gpu-code/sass.so").read_bytes())
    other = tmp_path / "home/me/mine/env/lib"
    other.mkdir(parents=True)
    (other / "other.so").write_bytes((RECORDED / "gpu-code/ptx.so").read_bytes())
    (tmp_path / "home/me/mine/env/pyvenv.cfg").write_text("home = /usr/bin\n")
    os.mkfifo(tmp_path / "home/me/mine/fifo.so")
    found, unread = read(tmp_path)
    code = found["mine"]
    assert isinstance(code, Code)
    assert (code.ptx, code.origin.place) == ((), "/home/me/mine/src/mine/_C.so")
    assert [place.reason for place in unread] == ["/home/me/mine/fifo.so is no plain file."]


def test_where_it_is_worth_looking() -> None:
    assert gpu_code.expected(["numpy", "torch"])
    assert gpu_code.expected(["nvidia-nccl-cu13"])
    assert not gpu_code.expected(["numpy", "pandas"])


class TestMissingLibraries:
    """needs-cuda-12.so needs libcudart.so.12 and looks for it in $ORIGIN/../lib."""

    def missing(self, root: Path, *places: str, library_path: str = "", **more: str) -> tuple[str, ...]:
        install(root, "mine", {"mine/_C.so": "needs-cuda-12.so", **more})
        for place in ("/usr/lib/libc.so.6", *places):
            (root / place.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
            (root / place.lstrip("/")).touch()
        code = read(root, library_path)[0]["mine"]
        assert isinstance(code, Code)
        return code.missing

    def test_one_that_is_nowhere(self, tmp_path: Path) -> None:
        assert self.missing(tmp_path) == ("libcudart.so.12",)

    @pytest.mark.parametrize(
        "place",
        [
            f"{SITE}/lib/libcudart.so.12",
            f"{SITE}/nvidia/cuda_runtime/lib/libcudart.so.12",
            f"{SITE}/torch/lib/libcudart.so.12",
            "/usr/lib/libcudart.so.12",
            "/usr/lib/x86_64-linux-gnu/libcudart.so.12",
        ],
    )
    def test_where_it_is_found(self, tmp_path: Path, place: str) -> None:
        assert self.missing(tmp_path, place) == ()

    def test_on_the_library_path(self, tmp_path: Path) -> None:
        assert self.missing(tmp_path, "/cuda/lib64/libcudart.so.12", library_path="/x:/cuda/lib64") == ()

    def test_another_package_may_load_it_first(self, tmp_path: Path) -> None:
        install(tmp_path, "other", {"other/deep/down/libcudart.so.12": None})
        assert self.missing(tmp_path) == ()

    def test_one_library_that_loads_is_enough(self, tmp_path: Path) -> None:
        """bitsandbytes brings a library for each CUDA."""
        assert self.missing(tmp_path, **{"mine/_D.so": "sass.so"}) == ()

    def test_a_library_whose_dynamic_section_is_damaged(self, tmp_path: Path) -> None:
        install(tmp_path, "mine", {"mine/_C.so": "needs-cuda-12.so"})
        path = tmp_path / SITE.lstrip("/") / "mine/_C.so"
        data = path.read_bytes()
        at = ELFFile(io.BytesIO(data)).get_section_by_name(".dynamic")["sh_offset"]
        path.write_bytes(data[: at + 8] + b"\xff" * 8 + data[at + 16 :])
        code = read(tmp_path)[0]["mine"]
        assert isinstance(code, Code)
        assert (code.cubins, code.missing) == (("12.0",), ())

    def test_where_the_systems_folders_are_not_known(self, tmp_path: Path) -> None:
        install(tmp_path, "mine", {"mine/_C.so": "needs-cuda-12.so"})
        code = read(tmp_path)[0]["mine"]
        assert isinstance(code, Code)
        assert code.missing == ()
