"""The settings of a project: found beside the files, or above the current folder, and added to what a call says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from stackcheck.report import FORMATS
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.files import load as load_file
from stackcheck.session.machine import OTHER_NAMES, target_names
from stackcheck.session.request import FAIL_ON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

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
JUDGING: dict[str, tuple[str, ...]] = dict.fromkeys(
    ("target", "want", "feature", "fact", "matrix", "select", "ignore", "baseline"), ()
)
"""The options that say what is judged, and which findings are seen: what counts for those who write no report."""


def add_settings(
    command: str, options: dict[str, Any], takes: Mapping[str, Sequence[str]], load: Callable[[str], bytes] = load_file
) -> dict[str, Any]:
    """The options of a call with what the project's settings add; `takes` are the options that the call may have, each
    with the words that it takes, none for any. Raises `ReadError` for a mistake in them."""
    paths = options.get(FILES.get(command, "")) or ()
    settings = find(paths, load)
    if settings is None:
        return options
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


def find(paths: Sequence[str] = (), load: Callable[[str], bytes] = load_file) -> Settings | None:
    """The settings in the nearest pyproject.toml that has some; None where there are none up to the top of the
    repository. Raises `ReadError` for a mistake in them."""
    for folder in _above(_start(paths)):
        data = _mentioning(path := f"{folder}/pyproject.toml", load)
        settings = settings_of(data, os.path.relpath(path)) if data is not None else None
        if settings is not None or os.path.exists(f"{folder}/.git"):
            return settings
    return None


def _mentioning(path: str, load: Callable[[str], bytes]) -> bytes | None:
    """The bytes of a file that speaks of stackcheck; None for another, which need not be parsed, or none."""
    try:
        data = load(path)
    except OSError:
        return None
    return data if b"stackcheck" in data else None


def settings_of(data: bytes, path: str) -> Settings | None:
    """The settings in the bytes of a pyproject.toml; None where it has none. Raises `ReadError`."""
    from stackcheck.read.settings import read_settings

    choices = {"targets": (*target_names(), *OTHER_NAMES), "format": FORMATS, "fail-on": FAIL_ON}
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
