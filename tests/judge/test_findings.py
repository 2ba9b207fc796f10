"""What is left unsaid: how a release would run that cannot be installed, and releases that nobody goes back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.judge.small import SOURCE, ask, known, report, said, spark

if TYPE_CHECKING:
    from stackcheck.model import Report

PACKAGES = (
    """
[product.arm]
title = "Arm"
found-as = { pip = ["arm"] }
releases = ["1.0", "2.0"]

[product.old]
title = "Old"
found-as = { pip = ["old"] }
releases = ["1.0", "2.0", "3.0"]
"""
    + SOURCE
    + """
[[wheels]]
id = "x86-only"
product = "arm"
release = "<2.0"
arch = ["x86_64"]
source = "page"

[[broken]]
id = "driver"
product = "arm"
where = { driver = ">=580" }
source = "page"

[[wheels]]
id = "py310"
product = "old"
release = "<2.0"
arch = ["any"]
python = "<3.11"
sdist = "fails"
source = "page"

[[broken]]
id = "two"
product = "old"
release = "2.0"
source = "page"
"""
)


def lint(name: str, specifier: str, python: str = "3.12") -> Report:
    return report(spark(facts=known({"python": python}), asks=(ask(name, specifier),)), packages=PACKAGES)


def test_of_what_cannot_be_installed_nothing_is_said_of_how_it_would_run() -> None:
    assert said(lint("arm", "==1.0")) == [("error", "arm", "arm/x86-only")]
    assert said(lint("arm", "==2.0")) == [("error", "arm", "arm/driver")]


@pytest.mark.parametrize(("python", "span"), [("3.12", "2.0, which does"), ("3.10", "2.0, which does")])
def test_older_releases_that_have_nothing_for_this_python_are_not_spoken_of(python: str, span: str) -> None:
    (finding,) = lint("old", ">=1.0", python).findings
    assert finding.message.startswith(f"old>=1.0 also allows {span}")


def test_a_line_that_allows_nothing_else_is_silent() -> None:
    assert said(lint("old", ">=1.0,!=2.0")) == []
    assert said(lint("old", "==1.0")) == [("error", "old", "old/py310")]
