"""The report on many machines: how parts are merged, and what each format says to those who read it."""

from __future__ import annotations

import csv
import io
import json
import re
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft202012Validator

from stackcheck.cli.fleet import RENDERERS
from stackcheck.matrix.store import shipped_folder
from stackcheck.model import Coverage, Finding, Fix, Reason, Report
from stackcheck.report import FLEET_FORMATS, fleet_text
from stackcheck.report.fleet import Fleet, Verdicts
from stackcheck.report.fleet_machines import Machine, Machines
from tests.report.test_formats import HOSTILE
from tests.report.test_interop import official_schema
from tests.report.test_schemas import closed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def finding(subject: str, severity: Any = "error", message: str = "", fix: str = "") -> Finding:
    return Finding(
        "requires",
        f"{subject}/1",
        severity,
        subject,
        message or f"{subject} does not work.",
        because=(Reason(f"{subject} is stated", "the environment"),),
        fix=Fix(fix, ("pip install x",)) if fix else None,
    )


def report(*findings: Finding, not_judged: tuple[Finding, ...] = ()) -> Report:
    return Report("the environment", "2026.11.22", findings, 3, coverage=Coverage((), not_judged))


def machine(name: str, key: bytes, board: str = "", **labels: str) -> Machine:
    return Machine(name, f"{name}.json", tuple(sorted(labels.items())), board, key)


TORCH = finding("torch", message="torch 2.9.0 is a CPU build.", fix="Take cu130.")
NEWER = finding("torch", message="torch 2.9.1 is a CPU build.", fix="Take cu126.")
OPEN3D = finding("open3d", "warning")
OTHER = finding("driver", "unknown")
NOTE = finding("isaac-lab", "note")


def fleet() -> Fleet:
    """Six machines: three alike, one that differs in a version, one with nothing against it, one that is broken."""
    verdicts = Verdicts()
    verdicts.judged(b"1", report(TORCH, OPEN3D, NOTE))
    verdicts.judged(b"2", report(NEWER))
    verdicts.judged(b"3", report(not_judged=(OTHER,)))
    verdicts.unread(b"4", "this is no JSON")
    machines = (
        *(machine(f"spark-{n}", b"1", "dgx-spark", site="basel", host=f"spark-{n}") for n in range(3)),
        machine("orin-1", b"2", "jetson-orin", site="graz"),
        machine("thor-1", b"3", "jetson-thor"),
        machine("broken", b"4"),
    )
    return Fleet("2026.11.22", Machines(machines), verdicts)


def rendered(form: str, of: Fleet | None = None) -> str:
    module, function = RENDERERS.get(form, (form, "render"))
    render: Callable[[Fleet], Iterator[str]] = getattr(import_module(f"stackcheck.report.fleet_{module}"), function)
    return "".join(render(of or fleet()))


# --- merging ---------------------------------------------------------------------------------------------------------

PURE: dict[bytes, Report | str] = {
    bytes([number]): "is broken"
    if number % 5 == 0
    else report(*(finding("torch", "error", f"{number} {part}") for part in range(number % 4)), OPEN3D, NOTE)
    for number in range(12)
}


def verdicts_of(keys: list[bytes]) -> Verdicts:
    made = Verdicts()
    for key in keys:
        found = PURE[key]
        if isinstance(found, str):
            made.unread(key, found)
        else:
            made.judged(key, found)
    return made


def plus(*parts: Verdicts) -> Verdicts:
    """A merge that leaves its parts as they were."""
    made = Verdicts()
    for part in parts:
        made.add(part)
    return made


def content(verdicts: Verdicts) -> object:
    return verdicts.outcomes, verdicts.examples


PARTS = st.lists(st.sampled_from(sorted(PURE)), max_size=6).map(verdicts_of)


@given(PARTS, PARTS, PARTS)
def test_the_merge_is_associative_commutative_and_idempotent(a: Verdicts, b: Verdicts, c: Verdicts) -> None:
    assert content(plus(plus(a, b), c)) == content(plus(a, plus(b, c)))
    assert content(plus(a, b)) == content(plus(b, a))
    assert content(plus(a, a)) == content(a)
    assert content(plus(a, Verdicts())) == content(a)


@settings(deadline=None, max_examples=30)
@given(st.permutations(sorted(PURE)), st.lists(st.integers(0, 12), max_size=4))
def test_any_division_into_parts_gives_the_same_bytes(order: list[bytes], cuts: list[int]) -> None:
    machines = Machines(machine(f"m{key.hex()}", key, site=str(key[0] % 3)) for key in sorted(PURE))
    whole = Fleet("1", machines, verdicts_of(sorted(PURE)))
    edges = sorted({0, *cuts, len(order)})
    parts = [verdicts_of(order[start:end]) for start, end in pairwise(edges)]
    divided = Fleet("1", machines, plus(*parts))
    for form in FLEET_FORMATS:
        assert rendered(form, divided) == rendered(form, whole)


