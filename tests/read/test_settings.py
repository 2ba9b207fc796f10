"""`[tool.stackcheck]`: each key, and each mistake at its line."""

from __future__ import annotations

import pytest

from stackcheck.model import Ignore, Location
from stackcheck.read.errors import ReadError
from stackcheck.read.settings import KEYS, read_settings

CHOICES = {"targets": ("dgx-spark", "gh200"), "format": ("text", "json"), "fail-on": ("error", "warning", "note")}
WHOLE = """\
[project]
name = "robot"

[tool.stackcheck]
targets = ["dgx-spark"]
want = ["isaac-lab==2.3.*"]
features = ["isaac-lab:skillgen"]
facts = ["python=3.11"]
matrix = ["rows"]
select = ["builds"]
baseline = "known.json"
format = "json"
fail-on = "warning"
strict = true
quiet = false

[[tool.stackcheck.ignore]]
id = "torch/pypi-aarch64-cpu"
reason = "a CPU build is wanted here"
until = 2027-01-31
"""


def read(text: str) -> object:
    return read_settings(text.encode(), "pyproject.toml", CHOICES)


def test_every_key() -> None:
    found = read_settings(WHOLE.encode(), "pyproject.toml", CHOICES)
    assert found is not None
    assert {*found.values, "ignore"} == set(KEYS)
    assert found.values["targets"] == ["dgx-spark"]
    assert found.values["fail-on"] == "warning"
    assert (found.values["strict"], found.values["quiet"]) == (True, False)
    assert found.ignores == (
        Ignore(
            "torch/pypi-aarch64-cpu",
            "pyproject.toml:18",
            Location("pyproject.toml", 18, 7, 29),
            "a CPU build is wanted here",
            "2027-01-31",
        ),
    )


def test_no_table_is_no_settings() -> None:
    assert read('[project]\nname = "stackcheck"\n') is None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("taregts = []", "pyproject.toml:2:1: tool.stackcheck.taregts is no setting; did you mean targets?"),
        ('targets = "gh200"', "pyproject.toml:2:1: tool.stackcheck.targets should be a list"),
        (
            'targets = ["gh2000"]',
            "pyproject.toml:2:13: tool.stackcheck.targets[0] is 'gh2000', which there is not; did you mean gh200?",
        ),
        ("want = [1]", "pyproject.toml:2:1: tool.stackcheck.want[0] should be a text"),
        ('want = ["=="]', "pyproject.toml:2:10: tool.stackcheck.want[0]: `==` is not a product"),
        ('features = ["skillgen"]', "pyproject.toml:2:14: tool.stackcheck.features[0]: `skillgen` is not a feature"),
        ('facts = ["colour=red"]', "pyproject.toml:2:11: tool.stackcheck.facts[0]: "),
        (
            'format = "xml"',
            "pyproject.toml:2:11: tool.stackcheck.format is 'xml', which there is not; known: text, json",
        ),
        ('strict = "yes"', "pyproject.toml:2:1: tool.stackcheck.strict should be true or false"),
        ('ignore = ["torch/x"]', "pyproject.toml:2:1: tool.stackcheck.ignore[0] should be a table such as"),
        (
            'ignore = [{ id = "torch/x" }]',
            "pyproject.toml:2:1: tool.stackcheck.ignore[0].reason is missing or no text: an ignore says what it",
        ),
        ('ignore = [{ reason = "r" }]', "tool.stackcheck.ignore[0] should have an id or a kind, and not both"),
        (
            'ignore = [{ id = "a/b", reason = "r", until = "2027-01-31" }]',
            "pyproject.toml:2:39: tool.stackcheck.ignore[0].until should be a day such as 2027-01-31",
        ),
        (
            'ignore = [{ id = "a/b", reason = "r", til = 2027-01-31 }]',
            "pyproject.toml:2:39: tool.stackcheck.ignore[0].til is no key of an ignore; did you mean until?",
        ),
    ],
)
def test_a_mistake_has_its_place(line: str, message: str) -> None:
    with pytest.raises(ReadError) as raised:
        read(f"[tool.stackcheck]\n{line}\n")
    assert message in str(raised.value)


def test_a_table_that_is_none() -> None:
    with pytest.raises(ReadError, match=r"pyproject.toml:2:1: tool.stackcheck should be a table"):
        read("[tool]\nstackcheck = 1\n")
