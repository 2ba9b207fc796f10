"""The folder that a command runs in, as a shell's `cd` changes it. Nothing is run, and no file is looked at.

A folder is a text: "/app" on the machine itself, "~/x" in somebody's home, and from `START` or `OWN` on one that is
known only from there (`./backend`). None is a folder of which nothing is known.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackcheck.read.words import Variables, Word

START = "."
"""Where the commands of a text begin."""
OWN = '$(dirname "$0")'
"""The folder of the script itself, as a script asks for it."""
OWN_FOLDER = "the script's own folder"
"""What a word depends on that begins with `OWN`."""
UNKNOWN = "?"
"""Stands for a folder that is not known, where files in it are told apart."""
HERE = "."
"""The name of the variable that holds the folder; no variable of a shell has such a name."""
_BEFORE, _STACK = "-", "~"
_HEADS = (START, OWN, UNKNOWN)

_ITSELF = r"[\"']?\$(?:0|\{0\}|BASH_SOURCE|\{BASH_SOURCE(?:\[0\])?(?::-\$\{?0\}?)?\})[\"']?"
_REAL = rf"[\"']?\$\(\s*(?:realpath|readlink\s+(?:-f|-e|--canonicalize))\s+(?:--\s+)?{_ITSELF}\s*\)[\"']?"
_DIRNAME = rf"\$\(\s*dirname\s+(?:--\s+)?(?:{_ITSELF}|{_REAL})\s*\)"
_BY_CD = rf"\$\(\s*cd\s+(?:(?:--|-P)\s+)*\"?({_DIRNAME})((?:/\.\.)*)/?\"?\s*(?:(?:&?>|1>)\s*/dev/null\s*(?:2>&1)?\s*)?"
_ASKED = re.compile(rf"{_DIRNAME}|{_BY_CD}(?:&&|;)\s*pwd(?:\s+-P)?\s*\)")
_BY_REALPATH = re.compile(rf"\$\(\s*(?:realpath|readlink\s+-f)\s+\"?{_DIRNAME}((?:/\.\.)*)/?\"?\s*\)")
_BELOW_VARIABLE = re.compile(
    r"\$\(\s*(?:(dirname)|cd|realpath|readlink\s+-f)\s+(?:(?:--|-P)\s+)*\"?\$\{?([A-Za-z_]\w*)\}?((?:/\.\.)*)/?\"?\s*"
    r"(?:(?:(?:&?>|1>)\s*/dev/null\s*(?:2>&1)?\s*)?(?:&&|;)\s*pwd(?:\s+-P)?\s*)?\)"
)


def folder_of_variable(text: str) -> tuple[str, str] | None:
    """The variable that a command substitution asks for the folder of, and the steps up from it; None for any other."""
    found = _BELOW_VARIABLE.fullmatch(text)
    return None if found is None else (found[2], found[3] + ("/.." if found[1] else ""))


def own_folder(text: str) -> str | None:
    """What a command substitution stands for that asks where the script lies; None for any other."""
    found = _ASKED.fullmatch(text)
    if found is not None:
        return OWN + (found[2] or "")
    found = _BY_REALPATH.fullmatch(text)
    return None if found is None else OWN + found[1]


def within(folder: str | None, path: str) -> str:
    """A path as a command in a folder names it, without needless steps."""
    folder = UNKNOWN if folder is None else folder
    if path.startswith(("~", OWN)):
        folder, path = path, "."
    for head in _HEADS:
        if not path.startswith("/") and (folder == head or folder.startswith(f"{head}/")):
            rest = posixpath.normpath(posixpath.join(folder[len(head) + 1 :], path))
            return head if rest == "." else f"{head}/{rest}"
    found = posixpath.normpath(posixpath.join(folder, path))
    return found[1:] if found.startswith("//") else found


def named_folder(folder: str | None, word: Word) -> str | None:
    """The folder that a word names."""
    if word.unknown is not None and not is_own(word):
        return None
    if re.search(r"[*?\[{]", word.text) or (folder is None and not word.text.startswith(("/", "~", OWN))):
        return None
    return within(folder, word.text)


def is_own(word: Word) -> bool:
    """Whether all that a word depends on is the script's own folder, where it begins."""
    return word.unknown == OWN_FOLDER and word.text.startswith(OWN) and word.text.count(OWN) == 1


def move(words: tuple[Word, ...], known: Variables) -> None:
    """What `cd`, `pushd` and `popd` make of the folder, which stands among the variables."""
    name = words[0].text if words else ""
    if name in ("builtin", "command") and len(words) > 1:
        words, name = words[1:], words[1].text
    if name not in ("cd", "chdir", "pushd", "popd") or words[0].unknown is not None:
        return
    here = known.get(HERE, START)
    stack = (known.get(_STACK) or "").split("\0")
    options = ("--", "-P", "-L", "-e", "-n")
    word = next((one for one in words[1:] if one.text not in options), None)
    if name == "popd":
        going = stack.pop() or None
    elif word is None:
        going = "~" if name != "pushd" else None
    elif word.text == "-":
        going = known.get(_BEFORE)
    else:
        going = named_folder(here, word)
    if name == "pushd":
        stack.append(here or "")
    if name in ("pushd", "popd"):
        known[_STACK] = "\0".join(stack)
    known[_BEFORE] = here
    known[HERE] = going
