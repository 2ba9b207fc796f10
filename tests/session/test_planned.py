"""The to-do list of a preflight is a plan's: what is wanted goes together, in the releases that its commands name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.session.check import check
from stackcheck.session.files import Loader
from stackcheck.session.preflight import preflight
from stackcheck.session.request import Request
from tests.plan.test_installed import spark
from tests.plan.wanted import commands as of_plan
from tests.plan.wanted import planned

if TYPE_CHECKING:
    from stackcheck.model import Finding, Report


def judged(*wants: str, target: str = "dgx-spark", features: tuple[str, ...] = ()) -> Report:
    return preflight(Request(target=target, wants=wants, features=features), lambda _: None)


def todos(report: Report) -> list[Finding]:
    return [finding for finding in report.findings if finding.severity == "todo"]


def commands(report: Report) -> list[str]:
    return [command for one in todos(report) if one.fix is not None for command in one.fix.commands]


def test_the_commands_are_those_of_the_plan() -> None:
    report, plan = judged("isaac-lab==2.3.*"), planned("dgx-spark", "isaac-lab==2.3.*")
    own = [". .venv/bin/activate" if "activate" in command else command for command in of_plan(plan)]
    assert commands(report) == own
    assert [one.message for one in todos(report)][2:5] == [
        "Install PyTorch 2.9.0 and torchvision 0.24.0.",
        "Install Isaac Sim 5.1.0.",
        "Install Isaac Lab 2.3.2.post1.",
    ]


def test_a_step_keeps_what_the_judge_rests_it_on() -> None:
    (step,) = [one for one in todos(judged("isaac-lab==2.3.*")) if one.subject == "isaac-sim"]
    assert step.sources
    assert step.because


def test_what_is_wanted_goes_together() -> None:
    """By itself each would be installed in its newest release, and the two pin different releases of torch."""
    texts = " ".join(one.message for one in todos(judged("isaac-lab==3.0.0", "vllm")))
    assert "Isaac Lab 3.0.0" in texts
    assert "PyTorch 2.11.0" in texts
    assert "vLLM 0.33.0" not in texts


def test_what_does_not_go_together_is_an_error() -> None:
    """Each by itself can be had, and the judge knows nothing of what both bring along."""
    report = judged("vllm==0.33.0", "sglang==0.5.23")
    (error,) = [one for one in report.findings if one.severity == "error"]
    assert error.id == "plan/conflict"
    assert error.involves == ("sglang", "vllm")
    assert "vllm 0.33.0 needs compressed-tensors 0.17.0." in error.message


def test_the_report_speaks_of_the_release_of_the_plan() -> None:
    report = judged("ros2")
    assert [one.message for one in todos(report)] == ["Install ROS 2 kilted."]
    assert not any("rolling" in one.message for one in report.findings)


def test_a_feature_that_is_not_supported_leaves_the_list() -> None:
    report = judged("isaac-lab==2.3.*", features=("isaac-lab:skillgen",))
    assert report.count("error") == 1
    assert "uv pip install isaaclab==2.3.2.post1" in commands(report)


def test_where_nothing_can_be_had_the_judge_says_why() -> None:
    report = judged("isaac-sim", target="jetson-thor")
    assert report.count("error")
    assert not any(one.kind == "plan" for one in report.findings)


def test_what_is_installed_is_not_installed_again() -> None:
    document = spark({"torch": "2.14.0", "torchvision": "0.29.0", "torchaudio": "2.11.0"})
    report = preflight(Request(document=document, wants=("vllm==0.33.0",)), lambda _: None)
    assert commands(report) == ["uv pip install vllm==0.33.0"]
    assert not any(one.subject == "python" for one in todos(report))


def beside(text: str, *wants: str) -> Report:
    """The report on what is wanted beside a requirements file."""
    loader = Loader()
    loader.read["requirements.txt"] = text.encode()
    return check(Request(target="dgx-spark", wants=wants, files=("requirements.txt",)), loader, lambda _: None)


def test_what_is_wanted_goes_with_the_lines_of_project_files() -> None:
    """The newest vLLM pins another torch than the file; the newest for that torch needs NumPy 2."""
    report = beside("numpy<2\ntorch==2.11.0\nopen3d\n", "vllm")
    text = "Install vLLM 0.26.0, PyTorch 2.11.0, torchaudio 2.11.0 and torchvision 0.26.0."
    assert [one.message for one in todos(report)][-1] == text
    (error,) = [one for one in report.findings if one.severity == "error"]
    assert error.id == "plan/conflict"
    assert error.message.startswith("No set of releases has vllm and numpy<2 (requirements.txt:1) in one environment.")


def test_a_line_for_what_is_wanted_narrows_it() -> None:
    texts = [one.message for one in todos(beside("vllm<=0.30.0\n", "vllm"))]
    assert any(text.startswith("Install vLLM 0.30.0") for text in texts), texts


def test_a_line_that_cannot_be_had_by_itself_says_nothing_of_what_is_wanted() -> None:
    """What no set has by itself is the judge's to say."""
    report = beside("decord==0.6.0\n", "vllm")
    assert "plan/conflict" not in {one.id for one in report.findings}
    assert any("Install vLLM 0.33.0" in one.message for one in todos(report))
