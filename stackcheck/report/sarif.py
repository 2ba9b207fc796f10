"""SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"), as code scanning services read it."""

from __future__ import annotations

import json
import posixpath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from stackcheck.about import VERSION
from stackcheck.report.blocks import not_judged, told
from stackcheck.report.clean import fingerprint, printable

if TYPE_CHECKING:
    from stackcheck.model import Finding, Location, Report

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "note": "note", "todo": "note"}


def render(report: Report) -> str:
    """One run with every finding as a result. What is not known is a result of kind "open", which has no level."""
    findings = (*report.findings, *not_judged(report))
    first: dict[str, Finding] = {}
    for finding in findings:
        first.setdefault(_rule(finding), finding)
    numbers = {name: number for number, name in enumerate(first)}
    marks = fingerprint(findings)
    run = {
        "tool": {
            "driver": {
                "name": "stackcheck",
                "version": VERSION,
                "rules": [_descriptor(name, finding) for name, finding in first.items()],
            }
        },
        "columnKind": "unicodeCodePoints",
        "properties": {"matrix": report.matrix, "subject": printable(report.subject), "held": report.held},
        "results": [
            _result(finding, numbers[_rule(finding)], mark) for finding, mark in zip(findings, marks, strict=True)
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, ensure_ascii=False) + "\n"


def _rule(finding: Finding) -> str:
    return printable(finding.id or finding.kind)


def _descriptor(name: str, finding: Finding) -> dict[str, Any]:
    said: dict[str, Any] = {"id": name, "shortDescription": {"text": f"{finding.kind}: {printable(finding.subject)}"}}
    pages = [source.url for source in finding.sources if source.url.startswith("https://")]
    if pages:
        said["helpUri"] = pages[0]
    sources = [f"{source.url} ({source.confidence}, seen {source.seen})" for source in finding.sources]
    said["help"] = {"text": "\n".join((f"stackcheck explain {name}", *sources))}
    return said


def _result(finding: Finding, index: int, mark: str) -> dict[str, Any]:
    known = finding.severity in LEVELS
    said: dict[str, Any] = {
        "ruleId": _rule(finding),
        "ruleIndex": index,
        "kind": "fail" if known else "open",
        "level": LEVELS.get(finding.severity, "none"),
        "message": {"text": told(finding)},
        "partialFingerprints": {"stackcheck/v1": mark},
    }
    if finding.location is not None:
        said["locations"] = [{"physicalLocation": _place(finding.location)}]
    if len(finding.places) > 1:
        said["relatedLocations"] = [
            {"id": number, "physicalLocation": _place(place), "message": {"text": "The same is so here."}}
            for number, place in enumerate(finding.places[1:])
        ]
    said["properties"] = {"severity": finding.severity}
    if finding.target is not None:
        said["properties"]["target"] = printable(finding.target)
    if len(finding.targets) > 1:
        said["properties"]["targets"] = [printable(target) for target in finding.targets]
    return said


def _bytes(path: str) -> bytes:
    """A path as the file system has it: a byte that is no UTF-8 is itself again in a URI (RFC 3986, 2.5)."""
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a surrogate, which no file's name gives
        return path.encode("utf-8", "replace")


def _place(location: Location) -> dict[str, Any]:
    path = posixpath.normpath(location.path) if location.path else "."
    uri = quote(_bytes(path))
    place: dict[str, Any] = {"artifactLocation": {"uri": f"file://{uri}" if uri.startswith("/") else uri}}
    region = {"startLine": location.line, "startColumn": location.column, "endColumn": location.end_column}
    if location.line is not None:
        place["region"] = {key: value for key, value in region.items() if value is not None}
    return place
