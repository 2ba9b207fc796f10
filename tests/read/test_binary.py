from __future__ import annotations

import pytest

from stackcheck.model import Stack
from stackcheck.read import read_project
from stackcheck.read.binary import WheelsAlone, of_settings, of_variables
from tests.read.reading import read_text


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--only-binary :all:", {"a", "b"}),
        ("--only-binary=:all:\n--no-binary=b", {"a"}),
        ("--only-binary B,c", {"b"}),
        ("--no-binary :all:\n--only-binary a", {"a"}),
        ("--only-binary a\n--only-binary :none:", set()),
        ("--only-binary a\n--no-binary a", set()),
        ("--no-binary a", set()),
        ("--prefer-binary", set()),
    ],
)
def test_the_options_of_a_requirements_file(options: str, expected: set[str]) -> None:
    asks = read_text("requirements.txt", f"a\nb\n{options}\n").asks
    assert {ask.name for ask in asks if ask.binary} == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("pip install --only-binary=:all: a b", {"a", "b"}),
        ("pip install --only-binary a a b", {"a"}),
        ("uv pip install --no-build a b", {"a", "b"}),
        ("uv pip install --no-build-package b a b", {"b"}),
        ("uv pip install a b", set()),
    ],
)
def test_the_options_of_a_command(command: str, expected: set[str]) -> None:
    asks = read_text("Dockerfile", f"FROM ubuntu:24.04\nRUN {command}\n").asks
    assert {ask.name for ask in asks if ask.binary} == expected


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("[tool.uv]\nno-build = true", {"a", "b"}),
        ("[tool.uv]\nno-build = false", set()),
        ('[tool.uv]\nno-build-package = ["A"]', {"a"}),
        ('[tool.uv.pip]\nonly-binary = [":all:"]', {"a", "b"}),
        ('[tool.uv]\nno-build-package = "a"', set()),
    ],
)
def test_the_settings_of_uv(table: str, expected: set[str]) -> None:
    text = f'[project]\nname = "p"\nversion = "1"\ndependencies = ["a", "b"]\n{table}\n'
    assert {ask.name for ask in read_text("pyproject.toml", text).asks if ask.binary} == expected


def test_variables() -> None:
    assert of_variables({"PIP_ONLY_BINARY": ":all:", "PIP_NO_BINARY": None}) == WheelsAlone(every=True)
    assert of_variables({"UV_NO_BUILD": "1"}, uv=True).every
    assert not of_variables({"UV_NO_BUILD": "0", "PIP_ONLY_BINARY": ":all:"}, uv=True).every
    assert of_variables({"UV_NO_BUILD_PACKAGE": "a b"}, uv=True).named == {"a", "b"}
    assert of_settings([("no-build", "yes"), ("index", [])]) == WheelsAlone()


@pytest.mark.parametrize(
    ("text", "built"),
    [
        ("--no-binary :all:\nthing\n", True),
        ("--no-binary thing\nthing\n", True),
        ("--no-binary other\nthing\n", False),
        ("--no-binary :all:\n--only-binary thing\nthing\n", False),
        ("--no-binary :all:\n--only-binary :all:\nthing\n", False),
        ("--no-binary thing\n--no-binary :none:\nthing\n", False),
        ("thing\n", False),
    ],
)
def test_what_is_built_whatever_wheels_there_are(text: str, *, built: bool) -> None:
    result = read_project(["requirements.txt"], Stack(), lambda _: text.encode())
    assert [ask.built for ask in result.asks] == [built]
