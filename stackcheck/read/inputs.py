"""What an installer gets from other commands: `xargs pip install`, `$(cat r.txt)`, `-r <(…)`, its standard input."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.read.changes import stated
from stackcheck.read.quote import shown
from stackcheck.read.written import Fed

if TYPE_CHECKING:
    from stackcheck.read.calls import Call
    from stackcheck.read.installs import Installs, Place
    from stackcheck.read.requirements import PipRun
    from stackcheck.read.shell import Command
    from stackcheck.read.words import Word

_STDIN = ("-", "/dev/stdin")
PROCESS = "<(…)"
"""The text of a word that is a process substitution: a file that holds what a command writes."""


def are_whole(call: Call, command: Command) -> bool:
    """Whether all that a command gets is known to come to it: no filter may leave some of it out."""
    fed = command.fed if call.from_input or any(word.text in _STDIN for word in call.words) else None
    return all(one.whole for one in (*command.substituted.values(), *([fed] if fed else [])))


def from_xargs(installs: Installs, run: PipRun, call: Call, command: Command, place: Place) -> None:
    """The words that `xargs` adds: those of a file, or of what `echo` wrote to the pipe."""
    fed = _argument_file(call.first) or command.fed
    if fed is None or not _take(installs, run, fed, place):
        tool = shown(f"{call.tool} {call.verb}".strip())
        installs.note(f"{tool} gets more words from `xargs`; these were not read.", place.of(call.first[-1]))


def take_words(installs: Installs, run: PipRun, word: Word, command: Command, place: Place) -> bool:
    """The words that `$(cat r.txt)` stands for; whether they are known."""
    fed = command.substituted.get(word.start) if word.text == "$(…)" else None
    return fed is not None and _take(installs, run, fed, place)


def take_file(
    installs: Installs, run: PipRun, word: Word, place: Place, *, constraint: bool = False, uv: bool = False
) -> None:
    """A file that an option names, or what another command writes in its place: `<(cat r.txt)`, `-`."""
    where, command = place.of(word), installs.command
    if command is None or (word.text != PROCESS and word.text not in _STDIN):
        installs.file(run, word, constraint=constraint, where=where, uv=uv)
        return
    if word.text == PROCESS:
        fed = command.substituted.get(word.start)
    else:
        fed = Fed(command.document) if command.document else command.fed
    if fed is None or not (fed.texts or fed.file):
        reason = f"The file {shown(word.text)} was not read: what a command writes there is not known here."
        installs.note(reason, where)
    elif fed.file is not None:
        installs.file(run, fed.file, constraint=constraint, where=place.of(fed.file), uv=uv)
    for text in fed.texts if fed is not None else ():
        if text.unknown is not None:
            installs.unknown(text, place)
            continue
        for line in re.split(r"\\n|\n", text.text):
            for found in stated(line, place.of(text)):
                installs.line(run, found._replace(constraint=constraint), word, (word.text,))


def _take(installs: Installs, run: PipRun, fed: Fed, place: Place) -> bool:
    if fed.file is not None:
        installs.file(run, fed.file, constraint=False, where=place.of(fed.file))
        return True
    for text in fed.texts:
        for part in text.text.split():
            installs.requirement(run, text._replace(text=part), place)
    return bool(fed.texts)


def _argument_file(words: tuple[Word, ...]) -> Fed | None:
    """The file of `xargs -a FILE`."""
    for at, word in enumerate(words[:-1]):
        name, equals, value = word.text.partition("=")
        if word.text == "-a" or word.text == "--arg-file":
            return Fed((), words[at + 1])
        if name == "--arg-file" and equals:
            return Fed((), word._replace(text=value))
    return None
