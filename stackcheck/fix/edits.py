"""Edits of a text by place, and of a requirement inside it: what is not edited stays byte for byte."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackcheck.model import Location

_BREAK = re.compile(r"\r\n|\n|\r")
_REQUIREMENT = re.compile(
    r"(?P<head>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:[ \t]*\[[^\]]*\])?)(?P<space>[ \t]*)"
    r"(?P<clauses>(?:[<>=!~]=?=?[^;@#]*?)?)(?P<tail>[ \t]*(?:;.*)?)",
    re.DOTALL,
)
_DIRECT = re.compile(r"(?P<head>[^;\s]+(?:[ \t]*@[ \t]*[^;\s]+)?)(?P<marker>[ \t]+;.*)?", re.DOTALL)
_CLAUSE = re.compile(r"(?P<sign>===|~=|==|!=|<=|>=|<|>)(?P<space>[ \t]*)(?P<version>[^\s,]+)")


@dataclass(frozen=True, slots=True)
class Edit:
    """`text[start:end]` of one file becomes `new`."""

    path: str
    start: int
    end: int
    new: str


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with edits that do not overlap."""
    for edit in sorted(edits, key=lambda one: (one.start, one.end), reverse=True):
        text = text[: edit.start] + edit.new + text[edit.end :]
    return text


def line_start(text: str, line: int) -> int:
    """The offset at which a line begins, as an editor counts lines from 1."""
    starts = [0, *(found.end() for found in _BREAK.finditer(text))]
    return starts[line - 1]


def line_end(text: str) -> str:
    """The line end that the text has, where it has one."""
    found = _BREAK.search(text)
    return found[0] if found else "\n"


def span(text: str, place: Location) -> tuple[int, int] | None:
    """The offsets of a place that has line, column and end; None for another."""
    if place.line is None or place.column is None or place.end_column is None:
        return None
    start = line_start(text, place.line)
    return start + place.column - 1, start + place.end_column - 1


def pinned(requirement: str) -> str | None:
    """The version of a requirement with one `==` clause and no wildcard; None for another."""
    found = _REQUIREMENT.fullmatch(requirement)
    clauses = list(_CLAUSE.finditer(found["clauses"])) if found else []
    if len(clauses) != 1 or clauses[0]["sign"] not in ("==", "===") or clauses[0]["version"].endswith("*"):
        return None
    return clauses[0]["version"]


def with_pin(requirement: str, version: str) -> str | None:
    """The requirement with another version in its pin, or as `>=` where it had a range; None for one without."""
    found = _REQUIREMENT.fullmatch(requirement)
    if found is None or not found["clauses"]:
        return None
    if pinned(requirement) is not None:
        changed = _CLAUSE.sub(lambda one: f"{one['sign']}{one['space']}{version}", found["clauses"])
    else:
        changed = f">={version}"
    return f"{found['head']}{found['space']}{changed}{found['tail']}"


def with_bounds(requirement: str, low: str | None, high: str | None) -> str | None:
    """The requirement with a lower bound (included) and an upper one (excluded) in place of those that it has."""
    found = _REQUIREMENT.fullmatch(requirement)
    if found is None:
        return None
    clauses = found["clauses"]
    for signs, bound in (((">=", ">"), low), (("<", "<="), high)):
        if bound is not None:
            clauses = _bounded(clauses, signs, bound)
    return f"{found['head']}{found['space']}{clauses}{found['tail']}"


def _bounded(clauses: str, signs: tuple[str, ...], bound: str) -> str:
    for one in _CLAUSE.finditer(clauses):
        if one["sign"] in signs:
            return f"{clauses[: one.start()]}{signs[0]}{one['space']}{bound}{clauses[one.end() :]}"
    if not clauses:
        return f"{signs[0]}{bound}"
    return f"{clauses}{', ' if ', ' in clauses else ','}{signs[0]}{bound}"


def with_marker(requirement: str, marker: str) -> str | None:
    """The requirement with a marker beside the one that it has; None for a text that is no requirement."""
    found = _REQUIREMENT.fullmatch(requirement)
    if found is not None:
        head, tail = f"{found['head']}{found['space']}{found['clauses']}", found["tail"]
        gap = ";"
    else:
        direct = _DIRECT.fullmatch(requirement)
        if direct is None:
            return None
        head, tail = direct["head"], direct["marker"] or ""
        gap = " ;"
    stated = tail.strip().removeprefix(";").strip()
    if not stated:
        return f"{head.rstrip()}{gap} {marker}"
    both = f"({stated}) and {marker}" if re.search(r"\bor\b", stated) else f"{stated} and {marker}"
    return f"{head.rstrip()}{gap} {both}"
