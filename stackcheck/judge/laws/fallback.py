"""An old release that an installer takes in silence, since the newer ones have no file for this machine.

`pip install cupoch` gives the release of 2023 on an Arm machine and that of today elsewhere: what the project's pages
say of it does not hold there. Where the Python is the reason, the same is a matter of course, and is not told.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge import requires_dist, wheels, words
from stackcheck.judge.build_options import has_builds
from stackcheck.judge.laws import wheel_law
from stackcheck.matrix import published
from stackcheck.model import Finding, Fix, Reason, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.domain import Domain
    from stackcheck.judge.working import Working
    from stackcheck.matrix.records import Record

DAYS = 180
"""How much older the release must be than the newest one."""
RULE = Source(
    "https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/", "2026-11-28", "official"
)


def findings(work: Working) -> Iterator[Finding]:
    """What is asked for without an upper bound, and is taken in a release that is long outdated."""
    here = work.machine
    if here is None or "arch" in here.unsure:
        return
    for subject in sorted(work.asks):
        domain = work.domain(subject)
        if domain is None or domain.presence != "asked" or domain.pick is None or has_builds(work, subject):
            continue
        asks = [ask for ask in domain.asks if not ask.constraint]
        if not asks or any(ask.url or ask.locked is not None or not ask.applies for ask in asks):
            continue
        if wheels.beside(work, domain) or subject in work.failed:
            continue
        for record in filter(None, map(work.store.record, work.store.distributions(subject))):
            newest = record.newest
            if newest is not None and all(requires_dist.allows(ask.specifier, newest) for ask in asks):
                yield from _of(work, domain, record, newest, here)


def _of(work: Working, domain: Domain, record: Record, newest: str, here: wheel_law.Machine) -> Iterator[Finding]:
    taken = record.release(domain.pick or "")
    miss = _miss(work, record, newest, here)
    if taken is None or miss is None or (_days_between(record, taken.version, newest) or 0) < DAYS:
        return
    who = words.named(domain, domain.pick, work.store)
    yield Finding(
        "wheels",
        f"wheels/{record.project}-old",
        "warning",
        domain.subject,
        f"An installer takes {who} of {taken.date} here in silence: the newest, {newest}, has no {miss.text}, nor a "
        "source distribution.",
        involves=tuple(sorted({domain.subject, miss.subject})),
        location=domain.location,
        because=tuple(Reason(step.text, step.origin) for step in domain.steps if step.location is not None),
        fix=Fix("Pin the release that works here, and read its own documentation, not that of the newest one."),
        sources=(Source(f"pkg:pypi/{record.project}@{newest}", record.read, "observed"), RULE),
    )


def _miss(work: Working, record: Record, newest: str, here: wheel_law.Machine) -> wheel_law.Miss | None:
    """Why the newest release is passed over, where that is the machine and not its Python."""
    release, found = wheel_law.fit_of(work, record, newest, here)
    if release is None or not published.open_to(release, here.pythons) or published.buildable(release, here.pythons):
        return None
    return found if isinstance(found, wheel_law.Miss) and found.text and found.subject != "python" else None


def _days_between(record: Record, older: str, newer: str) -> int | None:
    """How many days lie between two releases; None where that is not known, or they are not in that order."""
    lines = record.release(older), record.release(newer)
    first, second = versions.strict(older), versions.strict(newer)
    days = [date.fromisoformat(line.date) for line in lines if line is not None and line.date]
    if len(days) < len(lines) or first is None or second is None or first >= second:
        return None
    return (days[1] - days[0]).days
