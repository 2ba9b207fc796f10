"""os-release, DGX, L4T, dpkg, CUDA, ROS, libc and driver files."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackcheck.model import Absent, Known, Origin, State, Unknown
from stackcheck.scan import cuda, dgx, dpkg, driver, l4t, libc, os_release, ros
from stackcheck.scan.view import HostView
from tests.tree import recorded, write_tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def value(state: State | None) -> str | None:
    """The value of a known state, "absent" or "unknown"."""
    if isinstance(state, Known):
        return state.value
    return state if state is None else type(state).__name__.lower()


@pytest.mark.parametrize(
    ("name", "distro", "version"),
    [("ubuntu-24.04", "ubuntu", "24.04"), ("ubuntu-22.04", "ubuntu", "22.04"), ("debian-12", "debian", "12")],
)
def test_os_release(tmp_path: Path, name: str, distro: str, version: str) -> None:
    view = HostView(str(write_tree(tmp_path, {"/etc/os-release": recorded(f"os-release-{name}")})))
    facts = os_release.facts(view)
    assert (value(facts["distro"]), value(facts["distro-version"])) == (distro, version)


def test_os_release_in_its_other_place_and_nowhere(tmp_path: Path) -> None:
    view = HostView(str(tmp_path))
    assert value(os_release.facts(view)["distro"]) == "unknown"
    write_tree(tmp_path, {"/usr/lib/os-release": "ID=arch\n"})
    assert {name: value(state) for name, state in os_release.facts(view).items()} == {
        "distro": "arch",
        "distro-version": "absent",
    }


def test_os_release_quotes() -> None:
    text = 'A=plain # remark\nB=\'sin\\gle\'\nC="dou\\"ble"\nA=last\n# D=no\nlower=no\n'
    assert os_release.parse(text) == {"A": "last", "B": "sin\\gle", "C": 'dou"ble'}


@pytest.mark.parametrize(
    ("name", "release", "board"),
    [("ota-twice", "7.4.0", "dgx-spark"), ("factory", "7.2.3", "dgx-spark"), ("station", "7.5.0", None)],
)
def test_dgx_release(tmp_path: Path, name: str, release: str, board: str | None) -> None:
    view = HostView(str(write_tree(tmp_path, {"/etc/dgx-release": recorded(f"dgx-release-{name}")})))
    facts = dgx.facts(view)
    assert (value(facts["dgx-os"]), value(facts.get("board"))) == (release, board)


def test_dgx_spark_by_other_signs(tmp_path: Path) -> None:
    assert value(dgx.facts(HostView(str(tmp_path)))["dgx-os"]) == "absent"
    fastos = HostView(str(write_tree(tmp_path / "a", {"/etc/fastos-release": 'NAME="DGX SPARK FASTOS"\n'})))
    assert value(dgx.facts(fastos)["board"]) == "dgx-spark"
    firmware = HostView(str(write_tree(tmp_path / "b", {dgx.PRODUCT: "NVIDIA_DGX_Spark\n"})))
    assert value(dgx.facts(firmware)["board"]) == "dgx-spark"
    empty = HostView(str(write_tree(tmp_path / "c", {"/etc/dgx-release": "nothing here\n"})))
    assert value(dgx.facts(empty)["dgx-os"]) == "unknown"


@pytest.mark.parametrize(("name", "release"), [("thor-r38", "38.2.1"), ("thor-r39", "39.2.1"), ("orin-r36", "36.4.3")])
def test_l4t_release(name: str, release: str) -> None:
    assert l4t.parse_release(recorded(f"nv_tegra_release-{name}")) == release


def test_a_jetson(tmp_path: Path) -> None:
    files = {
        "/etc/nv_tegra_release": recorded("nv_tegra_release-thor-r38"),
        "/proc/device-tree/compatible": "nvidia,p4071-0000+p3834-0008\0nvidia,p3834-0008\0nvidia,tegra264\0",
        "/var/lib/dpkg/status": recorded("dpkg-status"),
    }
    view = HostView(str(write_tree(tmp_path, files)))
    facts = l4t.facts(view, dpkg.packages(view) or {})
    assert {name: value(state) for name, state in facts.items()} == {
        "l4t": "38.2.1",
        "jetpack": "7.0",
        "board": "jetson-thor",
    }


def test_l4t_by_its_package_and_not_at_all(tmp_path: Path) -> None:
    view = HostView(str(write_tree(tmp_path, {"/proc/device-tree/model": "NVIDIA Jetson AGX Orin Developer Kit\0"})))
    packages: Mapping[str, State] = {"nvidia-l4t-core": Known("36.4.3-20250107174145", Origin("", ""))}
    facts = l4t.facts(view, packages)
    assert {name: value(state) for name, state in facts.items()} == {
        "l4t": "36.4.3",
        "jetpack": "unknown",
        "board": "jetson-orin",
    }
    assert {name: value(state) for name, state in l4t.facts(HostView("/nowhere-at-all"), {}).items()} == {
        "l4t": "absent",
        "jetpack": "absent",
    }


@pytest.mark.parametrize(
    ("model", "board"),
    [
        ("NVIDIA Jetson AGX Thor Developer Kit", "jetson-thor"),
        ("NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super", "jetson-orin"),
        ("Raspberry Pi 5 Model B Rev 1.0", None),
        ("Thor of another maker", None),
    ],
)
def test_board_by_model(model: str, board: str | None) -> None:
    assert l4t.parse_model(model) == board


def test_dpkg_status() -> None:
    assert dpkg.parse(recorded("dpkg-status").encode()) == {
        "dpkg": "1.22.6ubuntu6.5",
        "python3.12": "3.12.3-1ubuntu0.8",
        "ros-jazzy-ros-base": "0.11.0-1noble.20251009.171528",
        "nvidia-jetpack": "7.0-b128",
        "nvidia-l4t-core": "38.2.1-20250910123945",
        "tzdata": "2025b-0ubuntu0.24.04.1",
        "libssl3:amd64": "3.0.2-0ubuntu1.20",
    }


def test_dpkg_of_a_distroless_image_and_none(tmp_path: Path) -> None:
    assert dpkg.packages(HostView(str(tmp_path))) is None
    files = {
        "/var/lib/dpkg/status.d/libc6": "Package: libc6\nArchitecture: arm64\nVersion: 2.36-9\n",
        "/var/lib/dpkg/status.d/libc6.md5sums": "0  usr/lib/x\n",
        "/var/lib/dpkg/status.d/tzdata": "Package: tzdata\nArchitecture: all\nVersion: 2025b-0\n",
    }
    found = dpkg.packages(HostView(str(write_tree(tmp_path, files))))
    assert found is not None
    assert {name: value(state) for name, state in found.items()} == {"libc6": "2.36-9", "tzdata": "2025b-0"}


@pytest.mark.parametrize(
    ("version", "upstream"),
    [("3.12.3-1ubuntu0.8", "3.12.3"), ("2:1.0-2-3", "1.0-2"), ("1.22.6ubuntu6", "1.22.6ubuntu6"), ("1:5", "5")],
)
def test_upstream_part_of_a_debian_version(version: str, upstream: str) -> None:
    assert dpkg.upstream(version) == upstream


def test_cuda_toolkit_by_its_files(tmp_path: Path) -> None:
    files = {
        "/usr/local/cuda-13.0/bin/nvcc": "",
        "/usr/local/cuda-13.0/version.json": recorded("cuda-version.json"),
        "/usr/local/cuda-12.8/bin/nvcc": "",
        "/usr/local/cuda-12.8/include/cuda.h": "/* x */\n#define CUDA_VERSION 12080\n",
        "/usr/local/cuda": "->/usr/local/cuda-12.8",
    }
    view = HostView(str(write_tree(tmp_path, files)))
    assert value(cuda.toolkit(view, cuda.folders(view, {}))) == "12.8"
    chosen = cuda.folders(view, {"CUDA_HOME": "/usr/local/cuda-13.0/"})
    assert value(cuda.toolkit(view, chosen)) == "13.0.2"
    on_path = cuda.folders(view, {}, "/usr/local/cuda-13.0/bin/nvcc")
    assert on_path == ("/usr/local/cuda-13.0", "/usr/local/cuda", "/usr/local/cuda-12.8")


def test_cuda_runtime_alone_is_no_toolkit(tmp_path: Path) -> None:
    files = {"/usr/local/cuda-13.0/version.json": recorded("cuda-version.json"), "/usr/local/cuda-9.2/bin/nvcc": ""}
    view = HostView(str(write_tree(tmp_path, {name: files[name] for name in list(files)[:1]})))
    assert isinstance(cuda.toolkit(view, cuda.folders(view, {})), Absent)
    write_tree(tmp_path, files)
    assert cuda.toolkit(view, cuda.folders(view, {})) is None


@pytest.mark.parametrize(
    ("nvcc", "release"),
    [
        ('#!/bin/sh\nexec /usr/local/cuda-13.0/bin/nvcc "$@"\n', "13.0.2"),
        ('#!/bin/sh\n# of Debian\nexport NVVMIR=/usr/lib/x\n\nexec /usr/local/cuda-13.0/bin/nvcc "$@"', "13.0.2"),
        ("->/usr/bin/nvcc", "13.0.2"),
        ("->../cuda-13.0/bin/nvcc", "13.0.2"),
        ("->/gone/bin/nvcc", None),
        ('#!/bin/sh\n[ -x /x ] && exec /x/nvcc "$@"\nexec /usr/local/cuda-13.0/bin/nvcc "$@"\n', None),
        ('#!/bin/sh\nexport A=1; exec /x "$@"\nexec /usr/local/cuda-13.0/bin/nvcc "$@"\n', None),
        ('#!/bin/sh\nexec /usr/local/cuda-13.0/bin/nvcc -ccbin g++-12 "$@"\n', None),
        ('#!/bin/sh\nexec /gone/bin/nvcc "$@"\n', None),
        ("\x7fELF" + "x" * 5000, None),
        ("", None),
    ],
)
def test_the_toolkit_behind_an_nvcc_on_path(tmp_path: Path, nvcc: str, release: str | None) -> None:
    files = {
        "/usr/local/bin/nvcc": nvcc,
        "/usr/bin/nvcc": "->/usr/local/cuda-13.0/bin/nvcc",
        "/usr/local/cuda-13.0/bin/nvcc": "",
        "/usr/local/cuda-13.0/version.json": recorded("cuda-version.json"),
    }
    state = cuda.behind(HostView(str(write_tree(tmp_path, files))), "/usr/local/bin/nvcc")
    assert (None if state is None else state.value) == release


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cuda": 5}', '{"cuda": {"version": 13}}', "[" * 100_000])
def test_cuda_version_json_that_is_none(text: str) -> None:
    assert cuda.parse_version_json(text) is None


def test_ros(tmp_path: Path) -> None:
    view = HostView(str(tmp_path))
    assert value(ros.products(view, {})["ros2"]) == "absent"
    write_tree(tmp_path, {"/opt/ros/jazzy/setup.bash": "", "/opt/ros/noetic/setup.bash": "", "/opt/ros/empty/": ""})
    assert value(ros.products(view, {})["ros2"]) == "jazzy"
    assert value(ros.products(view, {"ROS_DISTRO": "rolling"})["ros2"]) == "rolling"
    assert value(ros.products(view, {"ROS_DISTRO": "noetic"})["ros2"]) == "jazzy"
    write_tree(tmp_path, {"/opt/ros/humble/setup.bash": ""})
    state = ros.products(view, {})["ros2"]
    assert state == Unknown("/opt/ros has humble and jazzy, and ROS_DISTRO is not set")


def elf(machine: int) -> bytes:
    """The first bytes of a little-endian ELF file for a machine."""
    return b"\x7fELF\x02\x01\x01" + b"\0" * 9 + struct.pack("<HH", 3, machine)


def test_libc_of_a_root_file_system(tmp_path: Path) -> None:
    folder = tmp_path / "usr/lib/aarch64-linux-gnu"
    folder.mkdir(parents=True)
    (folder / "libc.so.6").write_bytes(
        elf(0xB7) + b"\0GNU C Library (Ubuntu GLIBC 2.39-0ubuntu8.6) stable release version 2.39.\n\0"
    )
    (tmp_path / "lib").symlink_to("usr/lib")
    facts = libc.facts(HostView(str(tmp_path)))
    assert (value(facts["arch"]), value(facts["glibc"])) == ("aarch64", "2.39")


def test_libc_that_is_named_by_its_version(tmp_path: Path) -> None:
    folder = tmp_path / "lib64"
    folder.mkdir()
    (folder / "libc-2.28.so").write_bytes(elf(0x3E))
    (folder / "libc.so.6").symlink_to("libc-2.28.so")
    facts = libc.facts(HostView(str(tmp_path)))
    assert (value(facts["arch"]), value(facts["glibc"])) == ("x86_64", "2.28")


def test_musl_and_no_libc(tmp_path: Path) -> None:
    assert value(libc.facts(HostView(str(tmp_path)))["glibc"]) == "unknown"
    facts = libc.facts(HostView(str(write_tree(tmp_path, {"/lib/ld-musl-aarch64.so.1": ""}))))
    assert (value(facts["arch"]), value(facts["glibc"])) == ("aarch64", "absent")


@pytest.mark.parametrize(("name", "version"), [("open", "580.95.05"), ("closed", "535.183.01")])
def test_driver_by_proc(tmp_path: Path, name: str, version: str) -> None:
    view = HostView(str(write_tree(tmp_path, {driver.PROC: recorded(f"proc-driver-{name}.txt")})))
    assert value(driver.driver(view)) == version


def test_driver_by_its_module_and_none(tmp_path: Path) -> None:
    view = HostView(str(tmp_path))
    assert driver.driver(view) is None
    write_tree(tmp_path, {driver.MODULE: "580.142\n"})
    assert value(driver.driver(view)) == "580.142"


def test_nvidia_devices(tmp_path: Path) -> None:
    files = {
        f"{driver.PCI}/000f:01:00.0/vendor": "0x10de\n",
        f"{driver.PCI}/000f:01:00.0/class": "0x030200\n",
        f"{driver.PCI}/0000:01:00.0/vendor": "0x15b3\n",
        f"{driver.PCI}/0000:01:00.0/class": "0x020000\n",
        f"{driver.PCI}/0000:00:00.0/vendor": "0x10de\n",
        f"{driver.PCI}/0000:00:00.0/class": "0x060400\n",
        "/dev/nvidia0": "",
        "/dev/nvidia-uvm": "",
        "/dev/null": "",
    }
    view = HostView(str(write_tree(tmp_path, files)))
    assert driver.pci_devices(view) == ("000f:01:00.0",)
    assert driver.device_files(view) == ("/dev/nvidia0",)


@given(st.text())
def test_parsers_never_raise(text: str) -> None:
    os_release.parse(text)
    dgx.parse_release(text)
    l4t.parse_release(text)
    l4t.parse_board(text)
    l4t.parse_model(text)
    dpkg.parse(text.encode("utf-8", "surrogatepass"))
    dpkg.parse(f"Package: {text}\nVersion: {text}".encode("utf-8", "surrogatepass"))
    dpkg.upstream(text)
    cuda.parse_version_json(text)
    cuda.parse_header(text.encode("utf-8", "surrogatepass"))
    driver.parse_proc(text)
    ros.choose([text], text)


@given(st.binary())
def test_binary_parsers_never_raise(data: bytes) -> None:
    libc.parse_machine(data)
    libc.parse_machine(b"\x7fELF" + data)
    libc.parse_banner(data)
