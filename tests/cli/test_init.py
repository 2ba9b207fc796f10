"""`stackcheck init`, and the shells' completion."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import tomli

from tests.cli.command import ROOT, stackcheck

if TYPE_CHECKING:
    from pathlib import Path

SPARK = ("--target", "dgx-spark")


class TestInit:
    def test_beside_what_is_there(self, tmp_path: Path) -> None:
        old = '# mine\r\n[project]\r\nname = "a"\r\nrequires-python = ">=3.11,<3.13"\r\ndependencies = ["torch"]'
        (tmp_path / "pyproject.toml").write_bytes(old.encode())
        result = stackcheck("init", *SPARK, "--target", "jetson-thor", cwd=tmp_path)
        assert (result.code, result.err) == (0, "")
        assert result.out == (
            "pyproject.toml: [tool.stackcheck] was added\n"
            "  targets: dgx-spark, jetson-thor (--target)\n"
            "  Python 3.11 (requires-python)\n"
            "1 project file to lint: stackcheck lint\n"
        )
        new = (tmp_path / "pyproject.toml").read_bytes().decode()
        assert new.startswith(old)
        assert new.count("\n") == new.count("\r\n")
        assert tomli.loads(new)["tool"]["stackcheck"] == {
            "targets": ["dgx-spark", "jetson-thor"],
            "facts": ["python=3.11"],
        }
        assert stackcheck("lint", "--format", "json", cwd=tmp_path).report["subject"].count("target") == 2

    def test_where_there_is_no_pyproject(self, tmp_path: Path) -> None:
        (tmp_path / "requirements.txt").write_text("torch\n", encoding="utf-8")
        (tmp_path / ".python-version").write_text("3.12.3\n", encoding="utf-8")
        assert stackcheck("init", *SPARK, str(tmp_path)).code == 0
        settings = tomli.loads((tmp_path / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["stackcheck"]
        assert settings == {"targets": ["dgx-spark"], "facts": ["python=3.12"]}

    def test_without_a_target_nothing_is_guessed(self, tmp_path: Path) -> None:
        (tmp_path / "requirements.txt").write_text("numpy\n", encoding="utf-8")
        result = stackcheck("init", cwd=tmp_path)
        settings = tomli.loads((tmp_path / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["stackcheck"]
        if "targets: none yet" in result.out:  # unless this very machine is one of the targets
            assert settings == {}

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("[tool.stackcheck]\n", "has a [tool.stackcheck] table already"),
            ("tool = { black = {} }\n", "broken TOML"),
            ("[project\n", "broken TOML"),
        ],
    )
    def test_what_it_refuses_stays_as_it_is(self, text: str, message: str, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
        result = stackcheck("init", *SPARK, cwd=tmp_path)
        assert (result.code, result.out) == (2, "")
        assert message in result.err
        assert (tmp_path / "pyproject.toml").read_text(encoding="utf-8") == text

    def test_nothing_to_lint_and_no_such_target(self, tmp_path: Path) -> None:
        assert "no project file" in stackcheck("init", *SPARK, cwd=tmp_path).err
        (tmp_path / "requirements.txt").write_text("numpy\n", encoding="utf-8")
        assert "did you mean dgx-spark" in stackcheck("init", "--target", "dgx-sprak", cwd=tmp_path).err
        assert not (tmp_path / "pyproject.toml").exists()


def completion(instruction: str, variables: dict[str, str]) -> str:
    """What a shell is told that asks by the variable of the command."""
    done = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv = ['stackcheck']; from stackcheck.cli import main; main()"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "_STACKCHECK_COMPLETE": instruction, **variables},
    )
    return done.stdout


def completed(*words: str) -> list[str]:
    """What a shell would offer for the last word."""
    line = {"COMP_WORDS": " ".join(("stackcheck", *words)), "COMP_CWORD": str(len(words))}
    return completion("complete_bash", line).split()


class TestCompletion:
    @pytest.mark.parametrize(
        ("words", "offered"),
        [
            (("pre",), ["preflight"]),
            (("lint", "--target", "dgx-spark-"), ["dgx-spark-7.6"]),
            (("lint", "--format", "sa"), ["sarif"]),
            (("preflight", "isaac-l"), ["isaac-lab"]),
            (("explain", "gpu-"), ["gpu-code"]),
            (("explain", "isaac-sim/rt-"), ["isaac-sim/rt-cores"]),
            (("matrix", "show", "torchv"), ["torchvision"]),
        ],
    )
    def test_words(self, words: tuple[str, ...], offered: list[str]) -> None:
        assert completed(*words) == offered

    @pytest.mark.parametrize(
        ("shell", "command"), [("bash", "complete -o default"), ("zsh", "#compdef"), ("fish", "complete --command")]
    )
    def test_a_script_for_each_shell(self, shell: str, command: str) -> None:
        """Asked for by the variable: --show-completion is about the shell that runs it, which a test may not have."""
        script = completion(f"source_{shell}", {})
        assert f"_STACKCHECK_COMPLETE=complete_{shell}" in script
        assert f"{command} " in script

    def test_the_script_for_the_shell_that_asks(self) -> None:
        """A shell stays the parent, as it is for a user: the command after this one keeps it there."""
        done = subprocess.run(
            ["bash", "-c", f"{sys.executable} -m stackcheck --show-completion; exit $?"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert done.returncode == 0
        assert "_STACKCHECK_COMPLETE" in done.stdout
