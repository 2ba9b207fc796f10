"""The published JSON Schemas against what really comes out: every document passes, and every key of it is described."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import tomli
from jsonschema import Draft202012Validator

from stackcheck.matrix.store import shipped_folder
from stackcheck.model import SEVERITIES
from stackcheck.read.environment import KEYS
from stackcheck.report import json as report_json
from stackcheck.subjects import STATED
from stackcheck.values import replace
from tests.cli.command import EXAMPLES, stackcheck
from tests.report.test_formats import EMPTY, REPORT

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = shipped_folder()
NAMES = ("report", "fleet", "plan", "environment", "expectation", "baseline")
BROKEN = "examples/spark-broken"
SPARK = ("--target", "dgx-spark")


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.schema.json").read_text(encoding="utf-8"))
    return found


def closed(part: Any) -> Any:
    """The schema with every key that it does not name forbidden."""
    if isinstance(part, list):
        return [closed(one) for one in part]
    if not isinstance(part, dict):
        return part
    made = {key: closed(value) for key, value in part.items()}
    return {"additionalProperties": False, **made} if isinstance(part.get("properties"), dict) else made


def mistakes(name: str, document: object) -> list[str]:
    return [error.message for error in Draft202012Validator(closed(schema(name))).iter_errors(document)]


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one_and_is_published(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    assert json.loads(stackcheck("matrix", "schema", name).out) == schema(name)


@pytest.mark.parametrize(
    "args",
    [
        ("lint", *SPARK, BROKEN),
        ("lint", *SPARK, "--target", "gh200", BROKEN),
        ("lint", *SPARK, "--ignore", "builds", "--select", "wheels", BROKEN),
        ("check", *SPARK),
        ("check", "--env", "examples/environments/dgx-spark.json"),
        ("preflight", "isaac-lab==2.3.*", *SPARK, "--fact", "driver=unknown"),
        ("diagnose", "pyproject.toml", *SPARK),
    ],
    ids=lambda args: " ".join(args[:1]),
)
def test_reports(args: tuple[str, ...]) -> None:
    assert mistakes("report", stackcheck(*args, "--format", "json").report) == []


def test_every_severity_and_an_empty_report() -> None:
    for report in (REPORT, EMPTY, replace(EMPTY, left_out=(("in the baseline", 1), ("ignored", 2)))):
        assert mistakes("report", report_json.document(report)) == []
    finding = schema("report")["$defs"]["finding"]["properties"]
    assert tuple(finding["severity"]["enum"]) == SEVERITIES


def test_a_reader_may_meet_new_keys() -> None:
    document = {**report_json.document(REPORT), "new": 1}
    assert list(Draft202012Validator(schema("report")).iter_errors(document)) == []
    assert mistakes("report", document) == ["Additional properties are not allowed ('new' was unexpected)"]


@pytest.mark.parametrize("path", sorted((FOLDER / "targets").glob("*.toml")), ids=lambda path: path.stem)
def test_targets(path: Path) -> None:
    document = tomli.loads(path.read_text(encoding="utf-8"))
    for source in document.get("sources", []):
        source["seen"] = str(source["seen"])
    assert mistakes("environment", document) == []


def test_environments() -> None:
    assert mistakes("environment", json.loads(stackcheck("env", *SPARK, "--format", "json").out)) == []
    assert mistakes("environment", json.loads(stackcheck("env", "--format", "json").out)) == []
    example = EXAMPLES / "environments" / "dgx-spark.json"
    assert mistakes("environment", json.loads(example.read_text(encoding="utf-8"))) == []


def test_the_environment_schema_knows_what_the_reader_knows() -> None:
    properties = schema("environment")["properties"]
    assert set(properties) == set(KEYS)
    assert set(properties["facts"]["properties"]) == set(STATED)
    assert mistakes("environment", {"facts": {"colour": "red"}}) != []
    assert mistakes("environment", {"gpus": [{}]}) != []


def test_baselines(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("torch==2.9.0\nopen3d==0.19.0\n", encoding="utf-8")
    stackcheck("lint", *SPARK, "--write-baseline", "known.json", cwd=tmp_path)
    document = json.loads((tmp_path / "known.json").read_text(encoding="utf-8"))
    assert len(document["findings"]) >= 2
    assert mistakes("baseline", document) == []
