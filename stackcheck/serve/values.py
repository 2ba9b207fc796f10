"""From the session's values to those of the Language Server Protocol (3.17), and back."""

from __future__ import annotations

import difflib
import re
from bisect import bisect_right
from itertools import accumulate
from os.path import realpath
from typing import TYPE_CHECKING

from lsprotocol import types

from stackcheck.model import Location
from stackcheck.report.blocks import not_judged, told
from stackcheck.report.clean import printable
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pygls.workspace import PositionCodec

    from stackcheck.model import Finding, Severity
    from stackcheck.session.editor import Seen

SOURCE = "stackcheck"
SEVERITIES: dict[Severity, types.DiagnosticSeverity] = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
    "todo": types.DiagnosticSeverity.Information,
    "unknown": types.DiagnosticSeverity.Hint,
}
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")


class Text:
    """A text by lines, which end as the protocol has it and nowhere else, and their columns in the client's units."""

    def __init__(self, text: str, codec: PositionCodec) -> None:
        self.lines = _LINE.findall(text)
        self._codec = codec
        self._starts = [0, *accumulate(map(len, self.lines))]

    def offset(self, position: types.Position) -> int:
        """The offset of a client's position; of one beyond a line or the text its end."""
        if position.line >= len(self.lines):
            return self._starts[-1]
        found = self._codec.position_from_client_units(self.lines, position)
        return self._starts[found.line] + min(found.character, len(self.lines[found.line].rstrip("\r\n")))

    def position(self, offset: int) -> types.Position:
        """An offset as the client's position."""
        line = min(bisect_right(self._starts, offset) - 1, max(len(self.lines) - 1, 0))
        if not self.lines or (offset == self._starts[-1] and self.lines[-1].endswith(("\r", "\n"))):
            return types.Position(len(self.lines), 0)
        return types.Position(line, self._codec.client_num_units(self.lines[line][: offset - self._starts[line]]))

    def range(self, place: Location) -> types.Range:
        """A place of a finding: what is known of it, else its line, else the beginning of the text."""
        if place.line is None or place.line > len(self.lines):
            return types.Range(types.Position(0, 0), types.Position(0, 0))
        line = self.lines[place.line - 1].rstrip("\r\n")
        start = len(line) - len(line.lstrip()) if place.column is None else place.column - 1
        end = len(line.rstrip()) if place.end_column is None else place.end_column - 1
        columns = (self._codec.client_num_units(line[:column]) for column in (start, max(start, end)))
        return types.Range(*(types.Position(place.line - 1, column) for column in columns))

    def edits(self, new: str) -> list[types.TextEdit]:
        """The edits that make another text of this one, line by line: what is equal is not touched."""
        lines = _LINE.findall(new)
        matcher = difflib.SequenceMatcher(None, self.lines, lines, autojunk=False)
        return [
            types.TextEdit(
                types.Range(self.position(self._starts[first]), self.position(self._starts[last])),
                "".join(lines[start:end]),
            )
            for tag, first, last, start, end in matcher.get_opcodes()
            if tag != "equal"
        ]


def diagnostics(seen: Seen, codec: PositionCodec, uri_of: Callable[[str], str]) -> dict[str, list[types.Diagnostic]]:
    """What is to be shown at which document: of each finding one diagnostic at each of its places.

    The limits of what nobody asked for are left out, as in the text of `lint`.
    """
    shown: dict[str, list[types.Diagnostic]] = {}
    # A finding on the settings has another name for their file than the reader of it.
    texts = {realpath(path): Text(data.decode("utf-8", "replace"), codec) for path, data in seen.texts.items()}

    def at(place: Location) -> types.Location:
        text = texts.get(realpath(place.path))
        return types.Location(uri_of(place.path), (text or Text("", codec)).range(place))

    for finding in (*seen.report.findings, *not_judged(seen.report)):
        if finding.limit:
            continue
        for place, member in _places(finding, seen):
            location = at(place)
            others = [other for other in finding.places if (other.path, other.line) != (place.path, place.line)]
            shown.setdefault(location.uri, []).append(_diagnostic(member, location.range, list(map(at, others))))
    return shown


def _places(finding: Finding, seen: Seen) -> Iterator[tuple[Location, Finding]]:
    """Each line of a finding's cause once, with what is to be said there: at the first the whole, then the member."""
    done: set[tuple[str, int | None]] = set()
    for member in (finding, *(replace(other, also=()) for other in finding.also)):
        own = (member.location or Location(seen.path), *member.locations)
        for place in own:
            if (place.path, place.line) not in done:
                done.add((place.path, place.line))
                yield place, member


def _diagnostic(finding: Finding, where: types.Range, others: list[types.Location]) -> types.Diagnostic:
    name = printable(finding.id or finding.kind)
    page = next((source.url for source in finding.sources if source.url.startswith("https://")), None)
    targets = f"[{printable(', '.join(finding.targets))}] " if finding.targets else ""
    return types.Diagnostic(
        range=where,
        message=f"{targets}{told(finding)}",
        severity=SEVERITIES[finding.severity],
        code=name,
        code_description=types.CodeDescription(page) if page else None,
        source=SOURCE,
        related_information=[types.DiagnosticRelatedInformation(place, "The same is so here.") for place in others]
        or None,
    )
