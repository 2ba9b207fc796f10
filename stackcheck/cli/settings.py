"""The settings of a project under the options of a call: found beside the files, or above the current folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from stackcheck.cli import fast, run
from stackcheck.cli.errors import CannotWorkError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackcheck.read.settings import Settings

FILES = {"check": "files", "lint": "paths"}
"""The argument of each command that names project files."""
OPTIONS = {
    "targets": "target",
    "want": "want",
    "features": "feature",
    "facts": "fact",
    "matrix": "matrix",
    "select": "select",
    "baseline": "baseline",
    "format": "format_",
    "fail-on": "fail_on",
    "strict": "strict",
    "quiet": "quiet",
}
"""Each setting and the option that it stands for."""
REPLACED = ("targets", "select")
"""Lists that an option replaces; to the others it adds."""
FOLDERS = ("matrix", "baseline")
"""Paths, which are those beside the settings."""
OF_LINT = ("targets",)
"""What only files alone are judged for: the other commands name their one machine."""


def with_settings(command: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options of a call with what the project's settings add. Raises `ReadError` for a mistake in them."""
    paths = options.get(FILES.get(command, "")) or ()
    found = find(paths)
    if found is None:
        return options
    takes = {dest for dest, _ in fast.OPTIONS[command].values()}
    merged = dict(options)
    machine = bool(options.get("target") or options.get("env") or options.get("python"))
    for key, value in found.values.items():
        dest = OPTIONS[key]
        if dest not in takes or (key in OF_LINT and (command != "lint" or machine)):
            continue
        merged[dest] = _merged(key, _beside(found, key, value), options.get(dest))
    if found.ignores:
        from stackcheck.values import replace

        whole = command == "lint" and not machine and not options.get("select") and all(map(os.path.isdir, paths))
        own = tuple(replace(one, must_match=whole) for one in found.ignores)
        merged["ignore"] = [*own, *(options.get("ignore") or ())]
    return merged


def _merged(key: str, setting: Any, given: Any) -> Any:
    if isinstance(setting, list) and key not in REPLACED:
        return [*setting, *(given or ())]
    return given or setting


def _beside(found: Settings, key: str, value: Any) -> Any:
    """A value whose paths are those beside the settings. Raises `CannotWorkError` for a folder that is not there."""
    if key not in FOLDERS:
        return value
    folder = os.path.dirname(found.path)
    paths = [os.path.join(folder, one) for one in (value if isinstance(value, list) else [value])]
    for one, path in zip(value if isinstance(value, list) else (), paths, strict=False):
        if not os.path.isdir(path):
            raise CannotWorkError(f"{found.places[key, one]}: tool.stackcheck.{key}: there is no folder {path}")
    return paths if isinstance(value, list) else paths[0]


def find(paths: Sequence[str] = ()) -> Settings | None:
    """The settings in the nearest pyproject.toml that has some; None where there are none up to the top of the
    repository. Raises `ReadError` for a mistake in them."""
    for folder in _above(_start(paths)):
        path = f"{folder}/pyproject.toml"
        data = _mentioning(path) if os.path.isfile(path) else None
        settings = settings_of(data, os.path.relpath(path)) if data is not None else None
        if settings is not None or os.path.exists(f"{folder}/.git"):
            return settings
    return None


def _mentioning(path: str) -> bytes | None:
    """The bytes of a file that speaks of stackcheck; None for another, which need not be parsed."""
    try:
        data = run.load(path)
    except OSError:
        return None
    return data if b"stackcheck" in data else None


def settings_of(data: bytes, path: str) -> Settings | None:
    """The settings in the bytes of a pyproject.toml; None where it has none. Raises `ReadError`."""
    from stackcheck.read.settings import read_settings

    choices = {"targets": run.target_names(), "format": fast.FORMATS, "fail-on": fast.CHOICES["fail_on"]}
    return read_settings(data, path, choices)


def _start(paths: Sequence[str]) -> str:
    """The folder in which all of the paths lie; the current one where there are none."""
    folders = [path if os.path.isdir(path) else os.path.dirname(path) for path in paths if path != "-"]
    return os.path.commonpath([os.path.abspath(folder) for folder in folders]) if folders else os.getcwd()


def _above(folder: str) -> Iterator[str]:
    """A folder and all that hold it, nearest first."""
    yield folder
    while (parent := os.path.dirname(folder)) != folder:
        folder = parent
        yield folder
