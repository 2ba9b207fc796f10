"""The report on many machines as one that has a finding for each cause, and so in the formats of CI servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.model import Finding, Location, Report
from stackcheck.report import junit as plain_junit
from stackcheck.report import sarif as plain_sarif
from stackcheck.report.fleet_text import counted, where_of
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.report.fleet import Cause, Fleet

PLACES = 50
"""Documents of one cause that are named; its message says how many there are."""


def report(fleet: Fleet) -> Report:
    """A finding for each cause, at its machines' documents; and one for each document that could not be judged."""
    unread = (
        Finding("reading", "reading/unread", "unknown", "file", reason, location=Location(machine.document))
        for machine, reason in fleet.unread
    )
    findings = (*(_finding(fleet, cause) for cause in fleet.causes), *unread)
    subject = counted(len(fleet.machines), fleet.things)
    return Report(subject, fleet.matrix, findings, fleet.statuses["held"])


def _finding(fleet: Fleet, cause: Cause) -> Finding:
    documents = [machine.document for machine, _ in zip(fleet.having(cause), range(PLACES), strict=False)]
    places = tuple(Location(document) for document in dict.fromkeys(documents))
    where = f"On {counted(cause.machines, fleet.things)}: {where_of(fleet, cause)}."
    fix = cause.fixes[0][0] if cause.fixes else None
    return replace(
        cause.finding,
        message=f"{cause.message} {where}",
        location=places[0],
        locations=places,
        because=cause.finding.because if cause.finding.message == cause.message else (),
        also=(),
        fix=fix,
    )


def junit(fleet: Fleet) -> Iterator[str]:
    """As JUnit XML: a test case for each cause."""
    yield plain_junit.render(report(fleet))


def sarif(fleet: Fleet) -> Iterator[str]:
    """As SARIF: a result for each cause."""
    yield plain_sarif.render(report(fleet))
