"""Ignores in files: which lines each speaks of, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackcheck.read.ignores import find_ignores


def found(text: str) -> list[tuple[str, str, list[int]]]:
    ignores, problems = find_ignores(text, "requirements.txt")
    assert problems == ()
    return [(ignore.what, ignore.reason, sorted(ignore.lines or ())) for ignore in ignores]


def test_behind_a_requirement() -> None:
    assert found("numpy\ntorch==2.9.0  # stackcheck: ignore[builds] the CPU is enough\n") == [
        ("builds", "the CPU is enough", [2])
    ]


def test_on_a_line_of_its_own_it_speaks_of_the_next_requirement() -> None:
    text = "# stackcheck: ignore[builds] first\n#stackcheck:ignore[torch/x] second\n\n# why\ntorch==2.9.0\nnumpy\n"
    assert found(text) == [("builds", "first", [5]), ("torch/x", "second", [5])]


def test_several_at_once() -> None:
    assert [what for what, _, _ in found("torch  # stackcheck: ignore[builds, torch/x] both\n")] == [
        "builds",
        "torch/x",
    ]


def test_a_requirement_over_several_lines() -> None:
    lines = "torch==2.9.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb"
    assert found(f"{lines}  # stackcheck: ignore[builds] why\n") == [("builds", "why", [1, 2, 3])]
    assert found(f"# stackcheck: ignore[builds] why\n{lines}\nnumpy\n") == [("builds", "why", [2, 3, 4])]


def test_in_xml() -> None:
    assert found("<depend>torch</depend> <!-- stackcheck: ignore[builds] why -->\n") == [("builds", "why", [1])]


def test_no_comment_is_none() -> None:
    assert found("https://example.org/#stackcheck:ignore[builds]\n") == []


@pytest.mark.parametrize(
    ("comment", "reason"),
    [
        ("# stackcheck: ignore", "names nothing to ignore"),
        ("# stackcheck: ignore[] why", "names nothing to ignore"),
        ("# stackcheck: ignroe[builds] why", "names nothing to ignore"),
        ("# stackcheck: ignore[builds]", "gives no reason"),
    ],
)
def test_what_is_none_is_said(comment: str, reason: str) -> None:
    _, problems = find_ignores(f"torch  {comment}\n", "requirements.txt")
    assert [reason in problem.reason for problem in problems] == [True]
    assert (problems[0].location.line, problems[0].location.column) == (1, 8)


@given(st.text(alphabet="# stackcheck:ignore[a/b],\\\n\r<!->"))
def test_any_text(text: str) -> None:
    ignores, problems = find_ignores(text, "a.txt")
    assert all(ignore.lines for ignore in ignores)
    assert len(problems) <= text.count("stackcheck:")
