"""Words that stand for a command: variables, arrays, aliases and `$(…)` in the place of the installer's name.

What a variable may hold is every text that it is given before, in whatever branch. Nothing is run: of `$(which pip)`
it is known what it gives, of `$(find_pip)` only that its name says what it looks for.
"""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from stackcheck.read.calls import call_of
from stackcheck.read.words import Word, split

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_READINGS = 6
"""Texts that one word may stand for; with more of them nothing is known."""
MAX_LENGTH = 500
"""Characters of a text that stands for an installer and its options."""
MAX_STEPS = 10_000
"""Texts that are filled in for one script: variables that stand for variables multiply."""
_MAX_DEPTH = 3
_USED = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*(?:\[[@*]\])?)\}|([A-Za-z_][A-Za-z0-9_]*))")
_WHOLE = re.compile(r"\"?(?:\$\([^()]*\)|`[^`]*`)\"?")
_LOOKED_UP = re.compile(r"(?:\$\(|`)\s*(?:which|command -v|type -p)\s+([\w./+-]+)[^()`]*[)`]")
_INSTALLER = re.compile(r"(?<![A-Za-z])(?:pip\d?|uv|conda|mamba|micromamba|pipx|poetry|pdm)(?![A-Za-z])", re.IGNORECASE)
_ITS_OUTPUT = re.compile(r"(?:\$\(|`)\s*(?:pip\d?|uv|conda|mamba|micromamba|pipx|poetry|pdm)\s", re.IGNORECASE)
"""What an installer prints is no installer."""
_NAME = re.compile(r"(?:\$\([^()]*\)|`[^`]*`|\$\{?\w+\}?)(?=\s|$)")
"""A name of a command that is not known."""
_BEFORE = frozenset(("sudo", "env", "exec", "command", "time", "nohup", "nice", "eval"))
_HARMLESS = frozenset(
    (
        *("uninstall", "remove", "list", "freeze", "show", "check", "cache", "config", "info", "run", "activate"),
        *(
            "deactivate",
            "search",
            "index",
            "debug",
            "hash",
            "inspect",
            "clean",
            "init",
            "venv",
            "help",
            "lock",
            "build",
        ),
        *("export", "env", "python", "version", "shell", "publish", "self", "tree", "download-cache", "shell.bash"),
    )
)
"""Verbs with which an installer installs nothing."""


class Readings(NamedTuple):
    """What a command with a stand-in comes to: `commands` where all that it may stand for is known, else `word`, the
    place of an installer that is not known. `certain` is whether the one command is all that it may be; a script may
    run without its aliases."""

    commands: tuple[tuple[Word, ...], ...] = ()
    word: Word | None = None
    certain: bool = False


