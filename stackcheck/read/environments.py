"""Which of several Python environments a command of a script installs into: by what was activated before it, by the
folder of the pip that is called, or by an option. The one that a script starts in has no name.

docs.python.org, "venv"; docs.conda.io, "Managing environments"; docs.astral.sh, "Using Python environments".
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackcheck.read.calls import Call
    from stackcheck.read.words import Word

PREFIX = "environment "
"""How the choice of an environment begins in `Ask.alternatives`: all of them are made, and each is judged apart."""
_ACTIVATE = re.compile(r"(.*)/bin/activate$")
_INTERPRETER = re.compile(r"(.+)/bin/(?:pip|python)[\d.]*$")
_SYSTEM = ("/usr", "/usr/local", "", "/opt/conda")
"""Prefixes of interpreters that a plain `pip` may mean."""
_CONDA = ("conda", "mamba", "micromamba")
_NAMED = ("-n", "--name", "-p", "--prefix")


def activated(words: Sequence[Word], before: str | None) -> str | None:
    """The environment that is active behind a command, by the one before it."""
    texts = [word.text for word in words]
    first = posixpath.basename(texts[0]) if texts else ""
    if first in ("source", ".") and len(texts) > 1:
        found = _ACTIVATE.match(texts[1])
        return _short(found[1]) if found is not None else before
    if first == "deactivate":
        return None
    if first in _CONDA and len(texts) > 1:
        if texts[1] == "deactivate":
            return None
        named = [text for text in texts[2:] if not text.startswith("-")]
        if texts[1] == "activate":
            return _short(named[0]) if named and named[0] != "base" else None
    return before


def named_by(call: Call) -> str | None:
    """The environment that a call itself names; None where it takes the active one."""
    for word in call.first:
        found = _INTERPRETER.match(word.text)
        if found is not None:
            return None if found[1] in _SYSTEM else _short(found[1])
    first = [word.text for word in call.first]
    # `conda run -n a pip install b` names it before pip, `conda install -n a b` behind the verb.
    if any(posixpath.basename(text) in _CONDA for text in first):
        value = _valued([*first, *(word.text for word in call.words if call.tool == "conda")], _NAMED)
        return _short(value) if value else None
    if call.tool == "uv":
        value = _valued([word.text for word in call.words], ("--python", "-p"))
        # A version or a bare interpreter is none.
        return _short(re.sub(r"/bin/python[\d.]*$", "", value)) if value and "/" in value else None
    return None


_MAKES = re.compile(r"(?:.*/)?python(\d\.\d+)")


def made(words: Sequence[Word]) -> tuple[str, str] | None:
    """The environment that a command makes, and the minor version of its Python, where the command names both."""
    texts = [word.text for word in words]
    first = texts[0] if texts else ""
    found = _MAKES.fullmatch(first)
    version = found[1] if found is not None else None
    rest = texts[3:] if texts[1:2] == ["-m"] and texts[2:3] in (["venv"], ["virtualenv"]) else None
    if posixpath.basename(first) == "virtualenv" or texts[:2] == ["uv", "venv"]:
        rest = texts[1 if posixpath.basename(first) == "virtualenv" else 2 :]
        named = _MAKES.fullmatch(f"python{(_valued(rest, ('-p', '--python')) or '').removeprefix('python')}")
        version = named[1] if named is not None else None
    plain = [text for at, text in enumerate(rest or ()) if text[:1] != "-" and (rest or [])[at - 1 : at] not in _GIVEN]
    name = plain[0] if plain else ".venv" if first == "uv" else None
    return (_short(name), version) if rest is not None and name and version else None


_GIVEN = (["-p"], ["--python"], ["--prompt"])


def _valued(texts: Sequence[str], names: Sequence[str]) -> str | None:
    for at, text in enumerate(texts):
        name, equals, value = text.partition("=")
        if name in names and (equals or at + 1 < len(texts)):
            found = value if equals else texts[at + 1]
            return None if found == "base" else found
    return None


def _short(path: str) -> str:
    """The name by which an environment is told: that of its folder."""
    return posixpath.basename(path.rstrip("/")) or path
