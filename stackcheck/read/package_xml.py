"""ROS package.xml (REP 149): the dependencies that are pip projects by rosdep's own naming; the rest is rosdep's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.model import Location
from stackcheck.read.errors import ReadError
from stackcheck.read.files import Files, merge
from stackcheck.read.plain import Plain
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackcheck.model import Stack
    from stackcheck.read.files import ReadResult

_DEPENDS = ("depend", "build_depend", "exec_depend", "run_depend", "test_depend", "build_export_depend")
_PIP_KEY = re.compile(r"(?:python3?-)?(?P<name>[a-z0-9.-]+)-pip")


def read_package_xmls(paths: Iterable[str], target: Stack, load: Callable[[str], bytes]) -> ReadResult:
    """What package.xml files ask for. Raises `ReadError` for what is no XML, or declares entities."""
    return merge(_read_one(path, target, Files(load).data(path)) for path in paths)


def _read_one(path: str, target: Stack, data: bytes) -> ReadResult:
    found = Plain(path, target)
    others = []
    for key, place in _keys(path, data):
        pip = _PIP_KEY.fullmatch(key)
        if pip:
            found.ask(pip["name"], place)
        else:
            others.append(key)
    if others:
        names = few(tuple(dict.fromkeys(others)), 8)
        found.note(f"rosdep resolves {names} on the machine itself; they were not judged.", Location(path), "note")
    return found.result()


def _keys(path: str, data: bytes) -> list[tuple[str, Location]]:
    """The rosdep keys of all dependencies, each with the place of its text."""
    from xml.parsers import expat

    found: list[tuple[str, Location]] = []
    parser = expat.ParserCreate()
    pieces: list[tuple[str, int, int]] = []

    def start(_name: str, _attributes: dict[str, str]) -> None:
        pieces.clear()

    def text(content: str) -> None:
        pieces.append((content, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1))

    def end(name: str) -> None:
        key = "".join(content for content, _, _ in pieces).strip()
        if name in _DEPENDS and key:
            content, line, column = next(piece for piece in pieces if piece[0].strip())
            column += len(content) - len(content.lstrip())
            found.append((key, Location(path, line, column, column + len(key))))
        pieces.clear()

    def doctype(*_: object) -> None:
        # A package.xml has no use for entities, and they are how a small file becomes a huge one.
        place = Location(path, parser.CurrentLineNumber)
        raise ReadError("declares a document type, which no package.xml needs; take it out", place)

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        location = Location(path, error.lineno, error.offset + 1)
        raise ReadError(f"is no XML: {expat.ErrorString(error.code)}; mend it and run again", location) from error
    return found
