"""GitHub's annotations: one workflow command for each finding (docs.github.com, "Workflow commands")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.report.blocks import not_judged, summary, told
from stackcheck.report.clean import printable

if TYPE_CHECKING:
    from stackcheck.model import Finding, Report

LEVELS = {"error": "error", "warning": "warning", "note": "notice", "todo": "notice", "unknown": "notice"}


def render(report: Report) -> str:
    """A line for each finding, and one of plain text with the counts."""
    lines = [_annotation(finding) for finding in (*report.findings, *not_judged(report))]
    return "\n".join((*lines, f"stackcheck: {printable(report.subject)}: {summary(report)}")) + "\n"


def _annotation(finding: Finding) -> str:
    place = finding.location
    properties: dict[str, object] = {}
    if place is not None:
        properties["file"] = place.path
        for name, value in (("line", place.line), ("col", place.column), ("endColumn", place.end_column)):
            if value is not None:
                properties[name] = value
    properties["title"] = f"stackcheck: {finding.id or finding.kind}"
    target = f"[{printable(', '.join(finding.targets))}] " if finding.targets else ""
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{LEVELS[finding.severity]} {listed}::{_data(target + told(finding))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")
