"""The distribution, from os-release(5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.model import Absent, Known, Origin, State, Unknown
from stackcheck.patterns import pattern
from stackcheck.scan.view import read_text

if TYPE_CHECKING:
    from stackcheck.scan.view import FileView

PLACES = ("/etc/os-release", "/usr/lib/os-release")
"""Where it may be, in the order of os-release(5)."""

_ASSIGNMENT = pattern(r"\s*([A-Z][A-Z0-9_]*)=(.*)")
_ESCAPE = pattern(r"\\(.)")


def parse(text: str) -> dict[str, str]:
    """The variables of a file of shell assignments (os-release, dgx-release); the last one of a name wins."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _ASSIGNMENT.match(line)
        if match:
            found[match[1]] = _unquote(match[2].strip())
    return found


def facts(view: FileView) -> dict[str, State]:
    """`distro` and `distro-version`: ID and VERSION_ID. Rolling distributions have no VERSION_ID."""
    for place in PLACES:
        text = read_text(view, place)
        if text is not None:
            values = parse(text)
            return {
                "distro": _state(values.get("ID"), "distribution", place),
                "distro-version": _state(values.get("VERSION_ID"), "distribution version", place),
            }
    reason = Unknown(f"there is no {PLACES[0]}")
    return {"distro": reason, "distro-version": reason}


def _state(value: str | None, what: str, place: str) -> State:
    if not value:
        return Absent(Origin(f"no {what} is stated", place))
    return Known(value, Origin(f"the {what} is {value}", place))


def _unquote(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
        quote, value = value[0], value[1:-1]
        return value if quote == "'" else _ESCAPE.sub(r"\1", value)
    return value.partition(" #")[0].strip()
