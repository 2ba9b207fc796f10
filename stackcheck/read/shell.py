"""Shell text to the simple commands in it, each word with its place. Nothing is run.

What POSIX.1 ("Shell Command Language") calls quoting, parameter expansion, comments, lists and redirection is read as
far as it decides which words a command has. What would have to be run (`$(…)`, arithmetic) leaves a word unknown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from stackcheck.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BRACED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+])([^${}`\"'\\]*))?\}")
_ASSIGNED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
_OPENING = frozenset(("if", "for", "while", "until", "case", "select"))
_CLOSING = frozenset(("fi", "done", "esac"))
_LEADING = frozenset(("then", "else", "elif", "do", "!", "{", "}", "time", "in"))
_TESTS = frozenset(("[", "[[", "test"))
_ENDS = " \t\n;&|<>()"


class Word(NamedTuple):
    """One word: its text with quotes taken off and variables filled in, its place in the whole text (end exclusive),
    and what it depends on where that is not known (a variable's name, or "a command")."""

    text: str
    start: int
    end: int
    unknown: str | None = None


class Command(NamedTuple):
    """A simple command. `conditional`: whether it runs depends on something else that the text does not decide.
    `output` is the file that its output goes to."""

    words: tuple[Word, ...]
    conditional: bool = False
    output: Word | None = None


class _Part(NamedTuple):
    """A piece of a word. `name` is a variable to fill in, "" a text; `default` and `sign` are those of `${a:-b}`."""

    text: str
    name: str = ""
    sign: str = ""
    quoted: bool = False


@dataclass
class _Raw:
    """A command while it is read: words as parts, filled in when it ends."""

    words: list[tuple[list[_Part], int, int]] = field(default_factory=list)
    output: tuple[list[_Part], int, int] | None = None


def commands(text: str, variables: Mapping[str, str]) -> Iterator[Command]:
    """The simple commands of a text, in its order. `variables` are those known at its start."""
    reader = _Reader(text)
    known = dict(variables)
    depth, fallback = 0, False
    for raw, operator in reader.read():
        words, depth, inside = _without_keywords(raw.words, depth)
        filled = [word for parts in words for word in _filled(parts, known)]
        conditional = inside or fallback
        after_test = bool(filled) and filled[0].text in _TESTS
        assigned = _take_assignments(filled, known, conditional)
        rest = tuple(filled[assigned:])
        if rest:
            target = _filled(raw.output, known) if raw.output else []
            yield Command(rest, conditional, target[0] if target else None)
        # `a || b` runs b where a fails; `[ a ] && b` where the test holds; a `;` or a new line begins anew.
        fallback = operator == "||" or (operator == "&&" and (fallback or after_test))


def _without_keywords(
    words: list[tuple[list[_Part], int, int]], depth: int
) -> tuple[list[tuple[list[_Part], int, int]], int, bool]:
    """The words after reserved ones, how deep in `if`, `for` and the like the text is then, and whether this was."""
    inside = depth > 0
    while words:
        keyword = _literal(words[0][0])
        if keyword in _OPENING:
            depth += 1
            inside = True
            # `for name in words` and `case word in` hold no command of their own.
            words = [] if keyword in ("for", "case", "select") else words[1:]
        elif keyword in _CLOSING:
            depth = max(depth - 1, 0)
            words = words[1:]
        elif keyword in _LEADING:
            words = words[1:]
        else:
            break
    return words, depth, inside


def _literal(parts: list[_Part]) -> str:
    return parts[0].text if len(parts) == 1 and not parts[0].name and not parts[0].quoted else ""


def _take_assignments(words: list[Word], known: dict[str, str], conditional: bool) -> int:
    """How many words at the start are assignments; those that stand alone (or after `export`) are kept."""
    exported = bool(words) and words[0].text in ("export", "declare", "readonly", "local")
    count = 1 if exported else 0
    while count < len(words) and _ASSIGNED.match(words[count].text):
        count += 1
    if count == len(words) or exported:
        for word in words[1 if exported else 0 : count]:
            name, _, value = word.text.partition("=")
            if conditional or word.unknown:
                known.pop(name, None)
            else:
                known[name] = value
    return count


def _filled(word: tuple[list[_Part], int, int], known: Mapping[str, str]) -> list[Word]:
    """A word with its variables; one that is a bare variable is split at blanks, as the shell splits it."""
    parts, start, end = word
    text, unknown = "", None
    for part in parts:
        value, missing = _value(part, known)
        text += value
        unknown = unknown or missing
    if len(parts) == 1 and parts[0].name and not parts[0].quoted and unknown is None:
        return [Word(piece, start, end) for piece in text.split()]
    return [Word(text, start, end, unknown)]


def _value(part: _Part, known: Mapping[str, str]) -> tuple[str, str | None]:
    if not part.name:
        return part.text, None
    value = known.get(part.name)
    there = value is not None and (value != "" or not part.sign.startswith(":"))
    if part.sign.endswith("-"):
        return (value or "", None) if there else (part.text, None)
    if part.sign.endswith("+"):
        return (part.text if there else "", None if value is not None else part.name)
    shown = part.text if " " in part.name else f"${{{part.name}}}"
    return (value, None) if value is not None else (shown, part.name)


class _Reader:
    """Goes through a text once, from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.heredocs: list[str] = []

    def read(self) -> Iterator[tuple[_Raw, str]]:
        """Every command with the operator that ends it."""
        raw = _Raw()
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in " \t\r":
                self.at += 1
            elif self.text.startswith("\\\n", self.at):
                self.at += 2
            elif char == "#":
                self.at = self._until("\n")
            elif char in "<>" or (char.isdigit() and re.match(r"\d[<>]", self.text[self.at : self.at + 2])):
                self.redirection(raw)
            elif char in "\n;&|()":
                operator = self.operator()
                yield raw, operator
                raw = _Raw()
            else:
                raw.words.append(self.word())
        yield raw, ""

    def operator(self) -> str:
        two = self.text[self.at : self.at + 2]
        found = two if two in ("&&", "||", ";;", "|&") else self.text[self.at]
        self.at += len(found)
        if found == "\n":
            self.skip_heredocs()
        return found

    def redirection(self, raw: _Raw) -> None:
        """`> file`, `2>&1`, `<<END`: only a file that takes the standard output is kept."""
        if self.text[self.at].isdigit():
            number, self.at = self.text[self.at], self.at + 1
        else:
            number = ""
        found = re.compile(r"<<<|<<-?|<>|>>|>\||[<>]&?").match(self.text, self.at)
        sign = found[0] if found else "<"
        self.at += len(sign)
        while self.text[self.at : self.at + 1] in (" ", "\t") and self.at < len(self.text):
            self.at += 1
        if self.at >= len(self.text) or self.text[self.at] in "\n;&|()<>":
            return
        target = self.word()
        if sign in (">", ">>", ">|") and number in ("", "1"):
            raw.output = target
        elif sign in ("<<", "<<-"):
            self.heredocs.append("".join(part.text for part in target[0]))

    def skip_heredocs(self) -> None:
        """The lines of here-documents are input, not commands."""
        for end in self.heredocs:
            while self.at < len(self.text):
                stop = self._until("\n")
                line = self.text[self.at : stop].strip("\t\r")
                self.at = min(stop + 1, len(self.text))
                if line == end:
                    break
        self.heredocs = []

    def word(self) -> tuple[list[_Part], int, int]:
        start, parts = self.at, []
        while self.at < len(self.text) and self.text[self.at] not in _ENDS:
            parts += self.piece(quoted=False)
        if self.at == start:  # cannot be, but must never stand still
            self.at += 1
        self.at = min(self.at, len(self.text))  # an unclosed quotation ends with the text
        return _joined(parts), start, self.at

    def piece(self, *, quoted: bool) -> list[_Part]:
        """The next piece of a word, inside double quotes or outside any."""
        char = self.text[self.at]
        if char == "\\":
            self.at += 2
            escaped = self.text[self.at - 1 : self.at]
            if escaped == "\n":
                return []
            keep = "\\" if quoted and escaped not in '$`"\\' else ""
            return [_Part(keep + escaped, quoted=True)]
        if char == "'" and not quoted:
            stop = self._until("'", self.at + 1)
            text, self.at = self.text[self.at + 1 : stop], stop + 1
            return [_Part(text, quoted=True)]
        if char == '"' and not quoted:
            return self.double_quoted()
        if char == "`":
            self.at = self._until("`", self.at + 1) + 1
            return [_Part("$(…)", "a command")]
        if char == "$":
            return [self.expansion(quoted=quoted)]
        found = re.compile(r"[^\\'\"`$ \t\n;&|<>()]+" if not quoted else r'[^\\"`$]+').match(self.text, self.at)
        text = found[0] if found else char
        self.at += len(text)
        return [_Part(text, quoted=quoted)]

    def double_quoted(self) -> list[_Part]:
        self.at += 1
        parts = [_Part("", quoted=True)]
        while self.at < len(self.text) and self.text[self.at] != '"':
            parts += self.piece(quoted=True)
        self.at += 1
        return parts

    def expansion(self, *, quoted: bool) -> _Part:
        """`$name`, `${name:-text}`; what would be run or counted is unknown."""
        after = self.text[self.at + 1 : self.at + 2]
        if after == "(":
            self.at = self._closed(self.at + 1)
            return _Part("$(…)", "a command", quoted=quoted)
        if after == "{":
            found = _BRACED.match(self.text, self.at + 2)
            if found:
                self.at = found.end()
                return _Part(found[3] or "", found[1], found[2] or "", quoted)
            self.at = self._until("}", self.at + 2) + 1
            return _Part("${…}", "an expansion", quoted=quoted)
        named = _NAME.match(self.text, self.at + 1)
        if named:
            self.at = named.end()
            return _Part("", named[0], quoted=quoted)
        self.at += 2 if after and after in "0123456789@*#?$!-" else 1
        return _Part("$…", "an argument", quoted=quoted) if after and after in "0123456789@*#?$!-" else _Part("$")

    def _until(self, mark: str, start: int | None = None) -> int:
        found = self.text.find(mark, self.at if start is None else start)
        return len(self.text) if found < 0 else found

    def _closed(self, at: int) -> int:
        """The place after the bracket that closes the one here; quotes are not looked into."""
        depth = 0
        for place in range(at, len(self.text)):
            depth += {"(": 1, ")": -1}.get(self.text[place], 0)
            if depth == 0:
                return place + 1
        return len(self.text)


def _joined(parts: list[_Part]) -> list[_Part]:
    """Neighbouring texts as one; an empty word in quotes stays a word."""
    out: list[_Part] = []
    for part in parts:
        if out and not part.name and not out[-1].name:
            out[-1] = _Part(out[-1].text + part.text, quoted=out[-1].quoted or part.quoted)
        else:
            out.append(part)
    return out or [_Part("")]
