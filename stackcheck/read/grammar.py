"""tree-sitter's grammar of bash: the tree of a text, the places of what is in it, and what the grammar takes amiss.

tree-sitter and tree-sitter-bash are loaded for a shell text alone.
"""

from __future__ import annotations

import re
import time
from array import array
from bisect import bisect_left
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from stackcheck.read.words import Word, line_at, word_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tree_sitter import Node, Parser

    from stackcheck.budget import Budget
    from stackcheck.read.words import Variables


MAX_SECONDS = 5
"""A hundred times what the longest of four thousand public scripts takes."""
_CHUNK = 65_536
_CALLED = re.compile(
    r"(?<![\w./$-])(?:pip[\d.]*|uv|conda|mamba|micromamba|pipx|poetry|pdm|pipenv|pixi|apt|apt-get)[ \t]"
    r"(?:[^\n#;|&]*[ \t])?(?:install|add|sync|create|wheel|download)(?![\w-])"
)
"""Where a text seems to call an installer."""
_LINE_END = re.compile(r"(?<!\\)\n")
_TESTS = re.compile(rb"(?<=[ \t])\\[<>](?=[ \t])")
"""`[ a \\< b ]`, which the grammar does not know."""
_RUN = frozenset(("command_substitution", "process_substitution", "arithmetic_expansion"))
REDIRECTS = frozenset(("file_redirect", "heredoc_redirect", "herestring_redirect"))
_STATEMENTS = frozenset(("command", "redirected_statement", "list", "pipeline", "subshell", "compound_statement"))

Part = tuple["Node", "Sequence[Node]"]
"""A statement or a sign of a list, and the redirections behind it."""


class Redirects(NamedTuple):
    """What stands in a command's redirections."""

    output: tuple[int, int] | None
    words: list[tuple[int, int]]
    documents: list[Node]
    after: list[Node]
    appends: bool = False
    input: tuple[int, int] | None = None


