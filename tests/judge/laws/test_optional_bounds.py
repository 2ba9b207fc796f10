"""What an extra of a project says of another one that is there without that extra."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stackcheck.judge.judge import judge
from stackcheck.matrix import learn
from stackcheck.matrix.records import Records
from stackcheck.model import Finding, Stack
from tests.judge import small
from tests.judge.small import ask, known, store
from tests.matrix.test_learn import Contents, File

if TYPE_CHECKING:
    from pathlib import Path

    from stackcheck.model import Ask

PROJECTS = {
    "detect": [
        "ops<2.2,>=2.0; extra == 'mim'",
        "plots<2; extra == 'a'",
        "plots<4; extra == 'b'",
        "exact==1.0; extra == 'a'",
        "tools<1; extra == 'release'",
        "tools<1; extra == 'model-examples'",
    ],
    "bound": ["ops>=2.0", "ops<2.2; extra == 'mim'"],
    "ops": [],
    "plots": [],
    "exact": [],
    "tools": [],
}


@pytest.fixture
def records(tmp_path: Path) -> Records:
    folder = tmp_path / "records" / "pypi"
    folder.mkdir(parents=True)
    for project, requires in PROJECTS.items():
        names = {version: f"{project}-{version}-py3-none-any.whl" for version in ("1.0", "2.1", "2.2", "3.0")}
        lines = "".join(f"Requires-Dist: {text}\n" for text in requires)
        contents = {
            name: Contents(f"Name: {project}\nVersion: {version}\n{lines}".encode()) for version, name in names.items()
        }
        drafts = learn.drafts(project, [File(name) for name in names.values()])
        (folder / f"{project}.jsonl").write_bytes(learn.record(project, "pypi", "2026-11-28", drafts, contents))
    return Records([str(tmp_path)])


def found(records: Records, *asks: Ask, **packages: str) -> list[Finding]:
    stack = Stack(facts=known({**small.SPARK, "python": "3.11"}), asks=asks, packages=known(packages))
    findings = judge(stack, store().with_records(records), subject="test", version="1").findings
    return [finding for finding in findings if finding.id.endswith("-optional")]


def test_what_is_outside_of_the_bounds_of_an_extra(records: Records) -> None:
    (finding,) = found(records, ask("detect", "==1.0"), ask("ops", "==2.2", 2))
    assert (finding.severity, finding.id) == ("warning", "pairs/detect-ops-optional")
    assert "is made for ops<2.2,>=2.0 (its extra mim); here it is 2.2" in finding.message
    assert found(records, ask("detect", "==1.0"), ops="1.0") != []


@pytest.mark.parametrize(
    "packages",
    [
        {"detect": "1.0", "ops": "2.1"},
        {"detect": "1.0", "plots": "3.0"},  # one extra lets it in
        {"detect": "1.0", "exact": "2.1"},  # what it is tested with
        {"detect": "1.0", "tools": "2.1"},  # those of its workshop
        {"bound": "1.0", "ops": "2.2"},  # what it always needs is an installer's
        {"detect": "1.0"},
    ],
)
def test_what_fits_or_is_no_bound(records: Records, packages: dict[str, str]) -> None:
    assert found(records, **packages) == []
