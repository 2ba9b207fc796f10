"""What a record that was read some time ago says of releases that have no line in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stackcheck.judge.judge import judge
from stackcheck.matrix import learn
from stackcheck.matrix.records import Records
from stackcheck.model import Finding, Indexes, Stack
from stackcheck.values import replace
from tests.judge import small
from tests.judge.small import ask, known, store
from tests.judge.test_online import File

if TYPE_CHECKING:
    from pathlib import Path

WHEEL = "py3-none-any.whl"


@pytest.fixture
def records(tmp_path: Path) -> Records:
    """A project of which 1.2 is long out and 2.0 quite new; read on 2026-11-28."""
    days = {"1.0": "2024-01-01", "1.2": "2024-06-01", "2.0": "2026-11-01"}
    files = [File(f"demo-{version}-{WHEEL}", upload_time=f"{day}T00:00:00Z") for version, day in days.items()]
    data = learn.record("demo", "pypi", "2026-11-28", learn.drafts("demo", files))
    (tmp_path / "records" / "pypi").mkdir(parents=True)
    (tmp_path / "records" / "pypi" / "demo.jsonl").write_bytes(data)
    return Records([str(tmp_path)])


def found(records: Records, specifier: str, indexes: Indexes | None = None) -> Finding | None:
    asked = ask("demo", specifier)
    asked = asked if indexes is None else replace(asked, indexes=indexes, transitive=indexes)
    stack = Stack(facts=known({**small.SPARK, "python": "3.11"}), asks=(asked,))
    findings = judge(stack, store().with_records(records), subject="test", version="1").findings
    return next((finding for finding in findings if finding.subject == "demo"), None)


def test_a_release_that_was_never_published_or_is_gone(records: Records) -> None:
    finding = found(records, "==1.1")
    assert finding is not None
    assert finding.severity == "error"
    assert finding.message == "demo==1.1 matches none of the 3 releases on PyPI as of 2026-11-28 (1.0 to 2.0)."
    assert found(records, "==1.2.0.dev0") is not None


@pytest.mark.parametrize("specifier", ["==1.2", "==1.2.0", "==2.1", "==1.9", "==1.1+own", ">=1.1,<1.2", ""])
def test_what_may_be_there(records: Records, specifier: str) -> None:
    """1.9 may have come out after that day, as 2.0 is new."""
    assert found(records, specifier) is None


def test_another_index_may_have_it(records: Records) -> None:
    finding = found(records, "==1.1", Indexes(("pypi", "wheels.example/simple")))
    assert finding is not None
    assert finding.severity == "warning"
    assert finding.message.endswith("; the index wheels.example/simple was not asked.")


def test_two_distributions_that_are_one_product_have_releases_of_their_own() -> None:
    """`pynvml` brings `nvidia-ml-py`, and its releases are numbered in another way."""
    from stackcheck.session.knowledge import open_knowledge

    asks = (ask("nvidia-ml-py", "==12.535.133"), ask("pynvml", "==12.0.0"))
    stack = Stack(facts=known({**small.SPARK, "python": "3.11"}), asks=asks)
    assert not open_knowledge().judge(stack, "test").count("error")