def test_equal_findings_are_kept_once() -> None:
    verdicts = Verdicts()
    verdicts.judged(b"1", report(TORCH))
    verdicts.add(verdicts_of([]))
    other = Verdicts()
    other.judged(b"2", report(finding("torch", message="torch 2.9.0 is a CPU build.", fix="Take cu130.")))
    verdicts.add(other)
    assert verdicts.outcomes[b"1"] is verdicts.outcomes[b"2"]


# --- sums ------------------------------------------------------------------------------------------------------------


def test_sums() -> None:
    one = fleet()
    assert one.judged == 5
    assert one.statuses == {"error": 4, "warning": 0, "unknown": 1, "held": 0}
    assert [(cause.finding.subject, cause.machines) for cause in one.causes] == [
        ("torch", 4),
        ("open3d", 3),
        ("isaac-lab", 3),
        ("driver", 1),
    ]
    torch = one.causes[0]
    assert torch.wordings == (("torch 2.9.0 is a CPU build.", 3), ("torch 2.9.1 is a CPU build.", 1))
    assert [(fix.text, number) for fix, number in torch.fixes] == [("Take cu130.", 3), ("Take cu126.", 1)]
    assert [where.name for where in one.having(torch)] == ["spark-0", "spark-1", "spark-2", "orin-1"]
    assert one.spread(torch) == {
        "board": {"dgx-spark": 3, "jetson-orin": 1},
        "site": {"basel": 3, "graz": 1},
    }
    assert {label: list(values) for label, values in one.groups.items()} == {
        "board": ["dgx-spark", "jetson-orin", "jetson-thor"],
        "site": ["", "basel", "graz"],
    }
    assert [(row.status, row.causes, len(row.machines)) for row in one.alike] == [
        ("error", (1, 2), 3),
        ("error", (1,), 1),
        ("unknown", (4,), 1),
    ]
    assert [(where.name, reason) for where, reason in one.unread] == [("broken", "this is no JSON")]


def test_two_findings_of_one_machine_with_one_cause_are_one_machine() -> None:
    verdicts = Verdicts()
    verdicts.judged(b"1", report(TORCH, NEWER))
    (cause,) = Fleet("1", Machines([machine("a", b"1")]), verdicts).causes
    assert (cause.machines, len(cause.wordings)) == (1, 2)


# --- formats ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FLEET_FORMATS)
@pytest.mark.parametrize("of", [fleet(), Fleet("1", Machines(), Verdicts())], ids=["six", "none"])
def test_each_ends_in_one_newline_and_is_the_same_twice(form: str, of: Fleet) -> None:
    text = rendered(form, of)
    assert text == rendered(form, of)
    assert text == "" or (text.endswith("\n") and not text.endswith("\n\n"))


def test_text() -> None:
    assert rendered("text") == (
        """\
stackcheck: 6 machines (matrix 2026.11.22)

  4 broken, 1 not known; 3 different; 1 not read

By cause
  4 ✗ torch 2.9.0 is a CPU build.
      on: board dgx-spark 3 of 3, jetson-orin 1 of 1
      fix for 3: Take cu130.
  3 ! open3d does not work.
      on: spark-0, spark-1, spark-2

By board          all     broken     warned  not known      clear
  dgx-spark         3          3
  jetson-orin       1          1
  jetson-thor       1                                1

By site       all     broken     warned  not known      clear
  basel         3          3
  graz          1          1
  none          1                                1

By machine, first those with the most
  ✗ spark-0, spark-1, spark-2: torch, open3d
  ✗ orin-1: torch

Not read
  ? broken.json: this is no JSON

Beside them 1 not known and 1 note: --verbose shows them.
"""
    )


def test_text_with_all_of_it() -> None:
    text = "".join(fleet_text.render(fleet(), verbose=True))
    assert "1 of them: torch 2.9.1 is a CPU build." in text
    assert "fix for 1: Take cu126." in text
    assert "$ pip install x" in text
    assert "Notes, and what is not known" in text
    assert "isaac-lab/1" in text


def many(number: int) -> Fleet:
    """Machines with causes, sites and boards of every sort, none of them equal."""
    verdicts, machines = Verdicts(), []
    for at in range(number):
        found = [finding(f"project-{at % 40}", fix="Do " * 60), finding(f"other-{at % 30}", message="Long. " * 80)]
        verdicts.judged(b"%d" % at, report(*found))
        machines.append(machine("m" * 60 + str(at), b"%d" % at, f"board {at % 50}", site=f"s{at % 5}", rack=f"r{at}"))
    return Fleet("1", Machines(machines), verdicts)


def test_a_thousand_machines_fit_a_screen() -> None:
    lines = rendered("text", many(1000)).splitlines()
    assert len(lines) < 50
    assert max(map(len, lines)) <= 80
    assert re.search(r"^  and 9\d\d machines more, of 115 sorts$", "\n".join(lines), re.MULTILINE)


