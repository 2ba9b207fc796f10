"""Shell text to the simple commands in it, each word with its place. Nothing is run.

tree-sitter's grammar of bash tells where a command begins and ends, and what stands in loops, branches and functions;
`words` tells what its words are. A shell that a command calls with a text (`bash -c "…"`, `eval`, `su -c`, a
here-document) is read as one more text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.budget import Budget, SpentError
from stackcheck.read.assignments import Assignments, exported_names, set_by, unknown_in
from stackcheck.read.command import Command, Commands, templates_named
from stackcheck.read.conditions import Conditions
from stackcheck.read.folders import HERE, OWN, START, move
from stackcheck.read.grammar import REDIRECTS, Part, Syntax, flat, has_grammar, touching
from stackcheck.read.scope import Scope
from stackcheck.read.shells import ELSEWHERE, given_text
from stackcheck.read.standins import StandIns
from stackcheck.read.template import without_expressions
from stackcheck.read.words import Variables, Word
from stackcheck.read.written import Fed, Written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tree_sitter import Node

__all__ = ["Command", "Word", "commands"]

MAX_DEPTH = 100
"""How deep commands may stand in each other."""
MAX_TEXTS = 5
"""How deep texts may stand in each other (`bash -c "bash -c …"`)."""
MAX_WALKS = 100
"""Bodies of functions and loops that are gone through with values of their own."""

NO_GRAMMAR = "needs tree-sitter and tree-sitter-bash, compiled libraries that are not here"

_MAY_INSTALL = re.compile(r"install|add|sync|create")
_SIMPLY_QUOTED = re.compile(r"\"(?:[^\"\\`'$]|\$[A-Za-z_{])*\"")
_SUBSTITUTIONS = frozenset(("command_substitution", "process_substitution"))
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
_WRITES = frozenset(("command", "pipeline", "redirected_statement", "file_redirect"))
"""What may be the one thing in a substitution."""
_LEAVES = re.compile(r"\b(?:break|continue|exit|return)\b")
"""What ends a loop, or one round of it, before its time."""
_OPTIONS = re.compile(r"\bgetopts\b|\$#|\$\{#\}|[\"' ]\$\{?[1@*](?::-)?\}?")
"""What a loop over the words asks for that the text is called with; by default there are none."""
_CLAUSES = frozenset(("elif_clause", "else_clause", "case_item"))


def commands(
    text: str,
    variables: Mapping[str, str | None],
    exported: Iterable[str] = (),
    folder: str | None = START,
    budget: Budget | None = None,
) -> Iterator[Command]:
    """The simple commands of a text, in its order. `variables` are those known at its start, `exported` the names of
    those that every command gets, `folder` is the one it starts in.

    Where the run's `budget` is spent, the last command says so; where there is no grammar, the only one does.
    """
    text, expressions = without_expressions(text)
    if not has_grammar():
        first = re.search(r"\S+", text)
        return iter((Command((Word("", first.start(), first.end()),), spent=NO_GRAMMAR),) if first else ())
    script = _Script(text, exported_names(exported), Budget() if budget is None else budget)
    try:
        script.budget.spend("values", len(variables))
        script.read({**variables, HERE: folder})
    except SpentError as error:
        script.commands.spent(error)
    given = iter(script.commands.list)
    return (templates_named(one, expressions) for one in given) if expressions else given


class _Script:
    """Goes through the tree of one text."""

    def __init__(
        self,
        text: str,
        exported: set[str],
        budget: Budget,
        level: int = 0,
        walks: list[int] | None = None,
        stand_ins: StandIns | None = None,
    ) -> None:
        self.text = text
        self.exported = exported
        self.budget = budget
        self.level = level
        self.functions: dict[str, Node] = {}
        self.called: set[str] = set()
        self.walks = [0] if walks is None else walks
        self.stand_ins = StandIns() if stand_ins is None else stand_ins
        self.commands = Commands(text, self.stand_ins)
        self.scope = Scope(self.stand_ins)
        self.depth = 0
        self.target: Word | None = None
        self.appends = False
        self.too_deep = False
        self.tests = self.decided = 0
        self.apart = 0  # in a subshell or a pipe, or behind `&&`: an `exit` there does not end the text
        self.ended, self.stop = False, len(text)
        self.written = Written()
        self.errors: list[int] = []
        self.syntax = Syntax(text, budget)
        self.assigned = Assignments(self.syntax, self.scope, self.stand_ins, exported)

    def read(self, known: Variables) -> None:
        root = self.syntax.root
        if root is None:
            self.commands.lost(self.stop, self.errors)
            return
        begin = known[HERE]
        self.walk(root, known, conditional=False)
        self.ended = False
        ends = known[HERE]
        settled = ends == begin or (ends or "").startswith(OWN)
        for name, body in list(self.functions.items()):
            if name not in self.called:
                # It may be called from elsewhere, with arguments that are not known.
                self.walk(body, {**known, HERE: ends if settled else None}, conditional=True)
        self.commands.keep_run()
        if root.has_error or self.too_deep:
            self.commands.lost(self.stop, self.errors)

    # --- the tree ---------------------------------------------------------------------------------------------

    def walk(self, node: Node, known: Variables, *, conditional: bool, redirects: Sequence[Node] = ()) -> None:
        """One statement, or whatever holds some. `redirects` are those behind it, which its last command gets."""
        if not node.child_count or self.ended:
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
            self.chain(flat(node, redirects), known, conditional=conditional)
        elif kind == "pipeline":
            self.pipeline(node, known, conditional=conditional, redirects=redirects)
        elif kind == "negated_command":
            self.walk(node.children[-1], known, conditional=conditional, redirects=redirects)
        elif redirects:
            self.redirected(node, redirects, known, conditional=conditional)
        elif kind in _OWN:
            getattr(self, _OWN[kind])(node, known, conditional=conditional)
        else:
            if kind == "ERROR":
                self.errors.append(self.syntax.span(node)[0])
            if kind == "compound_statement" and node.children[0].type == "((":
                unknown_in(self.syntax.source(node), known)
            inner = dict(known) if kind in _SUBSHELLS else known
            self.apart += kind in _SUBSHELLS
            for child in node.children:
                self.walk(child, inner, conditional=conditional or kind == "ERROR")
            self.apart -= kind in _SUBSHELLS

    def pipeline(self, node: Node, known: Variables, *, conditional: bool, redirects: Sequence[Node]) -> None:
        """`a | b`: each runs in a shell of its own; what a shell reads there may be what the one before it writes."""
        children = node.children
        self.apart += 1
        for at, child in enumerate(children, 1):
            if not child.is_named:
                continue
            self.written.pipe(first=at == 1)
            rest = redirects if at == len(children) else ()
            self.walk(child, dict(known), conditional=conditional, redirects=rest)
            self.written.piped = Fed()
        self.apart -= 1

    def define(self, node: Node, known: Variables, *, conditional: bool) -> None:
        """A function: its body is read where it is called."""
        self.functions[self.syntax.source(node.child_by_field_name("name"))] = node.children[-1]

    def chain(self, nodes: list[Part], known: Variables, *, conditional: bool) -> None:
        """`a && b || c`: b of `a || b` runs where a fails, b of `[ a ] && b` where the test holds."""
        fallback = after_test = tested = joined = False
        holds: bool | None = None  # what the part before came to, where that is decided
        defaults: dict[str, str] = {}
        passed = False
        for node, redirects in nodes:
            if node.type in ("&&", "||"):
                joined = True
                passed = holds is (node.type == "||")
                if holds is None:
                    fallback = node.type == "||" or fallback or after_test
                    tested = tested or after_test
            elif node.is_named and passed:
                self.commands.foreign([self.syntax.span(node)], defaults)
            elif node.is_named:
                # What a statement sets that may not run is not known after it.
                inner = dict(known) if fallback else known
                self.tests += tested
                self.apart += joined
                self.walk(node, inner, conditional=conditional or fallback, redirects=redirects)
                self.apart -= joined
                self.tests -= tested
                if fallback:
                    _forget(known, inner)
                after_test = _is_test(node, self)
                conditions = Conditions(self.syntax, known)
                holds, defaults = conditions.holds(node) if len(nodes) > 1 else None, conditions.defaults

    def branches(self, node: Node, known: Variables, *, conditional: bool) -> None:
        """`if`, `case`, `while`: each branch begins with what was known before. The first condition always runs."""
        first = node.children[1] if node.type in ("if_statement", "while_statement") else None
        start = dict(known)
        if first is not None:
            self.walk(first, start, conditional=conditional)
        clauses: list[list[Node]] = [[]]
        for child in node.children:
            if child.type in _CLAUSES:
                clauses.append([child])
            elif child != first:
                clauses[0].append(child)
        conditions = Conditions(self.syntax, start)
        reached = conditions.clauses(node)
        # What only a default decides ends nothing.
        by_default = bool(conditions.defaults)
        self.apart += by_default
        options = node.type == "while_statement" and self.takes_options(first)
        certain, after = None, [start]
        for clause, runs in zip(clauses, reached, strict=True):
            if runs is False:
                self.commands.foreign(map(self.syntax.span, clause), conditions.defaults)
                continue
            inner = dict(start)
            self.tests += not runs
            self.decided += runs is True
            for child in clause:
                self.walk(child, inner, conditional=conditional or not runs)
            self.decided -= runs is True
            self.tests -= not runs
            after.append({name: start.get(name) for name in inner} if options else inner)
            certain = inner if runs else certain
        self.apart -= by_default
        if certain is not None:
            known |= certain
            return
        for inner in after:
            _forget(known, inner)

    def loop(self, node: Node, known: Variables, *, conditional: bool) -> None:
        """`for a in x y; do …`: the body once for each word, where all are known; it then runs for certain."""
        name = self.syntax.source(node.child_by_field_name("variable"))
        body = node.child_by_field_name("body")
        values: list[Word] = []
        for child in node.children_by_field_name("value"):
            self.walk(child, known, conditional=conditional)
            values += self.syntax.words(self.syntax.span(child), known, self.syntax.runs(child), self.scope.arguments)
        texts: list[str | None] = [word.value for word in values]
        if (
            not texts
            or None in texts
            or not _MAY_INSTALL.search(self.syntax.source(body))
            or self.walks[0] + len(texts) > MAX_WALKS
        ):
            texts = [None]
        self.walks[0] += len(texts)
        certain = None not in texts and not any(_is_pattern(word) for word in values)
        if certain and not _LEAVES.search(self.syntax.source(body)):
            for text in texts:
                known[name] = text
                if body is not None:
                    self.walk(body, known, conditional=conditional)
            return
        options = self.takes_options(*node.children_by_field_name("value"))
        for text in texts:
            inner = {**known, name: text}
            if body is not None:
                self.tests += 1
                self.walk(body, inner, conditional=True)
                self.tests -= 1
            _forget(known, dict.fromkeys(inner.keys() - known.keys()) if options else inner)

    def takes_options(self, *nodes: Node | None) -> bool:
        """Whether a loop goes through the words that the text itself is called with: what it sets is no default."""
        return len(self.scope.frames) == 1 and any(_OPTIONS.search(f" {self.syntax.source(node)}") for node in nodes)

    # --- assignments ------------------------------------------------------------------------------------------

    def assignments(self, node: Node, known: Variables, *, conditional: bool) -> None:
        """`A=b`, `export A=b`, `local a b=c`."""
        if node.type == "variable_assignment":
            self.assign(node, known, conditional=conditional)
            return
        for child in node.children:
            if child.type == "variable_assignment":
                self.run_inside(child, known, conditional=conditional)
        self.assigned.declare(node, known)

    def assign(self, node: Node, known: Variables, *, conditional: bool) -> str:
        """One assignment; its name."""
        self.run_inside(node, known, conditional=conditional)
        return self.assigned.assign(node, known)

    def run_inside(self, node: Node, known: Variables, *, conditional: bool) -> None:
        """What the value of an assignment runs (`$(…)`)."""
        for child in node.children:
            self.walk(child, known, conditional=conditional)

    # --- commands ---------------------------------------------------------------------------------------------

    def redirected(self, node: Node, redirects: Sequence[Node], known: Variables, *, conditional: bool) -> None:
        """A loop, a group and the like with redirections."""
        found = self.syntax.redirections(redirects)
        before = self.target, self.appends
        if found.output is not None:
            self.target, self.appends = self.word(found.output, known, {}), found.appends
        self.walk(node, known, conditional=conditional)
        self.target, self.appends = before
        self.after(found.after, known, conditional=conditional)

    def after(self, nodes: list[Node], known: Variables, *, conditional: bool) -> None:
        """What stands behind the beginning of a here-document, on its line."""
        self.chain([(node, ()) for node in nodes if node.type != "pipeline"], known, conditional=conditional)
        for node in nodes:
            if node.type == "pipeline":
                self.walk(node, known, conditional=conditional)

    def word(self, span: tuple[int, int] | None, known: Variables, runs: Mapping[int, int]) -> Word | None:
        words = self.syntax.words(span, known, runs, self.scope.arguments) if span else []
        return words[0] if words else None

    def command(self, node: Node, redirects: Sequence[Node], known: Variables, *, conditional: bool) -> None:
        """A simple command with its redirections."""
        inside = [child for child in node.children if child.type in REDIRECTS]
        redirections = self.syntax.redirections([*inside, *redirects])
        spans, runs = list(redirections.words), self.syntax.runs(node)
        environment = {name: known.get(name) for name in self.exported}
        substituted: dict[int, Fed] = {}
        for child in node.children:
            if child.type == "variable_assignment":
                given: Variables = {}
                name = self.assign(child, scope := dict(known), conditional=conditional)
                given[name] = scope.get(name)
                environment |= given
            elif child.type not in REDIRECTS:
                if child.type in _SUBSTITUTIONS:
                    substituted[self.syntax.span(child)[0]] = self.substitution(child, known, conditional=conditional)
                else:
                    self.walk(child, dict(known), conditional=conditional)
                if child.type != "comment":
                    spans.append(self.syntax.span(child))
        for redirect in redirects:
            if redirect.type == "heredoc_redirect":
                spans += self.syntax.dash(node, redirect)
            runs |= self.syntax.runs(redirect)
        words: list[Word] = []
        spans, following = self.syntax.one_line(touching(sorted(spans)))
        for start, end in spans:
            words += self.syntax.words((start, end), known, runs, self.scope.arguments)
        output = self.word(redirections.output, known, runs)
        appends = redirections.appends if output else self.appends
        lines = [line for document in redirections.documents for line in self.syntax.document(document, known)]
        made = Command(tuple(words), conditional, output or self.target, tuple(lines), environment, self.tests > 0)
        file = self.word(redirections.input, known, runs)
        fed = self.written.piped if file is None else Fed((), file)
        made = made._replace(folder=known[HERE], appends=appends, fed=fed, substituted=substituted)
        self.made(made, redirections.documents, known)
        while following:
            # The grammar takes what stands behind a comment on a line of its own for more of the same command.
            spans, following = self.syntax.one_line(following)
            words = [word for span in spans for word in self.syntax.words(span, known, runs, self.scope.arguments)]
            self.commands.give(Command(tuple(words), conditional, environment=environment, folder=known[HERE]))
            move(tuple(words), known)
        self.after(redirections.after, known, conditional=conditional)

    def substitution(self, node: Node, known: Variables, *, conditional: bool) -> Fed:
        """`$(…)`, `<(…)`: its commands, and what the only one of them writes."""
        piped, self.written.spoken = self.written.piped, Fed()
        self.walk(node, dict(known), conditional=conditional)
        spoken, self.written.spoken, self.written.piped = self.written.spoken, Fed(), piped
        inside = [child for child in node.children if child.is_named]
        if len(inside) != 1 or inside[0].type not in _WRITES:
            return Fed()
        if inside[0].type == "file_redirect":  # `$(< f)`
            file = self.word(self.syntax.redirections(inside).input, known, {})
            return Fed((), file)
        return spoken

    def made(self, made: Command, documents: list[Node], known: Variables) -> None:
        """A command with all its words: what it changes here, or what it calls."""
        self.written.take(made.words, self.syntax.bodies(documents), made.output, appends=made.appends)
        if made.words and made.words[0].text == "shift":
            self.scope.shift(made.words, known, self.tests, conditional=made.conditional)
        elif not self.inner(made, documents, known):
            self.commands.give_readings(made, known)
            set_by(made.words, known)
            move(made.words, known)
            if self.ends(made):
                self.ended, self.stop = True, made.words[0].end
                if self.decided:
                    self.commands.list.append(made._replace(elsewhere="On this machine the commands end here."))

    def ends(self, made: Command) -> bool:
        """Whether nothing runs after a command: an `exit` that always runs, in the shell of the text itself."""
        if not made.words or made.words[0].text != "exit" or made.words[0].unknown is not None:
            return False
        return not (made.conditional or made.tested or self.apart)

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
        given = given_text(words)
        if given is not None:
            conditional = made.conditional or any(word.text in ELSEWHERE for word in words)
            self.nested(given.text, given, made._replace(conditional=conditional), dict(known))
            return True
        texts = self.written.run_by(words, self.syntax.bodies(documents))
        for one in texts:
            self.nested(one.text, one, made, dict(known))
        return bool(texts)

    def call(self, words: tuple[Word, ...], known: Variables, *, conditional: bool) -> bool:
        """A function with its arguments; whether it was gone through."""
        name = words[0].text
        if self.scope.runs(name) or self.walks[0] >= MAX_WALKS:
            return False
        self.called.add(name)
        self.walks[0] += 1
        self.scope.enter(words, known, self.tests, conditional=conditional)
        self.walk(self.functions[name], known, conditional=conditional)
        self.scope.leave(known)
        return True

    def nested(self, text: str, given: Word, made: Command, known: Variables) -> None:
        """The commands of a text that a command is given, each word at its place where that can be told."""
        source = self.text[given.start : given.end]
        if _SIMPLY_QUOTED.fullmatch(source):
            text = source[1:-1]  # with its variables, so that each word has its place
        script = _Script(text, {*self.exported}, self.budget, self.level + 1, self.walks, self.stand_ins)
        script.read(known)
        quoted = len(source) > 1 and source[0] in "'\"" and source[1:-1] == text
        shift = given.start + 1 if quoted else given.start if source == text else None

        def placed(word: Word) -> Word:
            if shift is None:
                return word._replace(start=given.start, end=given.end)
            return word._replace(start=word.start + shift, end=word.end + shift)

        for one in script.commands.list:
            moved = one._replace(
                words=tuple(placed(word) for word in one.words),
                conditional=one.conditional or made.conditional,
                tested=one.tested or made.tested,
                output=None if one.output is None else placed(one.output),
                document=tuple(placed(word) for word in one.document),
                fed=None if one.fed is None else one.fed.placed(placed),
                substituted={}
                if shift is None
                else {at + shift: fed.placed(placed) for at, fed in one.substituted.items()},
            )
            self.commands.list.append(moved)


def _is_test(node: Node, script: _Script) -> bool:
    """Whether a statement asks something, so that what follows `&&` depends on it."""
    if node.type in ("test_command", "negated_command"):
        return True
    return node.type == "command" and script.syntax.source(node).split(" ")[0] in ("test", "[", "[[")


def _is_pattern(word: Word) -> bool:
    """Whether a word may stand for files, of which there may be none."""
    return any(sign in word.text for sign in "*?[")


def _forget(known: Variables, inner: Variables) -> None:
    """What a branch has set is not known after it."""
    for name, value in inner.items():
        if name not in known or known[name] != value:
            known[name] = None
