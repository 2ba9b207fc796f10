"""Twice the input takes at most two and a half times as long, and 2.2 times the memory, in every family."""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING

import pytest

from tests.growth.families import FAMILIES, Family
from tests.growth.measure import MAX_MEMORY, MAX_TIME, Cost, cost, growth, sized

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SECONDS, MAX_BYTES = 2, 300_000_000
"""What the largest input of a family that grows faster may take."""


@pytest.fixture(autouse=True, scope="module")
def _frozen() -> Iterator[None]:
    """What other tests have left behind is not collected again before each measurement: that took most of the time."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def test_there_are_families_enough() -> None:
    names = [family.name for family in FAMILIES]
    assert len(names) == len(set(names)) >= 80


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_growth(family: Family) -> None:
    found = growth(family, max(sized(family, 0.002, most=1 << 14) // 2, 8), turns=1)
    assert found.time <= MAX_TIME or family.bounded or found.seconds < 0.004, found
    assert found.memory <= MAX_MEMORY or family.bounded, found


def test_growth_would_be_seen() -> None:
    """The square of the size is told from the size itself."""
    numbers = Family("x", lambda count: range(count), lambda given: [a * b for a in given for b in given])  # type: ignore[attr-defined]
    found = growth(numbers, 150)
    assert found.time > MAX_TIME
    assert found.memory > MAX_MEMORY


@pytest.mark.parametrize("family", [one for one in FAMILIES if one.bounded], ids=lambda family: family.name)
def test_what_grows_faster_is_bounded(family: Family) -> None:
    """At a size where its budget is spent, or nearly so; `python -m tests.growth --limits` goes on to the largest."""
    found = cost(family, min(family.most, 3_000))
    assert (found.end, found.seconds < 2 * MAX_SECONDS, found.bytes < MAX_BYTES) == ("", True, True), found


def test_a_process_that_takes_too_long_is_ended() -> None:
    endless = Family("x", lambda count: count, lambda count: time.sleep(60) if count == 5 else None)
    found = cost(endless, 5, limit_s=1)
    assert isinstance(found, Cost)
    assert found.end
