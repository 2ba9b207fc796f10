"""Which names and folders a wheel takes for itself, from its list of contents. Pure.

Two distributions that install the same package or library overwrite each other's files; two that share a folder
without an `__init__.py` (PEP 420) do not. So a package is named by its folder and not looked into, a folder without
`__init__.py` is gone through, and the shared libraries in it are named one by one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_EXTENSION = re.compile(r"([^.]+)\.(?:cpython|cp\d|pypy|graalpy|abi3)[^.]*\.(?:so|pyd)|(?!lib)([^.]+)\.(?:so|pyd)")
_LIBRARY = re.compile(r".+\.so(?:\.\d+)*")
_PYTHON = re.compile(r"python3\.\d+")
_OWN = (".dist-info", ".libs", ".egg-info")
"""Folders that bear the distribution's own name: nobody else's."""

_NAMESPACE_BYTES = 200
"""An `__init__.py` alone in its folder and no longer than this declares a namespace, or nothing at all."""

MOST = 48
"""Names of one wheel, at most."""

_MODULES = 12
"""Modules in a folder without `__init__.py` that are named one by one; where there are more, the folder is named."""

_DEEPEST = 6
"""Folders above a file that are looked at."""


@dataclass
class _Folder:
    files: dict[str, int] = field(default_factory=dict)
    folders: dict[str, _Folder] = field(default_factory=dict)


def installs(paths: Iterable[tuple[str, int]]) -> tuple[str, ...] | None:
    """The names, sorted; a "/" at the end marks a folder that others may use too. None for a path that leads outside.

    At most `MOST` names: where there are more, folders are gone through less deeply.
    """
    root = _Folder()
    for path, size in paths:
        parts = path.split("/")
        if path.endswith("/"):
            continue
        if any(part in ("", ".", "..") or "\\" in part or not part.isprintable() for part in parts):
            return None
        if parts[0].endswith(".data"):
            if len(parts) < 3 or parts[1] not in ("purelib", "platlib"):
                continue
            parts = parts[2:]
        parts = ["python3" if _PYTHON.fullmatch(part) else part for part in parts]
        folder = root
        for part in parts[:-1][:_DEEPEST]:
            folder = folder.folders.setdefault(part, _Folder())
        if len(parts) <= _DEEPEST + 1:
            folder.files[parts[-1]] = size
    for depth in range(_DEEPEST, 0, -1):
        found = tuple(sorted(set(_names(root, "", depth))))
        if len(found) <= MOST:
            return found
    return found[:MOST]


def _names(folder: _Folder, prefix: str, depth: int) -> Iterator[str]:
    """What a folder that is no package holds."""
    modules = [name for name in map(_module, folder.files) if name]
    if not prefix or len(modules) <= _MODULES:
        yield from (f"{prefix}{name}" for name in modules)
    else:
        yield prefix
    for name, inner in folder.folders.items():
        if not prefix and name.endswith(_OWN):
            continue
        if _is_package(inner) and not _is_namespace(inner):
            yield f"{prefix}{name}"
        elif depth > 1 and _has_code(inner):
            yield from _names(inner, f"{prefix}{name}/", depth - 1)
        else:
            yield f"{prefix}{name}/"


def _module(name: str) -> str:
    """What a file is imported or loaded as; "" for any other."""
    if name.endswith(".py"):
        return "" if name == "__init__.py" else name[:-3]
    match = _EXTENSION.fullmatch(name)
    if match:
        return match[1] or match[2]
    return name if _LIBRARY.fullmatch(name) else ""


def _is_package(folder: _Folder) -> bool:
    return any(name.startswith("__init__.") for name in folder.files)


def _is_namespace(folder: _Folder) -> bool:
    """Whether its `__init__.py` is there only so that what lies below can be imported."""
    return (
        len(folder.files) == 1
        and bool(folder.folders)
        and folder.files.get("__init__.py", _NAMESPACE_BYTES + 1) <= _NAMESPACE_BYTES
    )


def _has_code(folder: _Folder) -> bool:
    return any(map(_module, folder.files)) or _is_package(folder) or any(map(_has_code, folder.folders.values()))
