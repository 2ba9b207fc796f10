"""Edits of requirements: the part that is meant changes, every other character stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from stackcheck.fix.edits import Edit, apply, line_end, line_start, pinned, span, with_bounds, with_marker, with_pin
from stackcheck.model import Location


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("torch==2.9.0", "2.9.0"),
        ("torch[a, b] == 2.9.0 ; python_version > '3.9'", "2.9.0"),
        ("torch===2.9", "2.9"),
        ("torch==2.9.*", None),
        ("torch>=2.9", None),
        ("torch==2.9,!=2.9.1", None),
        ("torch", None),
        ("torch @ https://example.org/a==1.whl", None),
    ],
)
def test_pinned(text: str, version: str | None) -> None:
    assert pinned(text) == version


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("torch==2.9.0", "torch==2.11.0"),
        ("Torch [x]  ==  2.9.0+cpu ;os_name == 'nt'", "Torch [x]  ==  2.11.0 ;os_name == 'nt'"),
        ("torch>=2.5,<2.9", "torch>=2.11.0"),
        ("torch~=2.7.0 ; a", "torch>=2.11.0 ; a"),
        ("torch", None),
        ("./torch.whl", None),
    ],
)
def test_with_pin(text: str, new: str | None) -> None:
    assert with_pin(text, "2.11.0") == new


@pytest.mark.parametrize(
    ("text", "low", "high", "new"),
    [
        ("torch", "2.11", None, "torch>=2.11"),
        ("torch ; os_name == 'nt'", "2.11", None, "torch >=2.11; os_name == 'nt'"),
        ("torch>=2.5", "2.11", None, "torch>=2.11"),
        ("torch >= 2.5, != 2.7", "2.11", "2.14", "torch >= 2.11, != 2.7, <2.14"),
        ("torch>2.5,<3", "2.11", "2.14", "torch>=2.11,<2.14"),
        ("torch~=2.5", "2.11", None, "torch~=2.5,>=2.11"),
        ("torch[a]<=3", None, "2.14", "torch[a]<2.14"),
    ],
)
def test_with_bounds(text: str, low: str | None, high: str | None, new: str) -> None:
    assert with_bounds(text, low, high) == new
    Requirement(new)


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("torch==1", "torch==1; M"),
        ("torch==1 ; a", "torch==1; a and M"),
        ("torch;a or b", "torch; (a or b) and M"),
        ("https://example.org/a.whl", "https://example.org/a.whl ; M"),
        ("a @ https://example.org/a.whl ; b", "a @ https://example.org/a.whl ; b and M"),
    ],
)
def test_with_marker(text: str, new: str) -> None:
    assert with_marker(text, "M") == new


def test_places_and_edits() -> None:
    text = "# a\r\ntorch==1\rnumpy\nend"
    assert [line_start(text, line) for line in (1, 2, 3, 4)] == [0, 5, 14, 20]
    assert span(text, Location("a", 2, 1, 9)) == (5, 13)
    assert span(text, Location("a", 2)) is None
    assert line_end(text) == "\r\n"
    assert line_end("torch") == "\n"
    assert apply(text, [Edit("a", 5, 13, "x"), Edit("a", 0, 0, "y\n")]) == "y\n# a\r\nx\rnumpy\nend"


@given(st.text(alphabet="torch[],.<>=!~;@# \t\n19+*'\"-/"))
def test_any_text(text: str) -> None:
    for changed in (with_pin(text, "9"), with_bounds(text, "1", "2"), with_marker(text, "m")):
        assert changed is None or isinstance(changed, str)
    assert pinned(text) is None or "==" in text
