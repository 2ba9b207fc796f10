"""Conditions: series, clauses, words; and how a sentence says them."""

from __future__ import annotations

import pytest

from stackcheck.matrix.rows import Condition


@pytest.mark.parametrize(
    ("texts", "value", "admitted"),
    [
        (("3.11",), "3.11.9", True),
        (("3.11",), "3.12.0", False),
        (("13",), "13.0.2", True),
        ((">=580.65.06",), "580.95.05", True),
        ((">=580.65.06",), "570.86.10", False),
        (("4.5", "5.1"), "5.1.0", True),
        ((">=6.14",), "6.14.0-1015-nvidia", True),
        (("2.9.0",), "2.9.0+cu130", True),
        (("2.9",), "2.9.0a0+50eac811a6.nv25.09", True),
        (("2.10",), "2.10.0.dev20251024+cu130", True),
        (("*",), "jazzy", True),
        (("5",), "preview4", None),
        (("5",), "*", None),
    ],
)
def test_versions(texts: tuple[str, ...], value: str, admitted: bool | None) -> None:
    assert Condition(texts).admits(value) is admitted


@pytest.mark.parametrize(
    ("word", "name", "admitted"),
    [
        ("GB10", "NVIDIA GB10", True),
        ("L4", "NVIDIA L40S", False),
        ("L4", "NVIDIA L4", True),
        ("RTX 5090", "NVIDIA GeForce RTX 5090 Laptop GPU", True),
        ("A100", "NVIDIA A100-SXM4-80GB", True),
        ("Orin", "NVIDIA Jetson AGX Orin", True),
    ],
)
def test_whole_words(word: str, name: str, admitted: bool) -> None:
    assert Condition((word,), "contains").admits(name) is admitted


def test_variables_by_any_part() -> None:
    assert Condition(("libgomp",), "text").admits("/lib/aarch64-linux-gnu/libgomp.so.1")


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (("3.11",), "3.11"),
        ((">=580.65.06",), "580.65.06 or newer"),
        (("<2",), "older than 2"),
        (("==2.8.0",), "2.8.0"),
        (("4.5", "5.0", "5.1"), "4.5, 5.0 or 5.1"),
        (("*",), "any version"),
    ],
)
def test_sentences(texts: tuple[str, ...], said: str) -> None:
    assert str(Condition(texts)) == said
