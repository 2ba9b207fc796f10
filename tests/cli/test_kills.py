"""A run that is killed while it writes leaves each file as it was or as it is to be, and nothing that trips the next.

A run kills itself at one of its moments: before it makes, opens, renames or removes a file (the events of Python's
audit hooks), so that every state that a kill can leave behind comes up.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest

from stackcheck.cli import main
from stackcheck.disk import PREFIX
from tests.probe.server import JSON, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REQUIREMENTS = "torch==2.9.0\nopen3d==0.18.0\ndemo\n"
PROJECT = '[project]\nname = "own"\nversion = "1"\ndependencies = [\n    "numpy",\n]\n'
LINT = "lint requirements.txt --target dgx-spark"
WRITERS = {
    "report": f"{LINT} --format json --output report.json",
    "baseline": f"{LINT} --write-baseline baseline.json",
    "fix": f"{LINT} --fix --unsafe-fixes",
    "init": "init --target dgx-spark",
    "plan": "plan torch==2.9.1 --target dgx-spark --write requirements-plan.txt --write constraints.txt",
    "cache": f"{LINT} --online --cache cache",
    "records": "matrix learn demo --index own={url} --into rows --cache cache",
    "site": "matrix site site --product torch",
}
QUICK = ("baseline", "fix", "plan")
CHANGES = ("os.rename", "os.remove", "os.link", "os.mkdir", "os.chmod", "tempfile.mkstemp")


def ran(folder: Path, args: list[str], kill_at: int | None = None) -> tuple[int, int]:
    """A run in a process that is forked from this one: its exit code, and how many moments it had. With `kill_at` it
    is killed before that one, and the exit code is that of the signal."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        seen = 0

        def hook(event: str, given: tuple[Any, ...]) -> None:
            nonlocal seen
            if event in CHANGES or (event == "open" and isinstance(given[2], int) and given[2] & os.O_ACCMODE):
                if seen == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)
                seen += 1
                os.write(writing, b".")

        os.chdir(folder)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        sys.argv = ["stackcheck", *args]
        sys.stdout, sys.stderr = open(1, "w", encoding="utf-8"), open(2, "w", encoding="utf-8")  # noqa: SIM115
        sys.dont_write_bytecode = True  # it is no moment of the run
        sys.addaudithook(hook)
        try:
            main()
        except SystemExit as ended:
            os._exit(ended.code if isinstance(ended.code, int) else 0)
        finally:
            os._exit(70)
    os.close(writing)
    with open(reading, encoding="ascii") as file:  # noqa: PTH123
        moments = len(file.read())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), moments


def files(folder: Path) -> dict[str, bytes]:
    """What a folder holds, but for what a killed run leaves beside a file."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith(PREFIX):
            found[str(path.relative_to(folder))] = without_time(path.read_bytes())
    return found


def without_time(data: bytes) -> bytes:
    """A page of the cache without the moment that it was fetched at."""
    with contextlib.suppress(ValueError, KeyError):
        head, sign, rest = data.partition(b"\n")
        about = json.loads(head)
        del about["fetched"]
        return json.dumps(about).encode() + sign + rest
    return data


@contextlib.contextmanager
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package index with one project."""
    wheel = "demo-1.0-py3-none-manylinux_2_28_aarch64.whl"
    page = json.dumps({"meta": {"api-version": "1.0"}, "files": [{"filename": wheel, "url": wheel, "hashes": {}}]})
    with serving({"/simple/demo/": (JSON, page.encode())}) as served:
        monkeypatch.setenv("PIP_INDEX_URL", served.url)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        yield served.url


def killed(name: str, moments: list[int] | None, count: int, folder: Path, url: str) -> None:
    """Kills a run at `count` random moments, or at the given ones, and lets another one do its work behind it."""
    args = WRITERS[name].format(url=url).split()

    def fresh(place: str) -> Path:
        shutil.rmtree(folder / place, ignore_errors=True)
        (folder / place).mkdir()
        (folder / place / "requirements.txt").write_text(REQUIREMENTS, encoding="utf-8")
        (folder / place / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
        return folder / place

    clean = fresh("clean")
    old = files(clean)
    code, every = ran(clean, args)
    new = files(clean)
    again = ran(clean, args)[0]
    assert (code in (0, 1), new != old, every > 2) == (True, True, True), (code, every)
    chance = random.Random(name)  # noqa: S311
    for moment in moments or [chance.randrange(every) for _ in range(count)]:
        torn = fresh("torn")
        assert ran(torn, args, moment % every)[0] == -signal.SIGKILL
        left = files(torn)
        assert [path for path, data in left.items() if data not in (old.get(path), new.get(path))] == []
        assert old.keys() <= left.keys()
        assert ran(torn, args)[0] in (code, again)
        assert files(torn) == new


@pytest.mark.parametrize("name", QUICK)
def test_kills(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with index(monkeypatch) as url:
        killed(name, [-1], 0, tmp_path, url)


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITERS)
def test_fifty_kills(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with index(monkeypatch) as url:
        killed(name, None, 50, tmp_path, url)
