from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from stackcheck.model import Unknown
from stackcheck.probe.run import Output, find_program, run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def script(folder: Path, text: str, name: str = "tool") -> str:
    """An executable shell script."""
    place = folder / name
    place.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    place.chmod(0o755)
    return str(place)


def dies(child: int) -> bool:
    """Whether a process ends soon."""
    for _ in range(100):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return True
        # A killed orphan stays a zombie until whoever adopted it looks.
        with open(f"/proc/{child}/stat", encoding="ascii") as stat:  # noqa: PTH123
            if stat.read().rpartition(")")[2].split()[0] == "Z":
                return True
        time.sleep(0.02)
    return False


def test_what_a_command_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    tool = script(tmp_path, 'echo "$1 $LC_ALL $MORE"; echo oops >&2; exit 9')
    assert run((tool, "a;b"), variables={"MORE": "more"}) == Output("a;b C more\n", "oops\n", 9)


def test_nothing_to_read(tmp_path: Path) -> None:
    assert run((script(tmp_path, "cat; echo end"),)) == Output("end\n", "", 0)


def test_what_cannot_be_started(tmp_path: Path) -> None:
    assert run((str(tmp_path / "none"),)) == Unknown("none cannot be started: No such file or directory")
    (tmp_path / "text").write_text("no program", encoding="utf-8")
    assert isinstance(run((str(tmp_path / "text"),)), Unknown)
    assert isinstance(run((sys.executable, "nul\0byte")), Unknown)


def test_a_command_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    tool = script(tmp_path, f'sleep 60 & echo $! > "{tmp_path}/child"; wait')
    started = time.monotonic()
    assert run((tool,), 0.3) == Unknown("tool did not answer in 0.3 s")
    assert time.monotonic() - started < 3
    assert dies(int((tmp_path / "child").read_text(encoding="ascii")))


def test_what_a_command_leaves_behind_is_killed(tmp_path: Path) -> None:
    """A child that has closed its streams keeps nobody waiting; it does not outlive the command all the same."""
    answer = run((script(tmp_path, "sleep 60 >/dev/null 2>&1 & echo $!"),))
    assert isinstance(answer, Output)
    assert dies(int(answer.text))


def test_a_child_that_keeps_the_pipe_open_does_not_keep_us(tmp_path: Path) -> None:
    started = time.monotonic()
    assert run((script(tmp_path, "sleep 60 & echo done"),), 0.3) == Unknown("tool did not answer in 0.3 s")
    assert time.monotonic() - started < 3


def test_a_flood_is_cut(tmp_path: Path) -> None:
    assert run((script(tmp_path, "yes"),)) == Unknown("tool printed more than 1 MiB")


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    assert run((script(tmp_path, r"printf 'a\377b'"),)) == Output("a\ufffdb", "", 0)


def test_finding_a_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = script(tmp_path, "")
    (tmp_path / "folder").mkdir()
    assert find_program("tool", f"/none:{tmp_path}/") == tool
    assert find_program("folder", str(tmp_path)) is None
    monkeypatch.chdir(tmp_path)
    assert find_program("tool", ".::") is None
