"""Labels that name a torch."""

from __future__ import annotations

import pytest

from stackcheck.judge.laws.labels import made_for


@pytest.mark.parametrize(
    ("label", "series"),
    [
        ("cu130torch2.9", "2.9"),
        ("cu12torch2.10cxx11abitrue", "2.10"),
        ("pt28cu126", "2.8"),
        ("pt210cu130", "2.10"),
        ("torch290cu130", "2.9"),
        ("torch2100cu130", "2.10"),
        ("cu130", None),
        ("50eac811a6.nv25.09", None),
        ("git7416ffcb", None),
        ("torch", None),
        ("apt20", None),
    ],
)
def test_what_a_label_names(label: str, series: str | None) -> None:
    assert made_for(label) == series
