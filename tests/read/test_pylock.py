"""pylock.toml: which entries count on a target."""

from __future__ import annotations

from tests.read.reading import locked, read_text


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
