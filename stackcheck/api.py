"""The judge for other programs: `stackcheck.judge(...)`. What it takes and gives is stable from release to release."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from stackcheck.session.check import judge_files
from stackcheck.session.errors import expected
from stackcheck.session.files import Loader
from stackcheck.session.filters import by_cause
from stackcheck.session.request import Request
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stackcheck.model import Report
    from stackcheck.plan.values import Plan


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
    Of a folder, the files that are not for the machine are one note for each reason, as in `lint`; a file that is named
    is always judged. Nothing is printed or written. Raises `Error`.
    """
    paths = [os.fspath(path) for path in files]
    try:
        request = replace(
            _request(environment, target, features, facts, matrix),
            wants=tuple(want),
            installed=installed if installed is not None else environment is not None or not paths,
        )
        return by_cause(judge_files(paths, request, Loader()))
    except expected() as error:
        raise Error(str(error)) from error


def plan(
    wishes: Iterable[str | os.PathLike[str]],
    *,
    optional: Iterable[str] = (),
    target: str | None = None,
    environment: str | os.PathLike[str] | Mapping[str, object] | None = None,
    python: str | None = None,
    features: Iterable[str] = (),
    facts: Mapping[str, str] | None = None,
    matrix: Iterable[str | os.PathLike[str]] = (),
) -> Plan:
    """A set of releases that works together on a machine: `members`, `steps` and why; `conflict` where there is none.

    A wish is a product or distribution ("vllm>=0.30", "isaac-lab==2.3.*") or the path of a project file. `optional`
    ones are taken where they hold nothing else back. `python` is the series that the environment must have ("3.12").
    The other arguments are those of `judge`. Nothing is printed or written. Raises `Error`.
    """
    from stackcheck.session import plan as work  # the search is loaded where it is asked for

    try:
        request = _request(environment, target, features, facts, matrix)
        asked = work.Wishes(required=tuple(map(_text, wishes)), optional=tuple(optional), python=python)
        return work.plan(request, asked, lambda _: None)
    except expected() as error:
        raise Error(str(error)) from error


def _text(wish: str | os.PathLike[str]) -> str:
    return os.fspath(wish)


def _request(
    environment: str | os.PathLike[str] | Mapping[str, object] | None,
    target: str | None,
    features: Iterable[str],
    facts: Mapping[str, str] | None,
    matrix: Iterable[str | os.PathLike[str]],
) -> Request:
    """The machine and the knowledge that the arguments name."""
    return Request(
        env=os.fspath(environment) if isinstance(environment, str | os.PathLike) else None,
        document=None if isinstance(environment, str | os.PathLike) else environment,
        target=target,
        facts=tuple(f"{name}={value}" for name, value in (facts or {}).items()),
        features=tuple(features),
        matrix=tuple(os.fspath(folder) for folder in matrix),
    )
