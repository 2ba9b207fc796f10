"""The judge for other programs: `stackcheck.judge(...)`. What it takes and gives is stable from release to release."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from stackcheck.cli import run
from stackcheck.cli.errors import expected
from stackcheck.read.environment import parse_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stackcheck.model import Report, Stack


class Error(Exception):
    """stackcheck could not do its work: an unreadable file, a name that is not there. The text says what to do."""


def judge(
    files: Iterable[str | os.PathLike[str]] = (),
    *,
    target: str | None = None,
    environment: str | os.PathLike[str] | Mapping[str, object] | None = None,
    want: Iterable[str] = (),
    features: Iterable[str] = (),
    facts: Mapping[str, str] | None = None,
    matrix: Iterable[str | os.PathLike[str]] = (),
    installed: bool | None = None,
) -> Report:
    """The report on what project files ask for on a machine, or on the machine's own environment.

    The machine is a shipped target (`stackcheck targets` lists them), an environment document (its path or its
    content), or this one where neither is named. `want` are products to install ("isaac-lab==2.3.*"): the report then
    tells what is to do, in order. `features` are features to use ("isaac-lab:skillgen"), `facts` replace facts of the
    machine ({"python": "3.11"}), `matrix` are folders with rows that add to the shipped ones or override them.

    `installed` says whether what is installed there counts beside the files; by default it does where an environment
    is named, or where no files are. Settings of pyproject.toml are those of the command line: they do not count here.
    Nothing is printed or written. Raises `Error`.
    """
    paths = [os.fspath(path) for path in files]
    folders = tuple(os.fspath(folder) for folder in matrix)
    stated = tuple(f"{name}={value}" for name, value in (facts or {}).items())
    path = os.fspath(environment) if isinstance(environment, str | os.PathLike) else None
    choice = run.Choice(path, target, None, stated, tuple(want), tuple(features), folders)
    try:
        store, version = run.open_matrix(folders)
        document = None if environment is None or path is not None else environment
        stack, subject = _machine(choice, document)
        if not (installed if installed is not None else environment is not None or not paths):
            stack = run.without_environment(stack)
        named = [path for group in run.project_files(paths) for path in group]
        stack = run.with_project(stack, named, run.Loader(), container=target is not None)
        stack = run.with_wants(stack, store, choice)
        return run.evaluate(stack, store, subject, version, preflight=bool(choice.wants))
    except expected() as error:
        raise Error(str(error)) from error


def _machine(choice: run.Choice, document: object) -> tuple[Stack, str]:
    if document is None:
        return run.machine(choice)
    import json

    if choice.target:
        raise Error("a target and an environment exclude each other: name one machine")
    try:
        text = json.dumps(document)
    except (TypeError, ValueError) as error:
        raise Error(f"the environment is no plain document: {error}") from error
    return run.with_facts(parse_environment(text, "the environment", "json"), choice.facts), "the environment"
