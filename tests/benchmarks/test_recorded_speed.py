"""What records cost a judgement and a whole lint: `pytest -m benchmark -s`. Turn by turn, medians of ratios."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from stackcheck.judge.judge import judge
from stackcheck.matrix.records import Records
from stackcheck.matrix.store import Store, shipped
from stackcheck.model import Stack
from tests.benchmarks.test_speed import PYTHON, TYPER_APP
from tests.judge import small

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stackcheck.model import Ask

pytestmark = pytest.mark.benchmark


def ratio(one: Callable[[], object], other: Callable[[], object], turns: int) -> float:
    """How many times as long the first takes: the median over turns in which both run, one after the other."""
    one(), other()
    ratios = []
    for _ in range(turns):
        times = []
        for work in (one, other):
            began = time.perf_counter()
            work()
            times.append(time.perf_counter() - began)
        ratios.append(times[0] / times[1])
    return statistics.median(ratios)


def recorded() -> list[tuple[str, str]]:
    """Sixty projects with shipped records, and a release of each that is not the newest."""
    records = Records([shipped()])
    found = [(name, record) for name in records.projects() if (record := records.record(name)) and len(record) > 3]
    return [(name, record.usual[2]) for name, record in found[::7]][:60]


def run(argv: list[str], folder: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(argv, cwd=folder, capture_output=True, check=False, env=env)


def test_lint_of_a_hundred_lines_of_which_sixty_have_records(tmp_path: Path) -> None:
    pins = [f"{name}=={version}" for name, version in recorded()]
    assert len(pins) == 60
    text = "\n".join([*pins, *(f"pkg-{number}>=1.0,<2" for number in range(40))])
    (tmp_path / "requirements.txt").write_text(f"{text}\n", "utf-8")
    (tmp_path / "app.py").write_text(TYPER_APP, "utf-8")
    lint = partial(run, [PYTHON, "-m", "stackcheck", "lint", "--target", "dgx-spark", "requirements.txt"], tmp_path)
    typer = partial(run, [PYTHON, "app.py"], tmp_path)
    found = ratio(lint, typer, 15)
    sys.stdout.write(f"\nlint of 60 pins with records / a typer program: {found:.2f}\n")
    assert found <= 2.6  # the aim is 1.5: sixty pins that contradict one another bring many rows along


def judged(asks: tuple[Ask, ...], folders: list[str], *, records: bool) -> None:
    store = Store.from_folders(folders)
    if not records:
        store.records = None
    judge(Stack(facts=small.known({**small.SPARK, "python": "3.12.3"}), asks=asks), store, subject="x", version="1")


def test_forty_pins_with_records() -> None:
    asks = tuple(small.ask(name, f"=={version}", number) for number, (name, version) in enumerate(recorded()[:40], 1))
    found = ratio(
        partial(judged, asks, [shipped()], records=True), partial(judged, asks, [shipped()], records=False), 25
    )
    sys.stdout.write(f"\nforty pins with records / without: {found:.2f}\n")
    assert found <= 20


def test_five_thousand_records_are_judged_as_fast_as_four_hundred(tmp_path: Path) -> None:
    header = {"schema": "stackcheck-record/1", "index": "pypi", "read": "2026-11-28", "releases": 1, "files-from": "0"}
    for count in (400, 5000):
        (tmp_path / str(count) / "products").mkdir(parents=True)
        folder = tmp_path / str(count) / "records" / "pypi"
        folder.mkdir(parents=True)
        for number in range(count):
            lines = (header | {"project": f"p{number}"}, {"version": "1.0", "wheels": ["py3 on any"]})
            (folder / f"p{number}.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    asks = tuple(small.ask(f"p{number}", "", number + 1) for number in range(60))
    many, few = (partial(judged, asks, [str(tmp_path / count)], records=True) for count in ("5000", "400"))
    found = ratio(many, few, 101)
    sys.stdout.write(f"\n5,000 records / 400 records: {found:.2f}\n")
    assert found <= 1.1
