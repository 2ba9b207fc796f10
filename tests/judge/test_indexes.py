"""What another index has is not told by PyPI's releases: it is not judged, and beside PyPI nothing is an error."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stackcheck.model import UNKNOWN_INDEX, Finding, Report
from tests.judge.small import SOURCE, TORCH, ask, known, report, said, spark

WHEEL = (
    """
[product.wheel]
title = "Wheel"
found-as = { pip = ["wheelpkg"] }
releases = ["1.0", "2.0", "3.0"]
"""
    + SOURCE
    + """
[[wheels]]
id = "x86"
arch = ["x86_64"]
source = "page"

[[requires]]
id = "3-toolkit"
release = "3.0"
cuda-toolkit = "13"
source = "page"
"""
)


def lint(*asks: object) -> Report:
    return report(spark(asks=asks), wheel=WHEEL)


def not_judged(judged: Report) -> list[tuple[str, str]]:
    return [(entry.subject, entry.id) for entry in judged.coverage.not_judged]


def bad(judged: Report) -> list[Finding]:
    return [finding for finding in judged.findings if finding.severity in ("error", "warning", "note")]


@pytest.mark.parametrize("index", [UNKNOWN_INDEX, "files.example/simple", "jp6/cu126"])
@pytest.mark.parametrize(("name", "specifier"), [("wheelpkg", "==1.0"), ("wheelpkg", ""), ("torch", "==2.9.0")])
def test_an_index_of_which_nothing_is_known(index: str, name: str, specifier: str) -> None:
    judged = lint(ask(name, specifier, 1, index))
    assert bad(judged) == []
    ((subject, key),) = not_judged(judged)
    assert (subject, key) == (name.removesuffix("pkg"), "coverage/index")


def test_where_nothing_says_where_it_comes_from() -> None:
    unknown = ask("torch", "==2.9.0")
    judged = lint(*(type(unknown)(unknown.name, unknown.specifier, unknown.origin, indexes=None),))
    assert (bad(judged), not_judged(judged)) == ([], [("torch", "coverage/index")])


@pytest.mark.parametrize("index", [UNKNOWN_INDEX, "files.example/simple", "jp6/cu126"])
@pytest.mark.parametrize(
    ("name", "specifier", "key"), [("wheelpkg", "==1.0", "wheel/x86"), ("torch", "==2.9.0", "torch/pypi-cpu")]
)
def test_an_index_beside_pypi_softens(index: str, name: str, specifier: str, key: str) -> None:
    subject = name.removesuffix("pkg")
    assert said(lint(ask(name, specifier))) == [("error", subject, key)]
    assert said(lint(ask(name, specifier, 1, "pypi", index))) == [("warning", subject, key)]


@pytest.mark.parametrize("index", ["cu130", "nightly/cpu", "pypi.nvidia.com"])
def test_an_index_that_has_other_things_does_not(index: str) -> None:
    assert said(lint(ask("wheelpkg", "==1.0", 1, "pypi", index))) == [("error", "wheel", "wheel/x86")]


IMAGE = (
    """
[product.image]
title = "the image"
found-as = { image = ["image"] }
"""
    + SOURCE
    + """
[[provides]]
id = "1"
release = "1"
gives = { torch = "2.9.0", torchvision = "*" }
source = "page"
"""
)


def test_what_an_image_brings_is_not_from_an_index() -> None:
    image = known({"image": "1"})
    stack = spark(images=image, asks=(ask("torch", ">=2.5"), ask("torchvision")))
    assert said(report(stack, image=IMAGE)) == []
    assert said(report(spark(images=image), image=IMAGE)) == []
    assert said(report(replace(stack, images={}), image=IMAGE)) == [("note", "torch", "torch/pypi-cpu")]


def test_what_replaces_that_of_an_image_is_from_an_index() -> None:
    stack = spark(images=known({"image": "1"}), asks=(ask("torch", "==2.8.0"),))
    assert said(report(stack, image=IMAGE)) == [("error", "torch", "torch/pypi-cpu")]


NO_LABEL = (
    TORCH
    + """
[[builds]]
id = "no-label"
release = "<2.9"
where = { arch = "aarch64" }
index = ["cpu"]
none = true
variant = "cpu"
source = "page"

[[builds]]
id = "any-cpu"
index = ["cpu"]
variant = "cpu"
source = "page"
"""
)


@pytest.mark.parametrize(("release", "known"), [("2.8.0", [("error", "torch", "torch/no-label")]), ("2.9.0", [])])
def test_a_label_that_an_index_does_not_have_is_not_on_pypi_either(
    release: str, known: list[tuple[str, str, str]]
) -> None:
    """No file on PyPI has a label, so an unlabelled CPU build there is none of those that +cpu asks for."""
    judged = report(spark(asks=(ask("torch", f"=={release}+cpu", 1, "pypi", "cpu"),)), torch=NO_LABEL)
    assert [one for one in said(judged) if one[2] == "torch/no-label"] == known
