"""Which installer a command calls, behind `sudo`, an interpreter or `conda run`, and with what."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from stackcheck.read.arguments import PIP, UV, verb_at
from stackcheck.read.shells import NOT_HERE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackcheck.read.words import Word

_PIP = re.compile(r"(?:pip(?:\d(?:\.\d+)?)?|-[A-Za-z]*mpip)")
_CONDA = ("conda", "mamba", "micromamba")
_CONDA_VALUED = ("-n", "--name", "-p", "--prefix", "-r", "--root-prefix", "-c", "--channel", "--rc-file")
_FETCH = ("curl", "wget", "aria2c")
_SPEAKS = frozenset(("echo", "printf", "cat", "grep", "sed", "which", "tee", "logger", "alias"))
"""Commands whose words are text, not a command to run."""
_HANDLE = frozenset(
    ("chmod", "chown", "cp", "mv", "rm", "ln", "ls", "test", "[", "[[", "type", "hash", "touch", "stat")
)
"""Commands whose words are files, an installer among them as well."""
_STANDS_FOR = re.compile(r"pip|conda|mamba|(?:^|_)uv(?:_|$)", re.IGNORECASE)
BEFORE = frozenset(("sudo", "env", "exec", "command", "time", "nohup", "nice"))
"""What stands before a command and runs it."""
ASSIGNED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
"""How a word begins that sets a variable for the command behind it."""
_VERBS = {
    "poetry": ("add",),
    "pdm": ("add",),
    "pipenv": ("install",),
    "pixi": ("add",),
    "rye": ("add",),
    "pipx": ("install", "run", "inject", "install-all", "runpip"),
    "apt": ("install",),
    "apt-get": ("install",),
}
_OF_PROJECT = {
    "uv": ("sync", "run"),
    "poetry": ("install", "sync"),
    "pdm": ("install", "sync"),
    "pipenv": ("install", "sync"),
    "pixi": ("install", "run", "shell"),
    "rye": ("sync",),
    "hatch": ("run", "env", "shell", "test"),
    "conda-lock": ("install",),
}
"""What brings that which the project's own files ask for."""
_SETUP_VERBS = ("install", "develop", "build", "build_ext", "bdist_wheel")
_PIP_VERBS = ("install", "wheel", "download", "config")


class Call(NamedTuple):
    """`tool` and `verb` are what is called; `words` what stands behind the verb; `first` the words up to there.

    `environment` are the variables that the command itself sets. A `tool` of "?" is one that stands in a variable.
    """

    tool: str
    verb: str
    words: tuple[Word, ...]
    first: tuple[Word, ...]
    environment: Mapping[str, str | None] = {}
    from_input: bool = False
    """Whether `xargs` adds words to it."""
    of_project: bool = False
    """Whether it brings what the project's own files ask for, and nothing that stands here."""


def call_of(words: tuple[Word, ...]) -> Call | None:
    """The installer that a command calls; None where it calls none."""
    first = posixpath.basename(words[0].text) if words else ""
    if not words or first in _SPEAKS or first in _HANDLE or [one.text for one in words[:2]] == ["command", "-v"]:
        return None
    project: Call | None = None
    for at, word in enumerate(words):
        if posixpath.basename(word.text) in NOT_HERE:
            return None
        found = _at(words, at, posixpath.basename(word.text))
        project = project or (_of_project(words, at) if found is None else None)
        if found is not None:
            before = words[:at]
            return found._replace(
                environment={
                    one.text.partition("=")[0]: None if one.unknown else one.text.partition("=")[2]
                    for one in before
                    if ASSIGNED.match(one.text)
                },
                from_input=any(posixpath.basename(one.text) in ("xargs", "parallel") for one in before),
            )
    return project or _variable(words)


def _of_project(words: tuple[Word, ...], at: int) -> Call | None:
    """`uv sync`, `poetry install`, at this word; `uv run pip install a` is a call of pip, which comes behind it."""
    name = posixpath.basename(words[at].text)
    verbs, rest = _OF_PROJECT.get(name, ()), words[at + 1 :]
    position = verb_at(rest, UV) if name == "uv" else next(_plain_at(rest), len(rest))
    if position >= len(rest) or rest[position].text not in verbs:
        return None
    options = {word.text for word in rest}
    if not options.isdisjoint(("--no-project", "--no-sync", "--no-install")):
        return None
    verb = rest[position].text
    return Call(name, verb, rest[position + 1 :], words[: at + position + 2], of_project=True)


