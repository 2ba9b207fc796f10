"""GitLab's Code Quality report (docs.gitlab.com, "Code Quality report format"): a JSON list, one entry a finding."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from stackcheck.report.blocks import elsewhere, fixes, not_judged, variants
from stackcheck.report.clean import fingerprint, printable

if TYPE_CHECKING:
    from stackcheck.model import Finding, Report

LEVELS = {"error": "critical", "warning": "major", "note": "info", "todo": "minor", "unknown": "minor"}


def render(report: Report) -> str:
    """The entries in the order of the report. GitLab wants a path and a line for each: what has no place in a
    file stands under the report's subject, at line 1."""
    findings = (*report.findings, *not_judged(report))
    entries = [
        _entry(finding, mark, report.subject) for finding, mark in zip(findings, fingerprint(findings), strict=True)
    ]
    return json.dumps(entries, indent=1, ensure_ascii=False) + "\n"


def _entry(finding: Finding, mark: str, subject: str) -> dict[str, Any]:
    place = finding.location
    target = f"[{', '.join(finding.targets)}] " if finding.targets else ""
    more = [f"{line[:1].upper()}{line[1:]}." for line in filter(None, (elsewhere(finding),))]
    more += [f"{line[:1].upper()}{line[1:]}" for line in variants(finding)]
    more += [f"Fix{f' {label}' if label else ''}: {fix.text}" for label, fix in fixes(finding)]
    return {
        "description": printable(" ".join((f"{target}{finding.message}", *more))),
        "check_name": printable(finding.id or finding.kind),
        "fingerprint": mark,
        "severity": LEVELS[finding.severity],
        "location": {
            "path": printable(place.path if place is not None else subject),
            "lines": {"begin": (place.line if place is not None else None) or 1},
        },
    }
