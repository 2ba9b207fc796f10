"""What conditions of a shell text come to: those that ask for the machine (`[ "$(uname -m)" = x86_64 ]`), and those
that its own values decide (`ARG GPU=1`, `MODE=${MODE:-train}`).

Such a value may be set from outside: what it decides is what runs by default. One that names a machine decides nothing,
since it is set for each.
"""

from __future__ import annotations

import operator
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from stackcheck.kleene import every, some
from stackcheck.read.audience import names_machine
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
_NUMBERS = {
    "-eq": operator.eq,
    "-ne": operator.ne,
    "-lt": operator.lt,
    "-le": operator.le,
    "-gt": operator.gt,
    "-ge": operator.ge,
}
_JOINTS = {"&&": every, "||": some, "-a": every, "-o": some}
_NAMED = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*|[1-9])")
_CLAUSES = frozenset(("elif_clause", "else_clause", "case_item"))


class Conditions:
    """The conditions of one text, with the variables that are known at one place. `defaults` are the variables that
    have decided one, with their values."""

    def __init__(self, syntax: Syntax, known: Variables) -> None:
        self.syntax, self.known, self.own = syntax, known, own_names(known)
        self.defaults: dict[str, str] = {}

    def clauses(self, node: Node) -> list[bool | None]:
        """Whether each clause of an `if` or a `case` is gone through, the part in front of the first `elif`, `else` or
        pattern among them; None where that is not decided here."""
        later = [child for child in node.children if child.type in _CLAUSES]
        if node.type not in ("if_statement", "case_statement"):
            return [None] * (1 + len(later))
        if node.type == "if_statement":
            conditions = [node.children[1], *(one.children[1] if one.type == "elif_clause" else None for one in later)]
            own = [True if one is None else self.holds(one) for one in conditions]
        else:
            own = [self._matches(node.children[1], one) for one in later]
        before: list[bool | None] = []
        reached: list[bool | None] = []
        for verdict in own:
            reached.append(every((verdict, *before)))
            before.append(None if verdict is None else not verdict)
        return reached if node.type == "if_statement" else [None, *reached]

    def holds(self, node: Node, depth: int = 0) -> bool | None:
        """Whether a command that is a condition succeeds."""
        if depth > _MAX_DEPTH:
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
        if node.type == "unary_expression" and len(children) == 2:
            return self._measured(self.syntax.source(children[0]), children[1])
        if node.type != "binary_expression" or len(children) != 3:
            return None
        left, sign, right = children
        joint = self.syntax.source(sign)
        if joint in _JOINTS:
            verdicts = [self._expression(left, depth + 1), self._expression(right, depth + 1)]
            return _JOINTS[joint](verdicts)
        if left.type == "binary_expression" and self.syntax.source(left.children[1]) in _JOINTS:
            # The grammar takes `a = b -o c = d` and `a == b && c =~ d` for `(a = b -o c) = d`.
            one, joining, two = left.children
            verdicts = [self._expression(one, depth + 1), self._compared(two, joint, right)]
            return _JOINTS[self.syntax.source(joining)](verdicts)
        if left.type == "unary_expression" and left.children[0].type == "!":
            # And `! a = b` for `(! a) = b`.
            inner = self._compared(left.children[-1], joint, right)
            return None if inner is None else not inner
        return self._compared(left, joint, right)

    def _tested(self, node: Node) -> bool | None:
        """`test A = B`, `test -z A`, and a variable that is `true` or `false`."""
        words = [child for child in node.children if child.type != "command_name"]
        if not words:
            value = self._default(node, "")
            return value == "true" if value in ("true", "false") else None
        if self.syntax.source(node.children[0]) != "test":
            return None
        if len(words) == 2:
            return self._measured(self.syntax.source(words[0]), words[1])
        return self._compared(words[0], self.syntax.source(words[1]), words[2]) if len(words) == 3 else None

    def _measured(self, sign: str, node: Node) -> bool | None:
        """`-z A` and `-n A`."""
        value = self._default(node, "") if sign in ("-z", "-n") else None
        return None if value is None else (value == "") == (sign == "-z")

    def _compared(self, left: Node, sign: str, right: Node) -> bool | None:
        if sign not in ("=", "==", "!=", "=~", *_NUMBERS):
            return None
        sides = ((left, right),) if sign in ("=~", *_NUMBERS) else ((left, right), (right, left))
        for one, two in sides:
            other = self._text(two)
            own = None if other is None else self.value(one, other)
            if own is not None and other is not None:
                return _holds(own, sign, other)
        return None

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

    def value(self, node: Node, *others: str) -> str | None:
        """What a word is that is filled in, and names the machine or holds against others by a default; None for any
        other."""
        source = self.syntax.source(node)
        text = self._text(node) if "$" in source or "`" in source else None
        return text if text in self.own else self._default(node, *others)

    def _default(self, node: Node, *others: str) -> str | None:
        """What a word is whose variables have values in the text; None where one names a machine, or may be anything
        (`${CI:-}`)."""
        text, names = self._text(node), _NAMED.findall(self.syntax.source(node))
        if text is None or not names or names_machine(*names, *others, value=text):
            return None
        if text == "" and not any(name in self.known for name in names):
            return None
        self.defaults |= dict.fromkeys(names, text)
        return text

    def _text(self, node: Node) -> str | None:
        if node.type.endswith("_expression"):
            return None
        span = self.syntax.span(node)
        words = self.syntax.words(span, self.known, self.syntax.runs(node), {})
        if not words:
            return ""
        return words[0].text if len(words) == 1 and words[0].unknown is None else None

    def _matches(self, word: Node, item: Node) -> bool | None:
        """Whether a clause of a `case` is for a word."""
        patterns = list(self._patterns(item))
        value = self.value(word, *(one for one in patterns if one is not None))
        return None if value is None else _fits(value, patterns)

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


def _holds(own: str, sign: str, other: str) -> bool | None:
    """What a comparison comes to, by its sign."""
    if sign in _NUMBERS:
        return _NUMBERS[sign](int(own), int(other)) if own.isdecimal() and other.isdecimal() else None
    if sign == "=~":
        return re.search(other, own) is not None if _compiles(other) else None
    fits = _fits(own, [other])
    return None if fits is None else fits == (sign in _EQUAL)


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
