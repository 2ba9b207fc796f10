"""Project files as they stand in an editor: each judged as `lint FILE` judges it, its text in place of what is saved.

Every call is given the texts that are open and names one file. Nothing is written.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from stackcheck.disk import read_plain
from stackcheck.judge.catalog import Catalog
from stackcheck.judge.judge import gpus
from stackcheck.judge.possible import possible
from stackcheck.judge.trial import MOST, Trial
from stackcheck.model import BROKEN, CRASHED, Finding, Location, Report
from stackcheck.redact import redact
from stackcheck.session import discover
from stackcheck.session.errors import crash, expected
from stackcheck.session.explain import explain
from stackcheck.session.files import LIMIT, Loader
from stackcheck.session.filters import by_cause, visible
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.lint import Run
from stackcheck.session.machine import machine, requests_of
from stackcheck.session.repair import Repair
from stackcheck.session.request import filters_of, request_of
from stackcheck.session.settings import JUDGING, add_settings
from stackcheck.values import dataclass
from stackcheck.versions import parse, project_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stackcheck.matrix.store import Store
    from stackcheck.model import Stack
    from stackcheck.session.knowledge import Knowledge
    from stackcheck.session.repair import Offer
    from stackcheck.session.request import Filters, Request

    Texts = Mapping[str, bytes]
    Stop = Callable[[], None]

_BEGUN = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?P<extras>[ \t]*\[[^\]\n]*\])?[ \t]*"
    r"(?P<clauses>(?:[<>=!~]=?=?[ \t]*[A-Za-z0-9.*+!_-]+[ \t]*,[ \t]*)*)"
    r"(?:===|==|~=|!=|<=|>=|<|>)[ \t]*(?P<version>[A-Za-z0-9.*+!_-]*)$"
)
"""A requirement up to the version that is being typed."""
_BREAK = re.compile(r"\r\n|\n|\r")
_REST = re.compile(r"[A-Za-z0-9.*+!_-]*")


class StoppedError(BaseException):
    """A run was given up because the text that it is about is not that of the document any more.

    No `Exception`: a reader that fails is guarded against, and this is no failure.
    """


@dataclass(frozen=True)
class Seen:
    """What a document came to. `texts` are the files that were read, by the names that places have; `looked` are the
    real paths of all files that were looked for, which the report rests on."""

    path: str
    report: Report
    texts: Texts
    looked: frozenset[str]
    knowledge: Knowledge | None = None


@dataclass(frozen=True)
class Releases:
    """What can stand in place of the version that is typed between two offsets of a text: releases that work on every
    target, newest first, and what the targets are called."""

    start: int
    end: int
    releases: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Asked:
    """What a document is judged by: the call's options with the project's settings."""

    requests: list[Request]
    knowledge: Knowledge
    filters: Filters


class Editor:
    """The open project files of one editor. `options` are those of a `lint` as the command line reads them."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = dict(options)
        self._opened = lru_cache(maxsize=8)(open_knowledge)
        # This machine is looked at once: that starts programs, and it does not change while somebody types.
        self._this = lru_cache(maxsize=4)(machine)

    def _look(self, request: Request) -> tuple[Stack, str]:
        return self._this(request) if request.live else machine(request)

    @staticmethod
    def is_project_file(path: str, text: bytes) -> bool:
        """Whether `lint` of a folder would read this file, by its name and its text."""
        return discover.is_project_file(path, lambda _path, limit: text[:limit])

    def lint(self, path: str, texts: Texts, stop: Stop) -> Seen:
        """What `lint` says of a file. What keeps it from saying anything is its one finding."""
        loader, beside = _loader(texts, stop), _loader(texts, stop)
        knowledge = None
        try:
            asked = self._asked(path, beside)
            knowledge = asked.knowledge
            run = Run(asked.requests, [[path]], knowledge, look=self._look)
            report = by_cause(visible(run.joined(run.parts(loader)), asked.filters, loader))
        except expected() as error:
            report = Report("", "", (_broken(error, path),), 0)
        except Exception as error:  # noqa: BLE001 - an editor goes on with its other documents
            said = redact(crash(error))
            report = Report("", "", (Finding("reading", CRASHED, "error", "file", said, location=Location(path)),), 0)
        looked = frozenset(map(os.path.realpath, (path, *loader.looked, *beside.looked)))
        return Seen(path, report, {**beside.read, **loader.read}, looked, knowledge)

    def offers(self, path: str, lines: range, texts: Texts, stop: Stop) -> list[Offer]:
        """The repairs of `lint --fix` for what is found on some lines of a file (from 1 on), each tried alone on the
        text as it is; and what `--unsafe-fixes` would do where there is no other."""
        with suppress(*expected()):  # the diagnostics say it
            wanted = partial(_on_any, path, lines)
            return list(self._repair(path, texts, stop).offers(wanted))
        return []

    def mended(self, path: str, texts: Texts, stop: Stop) -> list[tuple[str, bytes, bytes]]:
        """Each file that `lint --fix` of this one changes, with its bytes before and after."""
        with suppress(*expected()):
            repair = self._repair(path, texts, stop)
            repair.mend()
            return list(repair.changed())
        return []

    def _repair(self, path: str, texts: Texts, stop: Stop) -> Repair:
        asked = self._asked(path, _loader(texts, stop))
        loader = _loader(texts, stop)
        return Repair([[path]], asked.requests, asked.knowledge, asked.filters, loader, look=self._look)

    def releases(self, path: str, texts: Texts, offset: int, stop: Stop) -> Releases:
        """What works in place of the version that is being typed at an offset of a file's text; nothing where none is.

        Each release is judged in its place, with all else that the file asks for.
        """
        real = os.path.realpath(path)
        text = texts[real].decode("utf-8")
        begun = _BEGUN.search(text, text.rfind("\n", 0, offset) + 1, offset)
        if begun is None:
            return Releases(offset, offset)
        rest = _REST.match(text, offset)
        end = rest.end() if rest is not None else offset
        bare = begun["name"] + (begun["extras"] or "") + begun["clauses"].rstrip(", \t")
        opened = f"{text[: begun.start()]}{bare}{text[end:]}".encode("utf-8", "replace")
        name, line = project_name(begun["name"]), len(_BREAK.findall(text, 0, offset)) + 1
        with suppress(*expected()):  # the diagnostics say it
            asked = self._asked(path, _loader(texts, stop))
            run = Run(asked.requests, [[path]], asked.knowledge, look=self._look)
            loader = _loader({**texts, real: opened}, stop)
            parts = [run.part(number, (path,), loader, remedies=False) for number in range(len(run.hosts))]
            working = [
                _working(stack, name, begun["version"], asked.knowledge.store)
                for _, stack in (named for part in parts for named in part.report.stacks)
                if any(ask.name == name and _is_at(ask.origin.location, path, line) for ask in stack.asks)
            ]
            every = [one for one in working[0] if all(one in others for others in working)] if working else []
            return Releases(begun.start("version"), end, tuple(every), tuple(subject for _, subject in run.hosts))
        return Releases(offset, offset)

    def _asked(self, path: str, beside: Loader) -> _Asked:
        options = add_settings("lint", {**self.options, "paths": [path]}, JUDGING, beside)
        request = request_of({**options, "target": None})
        requests = requests_of(request, options.get("target") or ())
        return _Asked(requests, self._opened(request.matrix), filters_of(options))


