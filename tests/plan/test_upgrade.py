"""`plan --upgrade FILE`: what of a file can move, to what, and what holds it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.command import stackcheck
from tests.report.test_schemas import mistakes

if TYPE_CHECKING:
    from pathlib import Path

SPARK = ("--target", "dgx-spark")
LINES = "torch==2.9.0\ntransformers==4.57.0\nnumpy>=2\nvllm==0.12.0\n"


def test_what_moves_what_stays_and_what_holds_back(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(LINES, encoding="utf-8")
    made = stackcheck("plan", "--upgrade", "requirements.txt", *SPARK, "--format", "json", cwd=tmp_path)
    assert made.code == 0, made.err
    assert mistakes("plan", made.report) == []
    moves = {one["name"]: (one["before"], one["stays"]) for one in made.report["moves"]}
    assert moves == {
        "torch": ("==2.9.0", False),
        "transformers": ("==4.57.0", False),
        "numpy": (">=2", True),
        "vllm": ("==0.12.0", False),
    }
    after = {one["name"]: one["after"] for one in made.report["moves"]}
    assert (after["vllm"], after["torch"]) == ("0.33.0", "2.14.0")
    held = {one["name"]: one["reason"] for one in made.report["not-chosen"]}
    assert held["torch"] == "vllm 0.33.0 needs torch 2.14.0."


def test_the_text_says_it_in_three_blocks(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(LINES, encoding="utf-8")
    lines = stackcheck("plan", "--upgrade", "requirements.txt", *SPARK, cwd=tmp_path).out.splitlines()
    assert "  torch: 2.9.0 → 2.14.0" in lines
    assert lines[lines.index("Stays") + 1].startswith("  numpy 2.")
    assert "  torch 2.15.0: vllm 0.33.0 needs torch 2.14.0." in lines[lines.index("Held back") :]


def test_a_wish_beside_it_holds_it(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("torch==2.9.0\n", encoding="utf-8")
    made = stackcheck("plan", "torch<2.14", "--upgrade", "requirements.txt", *SPARK, "--format", "json", cwd=tmp_path)
    assert [one["after"] for one in made.report["moves"]] == ["2.13.0"]


def test_a_pyproject_gets_the_new_releases_in_its_own_lines(tmp_path: Path) -> None:
    old = '[project]\nname = "mine"\nversion = "1"\ndependencies = [\n    "torch==2.13.0",  # kept\n]\n'
    (tmp_path / "pyproject.toml").write_text(old, encoding="utf-8")
    made = stackcheck("plan", "--upgrade", "pyproject.toml", *SPARK, "--write", "pyproject.toml", cwd=tmp_path)
    assert made.code == 0, made.err
    new = (tmp_path / "pyproject.toml").read_text(encoding="utf-8")
    assert new == old.replace("2.13.0", "2.15.0")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    refused = stackcheck("plan", "--upgrade", "gone.txt", *SPARK, cwd=tmp_path)
    assert refused.code == 2
    assert "gone.txt" in refused.err
    assert "Traceback" not in refused.err
