"""Assignments of a shell text: what variables hold after `A=b`, `A+=(c d)`, `export A=b`, `local a b=c`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.budget import MAX_VALUE
from stackcheck.read.arch_lists import VARIABLES as BUILDS
from stackcheck.read.grammar import touching
from stackcheck.read.programs import VARIABLES
from stackcheck.read.shells import is_flag

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tree_sitter import Node

    from stackcheck.read.grammar import Syntax
    from stackcheck.read.scope import Scope
    from stackcheck.read.standins import StandIns
    from stackcheck.read.words import Variables, Word


PRECOMPILED = ("_USE_PRECOMPILED", "_SKIP_CUDA_BUILD")
"""How the variables end by which a project's build takes what is compiled already (vLLM's, flash-attn's)."""


_SETS = frozenset(("read", "mapfile", "readarray", "getopts", "unset", "let"))
"""Commands that set or forget the variables that they name."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def exported_names(names: Iterable[str]) -> set[str]:
    """The variables among some that an installer, a build or a model server heeds, and that are told with each
    command."""
    heeded = ("PIP_", "UV_", *VARIABLES, *BUILDS)
    return {name for name in names if name.startswith(heeded) or name.endswith(PRECOMPILED)}


class Assignments:
    """The assignments of one text. `exported` are the names that every command gets."""

    def __init__(self, syntax: Syntax, scope: Scope, stand_ins: StandIns, exported: set[str]) -> None:
        self.syntax, self.scope, self.stand_ins, self.exported = syntax, scope, stand_ins, exported

    def declare(self, node: Node, known: Variables) -> None:
        """`export A=b`, `declare -x A`, `local a b=c`, or several assignments in a row."""
        keyword = self.syntax.source(node.children[0]) if node.type == "declaration_command" else ""
        words = [self.syntax.source(child) for child in node.children]
        exports = keyword == "export" or (
            keyword in ("declare", "typeset") and any(is_flag(text, "x") for text in words)
        )
        for child in node.children:
            name = self.syntax.source(child)
            if child.type == "variable_assignment":
                name = self.syntax.source(child.child_by_field_name("name"))
            if keyword in ("local", "declare", "typeset") and child.type in ("variable_assignment", "variable_name"):
                self.scope.local(name, known)
            if child.type == "variable_assignment":
                self.assign(child, known)
            if exports and child.type in ("variable_assignment", "variable_name"):
                self.exported |= exported_names((name,))

    def assign(self, node: Node, known: Variables) -> str:
        """One assignment; its name."""
        name = self.syntax.source(node.child_by_field_name("name"))
        value, appends = self.value(node, known)
        if "[" in name:  # an element of an array
            known[f"{name.partition('[')[0]}[@]"] = None
            return name
        source = self.syntax.source(node.child_by_field_name("value"))
        if not isinstance(value, list):
            known[name] = _appended(known, name, value) if appends else value
            self.syntax.budget.spend("values", len(known[name] or "") if appends else 0)
            self.stand_ins.assign(name, known[name], source)
            return name
        elements = f"{name}[@]"
        self.stand_ins.assign(elements, None, source)
        joined = None if None in value else "\0".join(text for text in value if text)
        before = known.get(elements) if appends else ""
        long = joined is None or before is None or len(joined) + len(before) > MAX_VALUE
        known[elements] = None if long else "\0".join(text for text in (before, joined) if text)
        self.syntax.budget.spend("values", len(known[elements] or ""))
        known[name] = value[0] if value and not appends else known.get(name)
        return name

    def value(self, node: Node, known: Variables) -> tuple[str | list[str | None] | None, bool]:
        """What an assignment gives (a text, None where it is not known, or a list), and whether it adds to what is
        there."""
        sign = next((child for child in node.children if child.type in ("=", "+=")), None)
        if sign is None:
            return None, False
        appends = sign.type == "+="
        given = node.child_by_field_name("value")
        if given is not None and given.type == "array":
            spans = [self.syntax.span(child) for child in given.named_children if child.type != "comment"]
            runs = self.syntax.runs(given)
            words = [word for span in touching(spans) for word in self._words(span, runs, known)]
            return [None if word.unknown else word.text for word in words], appends
        words = self._words((self.syntax.span(sign)[1], self.syntax.span(node)[1]), self.syntax.runs(node), known)
        if len(words) == 1:
            return words[0].value, appends
        return None if any(word.unknown for word in words) else " ".join(word.text for word in words), appends

    def _words(self, span: tuple[int, int], runs: Mapping[int, int], known: Variables) -> list[Word]:
        return self.syntax.words(span, known, runs, self.scope.arguments)


def set_by(words: Sequence[Word], known: Variables) -> None:
    """What a command sets (`read A`, `printf -v A …`) is not known after it."""
    first = words[0].text if words else ""
    if first in _SETS or (first == "printf" and any(word.text == "-v" for word in words)):
        unknown_in(" ".join(word.text for word in words[1:]), known)


def unknown_in(text: str, known: Variables) -> None:
    """The variables that a text names, as of an arithmetic command, are not known after it."""
    known |= dict.fromkeys(name for name in _NAME.findall(text) if name in known)


def _appended(known: Variables, name: str, value: str | None) -> str | None:
    before = known.get(name, "")
    if value is None or before is None or len(before) + len(value) > MAX_VALUE:
        return None
    return before + value
