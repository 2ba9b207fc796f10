"""An error that no row mends has the release of a plan for its remedy, where the judge has nothing against that."""

from __future__ import annotations

import sys

import pytest

from stackcheck.session.files import Loader
from stackcheck.session.lint import lint
from stackcheck.session.request import Request
from tests.plan.wanted import KNOWLEDGE


def fixes(text: str) -> dict[str, str | None]:
    """The remedies of the errors on a requirements file."""
    loader = Loader()
    loader.read["requirements.txt"] = text.encode()
    report = lint((Request(target="dgx-spark"),), [["requirements.txt"]], KNOWLEDGE, loader)
    return {one.id: one.fix and one.fix.text for one in report.findings if one.severity == "error"}


def test_the_release_goes_with_what_the_line_needs() -> None:
    found = fixes("torch==2.11.0\ntorchvision==0.23.0\nnumpy\n")
    assert found == {"torchvision/vision-0.23.0-torch": "Take torchvision 0.26.0, which goes with torch==2.11.0."}


@pytest.mark.parametrize(
    "text", ["torch==2.11.0\nhttps://pypi.example/torchvision-0.23.0-py3-none-any.whl\n", "vllm\n"]
)
def test_where_there_is_no_line_to_change(text: str) -> None:
    assert all(fix is None or not fix.startswith("Take torchvision") for fix in fixes(text).values())


def test_a_release_of_which_nobody_knows_what_it_requires_is_none() -> None:
    found = fixes("isaacsim[all]==6.1.0\nboto3==1.30.0\n")
    assert found == {"isaac-sim/requires-boto3": None}


def test_two_lines_for_one_project_are_left_alone() -> None:
    found = fixes("torch==2.11.0\ntorchvision==0.23.0\ntorchvision==0.24.0\n")
    assert found
    assert not any(fix and "which goes with" in fix for fix in found.values())


def test_no_search_is_loaded_where_nothing_needs_one(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "stackcheck.session.releases"
    monkeypatch.delitem(sys.modules, name, raising=False)
    assert fixes("torch==2.11.0\n") == {}
    assert name not in sys.modules
    assert fixes("torch==2.11.0\ntorchvision==0.23.0\n")
    assert name in sys.modules
