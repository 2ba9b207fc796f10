"""The report as JSON, schema `stackcheck-report/1` (an outside contract: keys are only ever added)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from stackcheck.about import VERSION
from stackcheck.model import SEVERITIES
from stackcheck.report.clean import printable_json
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.model import Finding, Location, Report

SCHEMA = "stackcheck-report/1"


def render(report: Report) -> str:
    """The report as a JSON document with a newline at its end."""
    return printable_json(json.dumps(document(report), indent=1, ensure_ascii=False)) + "\n"


def document(report: Report) -> dict[str, Any]:
    """The report as plain values, in the order in which they are written."""
    summary = {severity: report.count(severity) for severity in SEVERITIES}
    left_out = {"left_out": dict(report.left_out)} if report.left_out else {}
    return {
        "schema": SCHEMA,
        "stackcheck": VERSION,
        "matrix": report.matrix,
        "subject": report.subject,
        "summary": {**summary, "held": report.held},
        "read": list(report.read),
        "unread": list(report.unread),
        **left_out,
        "coverage": {
            "judged": [
                {"subject": entry.subject, "rows": entry.rows, "records": entry.records, "laws": entry.laws}
                for entry in report.coverage.judged
            ],
            "not-judged": [
                *(_not_judged(finding) for finding in report.coverage.not_judged),
                *(entry for finding in report.findings if finding.kind == "scope" for entry in _apart(finding)),
            ],
        },
        "findings": [_finding(finding) for finding in report.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    said: dict[str, Any] = {
        "kind": finding.kind,
        "id": finding.id,
        "severity": finding.severity,
        "subject": finding.subject,
        "involves": list(finding.involves),
        "message": finding.message,
    }
    if finding.location is not None:
        said["location"] = _location(finding.location)
    said["because"] = [{"text": reason.text, "origin": reason.origin} for reason in finding.because]
    if finding.fix is not None:
        said["fix"] = {"text": finding.fix.text, "commands": list(finding.fix.commands)}
    said["sources"] = [
        {"url": source.url, "seen": source.seen, "confidence": source.confidence} for source in finding.sources
    ]
    if finding.limit:
        said["limit"] = True
    if finding.required:
        said["required"] = True
    if finding.target is not None:
        said["target"] = finding.target
    if len(finding.places) > 1:
        said["locations"] = [_location(place) for place in finding.places]
    if len(finding.targets) > 1:
        said["targets"] = list(finding.targets)
    if finding.also:
        whole = _finding(replace(finding, also=(), locations=()))
        said["also"] = [_beside(replace(other, also=(), locations=()), whole) for other in finding.also]
    return said


def _beside(finding: Finding, first: dict[str, Any]) -> dict[str, Any]:
    """What of a finding is not as the first of its cause has it; None for what that has and it has not."""
    own = _finding(finding)
    return {key: own.get(key) for key in {**first, **own} if own.get(key) != first.get(key)}


def _not_judged(finding: Finding) -> dict[str, Any]:
    entry: dict[str, Any] = {"subject": finding.subject, "id": finding.id, "reason": finding.message}
    if finding.location is not None:
        entry["location"] = _location(finding.location)
    return entry


def _apart(finding: Finding) -> Iterator[dict[str, Any]]:
    """Each file, or part of one, that is not for the machine: nothing in it was judged."""
    if not finding.because:
        yield _not_judged(finding)
    for reason in finding.because:
        yield {"subject": "file", "id": finding.id, "reason": reason.text, "location": {"path": reason.origin}}


def _location(location: Location) -> dict[str, Any]:
    parts = {
        "path": location.path,
        "line": location.line,
        "column": location.column,
        "end_column": location.end_column,
    }
    return {key: value for key, value in parts.items() if value is not None}
