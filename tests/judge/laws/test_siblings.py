"""Parts of one thing in two versions."""

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

ALL = ("0.9", "1.0", "1.1", "1.2", "1.3", "1.4", "1.5")
PROJECTS = {
    "engine": (ALL, ""),
    "engine-kernels": (ALL[1:6], ""),  # from 1.0 to 1.4
    "engine-view": (("1.0", "1.2", "2.0", "2.1", "2.2", "2.3"), ""),  # has numbers of its own
    "engine-tied": (ALL, "Requires-Dist: engine>=1.0\n"),
    "engine-cu12": (ALL, ""),
    "engine-cu13": (ALL, ""),
}


@pytest.fixture
def records(tmp_path: Path) -> Records:
    folder = tmp_path / "records" / "pypi"
    folder.mkdir(parents=True)
    for project, (releases, lines) in PROJECTS.items():
        names = {version: f"{project.replace('-', '_')}-{version}-py3-none-any.whl" for version in releases}
        own = ((f"{project.replace('-', '_')}/__init__.py", 9),)
        contents = {
            name: Contents(f"Name: {project}\nVersion: {version}\n{lines}".encode(), own)
            for version, name in names.items()
        }
        drafts = learn.drafts(project, [File(name) for name in names.values()])
        (folder / f"{project}.jsonl").write_bytes(learn.record(project, "pypi", "2026-11-28", drafts, contents))
    return Records([str(tmp_path)])


def found(records: Records, *asks: Ask, **packages: str) -> list[Finding]:
    held = known({name.replace("_", "-"): version for name, version in packages.items()})
    stack = Stack(facts=known({**small.SPARK, "python": "3.11"}), asks=asks, packages=held)
    findings = judge(stack, store().with_records(records), subject="test", version="1").findings
    return [finding for finding in findings if finding.id.startswith("pairs/engine")]


def test_two_versions_of_what_is_released_together(records: Records) -> None:
    (finding,) = found(records, engine="1.1", engine_kernels="1.3")
    assert (finding.severity, finding.involves) == ("warning", ("engine", "engine-kernels"))
    assert found(records, ask("engine", "==1.1"), ask("engine-kernels", "==1.3", 2)) != []
    assert found(records, ask("engine", "==1.1"), engine_kernels="1.3") != []


@pytest.mark.parametrize(
    "packages",
    [
        {"engine": "1.3", "engine_kernels": "1.3"},
        {"engine": "1.2", "engine_view": "2.0"},
        {"engine": "1.2", "engine_tied": "1.3"},  # metadata says what goes together
        {"engine_cu12": "1.2", "engine_cu13": "1.3"},  # two builds
        {"engine": "1.5", "engine_kernels": "1.3"},  # there are no kernels of 1.5
    ],
)
def test_what_need_not_have_one_number(records: Records, packages: dict[str, str]) -> None:
    assert found(records, **packages) == []
