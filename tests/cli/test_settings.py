"""Settings, ignores and the baseline, through the command line."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import Result, stackcheck

if TYPE_CHECKING:
    from pathlib import Path

SPARK = ("--target", "dgx-spark")
JSON = ("--format", "json")
CPU = "torch/pypi-aarch64-cpu"
TORCH = "torch==2.9.0\n"


def project(folder: Path, settings: str, requirements: str = TORCH) -> None:
    (folder / "pyproject.toml").write_text(f"[tool.stackcheck]\n{settings}\n", encoding="utf-8")
    (folder / "requirements.txt").write_text(requirements, encoding="utf-8")


def ids(result: Result, *kinds: str) -> list[str]:
    """The ids of the errors and warnings, and of the findings of these kinds."""
    found = result.report["findings"]
    return [one["id"] for one in found if one["severity"] in ("error", "warning") or one["kind"] in kinds]


class TestSettings:
    def test_targets_and_format(self, tmp_path: Path) -> None:
        project(tmp_path, 'targets = ["dgx-spark", "gh200"]\nformat = "json"')
        result = stackcheck("lint", cwd=tmp_path)
        assert result.code == 1
        assert result.report["subject"] == "target dgx-spark, target gh200"

    def test_the_call_goes_first(self, tmp_path: Path) -> None:
        project(tmp_path, 'targets = ["dgx-spark", "gh200"]\nformat = "json"\nfail-on = "warning"')
        result = stackcheck("lint", "--target", "x86_64-h100", "--format", "text", cwd=tmp_path)
        assert result.out.startswith("stackcheck: target x86_64-h100 (")

    def test_they_are_those_nearest_to_the_files(self, tmp_path: Path) -> None:
        inner = tmp_path / "inner" / "deep"
        inner.mkdir(parents=True)
        project(tmp_path, 'targets = ["gh200"]')
        (inner.parent / "pyproject.toml").write_text('[project]\nname = "stackcheck-user"\n', encoding="utf-8")
        (inner / "requirements.txt").write_text(TORCH, encoding="utf-8")
        result = stackcheck("lint", "inner/deep/requirements.txt", *JSON, cwd=tmp_path)
        assert result.report["subject"] == "target gh200"

    def test_those_above_the_repository_do_not_count(self, tmp_path: Path) -> None:
        inner = tmp_path / "inner"
        (inner / ".git").mkdir(parents=True)
        project(tmp_path, "nonsense = 1")
        (inner / "requirements.txt").write_text(TORCH, encoding="utf-8")
        assert stackcheck("lint", *SPARK, cwd=inner).code == 1

    def test_a_mistake_stops_the_run_with_its_place(self, tmp_path: Path) -> None:
        project(tmp_path, "nonsense = 1")
        result = stackcheck("lint", *SPARK, "requirements.txt", cwd=tmp_path)
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith("stackcheck: pyproject.toml:2:1: tool.stackcheck.nonsense is no setting")

    def test_a_matrix_folder_lies_beside_the_settings(self, tmp_path: Path) -> None:
        project(tmp_path, 'matrix = ["rows"]')
        result = stackcheck("lint", *SPARK, cwd=tmp_path)
        assert (result.code, result.err) == (
            2,
            "stackcheck: pyproject.toml:2: tool.stackcheck.matrix: there is no folder rows\n",
        )
        (tmp_path / "rows").mkdir()
        (tmp_path / "below").mkdir()
        assert stackcheck("lint", *SPARK, "../requirements.txt", cwd=tmp_path / "below").code == 1

    def test_features_count_for_a_preflight_too(self, tmp_path: Path) -> None:
        project(tmp_path, 'features = ["isaac-lab:skillgen"]')
        result = stackcheck("preflight", "isaac-lab==2.3.*", *SPARK, *JSON, cwd=tmp_path)
        assert [one["subject"] for one in result.findings("error")] == ["isaac-lab:skillgen"]


class TestIgnores:
    def test_options(self, tmp_path: Path) -> None:
        project(tmp_path, "")
        ignored = stackcheck("lint", *SPARK, "--ignore", CPU, *JSON, cwd=tmp_path)
        assert (ignored.code, ids(ignored)) == (0, [])
        assert ignored.report["left_out"] == {"ignored": 1}
        selected = stackcheck("lint", *SPARK, "--select", "wheels", cwd=tmp_path)
        assert selected.code == 0
        assert re.search(r"\nnothing found; \d+ facts held, 1 not selected\n$", selected.out)

    def test_an_unused_one_is_said(self, tmp_path: Path) -> None:
        project(tmp_path, "")
        result = stackcheck("lint", *SPARK, "--ignore", "torch/nothing", *JSON, cwd=tmp_path)
        assert ids(result) == [CPU, "ignore/unused"]

    def test_no_such_kind(self, tmp_path: Path) -> None:
        result = stackcheck("lint", *SPARK, "--ignore", "build", cwd=tmp_path, stdin="")
        assert result.code == 2
        project(tmp_path, "")
        result = stackcheck("lint", *SPARK, "--ignore", "build", cwd=tmp_path)
        assert (result.code, result.out) == (2, "")
        assert result.err == "stackcheck: there is no kind of finding 'build'; did you mean builds or source-build?\n"

    def test_in_the_file(self, tmp_path: Path) -> None:
        project(tmp_path, "", "torch==2.9.0  # stackcheck: ignore[builds] the CPU is enough\n")
        assert stackcheck("lint", *SPARK, cwd=tmp_path).code == 0
        project(tmp_path, "", "numpy  # stackcheck: ignore[builds] the CPU is enough\ntorch==2.9.0\n")
        result = stackcheck("lint", *SPARK, *JSON, cwd=tmp_path)
        assert (result.code, ids(result)) == (1, [CPU, "ignore/unused"])

    def test_in_the_settings(self, tmp_path: Path) -> None:
        entry = f'[[tool.stackcheck.ignore]]\nid = "{CPU}"\nreason = "CPU"\nuntil = '
        project(tmp_path, entry + "2999-01-01")
        assert stackcheck("lint", *SPARK, cwd=tmp_path).code == 0
        project(tmp_path, entry + "2020-01-01")
        result = stackcheck("lint", *SPARK, *JSON, cwd=tmp_path)
        assert (result.code, ids(result)) == (1, [CPU, "ignore/ended"])

    @pytest.mark.parametrize(("args", "said"), [((), ["ignore/unused"]), (SPARK, []), (("requirements.txt",), [])])
    def test_an_unused_one_in_the_settings_is_said_where_the_whole_project_is_seen(
        self, tmp_path: Path, args: tuple[str, ...], said: list[str]
    ) -> None:
        entry = '[[tool.stackcheck.ignore]]\nkind = "conflicts"\nreason = "r"'
        project(tmp_path, f'targets = ["dgx-spark"]\n{entry}', "numpy\n")
        assert ids(stackcheck("lint", *args, *JSON, cwd=tmp_path)) == said


class TestBaseline:
    def test_an_old_project_starts_today(self, tmp_path: Path) -> None:
        project(tmp_path, "")
        first = stackcheck("lint", *SPARK, "--write-baseline", "known.json", cwd=tmp_path)
        assert first.code == 0
        assert re.search(r"\nnothing found; \d+ facts held, 1 in the baseline\n$", first.out)
        written = json.loads((tmp_path / "known.json").read_text(encoding="utf-8"))
        assert written["schema"] == "stackcheck-baseline/1"
        assert {one["id"] for one in written["findings"]} >= {CPU}
        assert stackcheck("lint", *SPARK, "--baseline", "known.json", cwd=tmp_path).code == 0
        (tmp_path / "requirements.txt").write_text(f"{TORCH}open3d==0.19.0\n", encoding="utf-8")
        later = stackcheck("lint", *SPARK, "--baseline", "known.json", *JSON, cwd=tmp_path)
        assert (later.code, [one["subject"] for one in later.findings("error")]) == (1, ["open3d"])

    def test_in_the_settings_it_lies_beside_them(self, tmp_path: Path) -> None:
        project(tmp_path, 'baseline = "known.json"')
        (tmp_path / "below").mkdir()
        missing = stackcheck("lint", *SPARK, cwd=tmp_path)
        assert (missing.code, missing.out) == (2, "")
        assert "known.json: cannot be read: No such file" in missing.err
        stackcheck("lint", *SPARK, "--write-baseline", "known.json", cwd=tmp_path)
        assert stackcheck("lint", *SPARK, "../requirements.txt", cwd=tmp_path / "below").code == 0

    def test_a_file_that_is_none(self, tmp_path: Path) -> None:
        project(tmp_path, "")
        result = stackcheck("lint", *SPARK, "--baseline", "requirements.txt", cwd=tmp_path)
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith("stackcheck: --baseline requirements.txt: is no JSON document; write one with")


def test_standard_input_is_read_once_for_all_targets(tmp_path: Path) -> None:
    result = stackcheck("lint", "-", *SPARK, "--target", "gh200", *JSON, cwd=tmp_path, stdin=TORCH)
    (error,) = result.findings("error")
    assert error["id"] == CPU
    assert error["targets"] == ["dgx-spark", "gh200"]
