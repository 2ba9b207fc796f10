"""What the user does not want to see: `--select`, ignores with their end, and a baseline. Nothing goes unseen in
silence: what is left out is counted, and an ignore that is not needed is a finding of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge.findings import in_order
from stackcheck.model import Finding, Fix
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from stackcheck.model import Ignore, Report, Unread

KIND = "ignore"


def without_ignored(report: Report, ignores: Sequence[Ignore], unclear: Iterable[Unread], today: str) -> Report:
    """The report without what is ignored on a day (ISO), and with what is to say of the ignores themselves.

    `unclear` are comments that look like an ignore and cannot be read as one, or give no reason.
    """
    ended = [ignore for ignore in ignores if ignore.until is not None and ignore.until <= today]
    counting = [ignore for ignore in ignores if ignore not in ended]
    used: set[Ignore] = set()
    kept: list[Finding] = []
    for finding in report.findings:
        matching = [ignore for ignore in counting if matches(ignore, finding)]
        used.update(matching)
        if not matching:
            kept.append(finding)
    covered = []
    for entry in report.coverage.not_judged:
        matching = [ignore for ignore in counting if matches(ignore, entry)]
        used.update(matching)
        if not matching:
            covered.append(entry)
    said = [
        *map(_unclear, unclear),
        *map(_ended, ended),
        *(_unused(one) for one in counting if one.must_match and one not in used),
    ]
    number = len(report.findings) - len(kept) + len(report.coverage.not_judged) - len(covered)
    report = replace(report, coverage=replace(report.coverage, not_judged=tuple(covered)))
    return _less(report, [*kept, *said], "ignored", number)


def selected(report: Report, select: Collection[str]) -> Report:
    """The report with the findings of these kinds or ids alone; all of it where none is named."""
    if not select:
        return report
    kept = [finding for finding in report.findings if finding.kind in select or finding.id in select]
    return _less(report, kept, "not selected", len(report.findings) - len(kept))


def matches(ignore: Ignore, finding: Finding) -> bool:
    """Whether a finding is one that the ignore names, at one of its lines."""
    if ignore.what not in (finding.kind, finding.id):
        return False
    if ignore.lines is None:
        return True
    place = finding.location
    same_file = place is not None and ignore.location is not None and place.path == ignore.location.path
    return same_file and place is not None and place.line in ignore.lines


def _less(report: Report, findings: Iterable[Finding], why: str, number: int) -> Report:
    left_out = (*report.left_out, (why, number)) if number else report.left_out
    return replace(report, findings=in_order(findings), left_out=left_out)


def _unclear(comment: Unread) -> Finding:
    return Finding(KIND, f"{KIND}/unclear", comment.severity, "comment", comment.reason, location=comment.location)


def _ended(ignore: Ignore) -> Finding:
    text = f"The ignore of {ignore.what} ({ignore.place}) ended on {ignore.until}."
    return _about(ignore, "ended", text, "Take it out, or give it a new end.")


def _unused(ignore: Ignore) -> Finding:
    text = f"The ignore of {ignore.what} ({ignore.place}) matches nothing."
    return _about(ignore, "unused", text, "Take it out.")


def _about(ignore: Ignore, name: str, text: str, fix: str) -> Finding:
    return Finding(
        kind=KIND,
        id=f"{KIND}/{name}",
        severity="warning",
        subject=ignore.what,
        message=text,
        involves=(ignore.what,),
        location=ignore.location,
        fix=Fix(fix),
    )
