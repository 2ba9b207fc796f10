"""What an installer says of requirements that exclude each other, read as requirements: pip's list of who asked for
what, and the sentences of uv and poetry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from stackcheck.judge.log import PREFIX
from stackcheck.patterns import pattern
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_SAID = 20_000
"""Characters of a log after the first words of a conflict in which it is read."""
MAX_TOLD = 4
"""Requirements of one project that a sentence names."""

_NAME = r"([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(?:\[[^\]]*\])?"
_CLAUSE = r"(?:[<>]=?|[=!~]=|===)\s*[0-9A-Za-z][\w.+!]*(?:\*|[\w+])?\*?(?<![.,])"
_SPECIFIER = rf"\s*\(?({_CLAUSE}(?:\s*,\s*{_CLAUSE})*)?\)?"
_VERSION = r"(?:==|\s*\(|\s+)(\d[\w.+!]*?)\)?"
_USER = r"(?:The user requested(?: \(constraint\))?|you require|your (?:project|workspace) depends on)"
_ASKED = pattern(rf"{_USER} {_NAME}{_SPECIFIER}")
_DEPENDS = pattern(rf"(?<![\w.-]){_NAME}{_VERSION} depends on {_NAME}{_SPECIFIER}")
_WHICH = pattern(rf"(?<![\w.-]){_NAME}{_VERSION} which depends on {_NAME}{_SPECIFIER}")
_PROJECT = pattern(rf"(?:[Bb]ecause|and) {_NAME} depends on {_NAME}(?:\s*\(([^()]*)\))?")
"""Poetry's words for what the project itself asks for: a name without a version."""
_BEFORE = pattern(rf"^{PREFIX}", re.MULTILINE)
_BOX = str.maketrans(dict.fromkeys("│╰╭─▶|", " "))
_STARTS = ("The conflict is caused by", "No solution found when resolving")
_END = "version solving failed"
_BLANKS = re.compile(r"\s+")
_SEPARATORS = re.compile(r"[-_.]+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A requirement that a log tells: who has it ("torchvision 0.24.0"; "": the user), of what, and which releases."""

    by: str
    name: str
    specifier: str = ""

    @property
    def told(self) -> str:
        """As half a sentence."""
        what = f"{self.name}{self.specifier}"
        return f"{self.by} asks for {what}" if self.by else f"{what} is asked for"


def wanted(text: str) -> tuple[Wanted, ...]:
    """The requirements of the first conflict that a log tells, each once; () where it tells none."""
    said = _BLANKS.sub(" ", _BEFORE.sub(" ", _said(text)).translate(_BOX))
    found = [Wanted("", _plain(match[1]), _tight(match[2])) for match in _ASKED.finditer(said)]
    found += [Wanted("", _plain(match[2]), _exact(match[3])) for match in _PROJECT.finditer(said)]
    found += [
        Wanted(f"{_plain(match[1])} {match[2]}", _plain(match[3]), _tight(match[4]))
        for pattern_ in (_DEPENDS, _WHICH)
        for match in pattern_.finditer(said)
    ]
    return tuple(dict.fromkeys(found))


def conflicts(requirements: Iterable[Wanted]) -> tuple[str, ...]:
    """A sentence for each project of which no release meets all that is asked of it."""
    by_name: dict[str, list[Wanted]] = {}
    for one in requirements:
        if one.specifier:
            by_name.setdefault(one.name, []).append(one)
    return tuple(_sentence(asked) for asked in by_name.values() if len(asked) > 1 and _excluded(asked))


def _said(text: str) -> str:
    """The conflict's own lines: poetry's before its last words, else to the first empty one after it has begun to name
    projects."""
    start, end = min((at for at in map(text.find, _STARTS) if at >= 0), default=-1), text.find(_END)
    if start < 0:
        return text[max(0, end - MAX_SAID) : end] if end >= 0 else ""
    said = text[start : start + MAX_SAID]
    match = re.search(r"depends on[^\n]*\n(?:[^\n]*\S[^\n]*\n)*?[ \d.:#TZ-]*\n", said)
    return said[: match.end()] if match else said


def _excluded(asked: list[Wanted]) -> bool:
    try:
        return SpecifierSet(",".join(one.specifier for one in asked)).is_unsatisfiable()
    except InvalidSpecifier:
        return False


def _sentence(asked: list[Wanted]) -> str:
    users = [one for one in asked if not one.by]
    told = [one.told for one in (*users, *(one for one in asked if one.by))][:MAX_TOLD]
    return f"{', '.join(told[:-1])} and {told[-1]}: no release is both."


def releases(requirements: Iterable[Wanted]) -> Iterator[tuple[str, str]]:
    """What is asked for as (project, specifier): what the user asked for, and the releases that ask for something."""
    for one in requirements:
        if one.by:
            name, _, version = one.by.partition(" ")
            yield name, f"=={version}"
        else:
            yield one.name, one.specifier


def _plain(name: str) -> str:
    return _SEPARATORS.sub("-", name).lower()


def _exact(said: str | None) -> str:
    """A specifier as poetry writes it: a version alone is that version."""
    tight = _tight(said)
    return f"=={tight}" if tight[:1].isdigit() else tight


def _tight(specifier: str | None) -> str:
    return _BLANKS.sub("", specifier or "")
