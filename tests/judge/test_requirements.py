"""What a release requires by its record, and what those bring that it pins."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from stackcheck.judge.judge import judge
from stackcheck.matrix.records import Records
from stackcheck.model import Finding, Stack
from tests.judge.small import SPARK, ask, known, store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from stackcheck.model import Ask

PINS: Mapping[str, tuple[str, ...]] = {
    "kit": ("kit-core==1.0; extra == 'all'", "kit-lib>=1"),
    "kit-core": ("torch==2.11.0", "kit-deep[gpu]==1.0"),
    "kit-deep": ("torch==2.11.0", "plain<3", "kit==1.0", "other<3; extra == 'gpu'"),
    "kit-lib": ("torch==2.5.0",),
    "plain": (),
    "other": (),
}
"""What release 1.0 of each requires."""


KIT = ask("kit", "==1.0", extras=("all",))


@pytest.fixture
def records(tmp_path: Path) -> Records:
    folder = tmp_path / "records" / "pypi"
    folder.mkdir(parents=True)
    for project, requires in PINS.items():
        header = {"schema": "stackcheck-record/1", "project": project, "index": "pypi", "read": "2026-11-28"}
        header |= {"releases": 2, "files-from": "0.dev0", "metadata-from": "1.0"}
        one = {"version": "1.0", "date": "2025-01-01", "wheels": ["py3 on any"], "requires": requires}
        one |= {"extras": ["all", "gpu"]}
        lines = (header, {**one, "version": "3.0", "requires": ()}, one)
        (folder / f"{project}.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return Records([str(tmp_path)])


def said(records: Records, *asks: Ask) -> list[Finding]:
    stack = Stack(facts=known({**SPARK, "python": "3.11"}), asks=asks)
    report = judge(stack, store().with_records(records), subject="test", version="1")
    return [one for one in report.findings if one.id.startswith(("kit/", "kit-"))]


def test_what_a_pin_brings_is_required(records: Records) -> None:
    (finding,) = said(records, KIT, ask("torch", "==2.12.0", 2, "cu130"))
    assert (finding.severity, finding.id) == ("error", "kit/requires-torch")
    assert finding.message == (
        "kit 1.0 needs PyTorch 2.11.0; requirements.txt:2 asks for torch==2.12.0. It pins kit-core 1.0, which requires "
        "torch==2.11.0."
    )
    assert [source.url for source in finding.sources] == ["pkg:pypi/kit-core@1.0"]


def test_pins_of_pins_with_their_extras(records: Records) -> None:
    (finding,) = said(records, KIT, ask("plain", "==3.0", 2))
    chain = "It pins kit-core 1.0, which pins kit-deep 1.0, which requires plain<3."
    assert finding.message == f"kit 1.0 needs plain older than 3; requirements.txt:2 asks for plain==3.0. {chain}"
    (finding,) = said(records, KIT, ask("other", "==3.0", 2))
    assert finding.message.startswith("kit 1.0 needs other older than 3; ")


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(ask("torch", "==2.11.0", 2, "cu130"), id="agrees"),
        pytest.param(ask("kit-lib", ">=1", 2), id="a range is a resolver's to choose from"),
    ],
)
def test_what_is_silent(records: Records, line: Ask) -> None:
    assert said(records, KIT, line) == []


def test_a_line_of_its_own_speaks_for_itself(records: Records) -> None:
    found = said(records, KIT, ask("kit-core", "==1.0", 2), ask("torch", "==2.12.0", 3, "cu130"))
    assert [one.id for one in found] == ["kit-core/requires-torch"]
