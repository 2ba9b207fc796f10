"""The command lines of pip and uv, beside pip's own parser and uv's own help."""

from __future__ import annotations

import re
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
from pip._internal.cli.main_parser import create_main_parser
from pip._internal.commands import create_command

from stackcheck.read.arguments import PIP, PIP_VERBS, UV, UV_VERBS, Table, read_arguments, verb_at
from stackcheck.read.words import Word

UV_PROGRAM = Path(sysconfig.get_path("scripts")) / "uv"


def words(text: str) -> tuple[Word, ...]:
    """The words of a text at their places."""
    return tuple(Word(found[0], found.start(), found.end()) for found in re.finditer(r"\S+", text))


def options(text: str, table: Table) -> list[tuple[str, str | None]]:
    """Names and values of the arguments of a command."""
    return [(one.name, one.value.text if one.value else None) for one in read_arguments(words(text), table)]


def of_pip(parser: Any) -> tuple[set[str], set[str]]:
    """The spellings of pip's options that take a value, and of those that take none."""
    valued: set[str] = set()
    flags: set[str] = set()
    for option in parser.option_list_all:
        (valued if option.takes_value() else flags).update(option._short_opts + option._long_opts)
    return valued, flags


@pytest.mark.parametrize("verb", sorted(PIP_VERBS))
def test_pips_own_tables(verb: str) -> None:
    assert of_pip(create_command(verb).parser) == (PIP_VERBS[verb].valued, PIP_VERBS[verb].flags)


def test_pips_general_options() -> None:
    assert of_pip(create_main_parser()) == (PIP.valued, PIP.flags)


def of_uv(*command: str) -> tuple[set[str], set[str]]:
    """The options that uv's help names, with a value and without."""
    run = subprocess.run([UV_PROGRAM, *command, "--help"], capture_output=True, text=True, check=True)
    valued: set[str] = set()
    flags: set[str] = set()
    for short, long, value in re.findall(r"^ {2,6}(?:(-\w), )?(--[\w-]+)( <|\[)?", run.stdout, re.MULTILINE):
        (valued if value else flags).update({short, long} - {""})
    assert len(valued) > 30
    return valued, flags


@pytest.mark.parametrize("verb", sorted(UV_VERBS))
def test_uvs_own_tables(verb: str) -> None:
    """The tables hold hidden spellings too; none of these may say the opposite of what the help says."""
    valued, flags = of_uv(*verb.split())
    table = UV_VERBS[verb]
    assert (valued - table.valued, flags - table.flags) == (set(), set())
    assert not table.valued & table.flags
    assert not table.former & (table.valued | table.flags)


def test_uvs_general_options() -> None:
    """What every command of uv takes stands before the command too."""
    everywhere = [of_uv(*verb.split()) for verb in sorted(UV_VERBS)]
    run = subprocess.run([UV_PROGRAM, "--help"], capture_output=True, text=True, check=True)
    for short, long, value in re.findall(r"^ {2,6}(?:(-\w), )?(--[\w-]+)( <|\[)?", run.stdout, re.MULTILINE):
        for name in {short, long} - {""}:
            assert name in (UV.valued if value else UV.flags)
    assert all(valued & UV.flags == set() == flags & UV.valued for valued, flags in everywhere)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-qr r.txt a", [("-q", None), ("-r", "r.txt"), ("", "a")]),
        ("-qrr.txt a", [("-q", None), ("-r", "r.txt"), ("", "a")]),
        ("--cons r.txt --constraint=s.txt a", [("--constraint", "r.txt"), ("--constraint", "s.txt"), ("", "a")]),
        ("--forc --ind https://x/y a", [("--force-reinstall", None), ("--index-url", "https://x/y"), ("", "a")]),
        ("--req r.txt a", [("--requirement", "r.txt"), ("", "a")]),
        ("--constraint f a", [("--constraint", "f"), ("", "a")]),
        ("--root-user-action ignore a", [("--root-user-action", "ignore"), ("", "a")]),
        ("--progress-bar off --no-cache a", [("--progress-bar", "off"), ("--no-cache-dir", None), ("", "a")]),
        ("--no-c a", [("--no-c", None), ("", "a")]),
        ("--up x a", [("--up", "x"), ("", "a")]),
        ("-- -r a", [("", "-r"), ("", "a")]),
        ("-r", [("-r", None)]),
        ("--global-option -x a", [("--global-option", "-x"), ("", "a")]),
        ("- a", [("", "-"), ("", "a")]),
    ],
)
def test_as_pip_reads_them(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert options(text, PIP_VERBS["install"]) == expected


@pytest.mark.parametrize(
    "text",
    [
        "-qr r.txt a", "-qrr.txt a", "--requirement r.txt a", "--root-user-action ignore a -U b", "-Ur=r.txt", "-tx a",
        "--index https://x a --extra-index-url=y", "a -- -r b", "-vvv --time 3 --log f a", "-Cx=y a",
        "--pre a --only-b :all: b",
    ],
)  # fmt: skip
def test_as_pips_own_parser_reads_them(text: str) -> None:
    given, rest = create_command("install").parser.parse_args(text.split())
    found = options(text, PIP_VERBS["install"])
    assert [value for name, value in found if not name] == rest
    assert [value for name, value in found if name in ("-r", "--requirement")] == given.requirements


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-qr r.txt a", [("-q", None), ("-r", "r.txt"), ("", "a")]),
        ("-r=r.txt --requirement s.txt", [("-r", "r.txt"), ("--requirement", "s.txt")]),
        ("--reinstall-package torch a", [("--reinstall-package", "torch"), ("", "a")]),
        ("--constraints f a", [("--constraints", "f"), ("", "a")]),
        ("--torch-backend cpu -p 3.12 a", [("--torch-backend", "cpu"), ("-p", "3.12"), ("", "a")]),
        ("--req a", [("--req", None), ("", "a")]),
        ("--upgrade-strategy eager a", [("--upgrade-strategy", "eager"), ("", "a")]),
    ],
)
def test_as_uv_reads_them(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert options(text, UV_VERBS["pip install"]) == expected


def test_an_option_that_the_tool_does_not_have() -> None:
    found = list(read_arguments(words("--upgrade-strategy eager --req r a"), UV_VERBS["pip install"]))
    assert [one.known for one in found] == [False, False, True, True]


def test_the_verb_stands_behind_options_and_their_values() -> None:
    assert verb_at(words("--timeout 100 -q --log install install a"), PIP) == 5
    assert verb_at(words("--timeout 100 -q --log f install a"), PIP) == 5
    assert verb_at(words("--directory pip --quiet add a"), UV) == 3
    assert verb_at(words("--version"), PIP) == 1
