"""Every format on the same findings: what its readers expect, and nothing is taken for markup or a command."""

from __future__ import annotations

import json
import re
from importlib import import_module
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackcheck.model import SEVERITIES, Finding, Fix, Location, Reason, Report, Source
from stackcheck.report import FORMATS

HOSTILE = (
    "<script>alert(1)</script> ::error::x %0A \x1b[31m ##[group]y\n::set-output name=a::b @team #1 [a](https://b) | `c`"
)
SOURCE = Source("https://example.org/1.0/page", "2026-11-22", "official")
FINDINGS = tuple(
    Finding(
        kind="requires",
        id=f"torch/{number}",
        severity=SEVERITIES[number % 5],
        subject="torch",
        message=f"PyTorch {number}: {HOSTILE}" if number % 2 else f"PyTorch {number} is a CPU-only build.",
        location=(None, Location(f"a b/{HOSTILE}.txt", 3, 1, 9), Location("requirements.txt", 7), Location("x.toml"))[
            number % 4
        ],
        because=(Reason(HOSTILE, HOSTILE),),
        fix=Fix("Take 2.11.", ("pip install 'torch>=2.11'",)) if number % 3 else None,
        sources=(SOURCE,),
        target="dgx-spark" if number > 15 else None,
    )
    for number in range(20)
)
REPORT = Report(f"target {HOSTILE}", "2026.11.22", FINDINGS, 18)
EMPTY = Report("this machine", "2026.11.22", (), 0)


def rendered(form: str, report: Report = REPORT) -> str:
    """The report in one format."""
    text: str = import_module(f"stackcheck.report.{form}").render(report)
    return text


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("report", [REPORT, EMPTY], ids=["twenty", "empty"])
def test_ends_in_one_newline_and_is_the_same_twice(form: str, report: Report) -> None:
    text = rendered(form, report)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert text == rendered(form, report)


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "json"])
def test_no_control_character_and_no_command_comes_through(form: str) -> None:
    text = rendered(form)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
    commands = [line for line in text.splitlines() if line.lstrip().startswith("::")]
    assert [line for line in commands if not re.match(r"::(error|warning|notice) (file|title)=", line)] == []
    assert "##[" not in text


@pytest.mark.parametrize("form", ["junit", "markdown"])
def test_no_markup_comes_through(form: str) -> None:
    assert "<script" not in rendered(form)


def test_sarif_has_every_finding_with_its_rule_level_and_place() -> None:
    document = json.loads(rendered("sarif"))
    (run,) = document["runs"]
    assert len(run["results"]) == 20
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [f.id for f in FINDINGS]
    assert [result["level"] for result in run["results"][:5]] == ["error", "warning", "note", "note", "none"]
    assert run["results"][2]["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": "requirements.txt"}, "region": {"startLine": 7}}}
    ]
    assert "locations" not in run["results"][0]
    assert len({result["partialFingerprints"]["stackcheck/v1"] for result in run["results"]}) == 20


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a\udcff b.txt", "a%FF%20b.txt"),
        ("\u00e9.txt", "%C3%A9.txt"),
        ("a\ud800.txt", "a%3F.txt"),
        ("/x/a#b?.txt", "file:///x/a%23b%3F.txt"),
        ("a:b.txt", "a%3Ab.txt"),
    ],
)
def test_a_uri_of_sarif_has_the_bytes_that_the_name_has(path: str, uri: str) -> None:
    finding = Finding("reading", "reading/unread", "note", "file", "x", location=Location(path, 1))
    document = json.loads(import_module("stackcheck.report.sarif").render(Report("x", "1", (finding,), 0)))
    place = document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert place == uri


def test_junit_counts_what_it_holds() -> None:
    suite = ET.fromstring(rendered("junit"))[0]  # noqa: S314 - our own text
    assert suite.get("tests") == str(len(suite)) == "21"
    assert suite.get("failures") == str(len(suite.findall("*/failure"))) == "4"
    assert suite.get("skipped") == str(len(suite.findall("*/skipped"))) == "4"


def test_github_has_one_command_a_finding() -> None:
    lines = rendered("github").splitlines()
    assert len(lines) == 21
    assert lines[2].startswith("::notice file=requirements.txt,line=7,title=stackcheck%3A torch/2::PyTorch 2 is")
    assert "%0Afix: Take 2.11.%0A$ pip install" in lines[2]


def test_gitlab_has_what_the_format_requires() -> None:
    entries = json.loads(rendered("gitlab"))
    assert len(entries) == len({entry["fingerprint"] for entry in entries}) == 20
    assert {entry["severity"] for entry in entries} == {"critical", "major", "minor", "info"}
    assert all(entry["location"]["path"] and entry["location"]["lines"]["begin"] >= 1 for entry in entries)


def test_markdown_says_the_verdict_first() -> None:
    lines = rendered("markdown").splitlines()
    assert lines[0].startswith("### ❌ stackcheck: target ")
    assert lines[2] == "4 errors, 4 warnings, 4 notes, 4 to do, 4 not known; 18 facts held (matrix 2026.11.22)"


@given(st.text(), st.text(), st.sampled_from([form for form in FORMATS if form != "text"]))
def test_any_text_gives_a_valid_document(message: str, path: str, form: str) -> None:
    finding = Finding(
        "requires", "a/b", "error", "a", message, location=Location(path, 1), because=(Reason(path, path),)
    )
    text = rendered(form, Report(message, "1", (finding,), 0))
    if form in ("json", "sarif", "gitlab"):
        json.loads(text)
    if form == "junit":
        ET.fromstring(text)  # noqa: S314 - our own text
    if form == "github":
        assert len(text.splitlines()) == 2
