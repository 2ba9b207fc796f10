"""Ready-made extensions against the torch that is here."""

from __future__ import annotations

import pytest

from stackcheck.judge.laws.labels import of_wheel
from stackcheck.model import Ask, Finding, Known, Location, Origin, Stack
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
projects = ["ext"]
by = "torch"
source = "page"
"""
)
PLACE = Location("requirements.txt", 2)
NGC = {
    "nvcr.io/nvidia/pytorch": Known(
        "24.08-py3", Origin("the base image is nvcr.io/nvidia/pytorch:24.08-py3", "Dockerfile:1")
    )
}


def wheel(label: str) -> Ask:
    url = f"https://example.org/ext-1.0%2B{label}-cp310-cp310-linux_x86_64.whl"
    return Ask("ext", "", Origin(f"ext @ {url} is asked for", str(PLACE), PLACE), url=url)


def found(*asks: Ask, torch: str | None = None, arch: str = "x86_64", **more: object) -> dict[str, Finding]:
    packages = dict(more.pop("packages", {}))  # type: ignore[call-overload]
    packages |= {"torch": torch} if torch else {}
    facts = small.known({"os": "linux", "arch": arch})
    stack = Stack(facts=facts, packages=small.known(packages), asks=asks, **more)  # type: ignore[arg-type]
    report = small.report(stack, **{"source-builds": TABLE})
    return {finding.id: finding for finding in report.findings if finding.kind == "label"}


@pytest.mark.parametrize(
    ("label", "torch", "fails"),
    [
        ("cu12torch2.5cxx11abiFALSE", "2.5.1+cu124", False),
        ("cu12torch2.5cxx11abiTRUE", "2.5.1+cu124", True),
        ("cu12torch2.6cxx11abiTRUE", "2.6.0+cu126", False),
        ("cu12torch2.6cxx11abiTRUE", "2.6.0+cu124", True),
        ("cu12torch2.6cxx11abiFALSE", "2.6.0", False),
        ("cu12torch2.8cxx11abiFALSE", "2.8.0+cu128", True),
        ("cu12torch2.8cxx11abiTRUE", "2.8.0", False),
        ("cu12torch2.5cxx11abiFALSE", "2.5.0a0+872d972e41.nv24.08", True),
    ],
)
def test_the_abi_in_a_wheels_name(label: str, torch: str, *, fails: bool) -> None:
    said = found(wheel(label), torch=torch)
    assert ("label/ext-abi" in said) is fails
    assert found(packages={"ext": f"1.0+{label.lower()}"}, torch=torch).keys() == said.keys()


def test_the_abi_on_arm_is_known_from_2_7_on() -> None:
    assert found(wheel("torch2.5cxx11abiTRUE"), torch="2.5.1", arch="aarch64") == {}
    assert "label/ext-abi" in found(wheel("torch2.7cxx11abiFALSE"), torch="2.7.1", arch="aarch64")


def test_another_torch_than_the_wheels_name_says() -> None:
    assert found(wheel("cu12torch2.4cxx11abiFALSE"), torch="2.5.1+cu124")["label/ext"].severity == "error"


def test_nvidias_build_in_an_image() -> None:
    said = found(wheel("cu12torch2.5cxx11abiTRUE"), images=NGC)
    assert said["label/ext-own"].severity == "warning"
    assert "24.08-py3" in said["label/ext-own"].message
    assert found(wheel("cu12torch2.5cxx11abiFALSE"), images=NGC)["label/ext-abi"].severity == "error"
    other = {"pytorch/pytorch": NGC["nvcr.io/nvidia/pytorch"]}
    assert found(wheel("cu12torch2.5cxx11abiFALSE"), images=other) == {}


def test_torch_replaced_in_an_image() -> None:
    asks = (wheel("cu12torch2.9cxx11abiTRUE"), small.ask("torch", "==2.9.0"))
    assert found(*asks, images=NGC) == {}


@pytest.mark.parametrize(
    ("index", "torch", "severity"),
    [
        ("example.org/whl/cu124/torch2.5", "2.5.1+cu124", None),
        ("example.org/whl/cu124/torch2.5", "2.8.0+cu128", "error"),
        ("example.org/whl/torch-2.5.0_cu124.html", "2.8.0+cu128", "error"),
        ("example.org/simple", "2.8.0+cu128", None),
    ],
)
def test_a_page_for_one_torch(index: str, torch: str, severity: str | None) -> None:
    said = found(small.ask("ext", "==1.0", 2, index), torch=torch)
    assert [finding.severity for finding in said.values()] == ([severity] if severity else [])
    beside = found(small.ask("ext", "==1.0", 2, "pypi", index), torch=torch)
    assert [finding.severity for finding in beside.values()] == (["warning"] if severity else [])
    # What is no extension takes nothing from such a page.
    assert found(small.ask("numpy", "", 2, "pypi", index), torch=torch) == {}


def test_a_page_in_nvidias_image() -> None:
    assert found(small.ask("ext", "", 2, "example.org/whl/torch2.5"), images=NGC)["label/ext-page"].severity == "error"
    assert (
        found(small.ask("ext", "", 2, "example.org/whl/torch2.8"), images=NGC)["label/ext-page"].severity == "warning"
    )


def test_a_project_that_fetches_its_wheel() -> None:
    finding = found(small.ask("flash-attn", "==2.3.6"), images=NGC)["label/flash-attn-fetched"]
    assert finding.severity == "warning"
    assert finding.fix is not None
    assert finding.fix.commands[0].startswith("FLASH_ATTENTION_FORCE_BUILD=TRUE ")
    built = small.known({"FLASH_ATTENTION_FORCE_BUILD": "TRUE"})
    assert found(small.ask("flash-attn", "==2.3.6"), images=NGC, variables=built) == {}
    assert found(small.ask("flash-attn", "==2.3.6"), torch="2.1.2+cu121") == {}


@pytest.mark.parametrize(
    ("url", "version"),
    [
        (
            "https://x/flash_attn-2.5.3%2Bcu122torch2.1cxx11abiFALSE-cp310-cp310-linux_x86_64.whl#sha256=0",
            "2.5.3+cu122torch2.1cxx11abiFALSE",
        ),
        ("https://x/a-1.0-1-py3-none-any.whl", "1.0"),
        ("https://x/a-1.0.tar.gz", None),
        ("https://x/a.whl", None),
        ("git+https://x/a.git", None),
    ],
)
def test_the_version_in_a_wheels_name(url: str, version: str | None) -> None:
    assert of_wheel(url) == version
