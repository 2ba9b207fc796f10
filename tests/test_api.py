"""`stackcheck.judge(...)`: the same verdicts as the command line's, and one class of errors."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import stackcheck
from tests.cli.command import EXAMPLES, ROOT
from tests.cli.command import stackcheck as command

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = EXAMPLES / "spark-broken" / "requirements.txt"


def said(report: stackcheck.Report) -> list[tuple[str, str, str]]:
    return [(finding.severity, finding.id, finding.message) for finding in report.findings]


def commanded(*args: str) -> list[tuple[str, str, str]]:
    found = command(*args, "--format", "json").report["findings"]
    return [(finding["severity"], finding["id"], finding["message"]) for finding in found]


def test_files_alone_are_a_lint() -> None:
    report = stackcheck.judge([BROKEN], target="dgx-spark", features=["isaac-lab:skillgen"])
    assert said(report) == commanded("lint", "--target", "dgx-spark", "--feature", "isaac-lab:skillgen", str(BROKEN))


def test_what_is_wanted_is_a_preflight() -> None:
    report = stackcheck.judge(want=["isaac-lab==2.3.*"], target="dgx-spark", facts={"driver": "580.95.05"})
    assert said(report) == commanded(
        "preflight", "isaac-lab==2.3.*", "--target", "dgx-spark", "--fact", "driver=580.95.05"
    )
    assert report.count("todo") > 2


def test_an_environment_is_a_path_or_its_content(tmp_path: Path) -> None:
    document = {"facts": {"arch": "aarch64"}, "gpus": [{"name": "NVIDIA GB10"}], "packages": {"torch": "2.9.0+cu128"}}
    path = tmp_path / "environment.json"
    path.write_text(__import__("json").dumps(document), encoding="utf-8")
    report = stackcheck.judge(environment=document)
    assert said(report) == said(stackcheck.judge(environment=path)) == commanded("check", "--env", str(path))
    assert report.count("error") == 1
    assert stackcheck.judge(environment=document, installed=False).count("error") == 0


def test_a_folder_is_judged_as_lint_does(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("open3d==0.20.0\n", encoding="utf-8")
    (tmp_path / "requirements_rocm.txt").write_text("open3d==0.19.0\n", encoding="utf-8")
    report = stackcheck.judge([tmp_path], target="dgx-spark")
    assert said(report) == commanded("lint", "--target", "dgx-spark", str(tmp_path))
    assert [finding.id for finding in report.findings] == ["scope/accelerator"]
    named = stackcheck.judge([tmp_path / "requirements_rocm.txt"], target="dgx-spark")
    assert [finding.id for finding in named.findings if finding.severity == "error"] == ["open3d/open3d-0.19"]


def test_a_folder_beside_an_environment_is_judged_without_what_is_for_other_machines(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("numpy\n", encoding="utf-8")
    (tmp_path / "requirements_rocm.txt").write_text("open3d==0.19.0\n", encoding="utf-8")
    report = stackcheck.judge([tmp_path], environment={"facts": {"arch": "aarch64"}, "gpus": [{"name": "NVIDIA GB10"}]})
    assert [finding.id for finding in report.findings if finding.severity in ("error", "note")] == ["scope/accelerator"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"files": ["nowhere.txt"], "target": "dgx-spark"}, "nowhere.txt: does not exist"),
        ({"target": "dgx-sprak"}, "did you mean dgx-spark"),
        ({"target": "gh200", "environment": {}}, "exclude each other"),
        ({"environment": {"nonsense": 1}}, "there is no such key"),
        ({"environment": {"facts": object()}}, "is no plain document"),
        ({"want": ["nonsense"], "target": "gh200"}, "there is no product"),
        ({"matrix": ["nowhere"]}, "is not a folder"),
    ],
)
def test_one_class_of_errors(options: dict[str, object], message: str) -> None:
    with pytest.raises(stackcheck.Error, match=message):
        stackcheck.judge(**options)  # type: ignore[arg-type]


def test_what_the_package_offers() -> None:
    assert {name for name in stackcheck.__all__ if getattr(stackcheck, name, None) is None} == set()
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        stackcheck.nonsense  # type: ignore[attr-defined]  # noqa: B018


def test_importing_it_loads_no_work() -> None:
    program = "import sys, stackcheck; print([name for name in sys.modules if name.startswith('stackcheck.')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "['stackcheck.judge', 'stackcheck.about']\n"


def test_the_example() -> None:
    gate = [sys.executable, "examples/api/gate.py"]
    done = subprocess.run(
        [*gate, "examples/spark-broken/requirements.txt", "dgx-spark", "x86_64-h100"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 1
    assert "dgx-spark: examples/spark-broken/requirements.txt:4: Open3D 0.19.0 has no wheel for aarch64" in done.stdout
    fine = subprocess.run(
        [*gate, "examples/spark-repaired/pyproject.toml", "dgx-spark"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert (fine.returncode, fine.stdout) == (0, "")


def test_it_is_typed(tmp_path: Path) -> None:
    """A user's type checker sees the signature, not the package of the same name."""
    (tmp_path / "user.py").write_text(
        "import stackcheck\n"
        "report: stackcheck.Report = stackcheck.judge(['a.txt'], target='dgx-spark')\n"
        "stackcheck.judge(target=1)\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", "", str(tmp_path / "user.py")],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"MYPYPATH": str(ROOT)},
    )
    assert done.stdout.splitlines()[0].startswith('user.py:3: error: Argument "target" to "judge" has incompatible')
    assert done.stdout.splitlines()[-1].startswith("Found 1 error")


class TestPlan:
    def test_it_is_that_of_the_command_line(self) -> None:
        from stackcheck.api import plan

        made = plan(["torch", "vllm"], optional=["xformers"], target="dgx-spark")
        shown = command("plan", "torch", "vllm", "--optional", "xformers", "--target", "dgx-spark", "--format", "json")
        members = shown.report["members"]
        assert [(one.distribution, one.version) for one in made.members] == [
            (one["distribution"], one["version"]) for one in members
        ]

    def test_a_conflict_is_an_answer_and_a_slip_is_an_error(self) -> None:
        from stackcheck.api import Error, plan

        assert plan(["taichi"], target="dgx-spark").conflict is not None
        with pytest.raises(Error, match="did you mean torch"):
            plan(["toch"], target="dgx-spark")
