"""A simple command of a shell text, and the list of those that a text comes to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from stackcheck.read.calls import call_of
from stackcheck.read.folders import START
from stackcheck.read.grammar import called
from stackcheck.read.quote import shown
from stackcheck.read.standins import Readings
from stackcheck.read.words import Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stackcheck.budget import SpentError
    from stackcheck.read.standins import StandIns
    from stackcheck.read.words import Variables
    from stackcheck.read.written import Fed

_NAMES_FILE = re.compile(r"-[A-Za-z]*[rcf]|--(?:req|con|file)|(?:env|sync|pip-sync)$")
"""Words of commands that are others in another folder."""


class Command(NamedTuple):
    """A simple command. `conditional`: whether it runs depends on something else that the text does not decide.

    `output` is the file that its output goes to, `document` the lines of its here-document, `environment` what is
    exported to it. `tested`: it stands in a branch or a loop, or behind a test. `lost`: an installer is called here in
    a way that was not understood; the one word is the place. `stands`: so it is, because what the word stands for is
    not known. `folder` is where it runs, as `folders` tells. `appends`:
    the output goes behind what the file holds. `elsewhere`: what stands here is not for the machine that is judged, as
    a sentence; the one word is the place. `fed` is what it reads from its standard input, `substituted` what stands for
    a word (`$(cat f)`) or in a file of that name (`<(cat f)`), by where the word begins. `spent`:
    nothing is read from this place on, because the text needs more than a run may spend or than is installed, as a
    phrase.
    """

    words: tuple[Word, ...]
    conditional: bool = False
    output: Word | None = None
    document: tuple[Word, ...] = ()
    environment: Mapping[str, str | None] = {}
    tested: bool = False
    lost: bool = False
    stands: bool = False
    folder: str | None = START
    appends: bool = False
    elsewhere: str = ""
    fed: Fed | None = None
    substituted: Mapping[int, Fed] = {}
    spent: str = ""


def templates_named(command: Command, expressions: Mapping[str, str]) -> Command:
    """A command whose words name the expressions of a template as they are written."""

    def named(word: Word) -> Word:
        text = re.sub(r"\$\{(_+\d+)\}", lambda found: expressions.get(found[1], found[0]), word.text)
        return word._replace(text=text, unknown="a template" if word.unknown in expressions else word.unknown)

    words, document = (tuple(map(named, words)) for words in (command.words, command.document))
    return command._replace(words=words, document=document)


class Commands:
    """The commands of one text, in order, each form of one once."""

    def __init__(self, text: str, stand_ins: StandIns) -> None:
        self.text, self.stand_ins = text, stand_ins
        self.list: list[Command] = []
        self.foreign_spans: list[tuple[int, int]] = []
        self.foreign_words: set[Word] = set()
        self._seen: set[tuple[tuple[Word, ...], bool, bool, str | None]] = set()

    def give_readings(self, made: Command, known: Variables) -> None:
        """A command, or those that it may be where a word stands for the installer."""
        words = made.words
        if words and words[0].text == "alias":
            self.stand_ins.alias(words[1:])
        if not self.stand_ins.aliases and not any(word.unknown for word in words):
            self.give(made)
            return
        call = call_of(words)
        readings = self.stand_ins.readings(words, self.text, known) if call is None or call.tool == "?" else Readings()
        if readings.word is not None:
            self.give(made._replace(words=(readings.word,), stands=True))
            return
        for one in readings.commands:
            self.give(made._replace(words=one, conditional=made.conditional or not readings.certain))
        if not readings.commands:
            self.give(made)

    def give(self, made: Command) -> None:
        """A command, once for each of its forms."""
        names_file = any(_NAMES_FILE.match(word.text) for word in made.words)
        key = (made.words, made.conditional, made.stands, made.folder if names_file else None)
        if made.words and key not in self._seen:
            self._seen.add(key)
            self.list.append(made)

    def foreign(self, spans: Iterable[tuple[int, int]], defaults: Mapping[str, str]) -> None:
        """What does not run on the machine that is judged, or with the `defaults` of variables: said once, where it
        would install something."""
        for start, end in spans:
            self.foreign_spans.append((start, end))
            word = next(called(self.text[start:end], (), ()), None)
            if word is not None:
                word = word._replace(start=word.start + start, end=word.end + start)
                reason = f"Not for this machine: what {shown(word.text)} brings here is for another one."
                if defaults:
                    values = " ".join(shown(f"{name}={value}") for name, value in defaults.items())
                    reason = f"Not run by default ({values}): what {shown(word.text)} brings here was not judged."
                self.foreign_words.add(word)
                self.list.append(Command((word,), elsewhere=reason))
                return

    def keep_run(self) -> None:
        """Leaves out what is said of a place that is gone through another time, where it runs."""
        run = {one.words[0] for one in self.list}
        starts = {word.start for word in run - self.foreign_words}
        self.list = [
            one for one in self.list if one.words[0] not in self.foreign_words or one.words[0].start not in starts
        ]

    def spent(self, error: SpentError) -> None:
        """The run's budget is spent: what follows is not read."""
        at = max((one.words[0].end for one in self.list), default=0)
        self.list.append(Command((Word("", at, at),), spent=str(error)))

    def lost(self, stop: int, errors: Iterable[int]) -> None:
        """Says of each installer in a text that is not wholly understood, that it was not read, if it was not.

        `stop` is where the text ends, `errors` are the places of what was not understood.
        """
        words = [one.words for one in self.list]
        for word in called(self.text[:stop], words, errors):
            if not any(start <= word.start < end for start, end in self.foreign_spans):
                self.list.append(Command((word,), lost=True))
