"""The order in which people read a report: broken, warnings, to do, limits here, notes, not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.model import SEVERITIES
from stackcheck.report.clean import printable
from stackcheck.values import replace
from stackcheck.wording import few

if TYPE_CHECKING:
    from stackcheck.model import Finding, Fix, Report

TODO = "To do, in this order"
SHARED = (
    ("coverage/no-record", "nothing is known of them here (--online asks the index)"),
    ("coverage/facts", "too little is known of the machine (state it, as in --fact python=3.12)"),
)
"""Reasons that many requirements share, so that their names are said together."""
NAMED = 12
"""Names of projects in one line; JSON has all."""
LINE = 80
"""Columns of the line that names the errors."""
VARIANTS = 4
"""Sentences that are said beside that of a finding; JSON has all."""
PLACES = 6
"""Places of one finding that are named; JSON has all."""


def blocks(report: Report, *, notes: bool = True, limits: bool = True) -> tuple[tuple[str, list[Finding]], ...]:
    """Titles and their findings, in order; empty blocks are kept. A limit stands in its own block alone."""
    by = {severity: [f for f in report.findings if f.severity == severity and not f.limit] for severity in SEVERITIES}
    limited = [finding for finding in report.findings if finding.limit and limits]
    return (
        ("Broken", by["error"]),
        ("Warnings", by["warning"]),
        (TODO, by["todo"]),
        ("Limits here", limited),
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
    for key, reason in SHARED:
        names = list(dict.fromkeys(entry.subject for entry in report.coverage.not_judged if entry.id == key))
        if names:
            lines.append(f"Not judged, since {reason}: {few(names, NAMED)}.")
    shared = {key for key, _ in SHARED}
    sentences: dict[tuple[str, str], list[str]] = {}
    for entry in report.coverage.not_judged:
        if entry.id not in shared:
            before, name, after = _around(entry.message, entry.subject)
            names = sentences.setdefault((before, after), [])
            names += [name] if name not in names else []
    for (before, after), names in sentences.items():
        several = f"each{after}: {few(names, NAMED)}"
        lines.append(f"Not judged: {before}{several if len(names) > 1 else f'{names[0]}{after}'}.")
    return lines


def _around(message: str, subject: str) -> tuple[str, str, str]:
    """A message around its subject and the release that follows it, which is all that others of its sort differ in."""
    before, name, after = message.partition(subject)
    release = after.split(" ")[1] if after.startswith(" ") else ""
    if not release[:1].isdigit():
        return before, name, after
    return before, f"{name} {release}", after[1 + len(release) :]


def errors_named(report: Report) -> str:
    """The errors in one line: "Errors: torch, open3d and 3 more"; "" where there are none."""
    names = [title(finding) for finding in report.findings if finding.severity == "error"]
    names = list(dict.fromkeys(names))
    lines = [f"Errors: {few(names, most)}" for most in range(len(names), 0, -1)]
    return next((line for line in lines if len(line) <= LINE), lines[-1] if lines else "")


def title(finding: Finding) -> str:
    """What a finding is about, in the word that a reader looks for: the product whose row it is, of a file its name,
    else its subject."""
    place = finding.location
    if finding.subject == "file" and place is not None:
        return place.path.rpartition("/")[2]
    product = finding.id.partition("/")[0]
    feature = finding.subject.startswith(f"{product}:")
    return product if product in finding.involves and not feature else finding.subject


def elsewhere(finding: Finding) -> str:
    """The places beside the first one: "also at: a.txt:3, b.txt:4"; "" where there is none."""
    places = [str(place) for place in finding.places[1:]]
    return f"also at: {few(places, PLACES)}" if places else ""


def variants(finding: Finding, most: int = VARIANTS) -> list[str]:
    """What is said in other words at other places or on other targets of the same cause, and what follows from it,
    each once and not more than `most` of it: "on gh200: …", "also: …"."""
    words: dict[str, list[Finding]] = {}
    for other in finding.also:
        if other.message != finding.message:
            words.setdefault(other.message, []).append(other)
    lines = [f"{_label(finding, others)}: {message}" for message, others in words.items()]
    more = len(lines) - most
    return lines if more <= 1 else [*lines[:most], f"and {more} more of it in other words"]


def fixes(finding: Finding) -> list[tuple[str, Fix]]:
    """Each remedy of a finding with the targets or places that it is for, "" where it is for all; of what follows from
    a cause only where the cause has none."""
    same = [one for one in finding.same if one.fix is not None]
    by_fix: dict[Fix, list[Finding]] = {}
    for one in same or [one for one in finding.also if one.fix is not None]:
        if one.fix is not None:
            by_fix.setdefault(one.fix, []).append(one)
    if len(by_fix) == 1 and (len(same) == len(finding.same) or not same):
        return [("", fix) for fix in by_fix]
    return [(_only_for(finding, members), fix) for fix, members in by_fix.items()]


def _label(finding: Finding, others: list[Finding]) -> str:
    """How a part of a finding is told from the rest of it."""
    where = _only_for(finding, others)
    if others[0].id != finding.id:
        return f"also {where}" if where else "also"
    return where or "also"


def _only_for(finding: Finding, members: list[Finding]) -> str:
    """The targets that members of a finding have to themselves, else their places; "" where they have neither."""
    rest = [one for one in finding.same if one not in members]
    targets = list(dict.fromkeys(one.target for one in members if one.target is not None))
    if targets and len(targets) < len(finding.targets) and not {one.target for one in rest} & set(targets):
        return f"on {', '.join(targets)}"
    places = list(dict.fromkeys(str(one.location) for one in members if one.location is not None))
    if places and len(finding.places) > 1:
        return f"at {few(places, PLACES)}"
    return ""


def apart(report: Report) -> list[str]:
    """The files in which nothing was judged, since they are not for the machine, each once."""
    found = [one for finding in report.findings if finding.kind == "scope" for one in (finding, *finding.also)]
    names = [[reason.origin for reason in one.because] or [str(one.location)] for one in found]
    return list(dict.fromkeys(name for several in names for name in several))


def told(finding: Finding) -> str:
    """A finding as plain lines: message, places and targets, reasons, fixes with their commands, sources."""
    said = [finding.message, *filter(None, (elsewhere(finding),)), *variants(finding)]
    said += [f"because: {reason.text} ({reason.origin})" for reason in finding.because]
    for label, fix in fixes(finding):
        said += [f"fix{f' {label}' if label else ''}: {fix.text}", *(f"$ {one}" for one in fix.commands)]
    said += [f"source: {source.url} ({source.confidence}, seen {source.seen})" for source in finding.sources]
    return "\n".join(map(printable, said))


def _plural(name: str, number: int) -> str:
    return name if number == 1 or name == "to do" else f"{name}s"
