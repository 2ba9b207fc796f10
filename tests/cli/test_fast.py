"""The table of the fast path is typer's own, and both read the same call alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.main import get_command

from stackcheck.cli import commands, fast
from stackcheck.cli.app import app

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
    ours = {
        name: (dest, kind == "flag", kind in ("texts", "paths")) for name, (dest, kind) in fast.OPTIONS[command].items()
    }
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
    defaults = {"format_": "text", "fail_on": "error", "log": "-"}
    assert {**defaults, **ours}.items() >= theirs.items()


def said(value: object) -> object:
    """A value as text, lists as tuples: typer makes paths of texts only when it calls."""
    if isinstance(value, list | tuple):
        return tuple(map(str, value))
    return value if isinstance(value, bool) else str(value)
