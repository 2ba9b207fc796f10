"""JUnit XML, as CI servers show it: a test case for each finding, and one for what held."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from stackcheck.report.blocks import not_judged, told
from stackcheck.report.clean import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.model import Finding, Report


def render(report: Report) -> str:
    """An error is a failure, what is not known is skipped with its reason; warnings, notes and to-dos pass and keep
    their text as output. The exit code alone knows `--fail-on`."""
    findings = (*report.findings, *not_judged(report))
    skipped = sum(finding.severity == "unknown" for finding in findings)
    tests, failures = len(findings) + 1, report.count("error")
    counts = f'tests="{tests}" failures="{failures}" errors="0" skipped="{skipped}"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="stackcheck" {counts}>']
    lines += [f" <testsuite name={_attribute(report.subject)} {counts}>"]
    for finding in findings:
        lines += _case(finding)
    lines += [f'  <testcase classname="stackcheck" name="{report.held} facts held"/>', " </testsuite>", "</testsuites>"]
    return "\n".join(lines) + "\n"


def _case(finding: Finding) -> Iterator[str]:
    place = f" at {finding.location}" if finding.location is not None else ""
    target = f" [{', '.join(finding.targets)}]" if finding.targets else ""
    name = _attribute(f"{finding.id or finding.subject}{target}{place}")
    yield f'  <testcase classname="stackcheck.{escape(finding.kind)}" name={name}>'
    message, text = _attribute(finding.message), escape(told(finding))
    if finding.severity == "error":
        yield f'   <failure type="error" message={message}>{text}</failure>'
    elif finding.severity == "unknown":
        yield f"   <skipped message={message}/>"
    else:
        yield f"   <system-out>{finding.severity}: {text}</system-out>"
    yield "  </testcase>"


def _attribute(text: str) -> str:
    return quoteattr(printable(text))
