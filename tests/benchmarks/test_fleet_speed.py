"""Many machines in one run against one process for each, and what their number costs: `pytest -m benchmark -s`.

`STACKCHECK_MACHINES=10000` takes as many as a large fleet has; by default it is a tenth, in minutes.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fleets import write

pytestmark = pytest.mark.benchmark

STACKCHECK = str(Path(sys.executable).parent / "stackcheck")
MACHINES = int(os.environ.get("STACKCHECK_MACHINES", "1000"))
SAMPLE = 20
"""Documents that are judged one by one."""


def processor_seconds(command: list[str]) -> float:
    """Seconds of processor time of a command and its children: what a busy machine does not stretch."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def peak_kilobytes(command: list[str]) -> int:
    """The most memory that a command itself held."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return os.wait4(process.pid, 0)[2].ru_maxrss


@pytest.mark.parametrize(("share", "ratio"), [(25, 20), (1, 5)], ids=["few different", "all different"])
def test_a_fleet_is_cheaper_than_a_process_for_each(share: int, ratio: float, tmp_path: Path) -> None:
    folder = write(tmp_path / "documents", MACHINES, MACHINES // share)
    some = sorted(folder.iterdir())[:: MACHINES // SAMPLE]
    alone = sum(processor_seconds([STACKCHECK, "check", "--env", str(path)]) for path in some) / len(some)
    for jobs in ("1", "2"):
        start = time.monotonic()
        together = processor_seconds([STACKCHECK, "fleet", str(folder), "--jobs", jobs, "--format", "json"]) / MACHINES
        wall = MACHINES / (time.monotonic() - start)
        sys.stdout.write(f"\n{MACHINES} machines, {jobs} jobs: {alone / together:.1f} times, {wall:.0f} a second\n")
        assert alone >= ratio * together


def test_memory_does_not_grow_with_the_machines(tmp_path: Path) -> None:
    few, many = (write(tmp_path / str(number), number, 400) for number in (MACHINES, 10 * MACHINES))
    for form in ("text", "json", "csv", "prometheus"):
        kilobytes = [
            peak_kilobytes([STACKCHECK, "fleet", str(folder), "--jobs", "1", "--format", form])
            for folder in (few, many)
        ]
        sys.stdout.write(f"\n{form}: {kilobytes[0]} and {kilobytes[1]} kB\n")
        assert kilobytes[1] <= 1.1 * kilobytes[0]
