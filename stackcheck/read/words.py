"""The words of a shell: quotes taken off, variables filled in, each with its place. Nothing is run.

What POSIX.1 ("Shell Command Language") calls quoting and parameter expansion is read as far as it decides what a word
is. What would have to be run (`$(…)`, arithmetic) leaves a word unknown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from stackcheck.budget import MAX_VALUE
from stackcheck.read.folders import OWN, OWN_FOLDER, folder_of_variable, is_own, own_folder
from stackcheck.read.machine import is_machine, substituted

if TYPE_CHECKING:
    from collections.abc import Mapping

Variables = dict[str, "str | None"]
"""Values by name; None is a variable that is set to something that is not known. `A[@]` are the elements of an array,
with NUL between them, "1" to "9" and "@" the arguments of a function."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BRACED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*|[1-9@*])(\[[@*]\])?(?:\}|(:?[-+=?]))")
_PLAIN = re.compile(r"[^\\'\"`$ \t\n;&|<>()]+")
_PLAIN_QUOTED = re.compile(r'[^\\"`$]+')
_STEPS = "/"
"""The sign of a part that is a folder in a variable, with steps up from it."""
_SPECIAL = "0123456789@*#?$!-"
MAX_DEPTH = 20
"""How deep defaults may stand in defaults (`${A:-${B:-c}}`)."""


class Word(NamedTuple):
    """One word: its text with quotes taken off and variables filled in, its place in the whole text (end exclusive),
    and what it depends on where that is not known (a variable's name, or "a command")."""

    text: str
    start: int
    end: int
    unknown: str | None = None

    @property
    def value(self) -> str | None:
        """What a variable is that is set to the word; None where that is not known."""
        return self.text if self.unknown is None or is_own(self) else None


class _Part(NamedTuple):
    """A piece of a word. `name` is a variable to fill in, "" a text, one with a blank in it something that is never
    known; `default` and `sign` are those of `${a:-b}`."""

    text: str
    name: str = ""
    sign: str = ""
    quoted: bool = False
    default: tuple[_Part, ...] = ()


def word_at(
    text: str,
    start: int,
    end: int,
    known: Mapping[str, str | None],
    spans: Mapping[int, int],
    arguments: Mapping[str, tuple[Word, ...]],
) -> list[Word]:
    """The words that the text between two places is; more than one where a bare variable is split at its blanks.

    `spans` are the ends of what is run (`$(…)`, a backtick, `<(…)`), by where it begins. `arguments` are those of the
    function that the text stands in: `"$@"` is the words of its call, at their places.
    """
    parts = _Reader(text, start, end, spans).word()
    if len(parts) == 1 and parts[0].name in arguments and not parts[0].sign:
        return list(arguments[parts[0].name])
    return _filled(parts, start, end, known)


def line_at(text: str, start: int, end: int, known: Mapping[str, str | None]) -> Word:
    """A line of a here-document: variables are filled in, quotes stay."""
    value, unknown = _text(tuple(_Reader(text, start, end, {}).document()), known)
    return Word(value, start, end, unknown)


def split(text: str, known: Mapping[str, str | None]) -> list[Word]:
    """The words of a text in which nothing but blanks tells them apart."""
    words: list[Word] = []
    at = 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        if at >= len(text):
            return words
        reader = _Reader(text, at, len(text), {})
        parts = reader.word(only_blanks=True)
        words += _filled(parts, at, reader.at, known)
        at = reader.at


def _filled(parts: list[_Part], start: int, end: int, known: Mapping[str, str | None]) -> list[Word]:
    value, unknown = _text(tuple(parts), known)
    if unknown is None and len(parts) == 1 and parts[0].name:
        if "\0" in value or (parts[0].quoted and parts[0].name.endswith("@]")):
            return [Word(piece, start, end) for piece in value.split("\0") if piece]
        if not parts[0].quoted:
            return [Word(piece, start, end) for piece in value.split()]
    return [Word(value.replace("\0", " "), start, end, unknown)]


def _text(parts: tuple[_Part, ...], known: Mapping[str, str | None]) -> tuple[str, str | None]:
    """The parts as one text, and the first thing in it that is not known."""
    values: list[str] = []
    unknown, size = None, 0
    for part in parts:
        value, missing = _value(part, known)
        values.append(value)
        unknown = unknown or missing
        size += len(value) if part.name else 0
        if size > MAX_VALUE:
            return f"{''.join(values)[:100]}…", f"a value of more than {MAX_VALUE:,} characters"
    return "".join(values), unknown


def _value(part: _Part, known: Mapping[str, str | None]) -> tuple[str, str | None]:
    if not part.name:
        return part.text, None
    if " " in part.name:
        return part.text, part.name
    if is_machine(part.name):
        return known.get(part.name) or part.text, None if known.get(part.name) else "a command"
    return _variable(part, known)


def _variable(part: _Part, known: Mapping[str, str | None]) -> tuple[str, str | None]:
    if part.sign == _STEPS:
        folder = known.get(part.name) or ""
        return (folder + part.text, OWN_FOLDER) if folder.startswith(OWN) else ("$(…)", "a command")
    shown, missing = (f"${{{part.name}}}", part.name) if part.name[0].isalpha() or part.name[0] == "_" else ("$…", "")
    if part.name not in known:
        if part.sign[-1:] in ("-", "="):
            return _text(part.default, known)
        return shown, missing or "an argument"
    value = known[part.name]
    if value is None:
        return shown, missing or "an argument"
    if value.startswith(OWN):
        return value, OWN_FOLDER
    there = value != "" or not part.sign.startswith(":")
    if part.sign[-1:] in ("-", "="):
        return (value, None) if there else _text(part.default, known)
    if part.sign[-1:] == "+":
        return _text(part.default, known) if there else ("", None)
    return value, None


