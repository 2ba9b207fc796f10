"""Ten conflicts on purpose: the group is right, names every side, and leaving out any one member gives a plan."""

from __future__ import annotations

import pytest

from tests.plan.wanted import planned

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
    text = " ".join(conflict.chains)
    for wish in group:
        name = wish.split("=")[0].split("<")[0].split(">")[0]
        assert name in text or TITLES.get(name, name) in text, text
    assert conflict.nearest
