"""What a terminal of 80 columns shows: weights, links where it has them, and nothing that it would have to break."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from stackcheck.cli.show import _has_links
from tests.cli.command import ROOT, stackcheck

if TYPE_CHECKING:
    from collections.abc import Mapping

LINT = ("lint", "--target", "dgx-spark", "examples/spark-broken")
SEVERAL = ("lint", "--target", "dgx-spark", "--target", "jetson-orin", "--target", "gh200", "examples/spark-broken")
LINK = re.compile(r"\x1b\]8;;(.*?)\x1b\\(.*?)\x1b\]8;;\x1b\\")
URL = re.compile(r"\s*https://\S+")


def shown(*args: str, **variables: str) -> str:
    """What the command writes to a terminal."""
    ours, theirs = pty.openpty()
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG")}
    env = {**kept, "TERM": "xterm-256color", "PYTHONUTF8": "1", **variables}
    command = [sys.executable, "-m", "stackcheck", *args]
    with subprocess.Popen(command, stdout=theirs, stderr=subprocess.DEVNULL, cwd=ROOT, env=env) as process:
        os.close(theirs)
        parts = []
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux: nobody holds the other end any more
                break
            if not part:
                break
            parts.append(part)
        process.wait()
    os.close(ours)
    return b"".join(parts).decode().replace("\r\n", "\n")


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", LINK.sub(r"\2", text))


def test_sources_are_behind_verbose_on_a_terminal_alone() -> None:
    text = shown(*LINT)
    assert "\x1b[1m" in text
    assert "source:" not in text
    assert "source:" in stackcheck(*LINT).out
    assert plain(shown(*LINT, "-v")) == stackcheck(*LINT).out
    assert plain(text).replace("`--verbose` shows the sources.\n", "") == re.sub(
        r"^    source: .*\n(?: {12}\(.*\n|https://.*\n)?", "", stackcheck(*LINT).out, flags=re.MULTILINE
    )


def test_links_where_the_terminal_has_them() -> None:
    assert LINK.search(shown(*LINT, "-v")) is None
    text = shown(*LINT, "-v", WT_SESSION="1")
    links = LINK.findall(text)
    assert ("https://github.com/dmlc/decord/issues/297" in text) or links
    assert all(url.startswith("https://") for url, _ in links)
    assert not any("[" in url or "\x1b" in url for url, _ in links)
    assert shown(*LINT, NO_COLOR="1") == re.sub(r"\x1b\[[0-9;]*m", "", shown(*LINT))


@pytest.mark.parametrize("args", [LINT, SEVERAL, ("preflight", "isaac-lab==2.3.*", "--target", "dgx-spark", "-v")])
def test_nothing_is_broken_at_eighty_columns(args: tuple[str, ...]) -> None:
    """Only an address that is longer than a line goes beyond it, on a line of its own."""
    long = [line for line in plain(shown(*args)).splitlines() if len(line) > 80]
    assert [line for line in long if not URL.fullmatch(line)] == []


@pytest.mark.parametrize(
    ("variables", "links"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "vscode"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, True),
        ({"VTE_VERSION": "4803"}, False),
        ({"TERM": "linux"}, False),
        ({"TERM": "screen-256color", "TERM_PROGRAM": "tmux"}, False),
        ({"TERM": "linux", "FORCE_HYPERLINK": "1"}, True),
        ({"WT_SESSION": "x", "FORCE_HYPERLINK": "0"}, False),
    ],
)
def test_a_terminal_is_known_by_its_variables(variables: Mapping[str, str], links: bool) -> None:
    assert _has_links(variables) is links
