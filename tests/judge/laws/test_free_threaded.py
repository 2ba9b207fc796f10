"""Wheels for a free-threaded Python."""

from __future__ import annotations

import pytest

from stackcheck.judge.judge import judge
from stackcheck.judge.laws.free_threaded import serves
from stackcheck.matrix.releases import of_names
from stackcheck.matrix.store import Store, shipped_folder
from stackcheck.model import Finding, Stack
from tests.judge import small

STORE = Store.from_folders([shipped_folder()])


def found(name: str, specifier: str, python: str = "3.13.8", *, free: bool = True) -> dict[str, Finding]:
    facts = small.known({"os": "linux", "arch": "x86_64", "python": python, "glibc": "2.39"})
    features = (small.feature("python:free-threaded"),) if free else ()
    stack = Stack(facts=facts, asks=(small.ask(name, specifier),), features=features)
    findings = judge(stack, STORE, subject="test", version="1").findings
    return {finding.id: finding for finding in findings if finding.id.endswith("-free-threaded")}


def test_a_release_for_the_ordinary_python_alone() -> None:
    finding = found("numba", "==0.61.2")["wheels/numba-free-threaded"]
    assert finding.severity == "warning"  # it has sources
    assert "cp313t" in finding.message
    assert {"numba", "python"} <= set(finding.involves)
    assert found("numba", "==0.61.2", free=False) == {}


@pytest.mark.parametrize(
    ("name", "version", "python"), [("numba", "==0.68.1", "3.14.2"), ("accelerate", "==1.0.0", "3.13.8")]
)
def test_what_it_takes(name: str, version: str, python: str) -> None:
    assert found(name, version, python) == {}


@pytest.mark.parametrize(
    ("tag", "fits"),
    [
        ("cp313-cp313t-manylinux_2_28_x86_64", True),
        ("cp313-cp313t-manylinux_2_28_aarch64", False),
        ("cp313-cp313-manylinux_2_28_x86_64", False),
        ("cp310-abi3-manylinux_2_28_x86_64", False),
        ("py3-none-any", True),
        ("py3-none-manylinux_2_28_x86_64", True),
        ("cp314-cp314t-manylinux_2_28_x86_64", False),
    ],
)
def test_tags(tag: str, *, fits: bool) -> None:
    release = of_names((f"x-1.0-{tag}.whl",))
    assert release is not None
    assert serves(release, "x86_64", 13) is fits
