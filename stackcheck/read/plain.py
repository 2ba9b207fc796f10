"""Requirements of files that have no index options of their own: each text at its place becomes an ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.model import Ask, Origin, Unread
from stackcheck.read.files import ReadResult
from stackcheck.read.indexes import from_variables
from stackcheck.read.markers import applies, marker_environment
from stackcheck.read.pep508 import NotAskedError, parse_requirement, python_ask
from stackcheck.read.quote import shown
from stackcheck.redact import redact
from stackcheck.values import replace

if TYPE_CHECKING:
    from stackcheck.model import Indexes, Location, Severity, Stack

PBR = "pbr takes what the project asks for from requirements.txt; name that file too."


class Plain:
    """What one file asks for on one target, in the order of the calls."""

    def __init__(self, path: str, target: Stack) -> None:
        self.path = path
        self.asks: list[Ask] = []
        self.python: list[Ask] = []
        self.unread: list[Unread] = []
        self.indexes: Indexes | None = from_variables(target).result()
        self._environment = marker_environment(target)

    def note(self, reason: str, place: Location, severity: Severity = "unknown") -> None:
        """Puts on record what was not read."""
        self.unread.append(Unread(reason, place, severity))

    def ask(self, text: str, place: Location, group: str | None = None, marker: str = "") -> None:
        """One requirement (PEP 508); what is none is put on record. `marker` holds beside its own."""
        try:
            requested = parse_requirement(text)
            if marker:
                both = f"({requested.marker}) and ({marker})" if requested.marker else marker
                requested = replace(requested, marker=parse_requirement(f"{requested.name}; {both}").marker)
        except NotAskedError as reason:
            self.note(str(reason), place, reason.severity)
            return
        extra = group.removeprefix("extra:") if group and group.startswith("extra:") else ""
        self.asks.append(
            Ask(
                requested.name,
                requested.specifier,
                Origin(redact(text), str(place), place),
                requested.extras,
                requested.marker,
                applies(requested.marker, {**self._environment, "extra": extra}),
                requested.url,
                self.indexes,
                self.indexes,
                group=group,
            )
        )

    def requires_python(self, text: str, place: Location) -> None:
        """A requires-python statement, whatever the file calls it."""
        ask = python_ask(text, f"requires-python {text}", place)
        if ask is None:
            self.note(f"The Python that is required is {shown(text)}, which is no version specifier.", place)
        else:
            self.python.append(ask)

    def result(self) -> ReadResult:
        """What the file came to."""
        return ReadResult(tuple(self.asks), tuple(self.unread), (self.path,), tuple(self.python))