class Syntax:
    """One text and its tree. `root` is None where the grammar takes too long for it, as it does for junk alone."""

    def __init__(self, text: str, budget: Budget) -> None:
        self.text, self.budget = text, budget
        self.places = None if text.isascii() else _places(text)
        self.root = _tree(_TESTS.sub(b"==", text.encode("utf-8", "replace")))

    def span(self, node: Node) -> tuple[int, int]:
        """The place of a node in the text."""
        if self.places is None:
            return node.start_byte, node.end_byte
        return self.places[node.start_byte], self.places[node.end_byte]

    def source(self, node: Node | None) -> str:
        return "" if node is None else self.text[slice(*self.span(node))]

    def words(
        self,
        span: tuple[int, int],
        known: Variables,
        runs: Mapping[int, int],
        arguments: Mapping[str, tuple[Word, ...]],
    ) -> list[Word]:
        """The words of a place in the text, as `words.word_at` gives them. What variables add is spent."""
        words = word_at(self.text, *span, known, runs, arguments)
        self.budget.spend("values", max(0, sum(len(word.text) for word in words) - span[1] + span[0]))
        return words

    def runs(self, node: Node) -> dict[int, int]:
        """The places of what is run in a node."""
        found: dict[int, int] = {}
        left = [node]
        while left:
            one = left.pop()
            if one.type in _RUN:
                start, end = self.span(one)
                found[start] = end
            else:
                left += one.children
        return found

    def redirections(self, nodes: Iterable[Node]) -> Redirects:
        """The file that takes the standard output, here-documents, words behind them, and what runs afterwards."""
        found = Redirects(None, [], [], [])
        for node in nodes:
            if node.type == "file_redirect":
                found = self.file_redirect(node, found)
            elif node.type == "heredoc_redirect":
                found.documents.append(node)
                nested = [child for child in node.children if child.type == "file_redirect"]
                for child in nested:
                    found = self.file_redirect(child, found)
                for child in node.children:
                    if child.type in _STATEMENTS or child.type in ("&&", "||"):
                        found.after.append(child)
                    elif child.is_named and child not in nested and not child.type.startswith("heredoc"):
                        found.words.append(self.span(child))
        return found

    def file_redirect(self, node: Node, found: Redirects) -> Redirects:
        """`> file`; the grammar takes the words behind the file for more of it."""
        sign = next((child.type for child in node.children if not child.is_named), "")
        number = "".join(self.source(child) for child in node.children if child.type == "file_descriptor")
        named = [child for child in node.children if child.is_named and child.type != "file_descriptor"]
        spans = touching([self.span(child) for child in named])
        if sign.endswith("-"):
            found.words.extend(spans)
            return found
        found.words.extend(spans[1:])
        if sign == "<" and spans and number in ("", "0"):
            return found._replace(input=spans[0])
        is_output = sign in (">", ">>", ">|") and number in ("", "1")
        return found._replace(output=spans[0], appends=sign == ">>") if is_output and spans else found

    def dash(self, command: Node, document: Node) -> list[tuple[int, int]]:
        """The place of a `-` before a here-document, for which the grammar has no node."""
        start, end = self.span(command)[1], self.span(document)[0]
        between = self.text[start:end]
        at = start + between.find("-")
        return [(at, at + 1)] if between.strip() == "-" else []

    def bodies(self, documents: list[Node]) -> list[Word]:
        """The texts of here-documents, each with its place."""
        bodies = [child for one in documents[:1] for child in one.children if child.type == "heredoc_body"]
        return [Word(self.text[start:end], start, end) for start, end in map(self.span, bodies)]

    def document(self, node: Node, known: Variables) -> Iterator[Word]:
        """The lines of a here-document, with variables where its mark has no quotes."""
        start = "".join(self.source(child) for child in node.children if child.type == "heredoc_start")
        quoted = any(mark in start for mark in "'\"\\")
        for child in node.children:
            if child.type == "heredoc_body":
                at, stop = self.span(child)
                for line in self.text[at:stop].splitlines(keepends=True):
                    indent = len(line) - len(line.lstrip())
                    begin, end = at + indent, at + len(line.rstrip())
                    at += len(line)
                    if begin < end:
                        plain = Word(self.text[begin:end], begin, end)
                        word = plain if quoted else line_at(self.text, begin, end, known)
                        self.budget.spend("values", max(0, len(word.text) - end + begin))
                        yield word

    def one_line(self, spans: list[tuple[int, int]]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """The words up to the end of a line that does not go on, and those behind it."""
        for at in range(1, len(spans)):
            between = self.text[spans[at - 1][1] : spans[at][0]].replace("\\\n", "").replace("\\\r\n", "")
            if "\n" in between:
                return spans[:at], spans[at:]
        return spans, []


def called(text: str, commands: Iterable[tuple[Word, ...]], errors: Iterable[int]) -> Iterator[Word]:
    """Where a text seems to call an installer, and none of its commands does, or what follows was not understood.

    `errors` are the places of what was not understood.
    """
    read: set[int] = set()
    inside: list[tuple[int, int]] = []
    for words in commands:
        calls = [word.start for word in words if _CALLED.match(text, word.start)]
        read |= set(calls[:1])
        inside += [(word.start, word.end) for word in words if word.end - word.start > 1]
    inside.sort()
    places = sorted(errors)
    for found in _CALLED.finditer(text):
        start = found.start()
        before = text[text.rfind("\n", 0, start) + 1 : start]
        at = bisect_left(inside, (start, 0)) - 1
        quoted = at >= 0 and inside[at][1] > start
        quoted = quoted or before.count('"') % 2 == 1 or before.count("'") % 2 == 1
        stop = _LINE_END.search(text, found.end())
        following = bisect_left(places, start + 1)
        torn = following < len(places) and places[following] < (stop.start() if stop else len(text))
        if (torn or start not in read) and not quoted and not re.search(r"(?:^|\s)#", before):
            yield Word(found[0], start, found.end())


@lru_cache(maxsize=1)
def has_grammar() -> bool:
    """Whether the grammar can be loaded: it is a compiled library, which `stackcheck.pyz` does not carry."""
    try:
        _parser()
    except ImportError:
        return False
    return True


@lru_cache(maxsize=1)
def _parser() -> Parser:
    # Imported here because few runs read a shell text.
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


def _tree(data: bytes) -> Node | None:
    """The tree of a text; None where the grammar takes too long for it, as it does for junk alone."""
    parser, until = _parser(), time.monotonic() + MAX_SECONDS
    parser.reset()
    try:
        tree = parser.parse(
            lambda at, _: data[at : at + _CHUNK], progress_callback=lambda at, error: time.monotonic() > until
        )
    except ValueError:
        return None
    return tree.root_node


def flat(node: Node, redirects: Sequence[Node]) -> list[Part]:
    """The statements and signs of a list, which the grammar nests to the left, each with the redirections behind it."""
    parts: list[Part] = []
    while node.child_count:
        own = [child for child in node.children if child.type in REDIRECTS]
        body = [child for child in node.children if child.type not in REDIRECTS]
        if node.type == "redirected_statement" and body:
            redirects = (*own, *redirects)
            node = body[0]
        elif node.type == "list":
            parts.append((node.children[-1], redirects))
            parts += ((child, ()) for child in reversed(node.children[1:-1]))
            node, redirects = node.children[0], ()
        else:
            break
    parts.append((node, redirects))
    return parts[::-1]


def touching(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbours without a blank between them are one word."""
    out: list[tuple[int, int]] = []
    for start, end in spans:
        if out and out[-1][1] == start:
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


def _places(text: str) -> array[int]:
    """The character that each byte of a text belongs to, and its end."""
    found = array("L")
    for at, char in enumerate(text):
        found.extend([at] * len(char.encode("utf-8", "replace")))
    found.append(len(text))
    return found