def test_json_meets_its_schema() -> None:
    schema = json.loads((shipped_folder() / "fleet.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    document = json.loads(rendered("json"))
    assert list(Draft202012Validator(closed(schema)).iter_errors(document)) == []
    assert document["summary"] == {
        "machines": 6,
        "different": 3,
        "unread": 1,
        "error": 4,
        "warning": 0,
        "unknown": 1,
        "held": 0,
    }
    assert [one["causes"] for one in document["machines"]] == [[1, 2, 3]] * 3 + [[1], [4]]
    line = Draft202012Validator(closed({"$ref": "#/$defs/line", "$defs": schema["$defs"]}))
    lines = [json.loads(text) for text in rendered("jsonl").splitlines()]
    assert [error.message for one in lines for error in line.iter_errors(one)] == []
    assert [one["name"] for one in lines] == [one.name for one in fleet().machines]
    assert lines[-1]["reason"] == "this is no JSON"


def test_csv_has_a_line_for_each_finding_and_machine() -> None:
    rows = list(csv.DictReader(io.StringIO(rendered("csv"), newline="")))
    assert [(row["name"], row["severity"], row["subject"]) for row in rows[:3]] == [
        ("spark-0", "error", "torch"),
        ("spark-0", "warning", "open3d"),
        ("spark-0", "note", "isaac-lab"),
    ]
    assert (rows[-1]["status"], rows[-1]["message"]) == ("unread", "this is no JSON")
    assert {row["label:site"] for row in rows} == {"basel", "graz", ""}


def test_csv_leaves_nothing_to_a_spreadsheet() -> None:
    verdicts = Verdicts()
    verdicts.judged(b"1", report())
    text = rendered("csv", Fleet("1", Machines([machine("=cmd|' /C calc'!A0", b"1", site="@SUM(1)")]), verdicts))
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert (row["name"], row["label:site"]) == ("'=cmd|' /C calc'!A0", "'@SUM(1)")


def test_prometheus_is_read_by_its_own_parser() -> None:
    parser = pytest.importorskip("prometheus_client.parser", reason="prometheus-client is not in this environment")
    families = {one.name: one for one in parser.text_string_to_metric_families(rendered("prometheus"))}
    assert {one.type for one in families.values()} == {"gauge"}
    values = {
        (one.name, *sorted(one.labels.items())): one.value for family in families.values() for one in family.samples
    }
    assert values[("stackcheck_machines", ("status", "error"))] == 4
    assert values[("stackcheck_documents", ("read", "no"))] == 1
    cause = {"severity": "error", "kind": "requires", "id": "torch/1", "subject": "torch"}
    assert values[("stackcheck_cause_machines", *sorted(cause.items()))] == 4
    own = {"machine": "spark-0", "document": "spark-0.json", "status": "error"}
    assert values[("stackcheck_machine_status", *sorted(own.items()))] == 1


def test_prometheus_has_no_series_twice() -> None:
    verdicts = Verdicts()
    verdicts.judged(b"1", report(finding("file", message="a"), finding("file", message="b")))
    text = rendered("prometheus", Fleet("1", Machines([machine("a", b"1"), machine("a", b"1")]), verdicts))
    series = [line.rpartition(" ")[0] for line in text.splitlines() if not line.startswith("#")]
    assert len(series) == len(set(series))


def test_sarif_meets_the_official_schema() -> None:
    document = json.loads(rendered("sarif"))
    assert [error.message for error in Draft4Validator(official_schema()).iter_errors(document)] == []
    results = document["runs"][0]["results"]
    assert len(results) == 5
    assert results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "spark-0.json"
    assert "On 4 machines: board dgx-spark 3 of 3" in results[0]["message"]["text"]


def test_junit_is_read_by_junitparser(tmp_path: Path) -> None:
    junitparser = pytest.importorskip("junitparser", reason="junitparser is not in this environment")
    (tmp_path / "report.xml").write_text(rendered("junit"), encoding="utf-8")
    parsed = junitparser.JUnitXml.fromfile(str(tmp_path / "report.xml"))
    assert (parsed.tests, parsed.failures, parsed.skipped) == (6, 1, 2)


@pytest.mark.parametrize("form", FLEET_FORMATS)
def test_what_is_hostile_stays_text(form: str) -> None:
    verdicts = Verdicts()
    verdicts.judged(b"1", report(finding(HOSTILE, message=HOSTILE, fix=HOSTILE)))
    verdicts.unread(b"2", HOSTILE)
    machines = (machine(HOSTILE, b"1", HOSTILE, site=HOSTILE), machine("b", b"1"), machine(f"{HOSTILE}2", b"2"))
    text = rendered(form, Fleet("1", Machines(machines), verdicts))
    if form not in ("json", "jsonl"):
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", text)
        assert "##[" not in text
        assert not re.search(r"(?<!\S)::[a-z]", text)
    if form in ("html", "markdown", "junit"):
        assert "<script>alert" not in text
