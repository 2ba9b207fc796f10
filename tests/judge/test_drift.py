"""How machines differ: from what is expected, from a reference, and from themselves before."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stackcheck.judge import drift
from stackcheck.judge.drift import Expectation, Expected
from stackcheck.model import Finding, Stack
from stackcheck.read.environment import parse_environment

BASE: dict[str, Any] = {
    "facts": {"driver": "580.95.05", "board": "dgx-spark", "jetpack": "6.2"},
    "packages": {"torch": "2.9.0+cu130"},
    "gpus": [{"name": "NVIDIA GB10"}],
    "absent": ["dgx-os"],
    "complete": ["packages"],
}


def stack(**changes: Any) -> Stack:
    return parse_environment(json.dumps({**BASE, **changes}), "a.json", "json")


def said(old: Stack, new: Stack) -> list[tuple[str, str, str]]:
    return [(one.name, drift.said(one.old), drift.said(one.new)) for one in drift.differences(old, new)]


def test_what_is_different() -> None:
    new = stack(
        facts={"driver": "580.142", "board": "dgx-spark", "dgx-os": "7.2"},
        packages={"numpy": "2.0"},
        gpus=[],
        absent=[],
    )
    assert said(stack(), new) == [
        ("dgx-os", "not there", "7.2"),
        ("driver", "580.95.05", "580.142"),
        ("jetpack", "6.2", "not known"),
        ("numpy", "not there", "2.0"),
        ("torch", "2.9.0+cu130", "not there"),
        ("GPUs", "NVIDIA GB10", "not there"),
    ]


def test_nothing_is_different_from_itself_or_from_what_nobody_knows() -> None:
    assert said(stack(), stack()) == []
    assert said(parse_environment("{}", "x", "json"), stack()) == []


def texts(found: Any) -> list[tuple[str, str]]:
    return [(one.severity, one.message) for one in found]


def test_a_reference_machine() -> None:
    other = stack(facts={"driver": "580.142", "board": "dgx-spark", "dgx-os": "7.2"}, absent=[])
    assert texts(drift.from_reference(other, stack(), "spark-01")) == [
        ("warning", "dgx-os 7.2 is there; spark-01 has none."),
        ("warning", "driver is 580.142; spark-01 has 580.95.05."),
        ("unknown", "jetpack is not known; spark-01 has 6.2."),
    ]


def test_since() -> None:
    assert texts(drift.since(stack(packages={"torch": "2.11.0"}), stack())) == [
        ("warning", "torch was 2.9.0+cu130, and is 2.11.0 now.")
    ]


def test_what_came_and_went() -> None:
    def finding(name: str, severity: Any = "error") -> Finding:
        return Finding("builds", f"{name}/1", severity, name, f"{name} fails.")

    found = list(drift.changes([finding("a"), finding("b"), finding("c", "note")], [finding("b"), finding("d")]))
    assert texts(found) == [("warning", "New: d fails."), ("note", "Gone: a fails.")]
    assert [one.id for one in found] == ["drift/new:d/1", "drift/gone:a/1"]


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (Expected("facts", "driver", ("==580.*",)), None),
        (Expected("facts", "driver", (">=590",)), "driver is 580.95.05; >=590 is expected."),
        (Expected("facts", "driver", ("==570.*", "==590.*")), "driver is 580.95.05; 570.* or 590.* is expected."),
        (Expected("packages", "torch", ("2.9.0+cu130",), "word"), None),
        (Expected("packages", "torch", ("==2.9.*",)), None),
        (Expected("packages", "numpy", ("*",)), "numpy is not there; * is expected."),
        (Expected("packages", "numpy", ()), None),
        (Expected("packages", "torch", ()), "torch 2.9.0+cu130 is there; absent is expected."),
        (Expected("facts", "kernel", ("6.11",)), "kernel is not known; 6.11 is expected."),
    ],
)
def test_expectations(expected: Expected, text: str | None) -> None:
    found = list(drift.from_expectations(stack(), {}, [Expectation((), (expected,))]))
    assert [one.message for one in found] == ([text] if text else [])
    unknown = text is not None and "not known" in text
    assert {one.severity for one in found} <= {"unknown" if unknown else "error"}


def test_whom_an_expectation_is_for() -> None:
    thing = Expected("facts", "driver", ("590",))
    for where, labels, meant in (
        ((Expected("facts", "board", ("dgx-spark",), "word"),), {}, True),
        ((Expected("facts", "board", ("jetson-orin",), "word"),), {}, False),
        ((Expected("labels", "site", ("field", "lab"), "word"),), {"site": "lab"}, True),
        ((Expected("labels", "site", ("field",), "word"),), {}, False),
        ((Expected("facts", "kernel", ("6.11",)),), {}, False),
    ):
        found = list(drift.from_expectations(stack(), labels, [Expectation(where, (thing,))]))
        assert bool(found) is meant, where
