"""What is compiled here, against nvcc, gcc and the build tools."""

from __future__ import annotations

import pytest

from stackcheck.model import Absent, Ask, Finding, Gpu, Known, Location, Origin, Stack
from tests.judge import small

TABLE = (
    """
[product.source-builds]
title = "building from source"
"""
    + small.SOURCE
    + """
[[source-build]]
id = "ext"
product = "source-builds"
projects = ["ext", "jit"]
repositories = ["ext-cuda"]
by = "torch"
source = "page"

[[source-build]]
id = "bare"
product = "source-builds"
projects = ["bare"]
by = "torch"
sdist-only = true
source = "page"

[[source-build]]
id = "old"
product = "source-builds"
projects = ["old"]
release = "<2"
by = "python"
sdist-only = true
tools = { setuptools = "<82" }
why = "It imports pkg_resources."
source = "page"

[[source-build]]
id = "cmk"
product = "source-builds"
projects = ["cmk"]
by = "c"
tools = { cmake = "<4" }
source = "page"
"""
)
CUDA = (
    small.CUDA
    + """
[[pairs]]
id = "12.8-gcc"
product = "cuda-toolkit"
release = ">=12.8,<13"
feature = "source-build"
gcc = "<15"
source = "page"
"""
)
PLACE = Location("requirements.txt", 3)


def git(name: str = "ext", url: str = "git+https://example.org/ext.git") -> Ask:
    return Ask(name, "", Origin(f"{name} @ {url} is asked for", str(PLACE), PLACE), url=url)


def stack(*asks: Ask, toolkit: str | None = "12.8", torch: str = "2.9.0+cu130", **more: object) -> Stack:
    facts = small.known({"os": "linux", "arch": "x86_64"})
    if toolkit is None:
        facts["cuda-toolkit"] = Absent(Origin("no CUDA toolkit was found", "probe"))
    else:
        facts |= small.known({"cuda-toolkit": toolkit})
    facts |= more.pop("facts", {})  # type: ignore[operator]
    packages = small.known({"torch": torch} | dict(more.pop("packages", {})))  # type: ignore[call-overload]
    return Stack(facts=facts, packages=packages, asks=asks, **more)  # type: ignore[arg-type]


def found(stack: Stack) -> dict[str, Finding]:
    report = small.report(stack, **{"source-builds": TABLE, "cuda": CUDA})
    return {finding.id: finding for finding in report.findings if finding.kind in ("source-build", "pairs")}


def test_nvcc_of_another_major_than_torchs() -> None:
    finding = found(stack(git()))["source-build/ext-nvcc"]
    assert finding.severity == "error"
    assert "nvcc of CUDA 12.8" in finding.message
    assert "CUDA 13.0" in finding.message
    assert {"cuda-toolkit", "torch", "ext"} <= set(finding.involves)
    assert finding.location == PLACE
    assert finding.fix is not None
    assert "nvcc --version" in finding.fix.commands[0]


@pytest.mark.parametrize(("toolkit", "torch"), [("13.1", "2.9.0+cu130"), ("12.1", "2.4.0+cu124")])
def test_another_minor_is_taken(toolkit: str, torch: str) -> None:
    assert "source-build/ext-nvcc" not in found(stack(git(), toolkit=toolkit, torch=torch))


def test_a_wheel_is_not_compiled() -> None:
    wheel = git(url="https://example.org/ext-1.0-cp311-cp311-linux_x86_64.whl")
    assert found(stack(wheel)) == {}
    assert found(stack(small.ask("ext"))) == {}


@pytest.mark.parametrize("url", ["https://example.org/ext-1.0.tar.gz", "https://example.org/ext.zip#egg=ext"])
def test_an_archive_of_sources_is(url: str) -> None:
    assert "source-build/ext-nvcc" in found(stack(git(url=url)))


def test_a_repository_may_have_another_name_than_its_project() -> None:
    assert "source-build/ext-cuda-nvcc" in found(stack(git("ext-cuda", "git+https://example.org/ext-cuda")))
    assert found(stack(small.ask("ext-cuda"))) == {}


def test_a_project_without_wheels_is_compiled_by_any_line() -> None:
    assert found(stack(small.ask("bare", "==1.0")))["source-build/bare-nvcc"].severity == "error"


def test_another_index_may_have_a_wheel() -> None:
    assert (
        found(stack(small.ask("bare", "==1.0", 1, "pypi", "example.org")))["source-build/bare-nvcc"].severity
        == "warning"
    )


def test_a_line_for_another_machine_says_nothing() -> None:
    assert found(stack(small.ask("bare", "==1.0", applies=False))) == {}


def test_what_compiles_its_code_when_it_is_used() -> None:
    asked = stack(packages={"jit": "0.8"}, features=(small.feature("cuda-toolkit:source-build"),))
    assert found(asked)["source-build/jit-nvcc"].severity == "error"
    alone = stack(features=(small.feature("cuda-toolkit:source-build"),))
    assert found(alone)["source-build/nvcc"].severity == "warning"
    assert found(stack(packages={"jit": "0.8"})) == {}


