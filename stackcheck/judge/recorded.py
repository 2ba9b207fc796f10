"""What PyPI's record of a project says of the releases that an installer may take: their wheels, and what they require.

Newest first until one is not in the way: of a hundred releases mostly one is looked at. What the record does not say is
not known, and rules nothing out. A row of the matrix on the same matter goes before the record.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge import requirements, wheels
from stackcheck.judge.build_options import has_builds
from stackcheck.judge.check import Check
from stackcheck.judge.domain import by_preference
from stackcheck.judge.laws import native, needed_libraries, wheel_law
from stackcheck.matrix.records import PYPI
from stackcheck.matrix.rows import Wheels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.domain import Domain
    from stackcheck.judge.working import Working
    from stackcheck.matrix.records import Record

SETTLED_DAYS = 90
"""Days after a later release from which on a record holds every earlier one: hardly any is published so late."""
MOST_CERTAIN = 12
"""Releases of which the requirements are compared one by one; more of them leave a resolver too much to choose."""


def add(work: Working, domain: Domain, per: dict[str | None, tuple[Check, ...]]) -> None:
    """Adds to the checks of each value what its release's line says."""
    if domain.presence == "found":
        _add_installed(work, domain, per)
        return
    records = _records(work, domain)
    if not records:
        return
    if not domain.values:
        per[None] = (*per[None], *(check for record in records for check in _none_there(work, domain, None, record)))
        return
    if len(domain.values) <= MOST_CERTAIN and requirements.of_pypi(work, domain):
        for value in domain.values:
            own = (check for record in records for check in requirements.checks(work, domain, value, record))
            per[value] = (*per[value], *own)
    quiet = True
    for value in by_preference(domain.values):
        if len(domain.values) > 1 and any(check.bars for check in per[value]):
            continue
        found = [check for record in records for check in _of_value(work, domain, value, record)]
        per[value] = (*per[value], *found)
        lacking = [check for check in (*found, *_wheels(per[value])) if check.result == "fails"]
        if not lacking or (quiet and all(check.severity is not None for check in lacking)):
            return
        # Whether older releases are in the same way decides how loud it is said of this one.
        quiet = False


def _of_value(work: Working, domain: Domain, value: str, record: Record) -> Iterator[Check]:
    """What a record says of one value: its wheels, where it is, the code in them and what they link to."""
    stated = _stated(work, domain, value)
    yield from wheel_law.checks(work, domain, value, record, stated)
    if not stated:
        yield from _none_there(work, domain, value, record)
    yield from native.checks(work, domain, value, record)
    yield from needed_libraries.checks(work, domain, value, record)


def _add_installed(work: Working, domain: Domain, per: dict[str | None, tuple[Check, ...]]) -> None:
    """What is there already was judged by an installer; what its libraries find when it runs was not."""
    for name in work.store.distributions(domain.subject) if domain.values else ():
        record = work.store.record(name) if name in work.stack.packages else None
        if record is not None:
            value = domain.values[0]
            per[value] = (*per[value], *native.checks(work, domain, value, record))
            per[value] = (*per[value], *needed_libraries.checks(work, domain, value, record))


def _records(work: Working, domain: Domain) -> list[Record]:
    """The records that speak of what an installer would take for a subject; none of what is there already."""
    if domain.presence not in ("asked", "wanted", "implied") or work.store.store.records is None:
        return []
    if any(ask.url is not None or "===" in ask.specifier for ask in domain.asks) or not _worth(work, domain):
        return []
    found = (work.store.record(name) for name in work.store.distributions(domain.subject))
    return [record for record in found if record is not None and _speaks(work, domain, record)]


def _none_there(work: Working, domain: Domain, value: str | None, record: Record) -> Iterator[Check]:
    """What the indexes do not have: the release that a line pins, or any that it allows."""
    if len({ask.name for ask in domain.asks}) > 1:
        return  # of two distributions that are one product, each has releases of its own
    if has_builds(work, domain.subject) or not _is_missing(domain, value, record):
        return
    line = next((str(ask) for ask in domain.asks if not ask.constraint), domain.subject)
    count, span = len(record), f" ({record.versions[-1]} to {record.versions[0]})" if len(record) > 1 else ""
    index = "the package index" if record.current else f"PyPI as of {record.read}"
    text = f"{line} matches none of the {count} release{'' if count == 1 else 's'} on {index}{span}"
    other = wheels.beside(work, domain)
    yield Check(
        wheel_law.row_of(domain, record, None),
        "fails",
        hard=True,
        installer=True,
        subject=domain.subject,
        message=f"{text}; {other} was not asked." if other else f"{text}.",
        because=domain.steps,
        involves=domain.involved,
        kind="online" if record.current else None,
        severity="warning" if other else None,
    )


def _is_missing(domain: Domain, value: str | None, record: Record) -> bool:
    if value is not None:
        if versions.local_label(value) is not None or record.release(value) is not None:
            return False
        # What a line of a file pins; what is installed is there, whatever the index has.
        written = any(ask.origin.location is not None for ask in domain.asks)
        return record.current or (written and _in_the_past(record, value))
    allowed = domain.range
    parsed = (versions.strict(text) for text in record.usual)
    return record.current and allowed is not None and not any(one is not None and one in allowed for one in parsed)


def _in_the_past(record: Record, value: str) -> bool:
    """Whether a release without a line would have been there when the record was read: a later one had been out for
    long. Its project never published it, or took it back."""
    own = versions.strict(value)
    if record.index != PYPI or own is None or record.standing(value) != "no line":
        return False
    final = (one for one in record.versions if (parsed := versions.strict(one)) and not parsed.is_prerelease)
    later = [one for one in final if (versions.strict(one) or own) > own]
    line = record.release(later[-1]) if later else None
    if line is None or line.date is None:
        return False
    return (date.fromisoformat(record.read) - date.fromisoformat(line.date)).days >= SETTLED_DAYS


def _speaks(work: Working, domain: Domain, record: Record) -> bool:
    """Whether what it is read from is among the places where an installer looks."""
    indexes = work.indexes(domain)
    return indexes is None or any(name in record.places for name in indexes.names)


def _worth(work: Working, domain: Domain) -> bool:
    """An implied product is judged where the matrix speaks of it; what else an installer brings is a resolver's."""
    return domain.presence != "implied" or work.store.store.knows(domain.subject)


def _stated(work: Working, domain: Domain, value: str) -> frozenset[str]:
    """What rows of the matrix say of the wheels of this release: for which of "arch", "python", "glibc" they are."""
    rows = [row for row in work.rows_for(domain, Wheels, value) if work.applies(row)[0] is True]
    found = {name for row in rows for name, said in (("python", row.python), ("glibc", row.glibc)) if said is not None}
    return frozenset((*found, "arch", "libc")) if rows else frozenset()


def _wheels(checks: tuple[Check, ...]) -> Iterator[Check]:
    return (check for check in checks if check.row.kind == "wheels")
