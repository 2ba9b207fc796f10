"""Standard streams that are closed or full, and files that options name: one clear line, never a traceback."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import ROOT, stackcheck

if TYPE_CHECKING:
    from pathlib import Path

TARGET = ("--target", "dgx-spark")
COMMANDS = ("lint requirements.txt --target dgx-spark", "targets", "matrix list", "--version", "--help")


def shell(folder: Path, args: str, streams: str) -> tuple[int, str]:
    """Exit code and standard error of a run whose streams a shell has redirected."""
    (folder / "requirements.txt").write_text("torch==2.9.0\n", encoding="utf-8")
    command = f"{sys.executable} -m stackcheck {args} {streams}"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, cwd=folder, env=env)
    return done.returncode, done.stderr


@pytest.mark.parametrize("args", COMMANDS)
@pytest.mark.parametrize(("streams", "why"), [(">/dev/full", "No space left"), (">&-", "Bad file descriptor")])
def test_output_that_cannot_be_written(args: str, streams: str, why: str, tmp_path: Path) -> None:
    code, said = shell(tmp_path, args, streams)
    assert code == 2
    assert said.startswith(f"stackcheck: standard output cannot be written: {why}")
    assert said.count("\n") == 1


@pytest.mark.parametrize("args", COMMANDS[:2])
@pytest.mark.parametrize("streams", [">/dev/full 2>/dev/full", ">&- 2>&-", "<&- >&- 2>&-"])
def test_nothing_is_left_to_say_it_on(args: str, streams: str, tmp_path: Path) -> None:
    assert shell(tmp_path, args, streams)[0] == 2


def test_streams_that_are_not_used_may_be_closed(tmp_path: Path) -> None:
    args = "lint requirements.txt --target dgx-spark --output report.json --format json"
    for streams in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
        assert shell(tmp_path, args, streams)[0] == 1
        assert (tmp_path / "report.json").read_bytes().endswith(b"}\n"), streams
        assert (tmp_path / "requirements.txt").read_bytes() == b"torch==2.9.0\n"
        (tmp_path / "report.json").unlink()


def test_standard_input_that_is_closed(tmp_path: Path) -> None:
    code, said = shell(tmp_path, "lint - --target dgx-spark", "<&-")
    assert (code, said) == (2, "stackcheck: -: cannot be read (Bad file descriptor); check the path\n")


def test_output_of_an_option_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("torch==2.9.0\n", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    for path, why in (("folder", "directory"), ("no/a", "No such file"), ("/dev/full", "No space left")):
        result = stackcheck("lint", "requirements.txt", *TARGET, "--output", path, cwd=tmp_path)
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith(f"stackcheck: --output {path}: cannot be written: ")
        assert why in result.err


def test_a_baseline_is_written_whole(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("torch==2.9.0\n", encoding="utf-8")
    (tmp_path / "real.json").write_text("old", encoding="utf-8")
    (tmp_path / "baseline.json").symlink_to("real.json")
    result = stackcheck("lint", "requirements.txt", *TARGET, "--write-baseline", "baseline.json", cwd=tmp_path)
    assert result.code == 0, result
    assert (tmp_path / "baseline.json").is_symlink()
    assert stackcheck("lint", "requirements.txt", *TARGET, "--baseline", "real.json", cwd=tmp_path).code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["baseline.json", "real.json", "requirements.txt"]


def killed_runs(tmp_path: Path, count: int) -> None:
    """Runs whose --output is large, each killed at a random moment: the old report is there, or the new one."""
    lines = "".join(f"own-{number}=={number}.*  # {'x' * 20}\nwrong line {number} !\n" for number in range(400))
    (tmp_path / "requirements.txt").write_text(f"torch==2.9.0\n{lines}", encoding="utf-8")
    args = ("lint", "requirements.txt", *TARGET, "--format", "json")
    start = time.monotonic()
    new = stackcheck(*args, cwd=tmp_path).out
    usual = time.monotonic() - start
    assert len(new) > 100_000
    path = tmp_path / "report.json"
    path.write_text("old", encoding="utf-8")
    chance = random.Random(11)  # noqa: S311
    seen: set[str] = set()
    for _ in range(count):
        command = [sys.executable, "-m", "stackcheck", *args, "--output", "report.json"]
        with subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}) as child:
            time.sleep(usual * chance.uniform(0.3, 1.3))
            child.kill()
        text = path.read_text(encoding="utf-8")
        assert text in ("old", new)
        seen.add(text)
        path.write_text("old", encoding="utf-8")
    assert "old" in seen


def test_killed_runs(tmp_path: Path) -> None:
    killed_runs(tmp_path, 4)


@pytest.mark.slow
def test_fifty_killed_runs(tmp_path: Path) -> None:
    killed_runs(tmp_path, 50)
