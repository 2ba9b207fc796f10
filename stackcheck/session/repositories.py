"""Many checkouts in one run (`lint --repos`): each is linted as by itself, with its own settings; one report on all."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from stackcheck.disk import open_plain
from stackcheck.redact import redact
from stackcheck.report.fleet import Fleet, Verdicts
from stackcheck.report.fleet_machines import Machine, Machines
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.files import Loader, project_files
from stackcheck.session.filters import by_cause, visible
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.lint import lint, network_of, scope_of
from stackcheck.session.machine import requests_of
from stackcheck.session.request import filters_of, request_of
from stackcheck.session.settings import add_settings
from stackcheck.session.tasks import batches, verdicts_of
from stackcheck.session.workers import spread
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from stackcheck.model import Report
    from stackcheck.session.knowledge import Knowledge
    from stackcheck.session.workers import Workers

BATCH = 8
"""So many repositories go to a worker at once."""
LONGEST = 1 << 20
"""Bytes of one line of the list."""


@dataclass(frozen=True)
class Work:
    """What is the same for every repository: the options of the call, and which options there are (`add_settings`)."""

    options: Mapping[str, Any]
    takes: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Task:
    """One repository to lint."""

    key: bytes
    path: str
    weight: int = 1


def repositories(
    name: str,
    options: Mapping[str, Any],
    takes: Mapping[str, Sequence[str]],
    workers: Workers,
    tell: Callable[[str], None],
) -> Fleet:
    """The report on the repositories that a file lists ("-": standard input): a path in each line, or an object with
    `path` and `labels`. Raises `CannotWorkError` for a list that is none."""
    machines, verdicts = Machines(), Verdicts()
    tasks = batches(_tasks(name, machines, tell), BATCH)
    for part in spread(judged, Work(options, takes), tasks, workers):
        verdicts.add(part)
    if not machines:
        raise CannotWorkError(f"--repos {name}: lists no repository")
    matrix = _knowledge(request_of({"matrix": options.get("matrix") or ()}).matrix).version
    return Fleet(matrix, machines, verdicts, "repository")


def _tasks(name: str, machines: Machines, tell: Callable[[str], None]) -> Iterator[Task]:
    for number, (path, labels) in enumerate(_listed(name), start=1):
        key = hashlib.blake2b(path.encode("utf-8", "surrogateescape"), digest_size=16).digest()
        shown = redact(path)  # somebody may list the address of a repository instead of a checkout
        labels = tuple((redact(label), redact(value)) for label, value in labels)
        machines.add(Machine(dict(labels).get("name") or shown, shown, labels, "", key))
        yield Task(key, path)
        if number % 10 == 0:
            tell(f"{number:,} repositories")


def _listed(name: str) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    try:
        with sys.stdin.buffer if name == "-" else open_plain(name) as lines:
            yield from _lines(name, iter(lambda: lines.readline(LONGEST), b""))
    except OSError as error:
        raise CannotWorkError(f"--repos {name}: cannot be read: {error.strerror or error}") from error


def _lines(name: str, lines: Iterable[bytes]) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    for number, line in enumerate(lines, start=1):
        text = os.fsdecode(line).strip()
        if not text or text.startswith("#"):
            continue
        if not text.startswith("{"):
            yield text, ()
            continue
        try:
            said = json.loads(text)
            labels = said.get("labels", {})
            if not all(isinstance(value, str) for value in (said["path"], *labels.values())):
                raise TypeError("must be text")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            text = 'must be a path, or an object such as {"path": "a", "labels": {"team": "b"}}'
            raise CannotWorkError(f"--repos {name}:{number}: {text}") from error
        yield said["path"], tuple(sorted(labels.items()))


@lru_cache(maxsize=4)
def _knowledge(folders: tuple[str | Path, ...]) -> Knowledge:
    return open_knowledge(folders)


def judged(work: Work, tasks: Sequence[Task]) -> Verdicts:
    """What is to say of some repositories; a function of its arguments, their files and the matrix."""
    return verdicts_of(tasks, lambda task: _report(work, task.path))


def _report(work: Work, path: str) -> Report:
    """What `lint PATH` says."""
    options = add_settings("lint", {**work.options, "paths": [path]}, work.takes)
    request = request_of(options)
    requests = requests_of(request, options.get("target") or ())
    groups = project_files([path])
    loader = Loader()
    knowledge = _knowledge(request.matrix)
    network = network_of(request, lambda _: None)
    report = lint(requests, groups, knowledge, loader, network, scope_of([path], groups))
    return by_cause(visible(report, filters_of(options), loader))
