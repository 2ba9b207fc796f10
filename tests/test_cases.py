"""Whole stacks and what must come of them: each file of tests/cases is one, found by the folder.

`expect` lists severity and subject of every error and warning, no more and no less; no finding has a text of `never`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import stackcheck

CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path, tmp_path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    for name, text in case["files"].items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    report = stackcheck.judge(
        [tmp_path / name for name in case["files"]],
        target=case.get("target"),
        environment=case.get("environment"),
        facts=case.get("facts"),
        features=case.get("features", ()),
        want=case.get("want", ()),
    )
    said = [[one.severity, one.subject] for one in report.findings if one.severity in ("error", "warning")]
    assert said == case["expect"], [one.message for one in report.findings]
    assert not any(text in one.message for text in case.get("never", ()) for one in report.findings)
