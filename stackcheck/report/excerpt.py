"""The line that a finding is about, with carets under the part that is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.patterns import pattern
from stackcheck.redact import redact
from stackcheck.report.clean import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackcheck.model import Location

_BREAK = pattern(r"\r\n|\n|\r")
BEFORE = 16
"""Characters of a long line that are kept before the part that is meant."""


class Excerpts:
    """Lines of the files of one run. `sources` are their bytes by path; each is decoded once, when a line is wanted."""

    def __init__(self, sources: Mapping[str, bytes]) -> None:
        self.sources = sources
        self.lines: dict[str, list[str]] = {}

    def of(self, place: Location | None, width: int) -> list[str]:
        """The line with its number, and the carets under it, at most `width` columns wide; nothing where the place or
        its file is not known."""
        if place is None or place.line is None or place.path not in self.sources:
            return []
        if place.path not in self.lines:
            self.lines[place.path] = _BREAK.split(self.sources[place.path].decode("utf-8-sig", "replace"))
        lines = self.lines[place.path]
        if place.line > len(lines):
            return []
        number = str(place.line)
        shown, carets = _marked(lines[place.line - 1], place, width - len(number) - 3)
        return [f"{number} | {shown}", *([f"{' ' * len(number)} | {carets}"] if carets else [])]


def _marked(line: str, place: Location, width: int) -> tuple[str, str]:
    """The line as far as it fits, and the carets; "" for these where secrets had to be cut out of the line."""
    clean = redact(line)
    start = (place.column or 1) - 1
    end = min((place.end_column or start + 2) - 1, len(line))
    if clean != line or place.column is None or start >= end:
        return _cut(_plain(clean), width), ""
    before, meant, after = _plain(line[:start]), _plain(line[start:end]), _plain(line[end:])
    if len(before) + len(meant) + len(after) > width and len(before) > BEFORE:
        before = f"…{before[-BEFORE + 1 :]}"
    shown = _cut(before + meant + after, width)
    return shown, " " * len(before) + "^" * min(len(meant), len(shown) - len(before))


def _plain(text: str) -> str:
    return printable(text.replace("\t", " "))


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
