"""Records cost what is asked of them, not what is there: `pytest -m benchmark -s`."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

import pytest

from stackcheck.matrix.records import Records
from stackcheck.matrix.store import shipped

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.benchmark

ASKED = 60


def best(work: Callable[[], object], turns: int = 25) -> float:
    """Seconds of the fastest turn."""
    times = []
    for _ in range(turns):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def names() -> list[str]:
    """The projects whose shipped records are largest."""
    records = Records([shipped()])
    sizes = {name: len(record.data) for name in records.projects() if (record := records.record(name))}
    return sorted(sizes, key=lambda name: -sizes[name])[:ASKED]


def newest(folders: list[str], projects: list[str]) -> None:
    records = Records(folders)
    for project in projects:
        record = records.record(project)
        assert record is not None
        assert next(iter(record)).version


def pinned(folders: list[str], pins: list[tuple[str, str]]) -> None:
    records = Records(folders)
    for project, version in pins:
        record = records.record(project)
        assert record is not None
        assert record.release(version) is not None


def whole(folders: list[str], projects: list[str]) -> None:
    records = Records(folders)
    for project in projects:
        record = records.record(project)
        assert record is not None
        for release in record:
            assert release.version


def test_the_newest_lines_of_sixty_records_cost_little_of_the_whole() -> None:
    projects = names()
    records = Records([shipped()])
    pins = [(name, record.versions[len(record) // 2]) for name in projects if (record := records.record(name))]
    seconds = {
        "newest": best(lambda: newest([shipped()], projects)),
        "pinned": best(lambda: pinned([shipped()], pins)),
        "whole": best(lambda: whole([shipped()], projects), 3),
    }
    shown = ", ".join(f"{name} {1000 * value:.1f} ms" for name, value in seconds.items())
    sys.stdout.write(f"\n{ASKED} largest records: {shown}\n")
    assert seconds["newest"] <= 0.1 * seconds["whole"]
    assert seconds["pinned"] <= 0.15 * seconds["whole"]


def test_five_thousand_records_cost_as_much_as_four_hundred(tmp_path: Path) -> None:
    header = {"schema": "stackcheck-record/1", "index": "pypi", "read": "2026-11-28", "releases": 1, "files-from": "0"}
    for count in (400, 5000):
        folder = tmp_path / str(count) / "records" / "pypi"
        folder.mkdir(parents=True)
        for number in range(count):
            lines = (header | {"project": f"p{number}"}, {"version": "1.0", "wheels": ["py3 on any"]})
            (folder / f"p{number}.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    projects = [f"p{number}" for number in range(ASKED)]
    few, many = (best(lambda place=str(tmp_path / count): newest([place], projects), 200) for count in ("400", "5000"))
    sys.stdout.write(f"\n5,000 records / 400 records: {many / few:.2f} ({1000 * few:.2f} ms)\n")
    assert many <= 1.1 * few
