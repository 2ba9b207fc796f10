"""What is new, gone or changed between two documents, reports or fleets: as text, JSON and Markdown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from stackcheck.report.clean import printable, printable_json
from stackcheck.report.fleet_text import counted
from stackcheck.report.markdown import plain
from stackcheck.values import dataclass
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SCHEMA = "stackcheck-diff/1"
"""As for matrix folders, whose differences have other keys; `of` tells them apart."""
Of = Literal["environments", "reports", "fleets"]
PARTS: dict[str, str] = {
    "facts": "Machine",
    "gpus": "GPUs",
    "packages": "Python packages",
    "system-packages": "Debian packages",
    "products": "Products",
    "variables": "Variables",
    "findings": "Findings",
    "causes": "Causes",
    "machines": "Machines",
}
"""What can have changed, in the order in which it is said, and what it is called."""
MARKS = {"new": "+", "gone": "-", "changed": "~"}
NAMED = 6
"""Machines of one change that are named; JSON has all."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `old` and `new` are what it was and is, in words; `machines` are those of a cause that have it
    now and had it not, `without` those that had it and have it no more."""

    part: str
    what: Literal["new", "gone", "changed"]
    name: str
    old: str = ""
    new: str = ""
    machines: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


def text(of: Of, found: Sequence[Change]) -> str:
    """For people."""
    lines = [_counts(found)]
    for part, here in _parts(found):
        lines += ["", PARTS[part]]
        for one in here:
            lines += [f"  {MARKS[one.what]} {_line(one)}", *(f"      {line}" for line in _machines(one))]
    return "".join(f"{printable(line)}\n" for line in lines)


def markdown(of: Of, found: Sequence[Change]) -> str:
    """For a pull request, an issue or a wiki."""
    lines = [plain(_counts(found))]
    for part, here in _parts(found):
        lines += ["", f"### {PARTS[part]}", ""]
        for one in here:
            lines += [f"- {one.what}: {plain(_line(one))}", *(f"  - {plain(line)}" for line in _machines(one))]
    return "\n".join(lines) + "\n"


def document(of: Of, found: Sequence[Change]) -> str:
    """As JSON."""
    said = {"schema": SCHEMA, "of": of, "changes": list(map(_entry, found))}
    return printable_json(json.dumps(said, indent=1, ensure_ascii=False)) + "\n"


def _entry(one: Change) -> dict[str, Any]:
    said: dict[str, Any] = {"part": one.part, "what": one.what, "name": one.name, "old": one.old, "new": one.new}
    if one.machines or one.without:
        said |= {"machines": list(one.machines), "without": list(one.without)}
    return said


def _parts(found: Sequence[Change]) -> Iterator[tuple[str, list[Change]]]:
    for part in PARTS:
        here = [one for one in found if one.part == part]
        if here:
            yield part, here


def _line(one: Change) -> str:
    if one.what == "changed":
        return f"{one.name}: {one.old} → {one.new}"
    said = one.new if one.what == "new" else one.old
    return f"{one.name}: {said}" if said else one.name


def _machines(one: Change) -> Iterator[str]:
    if one.machines:
        yield f"now on {few(one.machines, NAMED)}"
    if one.without:
        yield f"no more on {few(one.without, NAMED)}"


def _counts(found: Sequence[Change]) -> str:
    counts = [(what, sum(one.what == what for one in found)) for what in MARKS]
    said = ", ".join(f"{number:,} {what}" for what, number in counts if number)
    return f"{counted(len(found), 'difference')}: {said}" if found else "nothing differs"