def _plain_at(words: tuple[Word, ...]) -> Iterator[int]:
    return (at for at, word in enumerate(words) if not word.text.startswith("-"))


def _at(words: tuple[Word, ...], at: int, name: str) -> Call | None:
    """The call of the tool at this word."""
    rest = words[at + 1 :]
    if at == 0 and name in _FETCH:
        return Call("fetch", "", rest, words[:1])
    if _PIP.fullmatch(name):
        return _verb(words, at, "pip", verb_at(rest, PIP), _PIP_VERBS)
    if name == "pixi" and [one.text for one in rest[:2]] == ["global", "install"]:
        return Call("pixi global", "install", rest[2:], words[: at + 3])
    if name == "setup.py" and at:
        return _verb(words, at, "setup.py", 0, _SETUP_VERBS)
    if name == "uv":
        return _uv(words, at)
    if name in ("uvx", "pip-sync", "easy_install"):
        return Call(name, "", rest, words[: at + 1])
    if name in _CONDA:
        return _conda(words, at)
    if name in _VERBS:
        position = next(_plain_at(rest), len(rest))
        tool = "apt" if name == "apt-get" else name
        return _verb(words, at, tool, position, _VERBS[name])
    return None


def _verb(words: tuple[Word, ...], at: int, tool: str, position: int, verbs: tuple[str, ...]) -> Call | None:
    """The call whose verb stands at a position behind the tool."""
    rest = words[at + 1 :]
    if position >= len(rest) or rest[position].text not in verbs:
        return None
    return Call(tool, rest[position].text, rest[position + 1 :], words[: at + position + 2])


def _uv(words: tuple[Word, ...], at: int) -> Call | None:
    rest = words[at + 1 :]
    position = verb_at(rest, UV)
    verb = rest[position].text if position < len(rest) else ""
    if verb in ("pip", "tool"):
        inner = verb_at(rest[position + 1 :], UV) + position + 1
        verb = f"{verb} {rest[inner].text}" if inner < len(rest) else ""
        position = inner
    if verb in ("pip install", "pip sync", "add", "tool install", "tool run"):
        return Call("uv", verb, rest[position + 1 :], words[: at + position + 2])
    if verb == "run" and any(one.text.partition("=")[0].startswith("--with") for one in rest):
        return Call("uv", verb, rest[position + 1 :], words[: at + position + 2])
    return None


def _conda(words: tuple[Word, ...], at: int) -> Call | None:
    rest = words[at + 1 :]
    plain = [
        place
        for place, one in enumerate(rest)
        if not one.text.startswith("-") and (place == 0 or rest[place - 1].text not in _CONDA_VALUED)
    ]
    if not plain:
        return None
    position, verb = plain[0], rest[plain[0]].text
    if verb == "env" and len(plain) > 1 and rest[plain[1]].text in ("create", "update"):
        position, verb = plain[1], f"env {rest[plain[1]].text}"
    if verb in ("install", "create", "update", "env create", "env update"):
        return Call("conda", verb, rest[position + 1 :], words[: at + position + 2])
    return None


def _variable(words: tuple[Word, ...]) -> Call | None:
    """`$PIP install a`: a variable whose name says that it stands for an installer, in the place of the command."""
    plain = [at for at, one in enumerate(words) if not one.text.startswith("-") and one.text not in ("sudo", "env")]
    word = words[plain[0]] if plain else words[0]
    name = word.unknown or ""
    if word.unknown == "a template":
        name = word.text.strip("{} ")
    elif word.text != f"${{{name}}}":
        return None
    if not _STANDS_FOR.search(name):
        return None
    installs = re.search(r"(?<!un)install", name, re.IGNORECASE) is not None
    verb = words[plain[1]].text if len(plain) > 1 else ""
    if not installs and verb not in ("install", "add", "sync", "wheel", "download", "create", "env", "pip"):
        return None
    return Call("?", "", words[plain[0] + 1 :], words[: plain[0] + 1])
