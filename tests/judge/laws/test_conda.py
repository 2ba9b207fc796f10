"""What conda is asked for, against the machine's platform."""

from __future__ import annotations

import pytest

from stackcheck.model import Finding, Known, Stack
from stackcheck.read import read_project
from tests.judge import small

TABLE = (
    """
[product.conda]
title = "conda"
"""
    + small.SOURCE
    + """
[[conda-package]]
id = "mkl"
product = "conda"
packages = ["mkl", "mkl-*"]
platforms = ["linux-64"]
why = "It is for x86 alone."
fix = "Take openblas."
source = "page"

[[conda-package]]
id = "torch"
product = "conda"
packages = ["pytorch"]
channels = ["pytorch", "team/*"]
platforms = ["linux-64"]
source = "page"

[[conda-package]]
id = "old"
product = "conda"
packages = ["old"]
release = "<2"
platforms = ["linux-64"]
level = "reported"
source = "page"

[[conda-package]]
id = "suffix"
product = "conda"
packages = ["*_linux-64"]
platforms = ["linux-64"]
source = "page"

[[conda-package]]
id = "builds"
product = "conda"
builds = ["h7f8727e", "mkl"]
platforms = ["linux-64"]
source = "page"
"""
)


def found(*dependencies: str, channels: str = "pytorch", arch: str = "aarch64", more: str = "") -> dict[str, Finding]:
    lines = "".join(f"  - {one}\n" for one in dependencies)
    text = f"name: x\nchannels:\n  - {channels}\n{more}dependencies:\n{lines}"
    return of_file("environment.yml", text, arch)


def of_file(name: str, text: str, arch: str = "aarch64") -> dict[str, Finding]:
    target = Stack(facts=small.known({"os": "linux", "arch": arch}))
    read = read_project([name], target, lambda _: text.encode())
    report = small.report(target.with_stated(read.stated), conda=TABLE)
    return {finding.id: finding for finding in report.findings if finding.kind == "conda-package"}


def test_a_package_of_another_platform() -> None:
    finding = found("mkl=2023.1.0", "mkl-service", "numpy")["conda-package/mkl-platform"]
    assert finding.severity == "error"
    assert finding.message == (
        "mkl, mkl-service: conda has them for linux-64 alone; this machine is linux-aarch64. It is for x86 alone."
    )
    assert finding.involves == ("arch", "mkl", "mkl-service")
    assert finding.location is not None
    assert (finding.location.path, finding.location.line) == ("environment.yml", 5)
    assert found("mkl", arch="x86_64") == {}


@pytest.mark.parametrize(
    ("line", "channels", "fails"),
    [
        ("pytorch=2.1", "pytorch", True),
        ("pytorch", "https://conda.anaconda.org/pytorch", True),
        ("pytorch", "pytorch\n  - conda-forge", False),
        ("conda-forge::pytorch", "pytorch", False),
        ("team/label/x::pytorch", "conda-forge", True),
        ("pytorch", "elsewhere", False),
    ],
)
def test_what_a_channel_has_is_known_of_that_one(line: str, channels: str, *, fails: bool) -> None:
    assert bool(found(line, channels=channels)) is fails


@pytest.mark.parametrize(
    ("line", "fails"), [("old=1.4", True), ("old==1.4=0", True), ("old=2.1", False), ("old", False)]
)
def test_a_release(line: str, *, fails: bool) -> None:
    said = found(line)
    assert bool(said) is fails
    assert all(finding.severity == "warning" for finding in said.values())


def test_the_target_in_a_name() -> None:
    assert "conda-package/gcc_linux-64-platform" in found("gcc_linux-64")
    assert found("gcc_linux-aarch64") == {}


@pytest.mark.parametrize("line", ["zlib=1.2.13=h7f8727e_0", "numpy=1.24=py39h7f8727e_0", "zlib 1.2.13 h7f8727e_0"])
def test_a_build_of_another_platform(line: str) -> None:
    said = found(line)
    assert [finding.severity for finding in said.values()] == ["error"]
    assert all("linux-64" in finding.message for finding in said.values())
    assert found(line, arch="x86_64") == {}


@pytest.mark.parametrize("line", ["six=1.16=pyhd8ed1ab_0", "zlib=1.2=h0000000_0", "zlib=1.2.13", "x=h7f8727e"])
def test_another_build_says_nothing(line: str) -> None:
    assert found(line) == {}


def test_the_platforms_that_a_file_names() -> None:
    said = found("numpy", more="platforms:\n  - linux-64\n  - osx-arm64\n")
    assert said["conda-package/platforms"].severity == "error"
    assert said["conda-package/platforms"].involves == ("arch",)
    assert found("numpy", more="platforms: [linux-64, linux-aarch64]\n") == {}


LOCK = """version: 1
metadata:
  platforms:
  - linux-64
  channels:
  - url: conda-forge
package:
- name: zlib
  manager: conda
  platform: linux-64
"""


def test_a_lock_of_other_platforms() -> None:
    said = of_file("conda-lock.yml", LOCK)
    assert said["conda-package/platforms"].location is not None
    assert said["conda-package/platforms"].location.line == 4
    assert of_file("conda-lock.yml", LOCK, "x86_64") == {}


def test_a_command_in_an_image() -> None:
    text = "FROM condaforge/miniforge3\nRUN conda install -y -c pytorch pytorch=2.1 mkl\n"
    both = {"conda-package/pytorch-platform", "conda-package/mkl-platform"}
    assert set(of_file("Dockerfile", text)) == both
    assert set(of_file("install.sh", "conda install -y -c pytorch pytorch=2.1 mkl\n")) == both


def test_nothing_without_a_platform() -> None:
    stack = Stack(conda={"mkl": Known("defaults::*=*", small.ask("mkl").origin)})
    assert not [one for one in small.report(stack, conda=TABLE).findings if one.kind == "conda-package"]


def test_a_word_in_a_build_string() -> None:
    (finding,) = found("libblas=*=*mkl").values()
    assert finding.severity == "error"
    assert "libblas=*=*mkl: this build string is of linux-64" in finding.message
    assert found("libblas=*=*openblas") == {}
