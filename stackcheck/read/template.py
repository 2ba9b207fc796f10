"""Templates: files that another program fills in before they are what their name says (Jinja, cookiecutter, Helm)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.model import Location, Unread
from stackcheck.patterns import pattern
from stackcheck.read.errors import ReadError

if TYPE_CHECKING:
    import re

SUFFIXES = (".j2", ".jinja", ".jinja2", ".tmpl", ".tpl")
"""Endings of names that say that a file is a template."""

# `${{ … }}` is an expression of GitHub's, and stands in files that are what they are.
_MARK = pattern(r"(?<!\$)\{\{[^{}\n]{0,500}\}\}|\{%[^\n]{0,500}?%\}")

_EXPRESSION = pattern(r"(?<!\$)\{\{-?\s*[A-Za-z_][^{}\n]{0,500}\}\}")


class TemplateError(ReadError):
    """A file cannot be read because it is a template."""

    def __init__(self, location: Location) -> None:
        super().__init__("is a template; fill it in, and name what comes out", location)
        self.place = location


def mark_of(text: str) -> re.Match[str] | None:
    """The first mark of a template in a text."""
    return _MARK.search(text)


def refuse_template(text: str, path: str) -> None:
    """Raises `TemplateError` for a text that has a template's marks: called where it could not be parsed."""
    mark = mark_of(text)
    if mark is not None:
        raise TemplateError(Location(path, text.count("\n", 0, mark.start()) + 1))


def unread_template(place: Location) -> Unread:
    """What is said of a template."""
    return Unread("This file is a template: what it asks for is not known before it is filled in.", place)


def without_expressions(text: str) -> tuple[str, dict[str, str]]:
    """A shell text with `{{ expressions }}` as variables of the same length; the expressions by these variables."""
    names: dict[str, str] = {}

    def variable(found: re.Match[str]) -> str:
        name = "_" * (len(found[0]) - 3 - len(str(len(names)))) + str(len(names))
        names[name] = found[0]
        return f"${{{name}}}"

    return (_EXPRESSION.sub(variable, text), names) if "{{" in text else (text, names)
