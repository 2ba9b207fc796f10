"""`# stackcheck: ignore[KIND-or-ID] reason` in a project file, whatever its format: its comments alone count.

A comment behind something speaks of its line; where backslashes join that line to earlier ones, of all of them. A
comment on a line of its own speaks of the next line that holds something.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.model import Ignore, Location, Unread
from stackcheck.read.quote import shown
from stackcheck.redact import redact

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMENT = re.compile(r"(?:^|(?<=\s))(?:#|<!--)\s*stackcheck:\s*(?P<said>.*)")
_IGNORE = re.compile(r"ignore\s*\[(?P<what>[^\[\]]*)\]\s*(?P<reason>.*)")
_EDITOR_BREAK = re.compile(r"\r\n|\n|\r")
_WRITE = "write `# stackcheck: ignore[KIND-or-ID] reason`"


def find_ignores(text: str, path: str) -> tuple[tuple[Ignore, ...], tuple[Unread, ...]]:
    """The ignores of a file, and what looks like one and is none."""
    lines = _EDITOR_BREAK.split(text)
    ignores: list[Ignore] = []
    problems: list[Unread] = []
    for index, line in enumerate(lines):
        found = _COMMENT.search(line) if "stackcheck:" in line else None
        if found is None:
            continue
        place = Location(path, index + 1, found.start() + 1, len(line) + 1)
        said = _IGNORE.match(found["said"].removesuffix("-->").rstrip())
        names = [name.strip() for name in said["what"].split(",") if name.strip()] if said else []
        if said is None or not names:
            reason = f"{shown(found[0])} names nothing to ignore; {_WRITE}."
            problems.append(Unread(reason, place, "warning"))
            continue
        if not said["reason"].strip():
            problems.append(Unread(f"{shown(found[0])} gives no reason; {_WRITE}.", place, "warning"))
        covered = frozenset(_covered(lines, index, alone=not line[: found.start()].strip()))
        why = redact(said["reason"].strip())
        ignores += [Ignore(redact(name), str(place), place, why, lines=covered) for name in names]
    return tuple(ignores), tuple(problems)


def _covered(lines: list[str], index: int, *, alone: bool) -> Iterator[int]:
    """The numbers of the lines that a comment at this index speaks of, from 1."""
    if alone:
        while index < len(lines) and (not lines[index].strip() or lines[index].lstrip().startswith(("#", "<!--"))):
            index += 1
        yield index + 1
        while index < len(lines) and lines[index].endswith("\\"):
            index += 1
            yield index + 1
        return
    yield index + 1
    while index > 0 and lines[index - 1].endswith("\\"):
        index -= 1
        yield index + 1