class _Reader:
    """Goes through one word from left to right."""

    def __init__(self, text: str, start: int, end: int, spans: Mapping[int, int], depth: int = 0) -> None:
        self.text, self.at, self.end, self.spans, self.depth = text, start, end, spans, depth

    def word(self, *, only_blanks: bool = False) -> list[_Part]:
        """The parts up to the end, or the next blank."""
        parts: list[_Part] = []
        while self.at < self.end and not (only_blanks and self.text[self.at].isspace()):
            parts += self.piece(quoted=False)
        self.at = min(self.at, self.end)  # an unclosed quotation ends with the text
        return _joined(parts)

    def document(self) -> list[_Part]:
        parts: list[_Part] = []
        while self.at < self.end:
            if self.text[self.at] == '"':
                parts.append(_Part('"'))
                self.at += 1
            else:
                parts += self.piece(quoted=True)
        return parts

    def piece(self, *, quoted: bool) -> list[_Part]:
        """The next piece of a word, inside double quotes or outside any."""
        char, span = self.text[self.at], self.spans.get(self.at)
        if span is not None and span > self.at:
            source, self.at = self.text[self.at : span], span
            return [_run(source, quoted=quoted)]
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
            return [_Part("$(…)", "a command", quoted=quoted)]
        if char == "$":
            return [self.expansion(quoted=quoted)]
        found = (_PLAIN_QUOTED if quoted else _PLAIN).match(self.text, self.at, self.end)
        text = found[0] if found else char
        self.at += len(text)
        return [_Part(text, quoted=quoted)]

    def double_quoted(self) -> list[_Part]:
        self.at += 1
        parts: list[_Part] = []
        while self.at < self.end and self.text[self.at] != '"':
            parts += self.piece(quoted=True)
        self.at += 1
        return parts or [_Part("", quoted=True)]

    def expansion(self, *, quoted: bool) -> _Part:
        """`$name`, `${name:-text}`; what would be run or counted is unknown."""
        after = self.text[self.at + 1 : self.at + 2]
        if after == "(":
            self.at = self._closed(self.at + 1)
            return _Part("$(…)", "a command", quoted=quoted)
        if after == "{":
            return self.braced(quoted=quoted)
        named = _NAME.match(self.text, self.at + 1, self.end)
        if named:
            self.at = named.end()
            return _Part("", named[0], quoted=quoted)
        if after and after in _SPECIAL:
            self.at += 2
            name = "@" if after in "@*" else after if after in "123456789" else "an argument"
            return _Part("$…", name, quoted=quoted)
        if after in ('"', "'") and not quoted:  # $"…" and $'…' are quotations
            self.at += 1
            return _Part("", quoted=True)
        self.at += 1
        return _Part("$")

    def braced(self, *, quoted: bool) -> _Part:
        begin = self.at
        found = _BRACED.match(self.text, begin + 2, self.end)
        if found is None:
            self.at = self._brace_end(begin + 2)
            return _Part("${…}", "an expansion", quoted=quoted)
        name = found[1] + (found[2] or "").replace("*", "@")
        if found[3] is None:
            self.at = found.end()
            return _Part("", "@" if name == "*" else name, quoted=quoted)
        stop = self._brace_end(found.end())
        self.at = stop
        if self.depth >= MAX_DEPTH:
            return _Part("${…}", "an expansion", quoted=quoted)
        inner = _Reader(self.text, found.end(), max(stop - 1, found.end()), self.spans, self.depth + 1)
        return _Part("", name, found[3], quoted, tuple(inner.word()))

    def _until(self, mark: str, start: int) -> int:
        found = self.text.find(mark, start, self.end)
        return self.end if found < 0 else found

    def _brace_end(self, at: int) -> int:
        """The place after the brace that closes; an escape or a single quotation hides one."""
        depth = 1
        while at < self.end:
            char = self.text[at]
            if char == "\\":
                at += 1
            elif self.text.startswith("${", at):
                depth, at = depth + 1, at + 1
            elif char == "}":
                depth -= 1
                if depth == 0:
                    return at + 1
            at += 1
        return self.end

    def _closed(self, at: int) -> int:
        """The place after the bracket that closes the one here; quotes are not looked into."""
        depth = 0
        for place in range(at, self.end):
            depth += {"(": 1, ")": -1}.get(self.text[place], 0)
            if depth == 0:
                return place + 1
        return self.end


def _run(source: str, *, quoted: bool) -> _Part:
    """A command substitution: what is known without running it, or a part that is not known."""
    own, steps, machine = own_folder(source), folder_of_variable(source), substituted(source)
    if own is not None:
        return _Part(own, OWN_FOLDER, quoted=quoted)
    if steps is not None:
        return _Part(steps[1], steps[0], _STEPS, quoted=quoted)
    return _Part(f"{'<' if source[0] == '<' else '$'}(…)", machine or "a command", quoted=quoted)


def _joined(parts: list[_Part]) -> list[_Part]:
    """Neighbouring texts as one; an empty word in quotes stays a word."""
    out: list[_Part] = []
    for part in parts:
        if out and not part.name and not out[-1].name:
            out[-1] = _Part(out[-1].text + part.text, quoted=out[-1].quoted or part.quoted)
        else:
            out.append(part)
    return out or [_Part("")]
