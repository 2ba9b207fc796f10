"""The servers are extras: nothing of them is needed or loaded where they are not called."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SERVERS = {"lsp": "pygls", "mcp": "mcp"}
"""Each server and the library that its extra brings."""


def run(folder: Path, *args: str, blocked: str = "") -> subprocess.CompletedProcess[str]:
    """A run that finds a library broken off, as where it was never installed."""
    if blocked:
        text = f'raise ModuleNotFoundError("No module named {blocked!r}", name={blocked!r})\n'
        (folder / f"{blocked}.py").write_text(text, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "stackcheck", *args],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"},
        check=False,
    )


def said(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What a run said on standard error itself."""
    return [line for line in done.stderr.splitlines() if not line.startswith("import time:")]


@pytest.mark.parametrize("server", SERVERS)
def test_a_missing_extra_is_one_line_with_its_command(server: str, tmp_path: Path) -> None:
    done = run(tmp_path, server, blocked=SERVERS[server])
    assert (done.returncode, done.stdout) == (2, "")
    assert said(done) == [
        f"stackcheck: `stackcheck {server}` needs {SERVERS[server]}, which is not here; "
        f"install the extra: pip install 'stackcheck[{server}]'"
    ]


def test_no_other_command_loads_them(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("torch==2.9.0\n", encoding="utf-8")
    for args in (("lint", "--target", "dgx-spark", f"{tmp_path}/requirements.txt"), ("targets",), ("--help",)):
        done = run(tmp_path, *args)
        loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "|" in line}
        assert "stackcheck.cli" in loaded
        ours = {name for name in loaded if name.startswith(("stackcheck.serve.", "stackcheck.session.editor"))}
        assert not ours | (loaded & {*SERVERS.values(), "lsprotocol", "asyncio", "pydantic"}), args
