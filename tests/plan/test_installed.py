"""Plans for an environment that has something already: what is installed is preferred, and kept where that is asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import tomli

from stackcheck.matrix.store import shipped_folder
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.plan import Wishes, plan
from stackcheck.session.request import Request
from tests.cli.command import stackcheck
from tests.plan.wanted import commands, releases

if TYPE_CHECKING:
    from pathlib import Path

    from stackcheck.plan.values import Plan


def spark(packages: dict[str, str], python: str = "3.12.3") -> dict[str, Any]:
    """A DGX Spark with an environment that holds these packages."""
    document = tomli.loads((shipped_folder() / "targets" / "dgx-spark.toml").read_text(encoding="utf-8"))
    document["facts"]["python"] = python
    document["absent"].remove("python")
    del document["sources"]
    return {**document, "packages": packages}


def planned(packages: dict[str, str], *wishes: str, keep: bool = False, python: str | None = None) -> Plan:
    asked = Wishes(required=wishes, keep=keep, python=python)
    return plan(Request(document=spark(packages)), asked, lambda _: None)


class TestPreferred:
    def test_what_is_installed_stays_where_it_can(self) -> None:
        made = planned({"numpy": "2.2.0", "pandas": "3.0.0"}, "pandas", "numpy", "scipy")
        assert releases(made)["pandas"] == "3.0.0"
        assert {one.distribution: one.why for one in made.members}["pandas"] == "installed"
        assert "pandas" not in [one.name for one in made.not_chosen]

    def test_what_cannot_stay_says_why(self) -> None:
        made = planned({"torch": "2.9.0+cu130"}, "vllm==0.33.0")
        assert releases(made)["torch"] == "2.14.0"
        assert ("torch", "2.9.0", "installed; vllm 0.33.0 needs torch 2.14.0.") in [
            (one.name, one.version, one.reason) for one in made.not_chosen
        ]

    def test_the_label_of_a_build_names_its_index(self) -> None:
        assert releases(planned({"torch": "2.9.0+cu130"}, "torch")) == {"torch": "2.9.0 cu130"}

    def test_a_build_that_does_not_use_the_gpu_goes(self) -> None:
        made = planned({"torch": "2.9.0"}, "torch==2.9.0")
        assert releases(made) == {"torch": "2.9.0 cu130"}

    def test_no_other_environment_is_made(self) -> None:
        made = planned({"numpy": "2.2.0"}, "numpy", "pandas")
        assert made.python_why == "that of the environment"
        assert [command for command in commands(made) if "venv" in command] == []

    def test_another_python_is_another_environment(self) -> None:
        made = planned({"numpy": "2.2.0"}, "isaac-lab==2.3.*")
        assert made.python == "3.11"
        assert "uv venv --python 3.11" in commands(made)

    def test_the_python_of_the_environment_comes_first(self) -> None:
        assert planned({"numpy": "2.2.0"}, "torch").python == "3.12"
        document = spark({"numpy": "2.2.0"}, python="3.13.1")
        made = plan(Request(document=document), Wishes(required=("torch",)), lambda _: None)
        assert made.python == "3.13"

    def test_what_speaks_against_the_rest_of_the_environment(self) -> None:
        made = planned({"torch": "2.9.0+cu130", "torchaudio": "2.9.0+cu130"}, "torch==2.15.0")
        assert [text for text in made.remarks if text.startswith("Installed too: torchaudio 2.9.0+cu130 needs")]

    def test_of_an_environment_without_conflicts_nothing_is_said(self) -> None:
        assert planned({"numpy": "2.2.0"}, "pandas").remarks == ()


class TestKept:
    def test_the_plan_goes_around_it(self) -> None:
        made = planned({"torch": "2.9.0+cu130"}, "torch", "torchvision", keep=True)
        assert releases(made) == {"torch": "2.9.0 cu130", "torchvision": "0.24.0 cu130"}

    def test_no_set(self) -> None:
        made = planned({"torch": "2.9.0+cu130"}, "vllm==0.33.0", keep=True)
        assert made.conflict is not None
        assert made.conflict.chains == (
            "vllm 0.33.0 needs torch 2.14.0.",
            "torch 2.9.0 is installed, and is to be kept.",
        )
        assert made.conflict.nearest[0][0] == "not all that is installed kept"

    def test_what_does_not_work_here_says_why(self) -> None:
        made = planned({"torch": "2.9.0"}, "torch", "numpy", keep=True)
        assert made.conflict is not None
        assert made.conflict.group == ("torch",)
        assert "CPU-only build on aarch64" in " ".join(made.conflict.chains)

    def test_a_release_that_nobody_knows_stays(self) -> None:
        made = planned({"numpy": "2.2.99"}, "numpy", "pandas", keep=True)
        assert releases(made)["numpy"] == "2.2.99"

    def test_another_python_is_none_of_it(self) -> None:
        with pytest.raises(CannotWorkError, match=r"the environment has Python 3\.12, which --python 3\.11 replaces"):
            planned({"numpy": "2.2.0"}, "numpy", keep=True, python="3.11")

    def test_without_an_environment(self) -> None:
        with pytest.raises(CannotWorkError, match="--keep: no environment is active here"):
            plan(Request(target="dgx-spark"), Wishes(required=("torch",), keep=True), lambda _: None)

    def test_by_the_command(self, tmp_path: Path) -> None:
        (tmp_path / "spark.json").write_text(json.dumps(spark({"torch": "2.9.0+cu130"})), encoding="utf-8")
        made = stackcheck("plan", "vllm==0.33.0", "--keep", "--env", "spark.json", cwd=tmp_path)
        assert made.code == 1
        assert "torch 2.9.0 is installed, and is to be kept." in made.out
