"""The settings of a project: found beside the files, or above the current folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from stackcheck.report import FORMATS
from stackcheck.session.files import load
from stackcheck.session.machine import OTHER_NAMES, target_names
from stackcheck.session.request import FAIL_ON

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackcheck.read.settings import Settings


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
