"""`stackcheck fleet` as users call it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from stackcheck.report import FLEET_FORMATS
from tests.cli.command import stackcheck
from tests.fleets import documents, write

if TYPE_CHECKING:
    from pathlib import Path


def test_exit_codes(tmp_path: Path) -> None:
    assert stackcheck("fleet", "dgx-spark").code == 0
    found = stackcheck("fleet", str(write(tmp_path / "some", 20, 20)))
    assert found.code == 1
    assert found.out.startswith("stackcheck: 20 machines (matrix ")
    (tmp_path / "some" / "broken.json").write_text("{", encoding="utf-8")
    assert stackcheck("fleet", str(tmp_path / "some")).code == 2
    assert stackcheck("fleet", "dgx-spark", "--want", "no-such-thing").code == 2
    assert stackcheck("fleet", "dgx-spark", "--fail-on", "note", "--want", "isaac-lab==2.3.2").code == 1


def test_lines_on_standard_input() -> None:
    lines = "".join(f"{json.dumps(one)}\n" for one in documents(3, 3))
    found = stackcheck("fleet", "-", "--format", "jsonl", stdin=lines)
    assert [json.loads(line)["document"] for line in found.out.splitlines()] == ["-:1", "-:2", "-:3"]


def test_project_files_are_judged_on_every_machine(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("open3d==0.19.0\n", encoding="utf-8")
    found = stackcheck(
        "fleet", "dgx-spark", "jetson-orin", "x86_64-h100", "--project", "requirements.txt", "--format", "json",
        cwd=tmp_path,
    )  # fmt: skip
    (cause,) = (one for one in found.report["causes"] if one["subject"] == "open3d")
    assert (cause["severity"], cause["machines"]) == ("error", 2)


@pytest.mark.parametrize("form", FLEET_FORMATS)
def test_a_file_has_what_standard_output_has(form: str, tmp_path: Path) -> None:
    shown = stackcheck("fleet", "dgx-spark", "gh200", "--format", form)
    written = stackcheck("fleet", "dgx-spark", "gh200", "--format", form, "--output", str(tmp_path / "out"))
    assert (written.code, written.out) == (0, "")
    assert (tmp_path / "out").read_bytes().decode().replace("\r\n", "\n") == shown.out


def test_settings_count_as_far_as_the_command_takes_them(tmp_path: Path) -> None:
    settings = (
        '[tool.stackcheck]\nformat = "github"\nwant = ["isaac-lab==2.3.2"]\nfail-on = "note"\ntargets = ["gh200"]\n'
    )
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    found = stackcheck("fleet", "dgx-spark", "--verbose", cwd=tmp_path)
    assert found.code == 1
    assert found.out.startswith("stackcheck: 1 machine (matrix")
    assert "isaac-lab" in found.out


def test_wrong_calls() -> None:
    assert "should be a number of processes" in stackcheck("fleet", "dgx-spark", "--jobs", "many").err
    assert stackcheck("fleet").code == 2
    assert "is no file, no folder and no target" in stackcheck("fleet", "dgx-sparkle").err
