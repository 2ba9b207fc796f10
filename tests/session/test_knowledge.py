"""The rows and records of a run, and how old they are."""

from __future__ import annotations

import calendar
from typing import TYPE_CHECKING

import pytest

from stackcheck.cli import outcome
from stackcheck.cli.outcome import Shown, finish
from stackcheck.judge.judge import judge
from stackcheck.matrix.records import Records
from stackcheck.matrix.store import Store, shipped
from stackcheck.model import Ask, Origin, Report, Stack
from stackcheck.session.knowledge import open_knowledge, outdated
from tests.matrix.test_lint_records import HEADER, write

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86400


@pytest.mark.parametrize(
    ("version", "days", "said"),
    [
        ("2026.11.28", 0, None),
        ("2026.11.28", 89, None),
        ("2026.11.28", 92, "the facts are of 2026.11.28, 92 days old; a newer stackcheck has newer ones"),
        ("2026.11.28", -400, None),
        ("test", 1000, None),
        ("2026.99", 1000, None),
        ("99999999999.1.1", 1000, None),
    ],
)
def test_facts_that_are_old_are_said_to_be(version: str, days: int, said: str | None) -> None:
    now = calendar.timegm((2026, 11, 28, 12, 0, 0)) + days * DAY
    assert outdated(version, now) == said


def test_records_that_are_old_are_said_to_be() -> None:
    now = calendar.timegm((2026, 11, 28, 12, 0, 0)) + 30 * DAY
    assert outdated("2026.11.28", now, "2026-11-28") is None
    text = outdated("2026.11.28", now, "2026-08-28")
    assert text is not None
    assert text.startswith("what is known of an index is of 2026-08-28, 122 days old; `stackcheck matrix learn --all`")
    assert outdated("2026.11.28", now, "no day") is None


def test_a_report_names_the_day_of_the_oldest_record_that_was_opened() -> None:
    records = Records([shipped()])
    store = Store.from_folders([shipped()]).with_records(records)
    assert judge(Stack(), store, subject="test", version="1").oldest is None
    ask = Ask("pyceres", "", Origin("asked", "requirements.txt:1"))
    found = judge(Stack(asks=(ask,)), store, subject="test", version="1").oldest
    assert found == getattr(records.record("pyceres"), "read", None) is not None


def test_a_report_over_old_facts_says_so_beside_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(outcome.time, "time", lambda: calendar.timegm((2027, 11, 28, 12, 0, 0)))
    report = Report("a file", "2026.11.28", (), 0)
    finish(report, Shown(format_="json"))
    captured = capsys.readouterr()
    assert captured.err.startswith("stackcheck: the facts are of 2026.11.28, 365 days old;")
    assert "days old" not in captured.out
    finish(report, Shown(quiet=True))
    assert capsys.readouterr().err == ""


def test_records_of_a_users_folder_go_before_the_shipped_ones(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER | {"project": "numpy", "releases": 0}, [])
    path.rename(path.with_name("numpy.jsonl"))
    assert len(open_knowledge([tmp_path]).records.record("numpy") or "") == 0
    assert len(open_knowledge().records.record("numpy") or "") > 100


@pytest.mark.parametrize(
    ("name", "product"),
    [
        ("PyTorch", "torch"),
        ("GR00T", "gr00t"),
        ("groot", "gr00t"),
        ("Isaac GR00T", "gr00t"),
        ("Cosmos", "cosmos-predict"),
        ("cosmos_predict", "cosmos-predict"),
        ("isaac sim", "isaac-sim"),
    ],
)
def test_what_people_call_products(name: str, product: str) -> None:
    assert open_knowledge([]).product(name) == product