class StandIns:
    """What the variables and aliases of a text are given."""

    def __init__(self) -> None:
        self.held: dict[str, list[str]] = {}
        self.aliases: dict[str, str] = {}
        self.left = MAX_STEPS

    def assign(self, name: str, value: str | None, source: str) -> None:
        """One assignment: its value, or the source of one that is not known."""
        text = _unquoted(source) if value is None else value
        texts = self.held.setdefault(name, [])
        if text not in texts and len(texts) <= MAX_READINGS:
            texts.append(text)

    def local(self, name: str) -> list[str] | None:
        """Forgets what a name holds; this is returned, for `back`."""
        return self.held.pop(name, None)

    def back(self, name: str, texts: list[str] | None) -> None:
        """Puts back what a name held before a function took it for one of its own."""
        self.held.pop(name, None)
        if texts is not None:
            self.held[name] = texts

    def alias(self, words: Iterable[Word]) -> None:
        """`alias name='text'`."""
        for word in words:
            name, equals, text = word.text.partition("=")
            if equals and word.unknown is None:
                self.aliases[name] = text

    def readings(self, words: tuple[Word, ...], text: str, known: Mapping[str, str | None]) -> Readings:
        """What a command may be whose name is a stand-in; neither a command nor a word where it is none. `text` is what
        the words stand in."""
        at = next((at for at, word in enumerate(words) if not _goes_before(word)), None)
        if at is None:
            return Readings()
        word, rest = words[at], words[at + 1 :]
        source = text[word.start : word.end]
        if word.unknown is None:
            texts = [self.aliases[word.text]] if word.text in self.aliases else []
        elif word.text == "$(…)" and _WHOLE.fullmatch(source):
            texts = [_unquoted(source)]
        elif word.text == f"${{{word.unknown}}}":
            texts = self.held.get(word.unknown, [])
        else:
            texts = []
        texts = [filled for one in texts for filled in self._filled(one, known, 0)]
        texts = list(dict.fromkeys(_LOOKED_UP.sub(r"\1", one) for one in texts))[: MAX_READINGS + 1]
        made = [(*words[:at], *_placed(one, word), *rest) for one in texts]
        calls = [call_of(one) for one in made]
        if texts and len(texts) <= MAX_READINGS:
            certain = [
                one
                for one, filled, call in zip(made, texts, calls, strict=True)
                if call is not None and call.tool != "?" and not _is_open(filled, call.first[-1])
            ]
            if len(certain) == len(made):
                return Readings(tuple(certain), certain=len(certain) == 1 and word.unknown is not None)
        named = any(call is not None for call in calls) or any(_seems_to_install(one, rest) for one in texts)
        return Readings(word=word._replace(text=_unquoted(source), unknown=None) if named else None)

    def _filled(self, text: str, known: Mapping[str, str | None], depth: int) -> list[str]:
        """A text with each of the values that its variables may have; one that has none stays as it is written."""
        self.left -= 1
        if self.left < 0 or len(text) > MAX_LENGTH or text.count("$") > MAX_READINGS:
            return [text]
        pieces: list[list[str]] = []
        at = 0
        for found in _USED.finditer(text):
            name = found[1] or found[2]
            value = known.get(name)
            given = [value.replace("\0", " ")] if value is not None else self.held.get(name, [])
            if depth < _MAX_DEPTH and given:
                filled = [one for each in given for one in self._filled(each, known, depth + 1)][:MAX_READINGS]
            else:
                filled = [found[0]]
            pieces += [[text[at : found.start()]], filled]
            at = found.end()
        pieces.append([text[at:]])
        made: list[str] = []
        for parts in product(*pieces):
            made.append("".join(parts))
            if len(made) > MAX_READINGS or len(made[-1]) > MAX_LENGTH:
                break
        return made


def _goes_before(word: Word) -> bool:
    return word.unknown is None and (
        word.text in _BEFORE or word.text.startswith("-") or re.match(r"[A-Za-z_]\w*=", word.text) is not None
    )


def _placed(text: str, word: Word) -> tuple[Word, ...]:
    """The words of a text at the place of the word that stands for it."""
    plain = re.sub(r"\$\([^()]*\)|`[^`]*`", "$(…)", text)
    return tuple(
        Word(one.text, word.start, word.end, "a command" if "$(…)" in one.text else one.unknown)
        for one in split(plain.replace("$(…)", "\\$(…)"), {})
    )


def _is_open(text: str, last: Word) -> bool:
    """Whether something that is not known stands in the call itself, behind the installer's name."""
    found = list(_INSTALLER.finditer(text))
    return (bool(found) and re.search(r"[$`]", text[found[-1].end() :]) is not None) or last.unknown is not None


def _seems_to_install(text: str, rest: tuple[Word, ...]) -> bool:
    """Whether a text that is not known begins with what speaks of an installer, and what follows lets it install."""
    name = _NAME.match(text)
    if name is None or not _INSTALLER.search(name[0]) or _ITS_OUTPUT.match(text):
        return False
    following = [*text[name.end() :].split(), *(word.text for word in rest)]
    verb = next((one for one in following if not one.startswith("-")), "")
    return bool(verb) and verb not in _HARMLESS and "/" not in verb


def _unquoted(source: str) -> str:
    """The source of a value without the quotation marks around it, and those of an array's elements."""
    text = source.strip()
    if text.startswith("(") and text.endswith(")"):
        return re.sub(r"[\"']", "", text[1:-1])
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
