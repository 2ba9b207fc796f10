"""The instructions of a Dockerfile, as BuildKit's parser takes its text apart."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from stackcheck.read.lines import joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.read.lines import Line

_INSTRUCTION = re.compile(r"\s*([A-Za-z]+)(?:\s+|$)")
_DIRECTIVE = re.compile(r"#\s*([A-Za-z]+)\s*=\s*(\S+)\s*$")
_WORD = re.compile(
    r"""(?:\\.|'[^']*(?:'|$)|"(?:\\.|[^"\\])*(?:"|$)|\$\{[^}]*(?:\}|$)|<<\s*|[^\s'"\\]|\\$)+""", re.DOTALL
)
_QUOTED = re.compile(r"""\\(.)|'([^']*)'|"((?:\\.|[^"\\])*)\"""", re.DOTALL)
_HEREDOC = re.compile(r"\d*<<(-?)\s*([^<]*)")
"""A whole word that begins a here-document (BuildKit, frontend/dockerfile/parser)."""


class Document(NamedTuple):
    """A here-document: its mark, its lines, and whether it ends before the file does."""

    mark: str
    body: Line
    closed: bool = True


class Instruction(NamedTuple):
    """One instruction: its name in capitals, its arguments as one text with places, and its here-documents."""

    name: str
    arguments: Line
    documents: tuple[Document, ...] = ()


def instructions(text: str) -> Iterator[Instruction]:
    """The instructions of a Dockerfile, continued lines joined, comments and empty lines among them left out."""
    lines = text.replace("\r\n", "\n").split("\n")
    escape, at = _escape(lines), 0
    while at < len(lines):
        start = at
        parts: list[tuple[str, int, int]] = []
        while at < len(lines):
            content, at = lines[at], at + 1
            blank = not content.strip() or content.lstrip().startswith("#")
            if blank and (parts or at - 1 == start):
                if not parts:
                    break
                continue
            stripped = content.rstrip()
            # Two of them end no line (BuildKit: "trailing backslash").
            if not stripped.endswith(escape) or stripped.endswith(2 * escape):
                parts.append((content, at, 1))
                break
            parts.append((stripped[:-1], at, 1))
        if parts:
            made, at = _instruction(parts, lines, at)
            if made is not None:
                yield made


def _escape(lines: list[str]) -> str:
    """The escape character: a backslash, or what a directive at the top says."""
    for line in lines:
        found = _DIRECTIVE.match(line)
        if found is None:
            break
        if found[1].lower() == "escape" and found[2] in ("`", "\\"):
            return found[2]
    return "\\"


def _instruction(parts: list[tuple[str, int, int]], lines: list[str], at: int) -> tuple[Instruction | None, int]:
    """The instruction that begins on these lines, and the line after it and its here-documents."""
    found = _INSTRUCTION.match(parts[0][0])
    if found is None:
        return None, at
    content, number, column = parts[0]
    parts = [(content[found.end() :], number, column + found.end()), *parts[1:]]
    name, arguments = found[1].upper(), joined(parts)
    begins = arguments.text
    if name == "ONBUILD":
        triggered = _INSTRUCTION.match(begins)
        name_of_trigger = triggered[1].upper() if triggered else ""
        begins = begins[triggered.end() :] if triggered else ""
    else:
        name_of_trigger = name
    documents: list[Document] = []
    if name_of_trigger in ("RUN", "COPY", "ADD") and "<<" in begins and json_words(begins) is None:
        for mark, tabs in _marks(begins):
            body: list[tuple[str, int, int]] = []
            while at < len(lines) and (lines[at].lstrip("\t") if tabs else lines[at]) != mark:
                body.append((f"{lines[at]}\n", at + 1, 1))
                at += 1
            documents.append(Document(mark, joined(body), closed=at < len(lines)))
            at += 1
    return Instruction(name, arguments, tuple(documents)), at


def _marks(text: str) -> Iterator[tuple[str, bool]]:
    """The marks of the here-documents that an instruction begins, and whether leading tabs go."""
    for word in lexed(text):
        found = _HEREDOC.fullmatch(word)
        if found is not None:
            mark = _QUOTED.sub(lambda part: part[1] or part[2] or part[3] or "", found[2])
            if mark:
                yield mark, bool(found[1])


def lexed(text: str) -> list[str]:
    """The words of an instruction as BuildKit's lexer tells them apart: at blanks outside quotes, which stay, and not
    at those behind `<<`."""
    return [found[0] for found in _WORD.finditer(text)]


def json_words(text: str) -> list[str] | None:
    if not text.lstrip().startswith("["):
        return None
    try:
        words = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return words if isinstance(words, list) and all(isinstance(word, str) for word in words) else None
