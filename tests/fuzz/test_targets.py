"""Every target of the fuzzing takes its seeds, and a few inputs like them, without a crash."""

from __future__ import annotations

import random

import pytest

from tests.fuzz.mutate import changed
from tests.fuzz.targets import TARGETS, once

FEW = 12
"""Changed inputs for each target: a hunt takes hours, this says that the hunt would run."""


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_runs(name: str) -> None:
    chance = random.Random(name)  # noqa: S311 - the same inputs at every run
    seeds = TARGETS[name].seeds
    assert seeds
    for seed in seeds:
        once(name, seed)
    for _ in range(FEW):
        once(name, changed(chance.choice(seeds), chance.choice(seeds), chance))
