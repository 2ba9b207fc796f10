"""The report in short, for a program that reads words: the sources first, then what is to be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.report.blocks import coverage_lines, elsewhere, fixes, summary
from stackcheck.report.clean import printable
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.model import Finding, Report, Source

MOST = 20
"""Findings that are told in full."""
TOLD = ("error", "warning", "todo")
"""Severities that are told; of the others their number is."""


def render(report: Report) -> str:
    """The report as text that ends in a newline: each finding one line with the numbers of its sources, and its fixes
    below."""
    told = [finding for finding in report.findings if finding.severity in TOLD and not finding.limit]
    shown = told[:MOST]
    sources = list(dict.fromkeys(source for finding in shown for source in finding.sources))
    lines = ["Sources:", *(f"[{number}] {_source(source)}" for number, source in enumerate(sources, 1)), ""]
    lines = (lines if sources else []) + [f"{report.subject}: {summary(report)} (matrix {report.matrix})"]
    for finding in shown:
        lines += _finding(finding, sources)
    more = len(told) - len(shown)
    lines += [f"and {more} more; the structured result has all"] if more else []
    lines += coverage_lines(report)
    return "".join(f"{printable(line)}\n" for line in lines)


def _source(source: Source) -> str:
    return f"{source.url} ({source.confidence}, seen {source.seen})"


def _finding(finding: Finding, sources: list[Source]) -> Iterator[str]:
    place = f"{finding.location}: " if finding.location is not None else ""
    targets = f"[{few(finding.targets, 4)}] " if finding.targets else ""
    cited = "".join(f"[{sources.index(source) + 1}]" for source in finding.sources)
    yield f"{finding.severity}: {targets}{place}{finding.message} ({finding.id}) {cited}".rstrip()
    also = elsewhere(finding)
    if also:
        yield f"  {also}"
    for label, fix in fixes(finding):
        yield f"  fix{f' {label}' if label else ''}: {fix.text}"
        yield from (f"  $ {command}" for command in fix.commands)
