"""The order in which people read a report: broken, warnings, limits here, to do, notes, not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.model import SEVERITIES
from stackcheck.report.clean import printable
from stackcheck.values import replace
from stackcheck.wording import few

if TYPE_CHECKING:
    from stackcheck.model import Finding, Report

TODO = "To do, in this order"
BY_NAME = (
    ("coverage/no-record", "nothing is known of them here (--online asks the index)"),
    ("coverage/facts", "too little is known of the machine (state it, as in --fact python=3.12)"),
)
"""Reasons that many requirements share, so that their names are said together."""
NAMED = 12
"""Names of projects in one line; JSON has all."""


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
    missing = len(report.coverage.not_judged)
    said += [f"{missing} not judged"] if missing else []
    left_out = "".join(f", {number} {why}" for why, number in report.left_out)
    return f"{', '.join(said) or 'nothing found'}; {report.held} {_plural('fact', report.held)} held{left_out}"


def not_judged(report: Report) -> list[Finding]:
    """What was not judged as findings, one for each id: the first place, and every name with its reason."""
    grouped: dict[str, list[Finding]] = {}
    for entry in report.coverage.not_judged:
        grouped.setdefault(entry.id, []).append(entry)
    return [
        replace(
            entries[0],
            message=f"Not judged: {'; '.join(dict.fromkeys(entry.message for entry in entries))}.",
            involves=tuple(dict.fromkeys(entry.subject for entry in entries)),
        )
        for entries in grouped.values()
    ]


def coverage_lines(report: Report) -> list[str]:
    """What was not judged, in a sentence for each reason: bare names where nothing at all is known of them."""
    lines = []
    for key, reason in BY_NAME:
        names = list(dict.fromkeys(entry.subject for entry in report.coverage.not_judged if entry.id == key))
        if names:
            lines.append(f"Not judged, since {reason}: {few(names, NAMED)}.")
    shared = {key for key, _ in BY_NAME}
    others = [entry.message for entry in report.coverage.not_judged if entry.id not in shared]
    return [*lines, *(f"Not judged: {text}." for text in dict.fromkeys(others))]


def apart(report: Report) -> list[str]:
    """The files in which nothing was judged, since they are not for the machine, each once."""
    found = [finding for finding in report.findings if finding.kind == "scope"]
    names = [[reason.origin for reason in one.because] or [str(one.location)] for one in found]
    return list(dict.fromkeys(name for several in names for name in several))


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
