"""What hostile files bring along, through the whole command line, in every format: text, without any secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from stackcheck.report import FORMATS
from tests.cli.command import document, stackcheck

if TYPE_CHECKING:
    from pathlib import Path

SPARK = ("--target", "dgx-spark")
NAME = "requirements \x1b[31m<script>alert(1)</script> ::error::pwned %0A##[group]x.txt".replace("/", "_")
LINES = """\
--extra-index-url https://user:hunter2@index.example/simple?token=hunter2
torch==2.9.0 ; python_version > "3" and "<img src=x onerror=alert(1)>" != "a"
<b>torch</b>==2.9 \x1b]0;title\x07 ::set-output name=x::y
::error file=a::pwned
open3d @ https://user:hunter2@files.example/open3d-0.19.0-cp311-cp311-linux_x86_64.whl?sig=hunter2
torchvision==0.23.0  # stackcheck: ignore <script>alert(2)</script> https://u:hunter2@a.example
\u202etxt.exe
"""


def harmless(form: str, text: str) -> None:
    """No secret, no control character, no command to a runner, no element of HTML."""
    assert "hunter2" not in text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
    assert "##[" not in text
    lines = [line.lstrip() for line in text.splitlines()]
    assert [
        line for line in lines if line.startswith("::") and not re.match(r"::(error|warning|notice) \w+=", line)
    ] == []
    if form in ("html", "markdown", "junit"):
        assert not re.search(r"<(script|img|b)\b", text)


@pytest.mark.parametrize("form", [*FORMATS, "quiet", "diff"])
def test_a_hostile_project_file(form: str, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(LINES, encoding="utf-8")
    how = {"quiet": ("--quiet",), "diff": ("--diff", "--unsafe-fixes")}.get(form, ("--format", form))
    result = stackcheck("lint", NAME, *SPARK, *how, cwd=tmp_path)
    assert result.code == 1, result.err
    assert "torch" in result.out
    harmless(form, result.err)
    harmless(form, result.out)
    if form == "json":
        assert result.findings("error")[0]["location"]["path"] == NAME


@pytest.mark.parametrize("form", FORMATS)
def test_a_hostile_environment(form: str, tmp_path: Path) -> None:
    env = document(
        tmp_path,
        facts={"arch": "aarch64", "driver": "580 <script>alert(1)</script> ::error::x"},
        gpus=[{"name": "NVIDIA GB10 <img src=x onerror=alert(1)>"}],
        packages={"torch": "2.9.0+cu128", "own": "<b>1</b> ##[group]"},
        variables={"PIP_INDEX_URL": "https://user:hunter2@index.example/simple", "LD_PRELOAD": "a\x1b[31m\nb"},
    )
    result = stackcheck("check", "--env", env, "--format", form, cwd=tmp_path)
    assert result.code in (0, 1), result.err
    harmless(form, result.out)


def test_hostile_settings(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("torch\n", encoding="utf-8")
    for text in ('"\\u001b[31m::error::" = 1', 'format = "\\u001b[31m\\n::error::x"', 'want = ["\\u001b<b>"]'):
        (tmp_path / "pyproject.toml").write_text(f"[tool.stackcheck]\n{text}\n", encoding="utf-8")
        result = stackcheck("lint", *SPARK, "requirements.txt", cwd=tmp_path)
        assert (result.code, result.out) == (2, "")
        harmless("text", result.err)