def test_no_toolkit_at_all() -> None:
    a100 = (Gpu("NVIDIA A100", None, Origin("the GPU is an A100", "nvidia-smi")),)
    assert found(stack(git(), toolkit=None)) == {}
    finding = found(stack(git(), toolkit=None, gpus=a100))["source-build/ext-no-toolkit"]
    assert finding.severity == "error"
    assert "nvcc" in finding.message


def test_a_source_build_asks_for_the_toolkits_own_rows() -> None:
    built = found(stack(git(), toolkit="12.8", torch="2.9.0+cu128", facts=small.known({"gcc": "15.1.0"})))
    assert built["cuda-toolkit/12.8-gcc"].severity == "error"
    assert "gcc" in built["cuda-toolkit/12.8-gcc"].involves
    assert found(stack(facts=small.known({"gcc": "15.1.0"}))) == {}


@pytest.mark.parametrize(
    ("packages", "fails"),
    [
        ({"gcc": "4:15.1.0-1ubuntu1"}, True),
        ({"gcc": "4:13.2.0-7ubuntu1", "gcc-15": "15.1.0"}, False),
        ({"gcc-15": "15.1.0-2"}, True),
        ({"gcc-15": "*"}, True),
        ({"gcc-13": "13.2.0", "gcc-15": "15.1.0"}, False),
        ({"gcc": "*"}, False),
    ],
)
def test_the_compiler_of_debians_packages(packages: dict[str, str], *, fails: bool) -> None:
    built = stack(git(), torch="2.9.0+cu128", system_packages=small.known(packages))
    assert ("cuda-toolkit/12.8-gcc" in found(built)) is fails


def test_a_tool_that_the_installer_takes_is_the_newest() -> None:
    finding = found(stack(small.ask("old", "==1.5")))["source-build/old-setuptools"]
    assert finding.severity == "error"
    assert "pkg_resources" in finding.message
    assert {"old", "setuptools"} <= set(finding.involves)
    assert found(stack(small.ask("old", "==2.0"))) == {}


@pytest.mark.parametrize(("cmake", "fails"), [("4.1.0", True), ("3.28.3", False), (None, False)])
def test_a_tool_of_the_machine(cmake: str | None, *, fails: bool) -> None:
    facts = small.known({"cmake": cmake}) if cmake else {}
    said = found(stack(small.ask("cmk", "==1.0"), facts=facts))
    assert ("source-build/cmk-cmake" in said) is fails
    # Nothing says that there is no wheel.
    assert all(finding.severity == "warning" for finding in said.values())


def test_a_tool_that_the_build_brings() -> None:
    table = TABLE.replace('tools = { cmake = "<4" }', 'tools = { cmake = "<4" }\nbrings = ["cmake"]')
    built = stack(small.ask("cmk", "==1.0", built=True), facts=small.known({"cmake": "3.28.3"}))
    report = small.report(built, **{"source-builds": table, "cuda": CUDA})
    assert [one.severity for one in report.findings if one.id == "source-build/cmk-cmake"] == ["error"]


def test_a_file_that_forbids_wheels() -> None:
    assert found(stack(small.ask("ext", "==1.0", built=True)))["source-build/ext-nvcc"].severity == "error"


def image(name: str, tag: str) -> dict[str, Known]:
    return {name: Known(tag, Origin(f"the base image is {name}:{tag}", "Dockerfile:1"))}


@pytest.mark.parametrize(
    ("name", "tag", "packages", "fails"),
    [
        ("python", "3.11-slim-bookworm", {}, True),
        ("nvidia/cuda", "12.4.1-runtime-ubuntu22.04", {}, True),
        ("python", "3.11", {}, False),
        ("nvidia/cuda", "12.4.1-devel-ubuntu22.04", {}, False),
        ("python", "3.11-slim", {"build-essential": "*"}, False),
        ("somebody/python-slim", "3.11-slim", {}, False),
    ],
)
def test_an_image_without_a_compiler(name: str, tag: str, packages: dict[str, str], *, fails: bool) -> None:
    built = stack(small.ask("bare", "==1.0"), images=image(name, tag), system_packages=small.known(packages))
    said = found(built)
    assert ("source-build/no-compiler" in said) is fails
    if fails:
        assert set(said["source-build/no-compiler"].involves) == {"bare", "gcc"}


def test_variables_that_lead_to_several_toolkits() -> None:
    variables = small.known({"CUDA_HOME": "/usr/local/cuda-12.8", "LD_LIBRARY_PATH": "/usr/local/cuda-11.8/lib64"})
    finding = found(stack(git(), variables=variables))["source-build/paths"]
    assert "CUDA_HOME leads to CUDA 12.8" in finding.message
    assert "LD_LIBRARY_PATH leads to CUDA 11.8" in finding.message
    one = small.known({"CUDA_HOME": "/usr/local/cuda-12.8", "LD_LIBRARY_PATH": "/usr/local/cuda-12.8/lib64"})
    assert "source-build/paths" not in found(stack(git(), variables=one))


@pytest.mark.parametrize("variable", ["PIP_BUILD_CONSTRAINT", "UV_BUILD_CONSTRAINT"])
def test_constraints_for_builds_hold_a_tool_back(variable: str) -> None:
    assert "source-build/old-setuptools" in found(stack(small.ask("old", "==1.0")))
    held = stack(small.ask("old", "==1.0"), variables=small.known({variable: "constraints.txt"}))
    assert "source-build/old-setuptools" not in found(held)
