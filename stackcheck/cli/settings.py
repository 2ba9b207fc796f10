"""The settings of a project under the options of a call."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from stackcheck.cli.options import COMMANDS
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.settings import find

if TYPE_CHECKING:
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


def add_settings(command: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options of a call with what the project's settings add. Raises `ReadError` for a mistake in them."""
    paths = options.get(FILES.get(command, "")) or ()
    settings = find(paths)
    if settings is None:
        return options
    takes = {option.dest: option.choices for option in COMMANDS[command].options}
    merged = dict(options)
    machine = bool(options.get("target") or options.get("env") or options.get("python"))
    for key, value in settings.values.items():
        dest = OPTIONS[key]
        if (
            dest not in takes
            or (takes[dest] and value not in takes[dest])
            or (key in OF_LINT and (command != "lint" or machine))
        ):
            continue
        merged[dest] = _merged(key, _beside(settings, key, value), options.get(dest))
    if settings.ignores:
        from stackcheck.values import replace

        whole = command == "lint" and not machine and not options.get("select") and all(map(os.path.isdir, paths))
        own = tuple(replace(ignore, must_match=whole) for ignore in settings.ignores)
        merged["ignore"] = [*own, *(options.get("ignore") or ())]
    return merged


def _merged(key: str, setting: Any, given: Any) -> Any:
    if isinstance(setting, list) and key not in REPLACED:
        return [*setting, *(given or ())]
    return given or setting


def _beside(settings: Settings, key: str, value: Any) -> Any:
    """A value whose paths are those beside the settings. Raises `CannotWorkError` for a folder that is not there."""
    if key not in FOLDERS:
        return value
    folder = os.path.dirname(settings.path)
    if not isinstance(value, list):
        return os.path.join(folder, value)
    paths = [os.path.join(folder, name) for name in value]
    for name, path in zip(value, paths, strict=True):
        if not os.path.isdir(path):
            raise CannotWorkError(f"{settings.places[key, name]}: tool.stackcheck.{key}: there is no folder {path}")
    return paths
