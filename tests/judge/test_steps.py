"""Commands that install one after the other: a later release brings what it requires in place of an earlier one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from stackcheck.judge import steps
from tests.judge.small import ask, report, said, spark

if TYPE_CHECKING:
    from stackcheck.model import Ask

PAIR = ["torchvision/0.24.0-torch"]
TORCH, VISION = ask("torch", "==2.9.1", 1, "cu130"), ask("torchvision", "==0.24.0", 2, "cu130")


def step(wish: Ask, number: int, path: str = "Dockerfile", **more: object) -> Ask:
    return replace(wish, step=(path, number), **more)  # type: ignore[arg-type]


def errors(*asks: Ask) -> list[str]:
    return [row for severity, _, row in said(report(spark(asks=asks))) if severity == "error"]


def test_a_later_command_replaces_what_it_excludes() -> None:
    assert errors(TORCH, VISION) == PAIR
    assert errors(step(TORCH, 1), step(VISION, 2)) == []


@pytest.mark.parametrize(
    "asks",
    [
        (step(TORCH, 1), step(VISION, 1)),
        (step(TORCH, 2), step(VISION, 1)),
        (step(TORCH, 1), step(VISION, 2, "other.sh")),
        (step(TORCH, 1), step(VISION, 2, alone=True)),
        (step(TORCH, 1), VISION),
        (step(TORCH, 1), TORCH, step(VISION, 2)),
    ],
)
def test_what_is_no_later_command_of_the_same_text_replaces_nothing(asks: tuple[Ask, ...]) -> None:
    assert errors(*asks) == PAIR


def test_what_is_brought_instead_is_judged() -> None:
    old = ask("torchvision", "==0.23.0", 2)
    assert said(report(spark(asks=(step(TORCH, 1), step(old, 2))))) == [("error", "torch", "torch/pypi-cpu")]


def test_what_is_beyond_the_bound_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "MOST_REPLACED", 1)
    gone = [step(ask("torch", f"==2.{minor}.0", minor), minor, applies=False, replaced=True) for minor in (5, 8, 9)]
    (finding,) = [one for one in report(spark(asks=tuple(gone))).findings if one.kind == "reading"]
    assert finding.severity == "unknown"
    assert finding.message == "2 requirements that later commands replace were not judged by themselves."
    assert finding.location == gone[1].origin.location
