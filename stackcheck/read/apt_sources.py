"""Repositories that commands add for apt: lines of a sources.list (sources.list(5)), wherever they are written.

Each is stated beside apt's packages as "deb URL SUITE"; "deb ?" stands for one that is added and not told here: a file
that is fetched into apt's folder, a package or a script that brings one.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from stackcheck.model import APT_SOURCE, Known, Origin, Stated
from stackcheck.read.calls import ASSIGNED, BEFORE
from stackcheck.redact import redact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.read.command import Command
    from stackcheck.read.installs import Place

_LINE = re.compile(r"(?:^|\n|\\n|['\"])\s*deb (?:\[[^\]]*\] ?)?([a-z+]+://[^\s'\"]+) +([^\s'\"\\]+)")
_FOLDER = re.compile(r"/etc/apt/(?:sources\.list|trusted)")
_ADDS = ("add-apt-repository", "apt-add-repository", "extrepo")
_OTHER = f"{APT_SOURCE}?"


def added(command: Command, place: Place) -> Iterator[Stated]:
    """The repositories that one command adds."""
    told = False
    for word in (*command.words, *command.document):
        for found in _LINE.finditer(word.text):
            told = True
            yield _stated(f"{APT_SOURCE}{redact(found[1]).rstrip('/')} {found[2]}", command, place)
    if not told and _adds(command):
        yield _stated(_OTHER, command, place)


def _adds(command: Command) -> bool:
    """Whether it adds one of which its words do not tell."""
    words = [word.text for word in command.words]
    output = [] if command.output is None else [command.output.text]
    if any(_FOLDER.search(text) for text in (*words, *output)):
        return "sed" not in words and "rm" not in words
    while words and (posixpath.basename(words[0]) in BEFORE or ASSIGNED.match(words[0])):
        words.pop(0)
    tool = posixpath.basename(words[0]) if words else ""
    brings = tool in ("dpkg", "apt", "apt-get") and any(word.endswith(".deb") for word in words)
    return tool in _ADDS or brings or (tool in ("bash", "sh") and len(words) == 1)


def _stated(name: str, command: Command, place: Place) -> Stated:
    where = place.of(command.words[0])
    return Stated("apt", name, Known("*", Origin("it is added to apt's sources", str(where), where)))
