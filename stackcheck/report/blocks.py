"""The order in which people read a report: broken, warnings, limits here, to do, notes, not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.model import SEVERITIES
from stackcheck.report.clean import printable

if TYPE_CHECKING:
    from stackcheck.model import Finding, Report

TODO = "To do, in this order"


def blocks(report: Report, *, notes: bool = True, limits: bool = True) -> tuple[tuple[str, list[Finding]], ...]:
    """Titles and their findings, in order; empty blocks are kept. A limit stands in its own block alone."""
    by = {severity: [f for f in report.findings if f.severity == severity and not f.limit] for severity in SEVERITIES}
    limited = [finding for finding in report.findings if finding.limit and limits]
    return (
        ("Broken", by["error"]),
        ("Warnings", by["warning"]),
        ("Limits here", limited),
        (TODO, by["todo"]),
        ("Notes", by["note"] if notes else []),
        ("Not known", by["unknown"]),
    )


def summary(report: Report) -> str:
    """One line of counts: "1 error, 2 warnings; 18 facts held"."""
    counts = [(report.count("error"), "error"), (report.count("warning"), "warning")]
    counts += [(report.count("note"), "note"), (report.count("todo"), "to do")]
    said = [f"{number} {_plural(name, number)}" for number, name in counts if number]
    unknown = report.count("unknown")
    said += [f"{unknown} not known"] if unknown else []
    left_out = "".join(f", {number} {why}" for why, number in report.left_out)
    return f"{', '.join(said) or 'nothing found'}; {report.held} {_plural('fact', report.held)} held{left_out}"


def told(finding: Finding) -> str:
    """A finding as plain lines: message, reasons, fix with its commands, sources."""
    said = [printable(finding.message)]
    said += [f"because: {printable(reason.text)} ({printable(reason.origin)})" for reason in finding.because]
    if finding.fix is not None:
        said += [f"fix: {printable(finding.fix.text)}", *(f"$ {printable(one)}" for one in finding.fix.commands)]
    said += [f"source: {source.url} ({source.confidence}, seen {source.seen})" for source in finding.sources]
    return "\n".join(said)


def _plural(name: str, number: int) -> str:
    return name if number == 1 or name == "to do" else f"{name}s"
