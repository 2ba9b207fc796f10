"""`diff`: what two names stand for (documents, reports, fleets), and what is different between them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from stackcheck.judge import drift
from stackcheck.model import TABLES, Absent, Known, Unknown
from stackcheck.read.environment import DocumentError, environment_of
from stackcheck.report import fleet_json
from stackcheck.report.changes import Change
from stackcheck.report.fleet import STATUSES, cause_of
from stackcheck.report.fleet_text import HEADS
from stackcheck.session.documents import LINES, documents, loaded
from stackcheck.session.errors import CannotWorkError
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from stackcheck.model import Stack
    from stackcheck.report.changes import Of
    from stackcheck.report.fleet import Fleet

    Causes = Mapping[tuple[str, str, str], str]

REPORT = "stackcheck-report/1"


@dataclass(frozen=True)
class Several:
    """A fleet as it is compared: of each machine the causes that it has (kind, id, subject), each with its severity;
    and what each cause says."""

    machines: Mapping[str, Causes]
    messages: Mapping[tuple[str, str, str], str]


def changes(old: str, new: str, tell: Callable[[str], None]) -> tuple[Of, list[Change]]:
    """What is different in the second of two: documents (or targets), reports, or fleets (their reports, or folders,
    patterns and JSON lines of documents, which are judged). Raises the errors of `session.errors.expected`."""
    before, after = _opened(old, tell), _opened(new, tell)
    if isinstance(before, Several) and isinstance(after, Several):
        return "fleets", list(_of_fleets(before, after))
    if isinstance(before, dict) and isinstance(after, dict):
        return "reports", list(_of_reports(before, after))
    if not isinstance(before, Several | dict) and not isinstance(after, Several | dict):
        return "environments", list(_of_documents(before, after))
    raise CannotWorkError(f"{old} is {_sort(before)}, and {new} is {_sort(after)}: two of a sort can be compared")


def _sort(value: Stack | Several | dict[str, Any]) -> str:
    return "a fleet" if isinstance(value, Several) else "a report" if isinstance(value, dict) else "a document"


def _opened(name: str, tell: Callable[[str], None]) -> Stack | Several | dict[str, Any]:
    if os.path.isdir(name) or name.endswith(LINES):
        from stackcheck.session.fleet import fleet
        from stackcheck.session.request import Filters, Request
        from stackcheck.session.workers import workers_of

        return _of_fleet(fleet([name], Request(), Filters(), workers_of(None, None), tell))
    (document,) = documents([name])
    tables = loaded(document)
    schema = tables.get("schema") if isinstance(tables, dict) else None
    if schema not in (REPORT, fleet_json.SCHEMA):
        return environment_of(tables, document.place)
    assert isinstance(tables, dict)  # noqa: S101 - it has a schema
    try:
        return _several(tables) if schema == fleet_json.SCHEMA else _checked(tables)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise DocumentError(document.place, ["is no whole report of stackcheck"]) from error


def _checked(report: dict[str, Any]) -> dict[str, Any]:
    """A report of which every finding has what is compared."""
    for finding in report["findings"]:
        _key(finding)
    return report


def _key(finding: dict[str, Any]) -> tuple[str, ...]:
    """What makes a finding the same in another report: not its line, its words or its severity."""
    location = finding.get("location") or {}
    parts = (finding["kind"], finding["id"], finding["subject"], finding.get("target", ""), location.get("path", ""))
    return tuple(map(str, parts))


def _of_documents(old: Stack, new: Stack) -> Iterator[Change]:
    for one in drift.differences(old, new):
        was, now = (None if isinstance(state, Absent) else drift.said(state) for state in (one.old, one.new))
        yield from _change(one.table, one.name, was, now)
    # What the first document does not know is no difference to a machine, and one between two documents.
    for table in TABLES:
        for name, state in sorted(new.table(table).items()):
            if isinstance(state, Known) and isinstance(old.state(table, name), Unknown):
                yield from _change(table, name, None, drift.said(state))


def _change(part: str, name: str, was: str | None, now: str | None) -> Iterator[Change]:
    """The difference between what something was and is; None: it is not there."""
    if was is None and now is not None:
        yield Change(part, "new", name, "", now)
    elif was is not None and now is None:
        yield Change(part, "gone", name, was)
    elif was is not None and now is not None and was != now:
        yield Change(part, "changed", name, was, now)


def _of_reports(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    before, after = (
        {_key(one): f"{one['severity']}: {one['message']}" for one in report["findings"]} for report in (old, new)
    )
    for key in {**after, **before}:
        name = " ".join(part for part in (key[1] or key[0], *key[3:]) if part)
        yield from _change("findings", name, before.get(key), after.get(key))


def _of_fleet(fleet: Fleet) -> Several:
    machines = {
        machine.name: {cause_of(one)[1:]: one.severity for one in fleet.findings(machine)} for machine in fleet.machines
    }
    return Several(machines, {cause_of(cause.finding)[1:]: cause.message for cause in fleet.causes})


def _several(report: dict[str, Any]) -> Several:
    keys = {one["number"]: (one["kind"], one["id"], one["subject"]) for one in report["causes"]}
    severities = {one["number"]: one["severity"] for one in report["causes"]}
    machines = {
        one["name"]: {keys[number]: severities[number] for number in one["causes"]} for one in report["machines"]
    }
    return Several(machines, {keys[one["number"]]: one["messages"][0]["text"] for one in report["causes"]})


def _of_fleets(old: Several, new: Several) -> Iterator[Change]:
    """Causes first, then the machines that came, went, or are otherwise than they were."""
    for key in sorted({*old.messages, *new.messages}):
        had, has = ({name for name, causes in one.machines.items() if key in causes} for one in (old, new))
        if had != has:
            was = (f"on {len(had):,}" if has else f"on {len(had):,}: {old.messages[key]}") if had else None
            now = f"on {len(has):,}: {new.messages[key]}" if has else None
            for change in _change("causes", key[1] or key[0], was, now):
                yield replace(change, machines=tuple(sorted(has - had)), without=tuple(sorted(had - has)))
    for name in sorted({*old.machines, *new.machines}):
        was, now = (_status(one.machines.get(name)) for one in (old, new))
        yield from _change("machines", name, was, now)


def _status(causes: Causes | None) -> str | None:
    if causes is None:
        return None
    return HEADS[next((status for status in STATUSES if status in causes.values()), "held")]
