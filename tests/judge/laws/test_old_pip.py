"""Wheels whose platform tags an old pip does not know."""

from __future__ import annotations

import pytest

from stackcheck.judge.judge import judge
from stackcheck.matrix.store import Store, shipped_folder
from stackcheck.model import Ask, Finding, Origin, Stack
from tests.judge import small

STORE = Store.from_folders([shipped_folder()])
NANO = {"os": "linux", "arch": "aarch64", "distro": "ubuntu", "distro-version": "18.04", "python": "3.6.9"}
XAVIER = {**NANO, "distro-version": "20.04", "python": "3.8.10"}


def found(facts: dict[str, str], *asks: Ask, **packages: str) -> Finding | None:
    stack = Stack(facts=small.known(facts), asks=asks, packages=small.known(packages))
    findings = judge(stack, STORE, subject="test", version="1").findings
    return next((finding for finding in findings if finding.id == "wheels/old-pip"), None)


def wheel(platform: str) -> Ask:
    name = f"./rerun_sdk-0.22.1-cp38-abi3-{platform}.whl"
    return Ask("rerun-sdk", "", Origin("rerun-sdk is asked for", "install.sh:1"), url=name)


def test_the_pip_of_a_distribution_knows_no_wheel_for_aarch64() -> None:
    finding = found(NANO, small.ask("numpy", "==1.19.4"))
    assert finding is not None
    assert finding.severity == "warning"
    assert "pip 9.0.1 (that of Ubuntu 18.04)" in finding.message
    assert "numpy would be built from source" in finding.message
    assert finding.involves == ("numpy", "pip")


@pytest.mark.parametrize(
    ("platform", "lost"),
    [
        ("manylinux_2_31_aarch64", True),
        ("manylinux2014_aarch64.manylinux_2_17_aarch64", False),
        ("manylinux_2_17_aarch64", True),
        ("linux_aarch64", False),
    ],
)
def test_what_pip_of_ubuntu_20_04_takes(platform: str, *, lost: bool) -> None:
    assert (found(XAVIER, wheel(platform)) is not None) is lost


def test_a_pip_that_is_stated_makes_it_an_error_where_nothing_is_left() -> None:
    finding = found(
        {"os": "linux", "arch": "aarch64", "python": "3.8.10"}, wheel("manylinux_2_31_aarch64"), pip="20.2.4"
    )
    assert finding is not None
    assert finding.severity == "error"
    assert found(XAVIER, wheel("manylinux_2_31_aarch64"), pip="24.0") is None


@pytest.mark.parametrize("facts", [{**XAVIER, "python": "3.10.4"}, {**XAVIER, "distro-version": "22.04"}])
def test_another_python_and_another_distribution_bring_another_pip(facts: dict[str, str]) -> None:
    assert found(facts, wheel("manylinux_2_31_aarch64")) is None


def test_a_line_that_upgrades_pip_is_heard() -> None:
    assert found(XAVIER, small.ask("pip", ""), wheel("manylinux_2_31_aarch64")) is None
