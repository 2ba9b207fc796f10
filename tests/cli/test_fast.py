"""The table of the fast path is typer's own, and both read the same call alike."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.main import get_command

from stackcheck.cli import commands, fast
from stackcheck.cli.app import app

if TYPE_CHECKING:
    from pathlib import Path

TYPER = get_command(app).commands  # type: ignore[attr-defined]
HELP = {"--help", "-h"}


@pytest.mark.parametrize("command", sorted(fast.OPTIONS))
def test_same_options(command: str) -> None:
    theirs = {
        name: (param.name, param.is_flag, param.multiple)
        for param in TYPER[command].params
        if param.param_type_name == "option"
        for name in param.opts
        if name not in HELP
    }
    ours = {name: (dest, kind == "flag", kind == "texts") for name, (dest, kind) in fast.OPTIONS[command].items()}
    assert ours == theirs


@pytest.mark.parametrize("command", sorted(fast.ARGUMENTS))
def test_same_arguments(command: str) -> None:
    params = [param for param in TYPER[command].params if param.param_type_name == "argument"]
    assert [(param.name, param.nargs) for param in params] == [fast.ARGUMENTS[command]]


def test_same_commands() -> None:
    assert set(fast.OPTIONS) == set(fast.ARGUMENTS) == set(commands.COMMANDS)


def test_a_plain_call() -> None:
    assert fast.parse(["lint", "a.txt", "--target", "dgx-spark", "--target=gh200", "-q", "--format=json"]) == (
        "lint",
        {"paths": ["a.txt"], "target": ["dgx-spark", "gh200"], "quiet": True, "format_": "json"},
    )
    assert fast.parse(["check"]) == ("check", {"files": None})


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["--help"],
        ["matrix", "lint"],
        ["lint", "--help"],
        ["lint", "--format", "xml"],
        ["lint", "--nonsense"],
        ["lint", "--target"],
        ["lint", "--target", "--quiet"],
        ["lint", "--quiet=yes"],
        ["preflight"],
        ["preflight", "a", "b"],
        ["check", "--", "file"],
    ],
)
def test_the_rest_is_typers(argv: list[str]) -> None:
    assert fast.parse(argv) is None


words = st.sampled_from([*fast.OPTIONS["check"], "a.txt", "-", "json", "error", "--format=json", "--target=x", "x=y"])


@given(st.sampled_from(sorted(fast.OPTIONS)), st.lists(words, max_size=6))
def test_what_both_read_they_read_alike(command: str, argv: list[str]) -> None:
    plain = fast.parse([command, *argv])
    if plain is None:
        return
    with TYPER[command].make_context(command, list(argv)) as context:
        theirs = {name: said(value) for name, value in context.params.items() if value not in (None, [], (), False)}
    ours = {name: said(value) for name, value in plain[1].items() if value is not None}
    defaults = {"log": "-"}
    assert {**defaults, **ours}.items() >= theirs.items()


def said(value: object) -> object:
    """A value as text, lists as tuples: typer makes paths of texts only when it calls."""
    if isinstance(value, list | tuple):
        return tuple(map(str, value))
    return value if isinstance(value, bool) else str(value)


HEAVY = {
    *("dataclasses", "inspect", "pathlib", "logging", "subprocess", "difflib", "urllib.parse", "optparse", "typer"),
    *("rich", "pydantic", "packaging.markers", "packaging.requirements", "packaging.utils", "packaging.tags", "pip"),
    *("yaml", "json", "stackcheck.read.pyproject", "stackcheck.gather", "stackcheck.judge.consistency"),
}
"""What a plain lint of plain lines does not need; each would take a tenth of its time or more."""


@pytest.mark.parametrize("form", fast.FORMATS)
def test_a_run_loads_the_one_format_that_it_writes(form: str, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("torch==2.9.0\n", encoding="utf-8")
    argv = ["stackcheck", "lint", "--target", "dgx-spark", "--format", form, str(tmp_path / "requirements.txt")]
    program = (
        f"import os, sys; sys.argv = {argv!r}; os._exit = lambda code: print(*sys.modules, file=sys.stderr)\n"
        "from stackcheck.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False)
    loaded = set(done.stderr.split())
    assert {one for one in fast.FORMATS if f"stackcheck.report.{one}" in loaded} == {form}


def test_a_plain_lint_loads_little(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("torch==2.9.0\nnumpy>=1.26,<3  # why\n", encoding="utf-8")
    argv = ["stackcheck", "lint", "--target", "dgx-spark", str(tmp_path / "requirements.txt")]
    program = f"import sys; sys.argv = {argv!r}; from stackcheck.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-I", "-X", "importtime", "-c", program], capture_output=True, text=True, check=False
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "|" in line}
    assert done.returncode == 1
    assert "stackcheck.judge.engine" in loaded
    assert loaded & HEAVY == set()
