"""What the README shows is what comes out: each output block is run again. STACKCHECK_UPDATE=1 rewrites them."""

from __future__ import annotations

import os
import re
import shlex

import pytest

from tests.cli.command import ROOT, stackcheck

README = ROOT / "README.md"
BLOCK = re.compile(r"<!-- output: stackcheck (.*?) -->\n```\n(.*?)```\n", re.DOTALL)
BLOCKS = [(found[1], found[2]) for found in BLOCK.finditer(README.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("command", "shown"), BLOCKS, ids=[command for command, _ in BLOCKS])
def test_outputs(command: str, shown: str) -> None:
    out = stackcheck(*shlex.split(command)).out
    if os.environ.get("STACKCHECK_UPDATE"):
        text = README.read_text(encoding="utf-8")
        head = f"<!-- output: stackcheck {command} -->\n```\n"
        README.write_text(text.replace(f"{head}{shown}```\n", f"{head}{out}```\n"), encoding="utf-8")
        return
    assert out == shown


def test_there_are_outputs() -> None:
    assert len(BLOCKS) >= 2


def test_every_command_is_named() -> None:
    text = README.read_text(encoding="utf-8")
    listed = re.findall(r"^│?\s*([a-z]+)\s{2,}\S", stackcheck("--help").out, re.MULTILINE)
    assert {"check", "lint", "preflight", "env", "explain", "matrix", "targets"} <= set(listed)
    for name in listed:
        assert f"`stackcheck {name}" in text, name


def test_ci_runs_the_command_of_the_readme() -> None:
    command = README.read_text(encoding="utf-8").partition("<!-- tests -->\n```sh\n")[2].partition("\n```")[0]
    assert "pytest" in command
    assert "<!-- tests -->" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
