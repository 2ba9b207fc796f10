"""Compiled code for NumPy 1 beside NumPy 2."""

from __future__ import annotations

import pytest

from stackcheck.judge.judge import judge
from stackcheck.matrix import learn
from stackcheck.matrix.records import Record, Records
from stackcheck.model import Ask, Finding, Stack
from tests.judge import small
from tests.judge.test_online import File

NUMPY = (
    """
[product.numpy]
title = "NumPy"
found-as = { pip = ["numpy"] }
releases = ["1.26.4", "2.0.0", "2.2.0"]
"""
    + small.SOURCE
)
OWN = (
    """
[product.own]
title = "Own"
found-as = { pip = ["own"] }
releases = ["1.0"]
"""
    + small.SOURCE
    + """
[[pairs]]
id = "numpy"
numpy = "<2"
level = "reported"
source = "page"
"""
)
TABLE = (
    """
[product.numpy-abi]
title = "NumPy's binary interface"
"""
    + small.SOURCE
    + """
[[numpy-abi]]
id = "ext"
projects = ["ext", "own"]
since = "2.1"
source = "page"

[[numpy-abi]]
id = "never"
projects = ["never"]
source = "page"

[[numpy-abi]]
id = "ubuntu"
where = { ubuntu = "<25.04" }
apt = ["python3-plot", "python3-cv"]
source = "page"
"""
)


def found(*asks: Ask, packages: dict[str, str] | None = None, **more: object) -> dict[str, Finding]:
    facts = small.known({"os": "linux", "arch": "x86_64"} | dict(more.pop("facts", {})))  # type: ignore[call-overload]
    stack = Stack(facts=facts, packages=small.known(packages or {}), asks=asks, **more)  # type: ignore[arg-type]
    report = small.report(stack, **{"numpy": NUMPY, "numpy-abi": TABLE, "own": OWN})
    return {finding.id: finding for finding in report.findings if finding.kind == "numpy-abi"}


def test_what_is_installed() -> None:
    finding = found(packages={"ext": "2.0.3", "numpy": "2.2.0"})["numpy-abi/ext"]
    assert finding.severity == "error"
    assert finding.involves == ("ext", "numpy")
    assert "ext 2.1 is the first release made for NumPy 2" in finding.message
    assert finding.fix is not None
    assert finding.fix.commands == ("pip install 'numpy<2'",)


@pytest.mark.parametrize(
    "packages",
    [
        {"ext": "2.0.3", "numpy": "1.26.4"},
        {"ext": "2.1", "numpy": "2.2.0"},
        {"ext": "2.0.3"},
        {"ext": "*", "numpy": "2.2.0"},
        {"ext": "2.0.3+gabcdef0", "numpy": "2.2.0"},
        {"other": "1.0", "numpy": "2.2.0"},
    ],
)
def test_what_goes_together_or_is_not_known(packages: dict[str, str]) -> None:
    assert found(packages=packages) == {}


def test_a_project_that_has_no_release_for_it() -> None:
    assert "no release is yet" in found(packages={"never": "9.9", "numpy": "2.0.0"})["numpy-abi/never"].message


@pytest.mark.parametrize(
    ("numpy", "severity"), [("==2.0.0", "error"), (">=2", "error"), ("", None), ("<2", None), ("==1.26.4", None)]
)
def test_lines(numpy: str, severity: str | None) -> None:
    said = found(small.ask("ext", "==2.0.3"), small.ask("numpy", numpy, 2))
    assert [finding.severity for finding in said.values()] == ([severity] if severity else [])


def test_a_distribution_that_ended_before_has_no_such_release() -> None:
    drafts = learn.drafts("ext", [File("ext-2.0.3.tar.gz")])
    ended = Record("records/pypi/ext.jsonl", learn.record("ext", "pypi", "2026-11-28", drafts), ("pypi",))
    stack = Stack(facts=small.known({"os": "linux"}), packages=small.known({"ext": "2.0.3", "numpy": "2.2.0"}))
    store = small.store(**{"numpy": NUMPY, "numpy-abi": TABLE}).with_records(Records(()).with_current([ended]))
    report = judge(stack, store, subject="test", version="1")
    (finding,) = [one for one in report.findings if one.kind == "numpy-abi"]
    assert finding.message.endswith("no release is yet.")
    assert finding.fix is not None
    assert finding.fix.text == "Hold NumPy below 2."


def test_a_row_of_the_product_goes_before() -> None:
    assert found(packages={"own": "1.0", "numpy": "2.2.0"}) == {}


def debian(version: str = "22.04", python: str = "3.10.12", numpy: str = "2.2.0") -> dict[str, Finding]:
    facts = {"distro": "ubuntu", "distro-version": version, "system-python": "3.10.12", "python": python}
    own = small.known({"python3-plot": "3.5.1-2", "python3-other": "1"})
    return found(packages={"numpy": numpy}, facts=facts, system_packages=own)


def test_the_distributions_own_packages() -> None:
    finding = debian()["numpy-abi/python3-plot"]
    assert finding.severity == "error"
    assert finding.involves == ("numpy", "python3-plot")
    assert debian(version="25.04") == {}
    assert debian(python="3.12.3") == {}  # another Python does not see them
    assert debian(numpy="1.26.4") == {}
