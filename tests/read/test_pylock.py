"""pylock.toml: which entries count on a target."""

from __future__ import annotations

import pytest

from tests.read.reading import locked, noted, read_text


def test_a_pylock() -> None:
    text = """\
        lock-version = "1.0"
        requires-python = ">=3.10"
        [[packages]]
        name = "torch"
        version = "2.11.0"
        marker = "platform_machine == 'aarch64'"
        index = "https://download.pytorch.org/whl/cu130"
        wheels = [{ name = "torch-2.11.0-cp312-cp312-manylinux_2_28_aarch64.whl", url = "https://files.example/x" }]
        [[packages]]
        name = "x86-only"
        version = "1"
        marker = "platform_machine == 'x86_64'"
        [[packages]]
        name = "from-git"
        vcs = { type = "git", url = "https://git.example/x" }
        """
    assert locked(read_text("pylock.dev.toml", text)) == [
        "4 torch==2.11.0 True None ('torch-2.11.0-cp312-cp312-manylinux_2_28_aarch64.whl',)",
        "10 x86-only==1 False None ()",
        "14 from-git True None None",
    ]


VALID = """\
lock-version = "1.0"
created-by = "a tool"
[[packages]]
name = "torch"
version = "2.11.0"
[[packages.wheels]]
url = "https://files.example/torch-2.11.0-cp312-cp312-manylinux_2_28_aarch64.whl"
hashes = {sha256 = "00"}
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("", "", 0, ""),
        ('created-by = "a tool"\n', "", 2, "Missing required value in 'created-by'"),
        ('name = "torch"', 'name = "Torch"', 4, "Name 'Torch' is not normalized in 'packages[0].name'"),
        ('sha256 = "00"', "", 4, "At least one hash must be provided in 'packages[0].wheels[0].hashes'"),
    ],
)
def test_what_installers_refuse_is_said_and_read(old: str, new: str, line: int, reason: str) -> None:
    result = read_text("pylock.toml", VALID.replace(old, new, 1))
    assert [str(ask) for ask in result.asks] == ["torch==2.11.0"]
    assert [(severity, int(at.split(":")[1]), text) for severity, at, text in noted(result.unread)] == (
        [("warning", line, f"Installers refuse this lock: {reason}.")] if reason else []
    )


def test_a_pylock_of_another_version() -> None:
    result = read_text("pylock.toml", VALID.replace('"1.0"', '"2.0"'))
    assert (result.asks, [one.severity for one in result.unread]) == ((), ["unknown"])
