"""The table of options: typer and the fast path read the same call alike, and functions take what it names."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text
from typer.main import get_command

from stackcheck.cli import fast
from stackcheck.cli.app import app
from stackcheck.cli.commands import JUDGING, SHOWN
from stackcheck.cli.options import COMMANDS
from stackcheck.cli.telling import TELLING
from stackcheck.report import FORMATS
from stackcheck.session.request import REQUESTED
from tests.cli.command import stackcheck

if TYPE_CHECKING:
    from pathlib import Path

TYPER = get_command(app)


def typers(name: str) -> Any:
    """typer's command of a name such as "matrix show"."""
    command: Any = TYPER
    for word in name.split():
        command = command.commands[word]
    return command


def test_every_command_has_its_function() -> None:
    assert set(COMMANDS) == {*JUDGING, *TELLING}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_no_help_is_taken_for_markup(name: str) -> None:
    """rich drops what it takes for a style: `stackcheck[lsp]` would read `stackcheck`."""
    command = COMMANDS[name]
    texts = [command.help, *(one.help for one in (*command.arguments, *command.options))]
    assert [text for text in texts if Text.from_markup(text).plain != text] == []


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_has_a_reader(name: str) -> None:
    """A function takes what its command is given, hands it to the request, or to what shows a report."""
    takes = set(inspect.signature({**JUDGING, **TELLING}[name]).parameters)
    if name == "image":
        takes |= set(inspect.signature(JUDGING["check"]).parameters)
    if name in (*JUDGING, "lsp"):  # the server judges as `lint` does
        takes |= {*SHOWN, *REQUESTED}
    command = COMMANDS[name]
    assert {value.dest for value in (*command.arguments, *command.options)} <= takes


@pytest.mark.parametrize(
    "argv",
    [
        *(["check", "--env", "a.json", "--env", "b.json"], ["check", "--target", "a", "--target=b"]),
        *(["lint", "--env=a", "--env=a"], ["preflight", "torch", "--python", "a", "--python", "b"]),
        *(["image", "x", "--target", "a", "--target", "b"], ["check", "--format", "json", "--format", "text"]),
        *(["env", "--root", "a", "--root", "b"], ["matrix", "show", "torch", "--output", "a", "--output", "b"]),
    ],
)
def test_an_option_that_takes_one_value_counts_once(argv: list[str]) -> None:
    assert fast.parse(argv) is None
    result = stackcheck(*argv)
    assert result.code == 2
    assert "is given twice" in result.err


def test_flags_and_lists_may_be_repeated() -> None:
    result = stackcheck("lint", "-q", "-q", "--target", "gh200", "--target", "gb200", "-", stdin="")
    assert (result.code, result.err) == (0, "")


def test_a_plain_call() -> None:
    assert fast.parse(["lint", "a.txt", "--target", "dgx-spark", "--target=gh200", "-q", "--format=json"]) == (
        "lint",
        {"paths": ["a.txt"], "target": ["dgx-spark", "gh200"], "quiet": True, "format_": "json"},
    )
    assert fast.parse(["check"]) == ("check", {"files": []})
    assert fast.parse(["diff", "a", "b"]) == ("diff", {"old": "a", "new": "b", "format_": "text"})


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["--help"],
        ["matrix"],
        ["matrix", "--help"],
        ["lint", "--help"],
        ["lint", "--format", "xml"],
        ["lint", "--nonsense"],
        ["lint", "--target"],
        ["lint", "--target", "--quiet"],
        ["lint", "--quiet=yes"],
        ["preflight"],
        ["diff", "a"],
        ["diff", "a", "b", "c"],
        ["check", "--", "file"],
    ],
)
def test_the_rest_is_typers(argv: list[str]) -> None:
    assert fast.parse(argv) is None


SPELLINGS = [name for option in COMMANDS["check"].options for name in option.names]
words = st.sampled_from([*SPELLINGS, "a.txt", "-", "json", "error", "--format=json", "--target=x", "x=y"])


@given(st.sampled_from(sorted(COMMANDS)), st.lists(words, max_size=6))
def test_what_both_read_they_read_alike(command: str, argv: list[str]) -> None:
    plain = fast.parse([*command.split(), *argv])
    if plain is None:
        return
    with typers(command).make_context(command, list(argv)) as context:
        theirs = {name: said(value) for name, value in context.params.items() if value not in (None, [], (), False)}
    ours = {name: said(value) for name, value in plain[1].items() if value is not None}
    assert {name: value for name, value in ours.items() if value not in ((), "False")} == theirs


def said(value: object) -> object:
    """A value as text, lists as tuples: typer makes paths of texts only when it calls."""
    if isinstance(value, list | tuple):
        return tuple(map(str, value))
    return value if isinstance(value, bool) else str(value)


HEAVY = {
    *("dataclasses", "inspect", "pathlib", "logging", "subprocess", "difflib", "urllib.parse", "optparse", "typer"),
    *("rich", "pydantic", "packaging.markers", "packaging.requirements", "packaging.utils", "packaging.tags", "pip"),
    *("yaml", "stackcheck.read.pyproject", "stackcheck.session.host", "stackcheck.judge.consistency"),
}
"""What a plain lint of plain lines does not need; each would take a tenth of its time or more."""


@pytest.mark.parametrize("form", FORMATS)
def test_a_run_loads_the_one_format_that_it_writes(form: str, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("torch==2.9.0\n", encoding="utf-8")
    argv = ["stackcheck", "lint", "--target", "dgx-spark", "--format", form, str(tmp_path / "requirements.txt")]
    program = (
        f"import os, sys; sys.argv = {argv!r}; os._exit = lambda code: print(*sys.modules, file=sys.stderr)\n"
        "from stackcheck.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False)
    loaded = set(done.stderr.split())
    assert {one for one in FORMATS if f"stackcheck.report.{one}" in loaded} == {form}


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
