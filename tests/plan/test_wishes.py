"""Where wishes come from: words of the call, and the lines of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.plan.wanted import planned, releases

if TYPE_CHECKING:
    from pathlib import Path

SPARK = "dgx-spark"


def test_a_file_is_its_requirements(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(
        "torch>=2.9\nnumpy\nopencv-python; sys_platform == 'win32'\n# flash-attn\n-c constraints.txt\n",
        encoding="utf-8",
    )
    (tmp_path / "constraints.txt").write_text("torch<2.12\nvllm==0.1\n", encoding="utf-8")
    found = releases(planned(SPARK, str(path)))
    assert found["torch"] == "2.11.0"
    assert set(found) == {"torch", "numpy"}


def test_requires_python_of_a_project_counts(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(
        '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.10,<3.12"\ndependencies = ["torch", "einops"]\n',
        encoding="utf-8",
    )
    made = planned(SPARK, str(path))
    assert made.python in ("3.10", "3.11")
    assert made.unknown_wishes == ()


def test_a_word_and_a_line_are_one_wish(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("torch<2.12\n", encoding="utf-8")
    assert releases(planned(SPARK, "torch>=2.5", str(path)))["torch"] == "2.11.0"


def test_titles_and_products_are_wishes() -> None:
    assert set(releases(planned(SPARK, "pytorch"))) == {"torch"}
    assert set(releases(planned(SPARK, "isaac-sim"))) == {"isaacsim"}


def test_a_word_for_a_release() -> None:
    made = planned(SPARK, "ros2=jazzy")
    assert [(one.title, one.version) for one in made.members] == [("ROS 2", "jazzy")]
    assert "sudo apt install ros-jazzy-ros-base" in [command for step in made.steps for command in step.commands]
    assert planned("jetson-orin", "ros2").members[0].version == "humble"
