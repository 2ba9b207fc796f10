"""The search: what is tried first, what is kept back, and where it says that there is no set."""

from __future__ import annotations

import pytest

from tests.plan.wanted import planned, releases

SPARK = "dgx-spark"


class TestNoSet:
    def test_two_that_pin_one_name_apart(self) -> None:
        conflict = planned(SPARK, "vllm==0.33.0", "sglang==0.5.23", "transformers").conflict
        assert conflict is not None
        assert conflict.group == ("vllm==0.33.0", "sglang==0.5.23")
        assert conflict.chains == (
            "vllm 0.33.0 needs compressed-tensors 0.17.0.",
            "sglang 0.5.23 needs compressed-tensors 0.18.0.",
        )
        assert {change for change, _ in conflict.nearest} >= {"without sglang==0.5.23", "without vllm==0.33.0"}

    def test_the_group_is_irreducible(self) -> None:
        wishes = ("vllm==0.33.0", "torch==2.11.0", "numpy", "bitsandbytes")
        conflict = planned(SPARK, *wishes).conflict
        assert conflict is not None
        assert conflict.group == ("vllm==0.33.0", "torch==2.11.0")
        for wish in conflict.group:
            assert planned(SPARK, *(other for other in wishes if other != wish)).conflict is None

    def test_pythons_that_no_two_share(self) -> None:
        conflict = planned(SPARK, "isaac-lab==2.3.*", "vllm>=0.32").conflict
        assert conflict is not None
        assert conflict.group == ("isaac-lab==2.3.*", "vllm>=0.32")

    def test_one_that_nothing_serves(self) -> None:
        conflict = planned(SPARK, "torch", "taichi").conflict
        assert conflict is not None
        assert conflict.group == ("taichi",)
        assert conflict.chains == ("Taichi 1.7.4 has no wheel for aarch64, and no source distribution.",)

    def test_a_release_that_is_not_there(self) -> None:
        conflict = planned(SPARK, "vllm==99.0").conflict
        assert conflict is not None
        assert conflict.chains == ("There is no release 99.0 of vllm; the newest that is known is 0.33.0.",)


class TestOptional:
    def test_it_holds_nothing_back(self) -> None:
        alone, both = planned(SPARK, "vllm"), planned(SPARK, "vllm", "isaac-lab?")
        assert releases(alone)["vllm"] == releases(both)["vllm"]
        assert [one.name for one in both.left_out] == ["isaac-lab"]

    def test_what_goes_along_is_taken(self) -> None:
        made = planned(SPARK, "torch", "torchvision?", "flash-attn?")
        assert "torchvision" in releases(made)
        assert [one.name for one in made.left_out] == ["flash-attn"]

    def test_optional_alone(self) -> None:
        made = planned(SPARK, "torch?", "taichi?")
        assert set(releases(made)) == {"torch"}
        assert [one.name for one in made.left_out] == ["taichi"]


class TestSources:
    def test_what_is_always_built_is_built(self) -> None:
        made = planned(SPARK, "torch", "flash-attn")
        built = {one.distribution: one.source for one in made.members}
        assert built == {"torch": False, "flash-attn": True}
        assert any("--no-build-isolation flash-attn==" in command for step in made.steps for command in step.commands)

    def test_an_old_source_release_is_never_taken_in_place_of_a_wheel(self) -> None:
        made = planned(SPARK, "torch", "torchvision", "vllm", "bitsandbytes", "transformers")
        assert not any(one.source for one in made.members)


class TestExtras:
    def test_what_an_extra_requires_comes_along(self) -> None:
        plain, more = planned(SPARK, "jax"), planned(SPARK, "jax[cuda13]")
        assert "jax-cuda13-plugin" not in plain.brought
        assert "jax-cuda13-plugin" in more.brought
        assert more.members[0].requirement.startswith("jax[cuda13]==")


@pytest.mark.parametrize("python", ["3.11", "3.13"])
def test_the_python_that_is_asked_for(python: str) -> None:
    made = planned(SPARK, "torch", python=python)
    assert made.python == python
    assert f"uv venv --python {python}" in [command for step in made.steps for command in step.commands]


def test_features_are_judged() -> None:
    made = planned(SPARK, "isaac-lab==2.3.*", features=("isaac-lab:skillgen",))
    assert made.conflict is not None
    assert "SkillGen needs cuRobo" in " ".join(made.conflict.chains)
