"""The report on many machines as JSON, schema `stackcheck-fleet/1` (keys are only ever added), and as JSON lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from stackcheck.about import VERSION
from stackcheck.report.clean import printable_json
from stackcheck.report.fleet import cause_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.model import Finding, Fix, Location
    from stackcheck.report.fleet import Cause, Fleet
    from stackcheck.report.fleet_machines import Machine

SCHEMA = "stackcheck-fleet/1"


def render(fleet: Fleet) -> Iterator[str]:
    """The report in pieces, a machine in each of the last ones: in memory the whole would be several times as large."""
    statuses: dict[str, int] = dict(fleet.statuses.items())
    head = {
        "schema": SCHEMA,
        "stackcheck": VERSION,
        "matrix": fleet.matrix,
        "things": fleet.things,
        "summary": {
            "machines": len(fleet.machines),
            "different": len(fleet.sizes),
            "unread": len(fleet.unread),
            **statuses,
        },
        "causes": [_cause(fleet, cause) for cause in fleet.causes],
        "groups": {
            label: [{"value": value, "machines": sum(counts.values()), **counts} for value, counts in values.items()]
            for label, values in fleet.groups.items()
        },
        "unread": [{"document": machine.document, "reason": reason} for machine, reason in fleet.unread],
    }
    text = printable_json(json.dumps(head, indent=1, ensure_ascii=False))
    yield f'{text.removesuffix("}").rstrip()},\n "machines": ['
    separator = "\n"
    for machine in fleet.machines:
        if fleet.reason(machine) is None:
            numbers = sorted({fleet.numbers[cause_of(finding)] for finding in fleet.findings(machine)})
            yield f"{separator}  {_line({**_machine(machine), 'causes': numbers})}"
            separator = ",\n"
    yield "\n ]\n}\n"


def _cause(fleet: Fleet, cause: Cause) -> dict[str, Any]:
    finding = cause.finding
    return {
        "number": cause.number,
        "kind": finding.kind,
        "id": finding.id,
        "severity": finding.severity,
        "subject": finding.subject,
        "machines": cause.machines,
        "messages": [{"text": text, "machines": number} for text, number in cause.wordings],
        "fixes": [{**_fix(fix), "machines": number} for fix, number in cause.fixes],
        "example": {
            "message": finding.message,
            "because": [{"text": reason.text, "origin": reason.origin} for reason in finding.because],
        },
        "sources": [
            {"url": source.url, "seen": source.seen, "confidence": source.confidence} for source in finding.sources
        ],
        "groups": {
            label: [{"value": value, "machines": number} for value, number in sorted(values.items())]
            for label, values in fleet.spread(cause).items()
        },
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {"text": fix.text, "commands": list(fix.commands)}


def _machine(machine: Machine) -> dict[str, Any]:
    return {
        "name": machine.name,
        "document": machine.document,
        "labels": dict(machine.labels),
        "board": machine.board,
    }


def lines(fleet: Fleet) -> Iterator[str]:
    """A line for each machine, with all that was found of it or why it could not be judged."""
    for machine in fleet.machines:
        reason = fleet.reason(machine)
        said = {"reason": reason} if reason is not None else {"findings": list(map(_finding, fleet.findings(machine)))}
        yield f"{_line({'schema': SCHEMA, **_machine(machine), **said})}\n"


def _finding(finding: Finding) -> dict[str, Any]:
    said: dict[str, Any] = {
        "kind": finding.kind,
        "id": finding.id,
        "severity": finding.severity,
        "subject": finding.subject,
        "message": finding.message,
    }
    if finding.location is not None:
        said["location"] = _location(finding.location)
    return {**said, "fix": _fix(finding.fix)} if finding.fix is not None else said


def _location(location: Location) -> dict[str, Any]:
    parts = {"path": location.path, "line": location.line}
    return {key: value for key, value in parts.items() if value is not None}


def _line(value: dict[str, Any]) -> str:
    return printable_json(json.dumps(value, ensure_ascii=False))
