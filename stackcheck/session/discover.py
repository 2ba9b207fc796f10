"""The project files of a folder: what git would not ignore, by the names that the readers know."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from stackcheck.disk import read_plain
from stackcheck.patterns import pattern
from stackcheck.read import READERS
from stackcheck.session.errors import CannotWorkError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pathspec import GitIgnoreSpec

    Peek = Callable[[str, int], bytes]

SKIPPED = frozenset(
    (
        *(".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", ".conda", ".pixi", "node_modules", "site-packages"),
        *("__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", "_isaac_sim"),
    )
)
"""Folders that hold no project files of their own."""

MAX_FILES = 200_000
"""Entries of a folder and all below it that are looked at, so that a mistaken `/` ends in a clear line."""

HEADER_BYTES = 65_536
"""A script's header stands near its top: no more of a .py file is looked at to find one."""

_HEADER = pattern(rb"^# /// script\s*$", re.MULTILINE)
_REQUIREMENTS = pattern(
    r"(?:.*/)?(?:[^/]*requirements?[^/]*\.(?:txt|in|lock)|[^/]*constraints?[^/]*\.(?:txt|in)|[^/]*pip_freeze[^/]*\.txt"
    r"|overrides?[^/]*\.txt|(?:reqs?|deps)\.txt|torch[-_][^/]*\.txt|(?:[^/]*_)?requirements/[^/]+\.(?:txt|in|lock))",
    re.IGNORECASE,
)
_YAML = pattern(
    r"(?:.*/)?(?:\.github/workflows/[^/]+|action|(?:docker-)?compose[^/]*"
    r"|env|[^/]*(?:environment|conda)[^/]*)\.ya?ml"
)
"""Which YAML files are looked into: of most, a name says nothing."""

_PROJECT = ("pyproject.toml", "requirements.txt", "setup.cfg", "setup.py")


def project_files(folder: str, peek: Peek = read_plain) -> list[str]:
    """The files below a folder that a reader knows, sorted; links to folders are not followed. `peek` gives the first
    bytes of a file, or raises `OSError`.

    Raises `CannotWorkError` where there are none, or far too many entries.
    """
    found = sorted(path for path in _walk(folder, peek) if is_project_file(path, peek))
    if not found:
        raise CannotWorkError(f"{folder}: no project file is in it that stackcheck reads; name the files to read")
    return found


def groups(files: list[str]) -> list[list[str]]:
    """The found files that are judged together: pyproject.toml, setup.cfg, setup.py, requirements.txt of one folder are
    one project; every other file (requirements-dev.txt, a Dockerfile) is a list of its own."""
    together: dict[str, list[str]] = {}
    for path in files:
        folder, name = os.path.split(path)
        together.setdefault(folder if name in _PROJECT else path, []).append(path)
    return list(together.values())


def is_project_file(path: str, peek: Peek = read_plain) -> bool:
    """Whether a file is read where a folder is linted."""
    name = os.path.basename(path)
    for reader in READERS:
        if not reader.reads(name):
            continue
        if reader.title == "pip's requirements format":
            return _REQUIREMENTS.fullmatch(path) is not None
        if name.endswith((".yml", ".yaml")):
            return _YAML.fullmatch(path) is not None
        return not (name.endswith(".py") and name != "setup.py") or _has_header(path, peek)
    return False


def _has_header(path: str, peek: Peek) -> bool:
    try:
        return _HEADER.search(peek(path, HEADER_BYTES)) is not None
    except OSError:
        return False


def _walk(root: str, peek: Peek) -> Iterator[str]:
    """Every plain file below a folder that no .gitignore on the way takes out."""
    specs: dict[str, GitIgnoreSpec] = {}
    count = 0
    for folder, names, files in os.walk(root):
        if ".gitignore" in files:
            spec = _ignored(f"{folder}/.gitignore", peek)
            if spec is not None:
                specs[folder] = spec
        count += len(names) + len(files)
        if count > MAX_FILES:
            raise CannotWorkError(f"{root}: more than {MAX_FILES:,} files are in it; name a folder of the project")
        names[:] = sorted(name for name in names if name not in SKIPPED and _kept(f"{folder}/{name}/", root, specs))
        for name in files:
            path = os.path.normpath(f"{folder}/{name}")
            if os.path.isfile(path) and _kept(f"{folder}/{name}", root, specs):
                yield path


def _ignored(path: str, peek: Peek) -> GitIgnoreSpec | None:
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(peek(path, 1_000_000).decode("utf-8", "replace").splitlines())
    except (OSError, ValueError):
        return None


def _kept(path: str, root: str, specs: dict[str, GitIgnoreSpec]) -> bool:
    """Whether git would see it: the nearest .gitignore that speaks of a path decides (gitignore(5))."""
    folder = os.path.dirname(path.rstrip("/"))
    while True:
        spec = specs.get(folder)
        if spec is not None:
            verdict = spec.check_file(os.path.relpath(path, folder) + ("/" if path.endswith("/") else "")).include
            if verdict is not None:
                return not verdict
        if folder == root or len(folder) <= len(root):
            return True
        folder = os.path.dirname(folder)
