"""An old release in place of the newest one, of which no file is for the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stackcheck.judge.judge import judge
from stackcheck.matrix import learn
from stackcheck.matrix.records import Records
from stackcheck.model import Finding, Stack
from tests.judge import small
from tests.judge.small import ask, known, store
from tests.matrix.test_learn import File

if TYPE_CHECKING:
    from pathlib import Path

BOTH = ("manylinux2014_x86_64", "manylinux2014_aarch64")
FILES = {
    "left": (("1.0", "2023-06-01", BOTH), ("2.0", "2026-06-01", BOTH[:1])),
    "lately": (("1.0", "2026-03-01", BOTH), ("2.0", "2026-06-01", BOTH[:1])),
    "served": (("1.0", "2023-06-01", BOTH), ("2.0", "2026-06-01", BOTH)),
}


@pytest.fixture
def records(tmp_path: Path) -> Records:
    folder = tmp_path / "records" / "pypi"
    folder.mkdir(parents=True)
    for project, releases in FILES.items():
        files = [
            File(f"{project}-{version}-cp311-cp311-{platform}.whl", upload_time=f"{day}T00:00:00Z")
            for version, day, platforms in releases
            for platform in platforms
        ]
        data = learn.record(project, "pypi", "2026-11-28", learn.drafts(project, files))
        (folder / f"{project}.jsonl").write_bytes(data)
    return Records([str(tmp_path)])


def found(records: Records, name: str, specifier: str = "", index: str = "pypi", **facts: str) -> list[Finding]:
    stack = Stack(facts=known({**small.SPARK, "python": "3.11", **facts}), asks=(ask(name, specifier, 1, index),))
    findings = judge(stack, store().with_records(records), subject="test", version="1").findings
    return [finding for finding in findings if finding.id.endswith("-old")]


def test_an_old_release_is_taken_in_silence(records: Records) -> None:
    (finding,) = found(records, "left")
    assert (finding.severity, finding.involves) == ("warning", ("arch", "left"))
    assert finding.message == (
        "An installer takes left 1.0 of 2023-06-01 here in silence: the newest, 2.0, has no wheel for aarch64, nor a "
        "source distribution."
    )


def test_where_nothing_is_passed_over(records: Records) -> None:
    assert found(records, "left", arch="x86_64") == []
    assert found(records, "left", "<2") == []
    assert found(records, "left", "==2.0") == []
    assert found(records, "left", "", "wheels.example/simple") == []
    assert found(records, "lately") == []
    assert found(records, "served") == []
