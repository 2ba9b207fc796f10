"""The report on many machines as metrics, for the textfile collector of Prometheus' node exporter.

The text format of Prometheus ("Exposition formats", version 0.0.4). Names and labels are an outside contract: they are
only ever added. No time stands with a value, as the collector asks for.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, TypeAlias

from stackcheck.about import VERSION
from stackcheck.report.clean import printable
from stackcheck.report.fleet import STATUSES, status_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.report.fleet import Fleet

Labels: TypeAlias = "tuple[tuple[str, str], ...]"
METRICS = {
    "stackcheck_info": "Which stackcheck and which matrix judged.",
    "stackcheck_documents": "Documents that were named, by whether they could be read.",
    "stackcheck_machines": "Machines by the gravest that was found of them.",
    "stackcheck_cause_machines": "Machines that have a cause.",
    "stackcheck_group_machines": "Machines of a group, by the gravest that was found of them.",
    "stackcheck_machine_status": "1 for the gravest that was found of a machine, 0 for the others.",
}
"""Every metric with its help; all are gauges."""


def render(fleet: Fleet) -> Iterator[str]:
    """The metrics, each with its head."""
    yield from _metric("stackcheck_info", [((("version", VERSION), ("matrix", fleet.matrix)), 1)])
    read = len(fleet.machines) - len(fleet.unread)
    yield from _metric("stackcheck_documents", [((("read", "yes"),), read), ((("read", "no"),), len(fleet.unread))])
    yield from _metric("stackcheck_machines", [((("status", name),), fleet.statuses[name]) for name in STATUSES])
    yield from _metric("stackcheck_cause_machines", _causes(fleet).items())
    yield from _metric("stackcheck_group_machines", _groups(fleet).items())
    yield from _metric("stackcheck_machine_status", _machines(fleet))


def _causes(fleet: Fleet) -> dict[Labels, int]:
    found: dict[Labels, int] = {}
    for cause in fleet.causes:
        one = cause.finding
        labels = (("severity", one.severity), ("kind", one.kind), ("id", one.id), ("subject", one.subject))
        found[labels] = found.get(labels, 0) + cause.machines
    return found


def _groups(fleet: Fleet) -> dict[Labels, int]:
    return {
        (("label", label), ("value", value), ("status", status)): counts.get(status, 0)
        for label, values in fleet.groups.items()
        for value, counts in values.items()
        for status in STATUSES
    }


def _machines(fleet: Fleet) -> Iterator[tuple[Labels, int]]:
    """Of a document that was named twice there is one: a collector takes no series twice. What was there is known by
    its digest, so that memory hardly grows with the machines."""
    seen: set[bytes] = set()
    for machine in fleet.machines:
        own = (("machine", machine.name), ("document", machine.document))
        digest = blake2b(repr(own).encode("utf-8", "surrogatepass"), digest_size=12).digest()
        if fleet.reason(machine) is None and digest not in seen:
            seen.add(digest)
            found = status_of(fleet.findings(machine))
            yield from (((*own, ("status", status)), int(status == found)) for status in STATUSES)


def _metric(name: str, values: Iterable[tuple[Labels, int]]) -> Iterator[str]:
    yield f"# HELP {name} {METRICS[name]}\n# TYPE {name} gauge\n"
    for labels, value in values:
        said = ",".join(f'{label}="{_value(text)}"' for label, text in labels)
        yield f"{name}{{{said}}} {value}\n"


def _value(text: str) -> str:
    return printable(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
