"""The same work on a Dask cluster: the same bytes, and nothing lost where a worker is killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from stackcheck.report import FLEET_FORMATS
from stackcheck.session import fleet as work
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.request import Filters, Request
from stackcheck.session.workers import Workers
from tests.cli.command import ROOT, stackcheck
from tests.fleets import write, write_images
from tests.report.test_fleet import rendered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from stackcheck.report.fleet import Fleet, Verdicts

pytest.importorskip("distributed", reason="Dask is not in this environment")


@contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and workers as processes of their own, as on several machines; the address, and the workers."""
    address_file = folder / "scheduler.json"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__DEPLOY__LOST_WORKER_TIMEOUT": "5s"}
    started: list[subprocess.Popen[bytes]] = []

    def start(module: str, *args: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{module}", *args]
        log = (folder / f"{module}-{len(started)}.log").open("wb")
        with log:
            process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        started.append(process)
        return process

    at = ("--scheduler-file", str(address_file))
    try:
        start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", *at)
        own = [start("dask_worker", *at, "--nthreads", "1", "--no-dashboard", "--no-nanny") for _ in range(workers)]
        yield _address(address_file), own
    finally:
        for process in started:
            process.kill()
            process.wait()


def _address(path: Path) -> str:
    import json

    for _ in range(600):
        if path.exists() and path.stat().st_size:
            return str(json.loads(path.read_text(encoding="utf-8"))["address"])
        time.sleep(0.1)
    raise TimeoutError("the scheduler did not start")


def judged(folder: Path, workers: Workers) -> Fleet:
    return work.fleet([str(folder)], Request(), Filters(), workers, lambda _: None, targets=("dgx-spark",))


def slowly(shared: work.Work, tasks: Sequence[work.Task]) -> Verdicts:
    """The work, in a batch that takes long enough to be killed in."""
    time.sleep(0.3)
    return work.judged(shared, tasks)


@pytest.mark.slow
def test_a_killed_worker_loses_nothing_and_the_bytes_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "documents", 120, 80)
    write_images(folder / "images")
    here = judged(folder, Workers(1))
    monkeypatch.setattr(work, "BATCH", 4)
    with cluster(tmp_path) as (address, (first, _)):
        killed: list[int] = []
        spread = work.spread

        def killing(_: object, shared: object, batches: object, workers: Workers) -> Iterator[Verdicts]:
            for number, part in enumerate(spread(slowly, shared, batches, workers)):  # type: ignore[arg-type]
                if number == 3:
                    os.kill(first.pid, signal.SIGKILL)
                    killed.append(first.wait())
                yield part

        monkeypatch.setattr(work, "spread", killing)
        there = judged(folder, Workers(dask=address))
        assert killed == [-signal.SIGKILL]
    for form in FLEET_FORMATS:
        assert rendered(form, there) == rendered(form, here)


@pytest.mark.slow
def test_the_command(tmp_path: Path) -> None:
    folder = write(tmp_path / "documents", 20, 10)
    with cluster(tmp_path) as (address, _):
        there = stackcheck("fleet", str(folder), "--dask", address, "--format", "json", cwd=tmp_path)
        listed = tmp_path / "list"
        listed.write_text(f"{ROOT}/examples/spark-broken\n{ROOT}/examples/spark-repaired\n", encoding="utf-8")
        repos = ("lint", "--repos", str(listed), "--target", "dgx-spark", "--format", "json")
        linted = stackcheck(*repos, "--dask", address, cwd=tmp_path)
    here = stackcheck("fleet", str(folder), "--jobs", "1", "--format", "json", cwd=tmp_path)
    assert (there.code, there.out) == (here.code, here.out)
    assert linted.out == stackcheck(*repos, "--jobs", "1", cwd=tmp_path).out


def test_workers_that_would_say_other_things() -> None:
    from stackcheck.session import dask

    version, matrix = dask.known()
    dask._compare({"tcp://a": (version, matrix)}, "tcp://x")
    with pytest.raises(CannotWorkError, match="has no worker"):
        dask._compare({}, "tcp://x")
    with pytest.raises(CannotWorkError, match=r"tcp://b has stackcheck 0\.0\.1"):
        dask._compare({"tcp://a": (version, matrix), "tcp://b": ("0.0.1", matrix)}, "tcp://x")


def test_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    from stackcheck.session import dask

    monkeypatch.setattr(dask, "TIMEOUT", "1s")
    for address in ("tcp://127.0.0.1:1", "nonsense://x"):
        with pytest.raises(CannotWorkError, match="no scheduler answers there"):
            list(dask.spread(lambda shared, batch: None, None, iter([(1,)]), address))
