"""`lint --repos`: many checkouts, each with its own settings, in one report."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import EXAMPLES, Result, stackcheck

if TYPE_CHECKING:
    from pathlib import Path

SPARK = ("--target", "dgx-spark")


@pytest.fixture
def checkouts(tmp_path: Path) -> Path:
    for name in ("broken", "repaired"):
        shutil.copytree(EXAMPLES / f"spark-{name}", tmp_path / name)
    (tmp_path / "own").mkdir()
    settings = '[tool.stackcheck]\ntargets = ["x86_64-h100"]\nignore = [{ id = "x/y", reason = "z" }]\n'
    (tmp_path / "own" / "pyproject.toml").write_text(settings, encoding="utf-8")
    (tmp_path / "own" / "requirements.txt").write_text("open3d==0.19.0\ntorch==2.9.0\n", encoding="utf-8")
    return tmp_path


def run(folder: Path, listed: str, *args: str) -> Result:
    (folder / "list").write_text(listed, encoding="utf-8")
    return stackcheck("lint", "--repos", "list", *args, cwd=folder)


def test_a_line_for_each_repository_as_lint_says_it(checkouts: Path) -> None:
    listed = 'broken\n\n# not yet: other\nrepaired\n{"path": "own", "labels": {"team": "a"}}\ngone\nbroken\n'
    found = run(checkouts, listed, "--format", "jsonl", *SPARK)
    assert found.code == 2
    lines = [json.loads(line) for line in found.out.splitlines()]
    assert [line["document"] for line in lines] == ["broken", "repaired", "own", "gone", "broken"]
    assert lines[2]["labels"] == {"team": "a"}
    assert "does not exist" in lines[3]["reason"]
    for line in (lines[0], lines[1], lines[4]):
        alone = stackcheck("lint", *SPARK, "--format", "json", line["document"], cwd=checkouts).report
        assert [(one["id"], one["message"]) for one in line["findings"]][: len(alone["findings"])] == [
            (one["id"], one["message"]) for one in alone["findings"]
        ]


def test_the_settings_of_each_repository_count(checkouts: Path) -> None:
    found = run(checkouts, "own\nbroken\n", "--format", "jsonl")
    own, broken = (json.loads(line)["findings"] for line in found.out.splitlines())
    assert "open3d" not in {one["subject"] for one in own}
    assert [one["id"] for one in own if one["kind"] == "ignore"] == ["ignore/unused"]
    assert not [one for one in broken if one["kind"] == "ignore"]


def test_by_cause_and_with_several_processes(checkouts: Path) -> None:
    for number in range(30):
        shutil.copytree(checkouts / "broken", checkouts / f"copy-{number:02}")
    listed = "".join(f"copy-{number:02}\n" for number in range(30))
    alone, together = (run(checkouts, listed, "--jobs", jobs, "--format", "json", *SPARK) for jobs in ("1", "2"))
    assert (alone.code, alone.out) == (1, together.out)
    report = alone.report
    assert (report["things"], report["summary"]["machines"]) == ("repository", 30)
    assert {one["machines"] for one in report["causes"] if one["severity"] == "error"} == {30}
    text = run(checkouts, listed, "--jobs", "1", *SPARK).out
    assert text.startswith("stackcheck: 30 repositories (matrix")


@pytest.mark.parametrize(
    ("listed", "args", "error"),
    [
        ("", (), "lists no repository"),
        ('{"paht": "a"}\n', (), "list:1: must be a path, or an object"),
        ("broken\n", ("--diff",), "does not go with --diff"),
        ("broken\n", ("broken",), "does not go with paths"),
        ("broken\n", ("--format", "github"), "has no format github"),
        ("broken\n", ("--jobs", "x"), "should be a number of processes"),
    ],
)
def test_wrong_calls(checkouts: Path, listed: str, args: tuple[str, ...], error: str) -> None:
    found = run(checkouts, listed, *args)
    assert found.code == 2
    assert error in found.err


def test_what_goes_with_repos_alone(tmp_path: Path) -> None:
    for args in (("--jobs", "2"), ("--format", "jsonl"), ("--dask", "tcp://127.0.0.1:1")):
        found = stackcheck("lint", *SPARK, *args, cwd=tmp_path)
        assert (found.code, "go with --repos" in found.err) == (2, True)
    assert stackcheck("lint", "--repos", "gone", cwd=tmp_path).code == 2
