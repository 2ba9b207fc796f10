"""Shell text to the simple commands in it, each word with its place. Nothing is run.

tree-sitter's grammar of bash tells where a command begins and ends, and what stands in loops, branches and functions;
`words` tells what its words are. A shell that a command calls with a text (`bash -c "…"`, `eval`, `su -c`, a
here-document) is read as one more text.
"""

from __future__ import annotations

import posixpath
import re
import time
from array import array
from bisect import bisect_left
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from stackcheck.read.words import Variables, Word, line_at, word_at

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from tree_sitter import Node, Parser

__all__ = ["Command", "Word", "commands"]

SHELLS = ("sh", "bash", "dash", "ash", "zsh", "ksh")
MAX_DEPTH = 100
"""How deep commands may stand in each other."""
MAX_SECONDS = 5
"""A hundred times what the longest of four thousand public scripts takes."""
_CHUNK = 65_536
MAX_TEXTS = 5
"""How deep texts may stand in each other (`bash -c "bash -c …"`)."""
MAX_WALKS = 100
"""Bodies of functions and loops that are gone through with values of their own."""

_ASSIGNED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")
_CALLED = re.compile(
    r"(?<![\w./$-])(?:pip[\d.]*|uv|conda|mamba|micromamba|pipx|poetry|pdm|pipenv|pixi|apt|apt-get)[ \t]"
    r"(?:[^\n#;|&]*[ \t])?(?:install|add|sync|create|wheel|download)(?![\w-])"
)
"""Where a text seems to call an installer."""
_LINE_END = re.compile(r"(?<!\\)\n")
_TESTS = re.compile(rb"(?<=[ \t])\\[<>](?=[ \t])")
"""`[ a \\< b ]`, which the grammar does not know."""
_SIMPLY_QUOTED = re.compile(r"\"(?:[^\"\\`'$]|\$[A-Za-z_{])*\"")
_SPEAKS = frozenset(("echo", "printf", "cat", "grep", "sed", "which", "git"))
_ELSEWHERE = frozenset(("docker", "podman", "nerdctl", "kubectl", "ssh", "singularity", "apptainer"))
"""Commands that run what follows on another machine, or in another container."""
_SUBSHELLS = frozenset(("subshell", "command_substitution", "process_substitution"))
_OWN = {
    "for_statement": "loop",
    "if_statement": "branches",
    "while_statement": "branches",
    "case_statement": "branches",
    "c_style_for_statement": "branches",
    "function_definition": "define",
    "variable_assignment": "assignments",
    "variable_assignments": "assignments",
    "declaration_command": "assignments",
}
"""The method for each kind of node that has one."""
_CLAUSES = frozenset(("elif_clause", "else_clause", "case_item"))
_RUN = frozenset(("command_substitution", "process_substitution", "arithmetic_expansion"))
_REDIRECTS = frozenset(("file_redirect", "heredoc_redirect", "herestring_redirect"))
_STATEMENTS = frozenset(("command", "redirected_statement", "list", "pipeline", "subshell", "compound_statement"))


class Command(NamedTuple):
    """A simple command. `conditional`: whether it runs depends on something else that the text does not decide.

    `output` is the file that its output goes to, `document` the lines of its here-document, `environment` what is
    exported to it. `lost`: an installer is called here in a way that was not understood; the one word is the place.
    """

    words: tuple[Word, ...]
    conditional: bool = False
    output: Word | None = None
    document: tuple[Word, ...] = ()
    environment: Mapping[str, str | None] = {}
    lost: bool = False


def commands(text: str, variables: Mapping[str, str | None], exported: Collection[str] = ()) -> Iterator[Command]:
    """The simple commands of a text, in its order. `variables` are those known at its start, `exported` the names of
    those that every command gets."""
    script = _Script(text, set(exported))
    script.read(dict(variables))
    return iter(script.out)


@lru_cache(maxsize=1)
def _parser() -> Parser:
    # Imported here because few runs read a shell text.
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


