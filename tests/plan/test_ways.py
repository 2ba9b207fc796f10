"""How wishes are installed that pip alone does not bring: apt, a clone with its script, an archive, a container."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stackcheck.matrix.store import Store, shipped
from stackcheck.session.knowledge import Knowledge
from stackcheck.session.plan import Wishes, plan_by
from stackcheck.session.request import Request
from tests.plan.wanted import commands, planned, refused

if TYPE_CHECKING:
    from pathlib import Path

    from stackcheck.plan.values import Plan


@pytest.mark.parametrize(
    ("target", "folder"), [("dgx-spark", "spark"), ("jetson-thor", "thor"), ("jetson-orin", "orin")]
)
def test_a_clone_with_the_script_of_the_machine(target: str, folder: str) -> None:
    made = planned(target, "gr00t")
    assert commands(made)[0] == "git clone https://github.com/NVIDIA/Isaac-GR00T"
    assert f"bash scripts/deployment/{folder}/install_deps.sh" in commands(made)
    assert refused(made, target) == []


def test_what_pip_does_not_bring_needs_no_environment() -> None:
    assert not any("venv" in command for command in commands(planned("dgx-spark", "ros2=jazzy")))
    assert "uv venv --python 3.12" in commands(planned("dgx-spark", "ros2=jazzy", "numpy"))


def test_other_ways_are_named_beside_the_packages() -> None:
    made = planned("dgx-spark", "isaac-sim==6.2.0")
    assert any("isaacsim[all,extscache]==6.2.0" in command for command in commands(made))
    assert [command for step in made.ways for command in step.commands] == [
        *("./post_install.sh", "./warmup.sh", "docker pull nvcr.io/nvidia/isaac-sim:6.2.0")
    ]


def test_where_nobody_says_how_that_is_said() -> None:
    made = planned("dgx-spark", "isaac-ros")
    assert made.steps == ()
    assert [text for text in made.unknown if text.startswith("How Isaac ROS 5.0.0 is installed is not known here")]


OWN = """
[product.thing]
title    = "Thing"
found-as = { pip = ["thing"] }
releases = ["1.0", "2.0"]

[source.page]
url        = "https://example.com/install"
seen       = 2026-11-28
confidence = "official"

[[wheels]]
id      = "x86"
product = "thing"
arch    = ["x86_64"]
sdist   = "no"
source  = "page"

[[requires]]
id      = "board"
product = "thing"
release = "2.0"
arch    = ["x86_64", "aarch64"]
source  = "page"

[[install]]
id        = "image"
product   = "thing"
release   = "2.0"
container = true
where     = { board = "dgx-spark" }
fix       = "The container of its makers."
commands  = ["docker pull example.com/thing:{release}"]
source    = "page"
"""


class TestContainer:
    """A product whose packages are for another machine, with a container for one."""

    def planned(self, tmp_path: Path, target: str, *wishes: str) -> Plan:
        (tmp_path / "products").mkdir()
        (tmp_path / "products" / "thing.toml").write_text(OWN, encoding="utf-8")
        knowledge = Knowledge(Store.from_folders([shipped(), str(tmp_path)]), "1", (str(tmp_path),))
        return plan_by(knowledge, Request(target=target), Wishes(required=wishes), lambda _: None)

    def test_it_serves_where_there_are_no_packages(self, tmp_path: Path) -> None:
        made = self.planned(tmp_path, "dgx-spark", "thing", "numpy")
        first = made.members[0]
        assert (first.title, first.version, first.container) == ("Thing", "2.0", True)
        assert commands(made)[0] == "docker pull example.com/thing:2.0"
        assert not any("pip install thing" in command for command in commands(made))

    def test_packages_come_first(self, tmp_path: Path) -> None:
        made = self.planned(tmp_path, "x86_64-h100", "thing")
        assert commands(made)[-1] == "uv pip install thing==2.0"
        assert made.ways == ()

    def test_on_another_machine_there_is_none(self, tmp_path: Path) -> None:
        made = self.planned(tmp_path, "jetson-thor", "thing")
        assert made.conflict is not None
        assert "no wheel for aarch64" in made.conflict.chains[0]

    def test_a_release_without_a_container(self, tmp_path: Path) -> None:
        made = self.planned(tmp_path, "dgx-spark", "thing==1.0")
        assert made.conflict is not None


def test_what_nvidia_gives_as_a_container_alone() -> None:
    made = planned("dgx-spark", "tensorrt-llm==1.2.1")
    assert commands(made) == ["docker pull nvcr.io/nvidia/tensorrt-llm/release:1.2.1"]
