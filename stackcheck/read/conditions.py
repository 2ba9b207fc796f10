"""What conditions of a shell text come to that ask for the machine: `[ "$(uname -m)" = x86_64 ]`, `case $(arch) in`.

Only a comparison with the machine's own name is decided: any other variable may be set from outside.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from stackcheck.kleene import every, some
from stackcheck.read.grammar import touching
from stackcheck.read.machine import asked_of_machine, own_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node

    from stackcheck.read.grammar import Syntax
    from stackcheck.read.words import Variables

_MAX_DEPTH = 20
_EXPRESSION = re.compile(r"[\w^$|()-]+")
"""Regular expressions of `=~` that are followed."""
_EQUAL = frozenset(("=", "=="))
_CLAUSES = frozenset(("elif_clause", "else_clause", "case_item"))


class Conditions:
    """The conditions of one text, with the variables that are known at one place."""

    def __init__(self, syntax: Syntax, known: Variables) -> None:
        self.syntax, self.known, self.own = syntax, known, own_names(known)

    def clauses(self, node: Node) -> list[bool | None]:
        """Whether each clause of an `if` or a `case` is gone through, the part in front of the first `elif`, `else` or
        pattern among them; None where that is not decided here."""
        later = [child for child in node.children if child.type in _CLAUSES]
        if not self.own or node.type not in ("if_statement", "case_statement"):
            return [None] * (1 + len(later))
        if node.type == "if_statement":
            conditions = [node.children[1], *(one.children[1] if one.type == "elif_clause" else None for one in later)]
            own = [True if one is None else self.holds(one) for one in conditions]
        else:
            value = self.value(node.children[1])
            own = [None if value is None else self._matches(value, one) for one in later]
        before: list[bool | None] = []
        reached: list[bool | None] = []
        for verdict in own:
            reached.append(every((verdict, *before)))
            before.append(None if verdict is None else not verdict)
        return reached if node.type == "if_statement" else [None, *reached]

    def holds(self, node: Node, depth: int = 0) -> bool | None:
        """Whether a command that is a condition succeeds."""
        if not self.own or depth > _MAX_DEPTH:
            return None
        kind = node.type
        if kind == "test_command":
            return self._expression(node.named_children[0], depth + 1) if len(node.named_children) == 1 else None
        if kind == "negated_command":
            inner = self.holds(node.children[-1], depth + 1)
            return None if inner is None else not inner
        if kind == "list" and len(node.children) == 3:
            verdicts = [self.holds(child, depth + 1) for child in (node.children[0], node.children[2])]
            return every(verdicts) if node.children[1].type == "&&" else some(verdicts)
        if kind == "redirected_statement":
            return self.holds(node.children[0], depth + 1)
        if kind == "pipeline":
            return self._searched([child for child in node.children if child.is_named])
        return self._tested(node) if kind == "command" else None

    def _expression(self, node: Node, depth: int) -> bool | None:
        children = node.children
        if depth > _MAX_DEPTH:
            return None
        if node.type == "parenthesized_expression" and len(children) == 3:
            return self._expression(children[1], depth + 1)
        if node.type == "unary_expression" and children[0].type == "!":
            inner = self._expression(children[-1], depth + 1)
            return None if inner is None else not inner
        if node.type != "binary_expression" or len(children) != 3:
            return None
        left, sign, right = children
        if sign.type in ("&&", "||"):
            verdicts = [self._expression(left, depth + 1), self._expression(right, depth + 1)]
            return every(verdicts) if sign.type == "&&" else some(verdicts)
        if left.type == "unary_expression" and left.children[0].type == "!":
            # The grammar takes `! a = b` for `(! a) = b`.
            inner = self._compared(left.children[-1], self.syntax.source(sign), right)
            return None if inner is None else not inner
        return self._compared(left, self.syntax.source(sign), right)

    def _tested(self, node: Node) -> bool | None:
        """`test A = B`."""
        words = [child for child in node.children if child.type != "command_name"]
        if self.syntax.source(node.children[0]) != "test" or len(words) != 3:
            return None
        return self._compared(words[0], self.syntax.source(words[1]), words[2])

    def _compared(self, left: Node, sign: str, right: Node) -> bool | None:
        if sign not in ("=", "==", "!=", "=~"):
            return None
        own, other = self.value(left), self._text(right)
        if own is None and sign != "=~":
            own, other = self.value(right), self._text(left)
        if own is None or other is None:
            return None
        if sign == "=~":
            return re.search(other, own) is not None if _compiles(other) else None
        fits = _fits(own, [other])
        return None if fits is None else fits == (sign in _EQUAL)

    def _searched(self, commands: Sequence[Node]) -> bool | None:
        """`uname -m | grep -q aarch64`."""
        if len(commands) != 2 or any(one.type != "command" for one in commands):
            return None
        name = asked_of_machine(self.syntax.source(commands[0]))
        own = self.known.get(name) if name is not None else None
        words = [self._text(child) for child in commands[1].children]
        if own is None or len(words) != 3 or words[0] not in ("grep", "egrep") or words[1] not in ("-q", "-qE", "-Eq"):
            return None
        pattern = words[2]
        return re.search(pattern, own) is not None if pattern is not None and _compiles(pattern) else None

    def value(self, node: Node) -> str | None:
        """What a word is that is filled in and names the machine; None for any other."""
        source = self.syntax.source(node)
        text = self._text(node) if "$" in source or "`" in source else None
        return text if text in self.own else None

    def _text(self, node: Node) -> str | None:
        span = self.syntax.span(node)
        words = self.syntax.words(span, self.known, self.syntax.runs(node), {})
        return words[0].text if len(words) == 1 and words[0].unknown is None else None

    def _matches(self, value: str, item: Node) -> bool | None:
        """Whether a clause of a `case` is for a value."""
        return _fits(value, list(self._patterns(item)))

    def _patterns(self, item: Node) -> Iterator[str | None]:
        spans = []
        for child in item.children:
            if child.type == ")":
                break
            if child.is_named:
                spans.append(self.syntax.span(child))
        for span in touching(spans):
            words = self.syntax.words(span, self.known, {}, {})
            yield words[0].text if len(words) == 1 and words[0].unknown is None else None


def _compiles(pattern: str) -> bool:
    if not _EXPRESSION.fullmatch(pattern):
        return False
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _fits(value: str, patterns: Sequence[str | None]) -> bool | None:
    """Whether one of the shell's patterns is for a value."""
    return some(None if one is None or "(" in one else fnmatchcase(value, one) for one in patterns)
