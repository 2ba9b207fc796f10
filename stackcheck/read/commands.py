"""Shell scripts: what their commands install, on the machine that runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.read.files import Files, ReadResult, decode_toml, merge
from stackcheck.read.installs import Installs, Place
from stackcheck.read.lines import Line, Piece
from stackcheck.read.machine import machine_variables
from stackcheck.read.shell import commands
from stackcheck.read.workplace import for_script

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackcheck.budget import Budget
    from stackcheck.model import Stack
    from stackcheck.read.files import Supply


def read_shell_scripts(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    """What the installers that shell scripts call are asked for."""
    results = []
    for path in paths:
        text = decode_toml(Files(load).data(path), path).replace("\r\n", "\n")
        installs = Installs(target, for_script(path, load))
        take_script(text, Place(path, whole(text)), installs, load.budget)
        stated = installs.of_conda("apt", "images")
        results.append(ReadResult(tuple(installs.asks), tuple(installs.unread), (path, *installs.files), stated=stated))
    return merge(results)


def take_script(text: str, place: Place, installs: Installs, budget: Budget) -> None:
    """Every command of a text."""
    for command in commands(text, machine_variables(installs.target), budget=budget):
        installs.take(command, place)


def whole(text: str, first: int = 1, indent: int = 0) -> Line:
    """A text of several lines with the place of each: its first line's number, and the columns in front of each."""
    pieces, offset = [], 0
    for number, line in enumerate(text.split("\n")):
        pieces.append(Piece(offset, first + number, indent + 1))
        offset += len(line) + 1
    return Line(text, tuple(pieces))
