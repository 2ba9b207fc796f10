"""Ten conflicts on purpose: the group is right, names every side, and leaving out any one member gives a plan."""

from __future__ import annotations

from functools import partial

import pytest

from stackcheck.plan import text
from stackcheck.plan.values import Wish
from stackcheck.plan.work import MOST_ROUNDS, Planner
from stackcheck.session.machine import machine_alone, target_stack
from tests.plan.wanted import KNOWLEDGE, planned

CONFLICTS = {
    "vllm sglang": ("vllm", "sglang"),
    "vllm==0.33.0 sglang==0.5.23 numpy": ("vllm==0.33.0", "sglang==0.5.23"),
    "vllm==0.33.0 torch==2.15.0": ("vllm==0.33.0", "torch==2.15.0"),
    "isaac-lab==2.3.* vllm>=0.32": ("isaac-lab==2.3.*", "vllm>=0.32"),
    "isaac-lab==3.0.0 torch==2.9.0": ("isaac-lab==3.0.0", "torch==2.9.0"),
    "torchvision==0.24.0 torch==2.14.0": ("torchvision==0.24.0", "torch==2.14.0"),
    "torchaudio==2.9.0 torch==2.14.0 numpy": ("torchaudio==2.9.0", "torch==2.14.0"),
    "vllm==0.33.0 transformers<5 numpy": ("vllm==0.33.0", "transformers<5"),
    "isaac-lab==2.3.* isaac-sim==6.2.0": ("isaac-lab==2.3.*", "isaac-sim==6.2.0"),
    "lerobot==0.6.1 torch==2.15.0 numpy": ("lerobot==0.6.1", "torch==2.15.0"),
}
TITLES = {"isaac-lab": "isaaclab"}
"""What an installer calls a product."""


@pytest.mark.parametrize(("wishes", "group"), CONFLICTS.items(), ids=list(CONFLICTS))
def test_the_group_is_right_and_irreducible(wishes: str, group: tuple[str, ...]) -> None:
    conflict = planned("dgx-spark", *wishes.split()).conflict
    assert conflict is not None
    assert not conflict.gave_up
    assert set(conflict.group) == set(group)
    for left_out in group:
        rest = [wish for wish in wishes.split() if wish != left_out]
        assert planned("dgx-spark", *rest).conflict is None, rest


@pytest.mark.parametrize(("wishes", "group"), CONFLICTS.items(), ids=list(CONFLICTS))
def test_the_chain_names_every_side(wishes: str, group: tuple[str, ...]) -> None:
    conflict = planned("dgx-spark", *wishes.split()).conflict
    assert conflict is not None
    said = " ".join(conflict.chains)
    for wish in group:
        name = wish.split("=")[0].split("<")[0].split(">")[0]
        assert name in said or TITLES.get(name, name) in said, said
    assert conflict.nearest


def test_a_search_that_is_given_up_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOST_ROUNDS", "FEWEST_ROUNDS"):
        monkeypatch.setattr(f"stackcheck.plan.work.{name}", 2)
    made = planned("dgx-spark", "vllm", "diffusers")
    assert made.conflict is not None
    assert made.conflict.gave_up
    assert "The search was given up at its bound: there may be a set all the same." in text.render(made)
    assert "Without any one of them" not in text.render(made)


def test_no_search_takes_more_than_its_bound() -> None:
    """What all searches of one plan try together, with the least that each may try all the same."""
    asked = [Wish(name, name, text=name) for name in ("vllm", "sglang")]
    stack = machine_alone(target_stack("dgx-spark"))
    planner = Planner(KNOWLEDGE.store, stack, partial(KNOWLEDGE.judge, subject="test"))
    assert not planner.find(asked).works
    assert 0 < planner.rounds < MOST_ROUNDS