def _loader(texts: Texts, stop: Stop) -> Loader:
    return Loader(texts, stop, _saved)


def _saved(path: str) -> bytes:
    """A file on the disk. "-" is one of that name: standard input is the editor's."""
    return read_plain(path, LIMIT + 1)


def explained(seen: Seen, line: int) -> str:
    """What `explain` says of all that is found on a line of a document; of a requirement against which nothing speaks,
    by how much it was judged; "" of another line."""
    if seen.knowledge is None:
        return ""
    found = [finding for finding in seen.report.findings if not finding.limit]
    members = [one for finding in found for one in (finding, *finding.also) if _at(one, seen.path, line)]
    names = dict.fromkeys(one.id or one.kind for one in members)
    return "\n".join(_explained(seen.knowledge, name) for name in names) or _judged(seen, seen.knowledge.store, line)


def _explained(knowledge: Knowledge, name: str) -> str:
    try:
        return explain(knowledge, name, lambda _: None)
    except expected():
        return ""  # of stackcheck's own mistakes there is no more to say


def _judged(seen: Seen, store: Store, line: int) -> str:
    """By how much the requirements of a line were judged, or why they were not."""
    stacks = [stack for _, stack in seen.report.stacks]
    asks = [ask for stack in stacks for ask in stack.asks if _is_at(ask.origin.location, seen.path, line)]
    said = []
    for subject in dict.fromkeys(Catalog(store).subject(ask.name) for ask in asks):
        missing = [one.message for one in seen.report.coverage.not_judged if one.subject == subject]
        judged = next((one for one in seen.report.coverage.judged if one.subject == subject), None)
        if judged is not None:
            counts = {"row": judged.rows, "record": judged.records, "law": judged.laws}
            by = ", ".join(f"{count} {name}{'s' * (count > 1)}" for name, count in counts.items() if count)
            said.append(f"{subject}: judged by {by}; nothing speaks against it.")
        said += [f"{subject}: not judged: {message}." for message in dict.fromkeys(missing)]
    return "\n".join(said)


def _on_any(path: str, lines: range, finding: Finding) -> bool:
    return any(_at(finding, path, line) for line in lines)


def _at(finding: Finding, path: str, line: int) -> bool:
    return any(_is_at(place, path, line) for place in (finding.location, *finding.locations))


def _is_at(place: Location | None, path: str, line: int) -> bool:
    return place is not None and place.path == path and (place.line or 1) == line


def _broken(error: Exception, path: str) -> Finding:
    """Why nothing was judged, as a finding where that is known to stand."""
    place = getattr(error, "location", None)
    text = str(error).removeprefix(f"{place}:{place.column}: ").removeprefix(f"{place}: ") if place else str(error)
    return Finding("reading", BROKEN, "error", "file", f"Nothing was judged: {text}", location=place or Location(path))


def _working(stack: Stack, name: str, begun: str, store: Store) -> list[str]:
    """The newest releases of a project that work on a stack and begin with a text."""
    subject = Catalog(store).subject(name)
    trial = Trial(stack, store, gpus(stack))
    left = [
        release
        for release in reversed(possible(stack, store).get(subject, ()))
        if release.startswith(begun) and (version := parse(release)) is not None and not version.is_prerelease
    ]
    return [release for release in left[:MOST] if trial.works(subject, release)]
