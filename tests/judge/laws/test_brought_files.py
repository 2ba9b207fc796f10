"""Dependencies that no line asks for, and of which no file serves the machine."""

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

PURE = "-py3-none-any.whl"
INTEL = "-cp311-cp311-manylinux2014_x86_64.whl"
ARM = "-cp311-cp311-manylinux2014_aarch64.whl"
PROJECTS = {
    "app": {"1.0": ((PURE,), ["engine>=2", "helper", "sim; extra == 'sim'"])},
    "engine": {"1.0": ((INTEL, ARM), []), "2.0": ((INTEL,), [])},
    "helper": {"1.0": ((PURE,), ["codec"])},
    "codec": {"1.0": ((INTEL, ".tar.gz"), [])},
    "sim": {"1.0": ((PURE, ".tar.gz"), [])},
    "old": {"1.0": ((PURE,), ["engine"])},
    "marked": {"1.0": ((PURE,), ["engine>=2; platform_machine == 'x86_64'"])},
    "built": {"1.0": ((PURE,), ["source"])},
    "source": {"1.0": ((".tar.gz",), [])},
    "new": {"1.0": ((PURE,), ["engine>=3"])},
}


@pytest.fixture
def records(tmp_path: Path) -> Records:
    folder = tmp_path / "records" / "pypi"
    folder.mkdir(parents=True)
    for project, releases in PROJECTS.items():
        files, contents = [], {}
        for version, (ends, requires) in releases.items():
            lines = "".join(f"Requires-Dist: {text}\n" for text in requires)
            for end in ends:
                files.append(File(f"{project}-{version}{end}"))
                contents[files[-1].filename] = Contents(f"Name: {project}\nVersion: {version}\n{lines}".encode())
        data = learn.record(project, "pypi", "2026-11-28", learn.drafts(project, files), contents)
        (folder / f"{project}.jsonl").write_bytes(data)
    return Records([str(tmp_path)])


def found(records: Records, *asks: Ask, arch: str = "aarch64") -> dict[str, Finding]:
    stack = Stack(facts=known({**small.SPARK, "python": "3.11", "arch": arch}), asks=asks)
    findings = judge(stack, store().with_records(records), subject="test", version="1").findings
    return {finding.id: finding for finding in findings if finding.id.endswith("-brought")}


def test_what_a_pinned_release_needs_and_has_no_file(records: Records) -> None:
    said = found(records, ask("app", "==1.0"))
    assert set(said) == {"wheels/engine-brought", "wheels/codec-brought"}
    engine, codec = said["wheels/engine-brought"], said["wheels/codec-brought"]
    assert (engine.severity, engine.involves) == ("error", ("app", "arch", "engine"))
    assert engine.message.startswith(
        "app 1.0 needs engine>=2, of which no release has a wheel for aarch64, nor a source"
    )
    assert codec.severity == "warning"
    assert codec.message == (
        "app 1.0 → helper 1.0 brings codec 1.0, which has no wheel for aarch64, so it is built from source."
    )
    assert found(records, ask("app", "==1.0"), arch="x86_64") == {}


def test_an_open_line_may_be_met_by_an_older_release(records: Records) -> None:
    assert found(records, ask("app"))["wheels/engine-brought"].severity == "warning"


@pytest.mark.parametrize(
    "asks",
    [
        (ask("old", "==1.0"),),  # engine 1.0 has one
        (ask("marked", "==1.0"),),
        (ask("built", "==1.0"),),  # built from source on every machine
        (ask("new", "==1.0"),),  # which may have come out since
        (ask("app", "==1.0", alone=True),),
        (ask("app", "==1.0", locked=()),),
        (ask("app", "==1.0", 1, "wheels.example/simple"),),
    ],
)
def test_what_is_served_or_not_known(records: Records, asks: tuple[Ask, ...]) -> None:
    assert found(records, *asks) == {}


def test_a_line_of_its_own_is_judged_by_itself(records: Records) -> None:
    assert "wheels/engine-brought" not in found(records, ask("app", "==1.0"), ask("engine", ">=2", 2))
