"""How lists, lines and commands are written. A leaf: every room says some."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def few(names: Sequence[str], most: int) -> str:
    """The first `most` of some names, and how many more there are: "a, b and 3 more"."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def listed(names: Sequence[str]) -> str:
    """All names as a sentence has them: "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def command_lines(text: str, width: int, rest: int) -> list[str]:
    """A command in lines that end in a backslash but for the last, so that it can be pasted: of `width` columns where
    it fits into one, else of `rest`. One that quotes a blank, has a backslash or a comment stays whole."""
    words = text.split(" ")
    for at in range(len(words) - 2, 0, -1):  # an option's value stays beside it
        if words[at].startswith("--") and not words[at + 1].startswith("-"):
            words[at : at + 2] = [f"{words[at]} {words[at + 1]}"]
    quoted = any(word.count("'") % 2 or word.count('"') % 2 for word in words)
    if len(text) <= width or quoted or "\\" in text or "#" in words:
        return [text]
    lines = filled(words, rest, "", "")
    return [*(f"{line} \\" for line in lines[:-1]), lines[-1]]


def filled(words: list[str], width: int, first: str, rest: str) -> list[str]:
    """What textwrap makes of words with one blank between them; its patterns take longer than all else of a report."""
    lines, line = [], first + words[0]
    for word in words[1:]:
        if len(line) + 1 + len(word) <= width:
            line = f"{line} {word}"
        else:
            lines.append(line)
            line = rest + word
    return [*lines, line]
