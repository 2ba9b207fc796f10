"""The report as GitHub-flavoured Markdown: a comment on a pull request, or a step's summary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.report.blocks import blocks, coverage_lines, elsewhere, errors_named, fixes, summary, variants
from stackcheck.report.clean import printable
from stackcheck.report.table import cell_text, lines_by_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.model import Finding, Report, Table

_MEANING = re.compile(r"[\\`*_{}\[\]<>#|~!&@:^$]|^[-+=]")


def render(report: Report) -> str:
    """The counts first, then a list for each block that has findings; reasons and sources are folded away."""
    fine = "❔" if report.coverage.not_judged else "✅"
    verdict = "❌" if report.count("error") else "⚠️" if report.count("warning") else fine
    lines = [f"### {verdict} stackcheck: {plain(report.subject)}", "", f"{summary(report)} (matrix {report.matrix})"]
    lines += ["", *(f"- {plain(text)}" for text in coverage_lines(report))] if report.coverage.not_judged else []
    lines += ["", plain(errors_named(report))] if report.count("error") else []
    for title, findings in blocks(report):
        if findings:
            lines += ["", f"#### {title}", ""]
            for finding in findings:
                lines += _finding(finding)
    table = lines_by_target(report)
    lines += ["", *_table(table)] if table is not None else []
    return "\n".join(lines) + "\n"


def _table(table: Table) -> Iterator[str]:
    yield f"| | {' | '.join(map(plain, table.columns))} |"
    yield f"|---{'|---' * len(table.columns)}|"
    for label, cells in table.rows:
        yield f"| {plain(label)} | {' | '.join(plain(cell_text(cell)) for cell in cells)} |"


def _finding(finding: Finding) -> Iterator[str]:
    place = f"{plain(str(finding.location))}: " if finding.location is not None else ""
    targets = ", ".join(finding.targets)
    target = f"{plain(f'[{targets}]')} " if targets else ""
    yield f"- {target}{place}**{plain(finding.message)}**"
    yield from (f"  - {plain(line)}" for line in (*filter(None, (elsewhere(finding),)), *variants(finding)))
    for label, fix in fixes(finding):
        yield f"  - fix{plain(f' {label}' if label else '')}: {plain(fix.text)}"
        yield from (f"    - {code(command)}" for command in fix.commands)
    reasons = [f"{reason.text} ({reason.origin})" for reason in finding.because]
    sources = [f"source: {source.url} ({source.confidence}, seen {source.seen})" for source in finding.sources]
    if reasons or sources:
        yield f"  - <details><summary>why: {plain(finding.id or finding.kind)}</summary><ul>"
        yield "    " + "".join(f"<li>{plain(text)}</li>" for text in (*reasons, *sources)) + "</ul></details>"


def plain(text: str) -> str:
    """Text that stays text: no markup, link, mention or reference comes of it."""
    return _MEANING.sub(lambda found: f"&#{ord(found[0])};", printable(text))


def code(text: str) -> str:
    return f"<code>{plain(text)}</code>"