_Part = tuple["Node", "Sequence[Node]"]
"""A statement or a sign of a list, and the redirections behind it."""


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


class _Redirects(NamedTuple):
    """What stands in a command's redirections."""

    output: tuple[int, int] | None
    words: list[tuple[int, int]]
    documents: list[Node]
    after: list[Node]


class _Script:
    """Goes through the tree of one text."""

    def __init__(self, text: str, exported: set[str], level: int = 0, walks: list[int] | None = None) -> None:
        self.text = text
        self.exported = exported
        self.level = level
        self.out: list[Command] = []
        self.functions: dict[str, Node] = {}
        self.called: set[str] = set()
        self.running: list[str] = []
        self.arguments: dict[str, tuple[Word, ...]] = {}
        self.walks = [0] if walks is None else walks
        self.depth = 0
        self.target: Word | None = None
        self.seen: set[tuple[tuple[Word, ...], bool]] = set()
        self.too_deep = False
        self.errors: list[int] = []
        self.places = None if text.isascii() else _places(text)

    def read(self, known: Variables) -> None:
        data = self.text.encode("utf-8", "replace")
        root = _tree(_TESTS.sub(b"==", data))
        if root is None:
            self.lost()
            return
        self.walk(root, known, conditional=False)
        for name, body in list(self.functions.items()):
            if name not in self.called:
                # It may be called from elsewhere, with arguments that are not known.
                self.walk(body, dict(known), conditional=True)
        if root.has_error or self.too_deep:
            self.lost()

    # --- the tree ---------------------------------------------------------------------------------------------

    def span(self, node: Node) -> tuple[int, int]:
        """The place of a node in the text."""
        if self.places is None:
            return node.start_byte, node.end_byte
        return self.places[node.start_byte], self.places[node.end_byte]

    def walk(self, node: Node, known: Variables, *, conditional: bool, redirects: Sequence[Node] = ()) -> None:
        """One statement, or whatever holds some. `redirects` are those behind it, which its last command gets."""
        if not node.child_count:
            return
        if self.depth > MAX_DEPTH:
            self.too_deep = True
            return
        self.depth += 1
        self.statement(node, known, conditional=conditional, redirects=redirects)
        self.depth -= 1

    def statement(self, node: Node, known: Variables, *, conditional: bool, redirects: Sequence[Node]) -> None:
        """One statement by its kind."""
        kind = node.type
        if kind == "command":
            self.command(node, redirects, known, conditional=conditional)
        elif kind in ("list", "redirected_statement"):
            self.chain(_flat(node, redirects), known, conditional=conditional)
        elif kind in ("pipeline", "negated_command"):
            children = node.children
            for at, child in enumerate(children, 1):
                rest = redirects if at == len(children) else ()
                self.walk(child, dict(known), conditional=conditional, redirects=rest)
        elif redirects:
            self.redirected(node, redirects, known, conditional=conditional)
        elif kind in _OWN:
            getattr(self, _OWN[kind])(node, known)
        else:
            if kind == "ERROR":
                self.errors.append(self.span(node)[0])
            inner = dict(known) if kind in _SUBSHELLS else known
            for child in node.children:
                self.walk(child, inner, conditional=conditional or kind == "ERROR")

    def define(self, node: Node, known: Variables) -> None:
        """A function: its body is read where it is called."""
        self.functions[self.source(node.child_by_field_name("name"))] = node.children[-1]

    def source(self, node: Node | None) -> str:
        return "" if node is None else self.text[slice(*self.span(node))]

    def chain(self, nodes: list[_Part], known: Variables, *, conditional: bool) -> None:
        """`a && b || c`: b of `a || b` runs where a fails, b of `[ a ] && b` where the test holds."""
        fallback = after_test = False
        for node, redirects in nodes:
            if node.type in ("&&", "||"):
                fallback = node.type == "||" or fallback or after_test
            elif node.is_named:
                # What a statement sets that may not run is not known after it.
                inner = dict(known) if fallback else known
                self.walk(node, inner, conditional=conditional or fallback, redirects=redirects)
                if fallback:
                    _forget(known, inner)
                after_test = _is_test(node, self)

    def branches(self, node: Node, known: Variables) -> None:
        """`if`, `case`, `while`: each branch begins with what was known before."""
        every = [dict(known)]
        for child in node.children:
            inner = every[0]
            if child.type in _CLAUSES:
                inner = dict(known)
                every.append(inner)
            self.walk(child, inner, conditional=True)
        for inner in every:
            _forget(known, inner)

    def loop(self, node: Node, known: Variables) -> None:
        """`for a in x y; do …`: the body once for each word, where all are known."""
        name = self.source(node.child_by_field_name("variable"))
        body = node.child_by_field_name("body")
        values: list[Word] = []
        for child in node.children_by_field_name("value"):
            self.walk(child, known, conditional=True)
            values += word_at(self.text, *self.span(child), known, self.runs(child), self.arguments)
        texts: list[str | None] = [None if word.unknown else word.text for word in values]
        if (
            not texts
            or None in texts
            or not _CALLED.search(self.source(body))
            or self.walks[0] + len(texts) > MAX_WALKS
        ):
            texts = [None]
        self.walks[0] += len(texts)
        for text in texts:
            inner = {**known, name: text}
            if body is not None:
                self.walk(body, inner, conditional=True)
            _forget(known, inner)

    def lost(self) -> None:
        """Says of each installer in a text that is not wholly understood, that it was not read, if it was not."""
        read, inside = set(), []
        for one in self.out:
            calls = [word.start for word in one.words if _CALLED.match(self.text, word.start)]
            read |= set(calls[:1])
            inside += [(word.start, word.end) for word in one.words if word.end - word.start > 1]
        inside.sort()
        for found in _CALLED.finditer(self.text):
            start = found.start()
            before = self.text[self.text.rfind("\n", 0, start) + 1 : start]
            at = bisect_left(inside, (start, 0)) - 1
            quoted = at >= 0 and inside[at][1] > start
            quoted = quoted or before.count('"') % 2 == 1 or before.count("'") % 2 == 1
            stop = _LINE_END.search(self.text, found.end())
            torn = any(start < error < (stop.start() if stop else len(self.text)) for error in self.errors)
            if (torn or start not in read) and not quoted and not re.search(r"(?:^|\s)#", before):
                self.out.append(Command((Word(found[0], start, found.end()),), lost=True))

    # --- assignments ------------------------------------------------------------------------------------------

    def assignments(self, node: Node, known: Variables) -> None:
        """`A=b`, `export A=b`, `local a b=c`."""
        if node.type == "variable_assignment":
            self.assign(node, known)
            return
        keyword = self.source(node.children[0]) if node.type == "declaration_command" else ""
        words = [self.source(child) for child in node.children]
        exports = keyword == "export" or (
            keyword in ("declare", "typeset") and any(_is_flag(text, "x") for text in words)
        )
        for child in node.children:
            name = self.source(child)
            if child.type == "variable_assignment":
                name = self.assign(child, known)
            if exports and child.type in ("variable_assignment", "variable_name"):
                self.exported.add(name)

    def assign(self, node: Node, known: Variables) -> str:
        """One assignment; its name."""
        for child in node.children:
            self.walk(child, known, conditional=False)
        name = self.source(node.child_by_field_name("name"))
        value, appends = self.value(node, known)
        if "[" in name:  # an element of an array
            known[f"{name.partition('[')[0]}[@]"] = None
            return name
        if not isinstance(value, list):
            known[name] = _appended(known, name, value) if appends else value
            return name
        joined = None if None in value else "\0".join(text for text in value if text)
        elements = f"{name}[@]"
        before = known.get(elements) if appends else ""
        known[elements] = (
            None if joined is None or before is None else "\0".join(text for text in (before, joined) if text)
        )
        known[name] = value[0] if value and not appends else known.get(name)
        return name

    def value(self, node: Node, known: Variables) -> tuple[str | list[str | None] | None, bool]:
        """What an assignment gives (a text, None where it is not known, or a list), and whether it adds to what is
        there."""
        sign = next((child for child in node.children if child.type in ("=", "+=")), None)
        if sign is None:
            return None, False
        given = node.child_by_field_name("value")
        if given is not None and given.type == "array":
            words: list[Word] = []
            for start, end in _touching(
                [self.span(child) for child in given.named_children if child.type != "comment"]
            ):
                words += word_at(self.text, start, end, known, self.runs(given), self.arguments)
            return [None if word.unknown else word.text for word in words], sign.type == "+="
        start, end = self.span(sign)[1], self.span(node)[1]
        words = word_at(self.text, start, end, known, self.runs(node), self.arguments)
        unknown = any(word.unknown for word in words)
        return None if unknown else " ".join(word.text for word in words), sign.type == "+="

    # --- commands ---------------------------------------------------------------------------------------------

    def redirected(self, node: Node, redirects: Sequence[Node], known: Variables, *, conditional: bool) -> None:
        """A loop, a group and the like with redirections."""
        found = self.redirections(redirects)
        before = self.target
        self.target = self.word(found.output, known, {}) or before
        self.walk(node, known, conditional=conditional)
        self.target = before
        self.after(found.after, known, conditional=conditional)

    def redirections(self, nodes: Iterable[Node]) -> _Redirects:
        """The file that takes the standard output, here-documents, words behind them, and what runs afterwards."""
        found = _Redirects(None, [], [], [])
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

    def file_redirect(self, node: Node, found: _Redirects) -> _Redirects:
        """`> file`; the grammar takes the words behind the file for more of it."""
        sign = next((child.type for child in node.children if not child.is_named), "")
        number = "".join(self.source(child) for child in node.children if child.type == "file_descriptor")
        named = [child for child in node.children if child.is_named and child.type != "file_descriptor"]
        spans = _touching([self.span(child) for child in named])
        if sign.endswith("-"):
            found.words.extend(spans)
            return found
        found.words.extend(spans[1:])
        is_output = sign in (">", ">>", ">|") and number in ("", "1")
        return found._replace(output=spans[0]) if is_output and spans else found

    def after(self, nodes: list[Node], known: Variables, *, conditional: bool) -> None:
        """What stands behind the beginning of a here-document, on its line."""
        self.chain([(node, ()) for node in nodes if node.type != "pipeline"], known, conditional=conditional)
        for node in nodes:
            if node.type == "pipeline":
                self.walk(node, known, conditional=conditional)

    def word(self, span: tuple[int, int] | None, known: Variables, runs: Mapping[int, int]) -> Word | None:
        words = word_at(self.text, *span, known, runs, self.arguments) if span else []
        return words[0] if words else None

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

    def command(self, node: Node, redirects: Sequence[Node], known: Variables, *, conditional: bool) -> None:
        """A simple command with its redirections."""
        inside = [child for child in node.children if child.type in _REDIRECTS]
        redirections = self.redirections([*inside, *redirects])
        spans, runs = list(redirections.words), self.runs(node)
        environment = {name: known.get(name) for name in self.exported}
        for child in node.children:
            if child.type == "variable_assignment":
                given: Variables = {}
                name = self.assign(child, scope := dict(known))
                given[name] = scope.get(name)
                environment |= given
            elif child.type not in _REDIRECTS:
                self.walk(child, dict(known), conditional=conditional)
                if child.type != "comment":
                    spans.append(self.span(child))
        for redirect in redirects:
            runs |= self.runs(redirect)
        words: list[Word] = []
        spans, following = self.one_line(_touching(sorted(spans)))
        for start, end in spans:
            words += word_at(self.text, start, end, known, runs, self.arguments)
        output = self.word(redirections.output, known, runs) or self.target
        lines = [line for document in redirections.documents for line in self.document(document, known)]
        made = Command(tuple(words), conditional, output, tuple(lines), environment)
        if not self.inner(made, redirections.documents, known):
            self.give(made)
        while following:
            # The grammar takes what stands behind a comment on a line of its own for more of the same command.
            spans, following = self.one_line(following)
            words = [word for span in spans for word in word_at(self.text, *span, known, runs, self.arguments)]
            self.give(Command(tuple(words), conditional, environment=environment))
        self.after(redirections.after, known, conditional=conditional)

    def one_line(self, spans: list[tuple[int, int]]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """The words up to the end of a line that does not go on, and those behind it."""
        for at in range(1, len(spans)):
            between = self.text[spans[at - 1][1] : spans[at][0]].replace("\\\n", "").replace("\\\r\n", "")
            if "\n" in between:
                return spans[:at], spans[at:]
        return spans, []

    def give(self, made: Command) -> None:
        """A command, once for each of its forms."""
        key = (made.words, made.conditional)
        if made.words and key not in self.seen:
            self.seen.add(key)
            self.out.append(made)

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
                        yield plain if quoted else line_at(self.text, begin, end, known)

    # --- texts that a command gives to a shell ----------------------------------------------------------------

    def inner(self, made: Command, documents: list[Node], known: Variables) -> bool:
        """Whether a command only runs others, which are then read: `bash -c`, `eval`, `su -c`, a function."""
        words = made.words
        if not words:
            return False
        if words[0].text in self.functions and words[0].unknown is None:
            return self.call(words, known, conditional=made.conditional)
        if self.level >= MAX_TEXTS:
            return False
        if words[0].text == "eval":
            text = " ".join(word.text for word in words[1:])
            place = words[1] if len(words) == 2 else Word("", words[0].start, words[-1].end)
            self.nested(text, place, made, known)
            return True
        given = _given_text(words)
        if given is not None:
            conditional = made.conditional or any(word.text in _ELSEWHERE for word in words)
            self.nested(given.text, given, made._replace(conditional=conditional), dict(known))
            return True
        if documents and made.document and _is_shell(words):
            bodies = [child for child in documents[0].children if child.type == "heredoc_body"]
            for body in bodies:
                start, end = self.span(body)
                self.nested(self.text[start:end], Word(self.text[start:end], start, end), made, dict(known))
            return bool(bodies)
        return False

    def call(self, words: tuple[Word, ...], known: Variables, *, conditional: bool) -> bool:
        """A function with its arguments; whether it was gone through."""
        name = words[0].text
        if name in self.running or self.walks[0] >= MAX_WALKS:
            return False
        self.called.add(name)
        self.walks[0] += 1
        given = words[1:]
        texts = [None if word.unknown else word.text for word in given]
        values: Variables = {str(number): text for number, text in enumerate(texts[:9], 1)}
        values["@"] = None if None in texts else "\0".join(text for text in texts if text)
        before, outer = self.arguments, {name: known.pop(name) for name in list(known) if name[0] in "123456789@"}
        self.arguments = {"@": given, **{str(number): (word,) for number, word in enumerate(given[:9], 1)}}
        known |= values
        self.running.append(name)
        self.walk(self.functions[name], known, conditional=conditional)
        self.running.pop()
        self.arguments = before
        for key in values:
            known.pop(key, None)
        known |= outer
        return True

    def nested(self, text: str, given: Word, made: Command, known: Variables) -> None:
        """The commands of a text that a command is given, each word at its place where that can be told."""
        source = self.text[given.start : given.end]
        if _SIMPLY_QUOTED.fullmatch(source):
            text = source[1:-1]  # with its variables, so that each word has its place
        script = _Script(text, {*self.exported}, self.level + 1, self.walks)
        script.read(known)
        quoted = len(source) > 1 and source[0] in "'\"" and source[1:-1] == text
        shift = given.start + 1 if quoted else given.start if source == text else None

        def placed(word: Word) -> Word:
            if shift is None:
                return word._replace(start=given.start, end=given.end)
            return word._replace(start=word.start + shift, end=word.end + shift)

        for one in script.out:
            moved = one._replace(
                words=tuple(placed(word) for word in one.words),
                conditional=one.conditional or made.conditional,
                output=None if one.output is None else placed(one.output),
                document=tuple(placed(word) for word in one.document),
            )
            self.out.append(moved)


def _flat(node: Node, redirects: Sequence[Node]) -> list[_Part]:
    """The statements and signs of a list, which the grammar nests to the left, each with the redirections behind it."""
    parts: list[_Part] = []
    while node.child_count:
        own = [child for child in node.children if child.type in _REDIRECTS]
        body = [child for child in node.children if child.type not in _REDIRECTS]
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


def _is_test(node: Node, script: _Script) -> bool:
    """Whether a statement asks something, so that what follows `&&` depends on it."""
    if node.type in ("test_command", "negated_command"):
        return True
    return node.type == "command" and script.source(node).split(" ")[0] in ("test", "[", "[[")


def _forget(known: Variables, inner: Variables) -> None:
    """What a branch has set is not known after it."""
    for name, value in inner.items():
        if name not in known or known[name] != value:
            known[name] = None


def _appended(known: Variables, name: str, value: str | None) -> str | None:
    before = known.get(name, "")
    return None if value is None or before is None else before + value


def _is_flag(text: str, letter: str) -> bool:
    return re.fullmatch(rf"-[A-Za-z]*{letter}[A-Za-z]*", text) is not None


def _touching(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbours without a blank between them are one word."""
    out: list[tuple[int, int]] = []
    for start, end in spans:
        if out and out[-1][1] == start:
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


def _given_text(words: tuple[Word, ...]) -> Word | None:
    """The text of `bash -lc TEXT`, `su user -c TEXT`; None where no shell is given one."""
    if words[0].text in _SPEAKS:
        return None
    for at, word in enumerate(words):
        name = posixpath.basename(word.text)
        if name in SHELLS:
            return _after_flags(words[at + 1 :])
        if name in ("su", "runuser"):
            rest = words[at + 1 :]
            for position, option in enumerate(rest[:-1]):
                if option.text in ("-c", "--command"):
                    return rest[position + 1]
            long = [option for option in rest if option.text.startswith("--command=")]
            return long[0]._replace(text=long[0].text.partition("=")[2]) if long else None
    return None


def _after_flags(words: tuple[Word, ...]) -> Word | None:
    text, at = False, 0
    while at < len(words) and words[at].text[:1] in ("-", "+") and len(words[at].text) > 1:
        flag = words[at].text
        if not flag.startswith("--"):
            text = text or "c" in flag
            at += flag.endswith("o")  # `-o pipefail`
        elif flag in ("--rcfile", "--init-file"):
            at += 1
        at += 1
    return words[at] if text and at < len(words) else None


def _is_shell(words: tuple[Word, ...]) -> bool:
    """Whether a command runs its standard input as a script: `bash`, `sudo -u x sh -s`, not `bash file`."""
    if words[0].text in _SPEAKS or any(word.text in _ELSEWHERE for word in words):
        return False
    at = next((at for at, word in enumerate(words) if posixpath.basename(word.text) in SHELLS), None)
    if at is None:
        return False
    rest = [word.text for word in words[at + 1 :]]
    return all(text.startswith("-") for text in rest) or any(_is_flag(text, "s") for text in rest)


def _places(text: str) -> array[int]:
    """The character that each byte of a text belongs to, and its end."""
    found = array("L")
    for at, char in enumerate(text):
        found.extend([at] * len(char.encode("utf-8", "replace")))
    found.append(len(text))
    return found
