"""`lint --diff` and `--fix`: each proposal is tried on the text in memory, and kept only where the judge then finds
less and nothing new. A file is replaced in one step, so that whatever happens it is the old one or the new one."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from stackcheck import read
from stackcheck.fix.edits import apply
from stackcheck.fix.propose import Project, proposals
from stackcheck.judge.possible import possible
from stackcheck.redact import redact
from stackcheck.report.clean import printable
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.files import Loader
from stackcheck.session.filters import visible
from stackcheck.session.lint import lint
from stackcheck.session.machine import machine, machine_alone
from stackcheck.session.project import add_project
from stackcheck.session.replace import replace_file
from stackcheck.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.fix.propose import Proposal
    from stackcheck.model import Finding, Report
    from stackcheck.session.knowledge import Knowledge
    from stackcheck.session.request import Filters, Request
    from stackcheck.session.scope import Scope

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
LIMIT = 200
"""Repairs of one run; far above what a project has."""


@dataclass
class Repair:
    """One run of repairs over the files of a lint.

    `done` says what was changed, `left` how many more findings `--unsafe-fixes` would repair. What is ignored is not
    repaired.
    """

    groups: list[list[str]]
    requests: list[Request]
    knowledge: Knowledge
    filters: Filters
    loader: Loader
    scope: Scope | None = None
    unsafe: bool = False
    done: list[str] = field(default_factory=list)
    left: int = 0
    before: dict[str, bytes] = field(default_factory=dict)

    def mend(self) -> Report:
        """Repairs until nothing more can be; the report on the files as they were."""
        report = first = self.judge(self.loader)
        self.before = dict(self.loader.read)
        while len(self.done) < LIMIT and (outcome := self._step(report)) is not None:
            report, self.loader = outcome
        return first

    def judge(self, loader: Loader) -> Report:
        """The report on the files as a loader has them, without what is not to be seen."""
        return visible(lint(self.requests, self.groups, self.knowledge, loader, scope=self.scope), self.filters, loader)

    def _step(self, report: Report) -> tuple[Report, Loader] | None:
        """The outcome of the first proposal that helps and is allowed; None where there is none. Each step begins
        anew, because what did not help before may do so now."""
        projects: dict[str, Project] = {}
        self.left = 0
        for finding in report.findings:
            path = finding.location.path if finding.location is not None else ""
            project = projects.get(path) or projects.setdefault(path, self._project(path))
            unsafe = False
            for proposal in proposals(project, finding) if not finding.limit else ():
                outcome = self._tried(report, finding, proposal)
                if outcome is not None and (proposal.safe or self.unsafe):
                    self.done.append(redact(f"{finding.location}: {proposal.says}"))
                    return outcome
                unsafe |= outcome is not None
            self.left += unsafe
        return None

    def _tried(self, report: Report, finding: Finding, proposal: Proposal) -> tuple[Report, Loader] | None:
        loader = Loader()
        loader.read = dict(self.loader.read)
        for path in {edit.path for edit in proposal.edits}:
            edits = [edit for edit in proposal.edits if edit.path == path]
            loader.read[path] = apply(_text(loader.read[path]) or "", edits).encode()
        try:
            outcome = self.judge(loader)
        except read.ReadError:
            return None
        before, after = _counts(report), _counts(outcome)
        key = _key(finding)
        new = {mark for mark in after - before if mark[0] in ("error", "warning", "unknown") and mark[1] != "ignore"}
        return (outcome, loader) if not new and after[key] < before[key] else None

    def _project(self, path: str) -> Project:
        """The files that are judged together with one of them (the first that can be edited, where none has it)."""
        editables = [group for group in self.groups if any(map(editable, group))]
        together = next((group for group in editables if path in group), editables[0] if editables else [])
        stacks = [
            add_project(machine_alone(machine(request)[0]), together, self.loader, container=True)
            for request in self.requests
        ]
        texts = {path: text for path, data in self.loader.read.items() if editable(path) and (text := _text(data))}

        def left(opened: frozenset[str]) -> dict[str, tuple[str, ...]]:
            releases: dict[str, tuple[str, ...]] = {}
            for stack in stacks:
                asks = tuple(replace(ask, specifier="") if ask.name in opened else ask for ask in stack.asks)
                for product, values in possible(replace(stack, asks=asks), self.knowledge.store).items():
                    before = releases.get(product, values)
                    releases[product] = tuple(value for value in before if value in values)
            return releases

        return Project(stacks[0].asks, texts, left, self.knowledge.store)

    def diff(self) -> str:
        """The changes as a unified diff."""
        return "".join(line for path, new in self._changed() for line in _unified(path, self.before[path], new))

    def write(self) -> None:
        """Replaces each changed file. Raises `CannotWorkError` where one cannot be written or was changed meanwhile."""
        for path, new in self._changed():
            if path == "-":
                raise CannotWorkError("--fix cannot change standard input; --diff shows what would be changed")
            replace_file(path, self.before[path], new)

    def _changed(self) -> Iterator[tuple[str, bytes]]:
        return ((path, data) for path, data in self.loader.read.items() if data != self.before.get(path))


def _key(finding: Finding) -> tuple[Any, ...]:
    path = finding.location.path if finding.location is not None else None
    return (finding.severity, finding.kind, finding.id, finding.subject, finding.target, path)


def _counts(report: Report) -> Counter[tuple[Any, ...]]:
    return Counter(_key(finding) for finding in report.findings)


def editable(path: str) -> bool:
    """Whether requirements of a file are written as PEP 508 has them."""
    reader = read.reader_of(path)
    return reader is not None and reader.title in ("pyproject.toml", "pip's requirements format")


def _text(data: bytes) -> str | None:
    """The text of a file in UTF-8; None for another encoding. A byte order mark is no part of any line, as in the
    readers, so such a file is left alone."""
    with contextlib.suppress(UnicodeDecodeError):
        text = data.decode("utf-8")
        return None if text.startswith("\ufeff") else text
    return None


def _unified(path: str, old: bytes, new: bytes) -> Iterator[str]:
    import difflib

    before, after = (_LINE.findall(_text(data) or "") for data in (old, new))
    for line in difflib.unified_diff(before, after, f"a/{path}", f"b/{path}"):
        body = line.rstrip("\r\n")
        end = line[len(body) :] or "\n\\ No newline at end of file\n"
        yield f"{printable(redact(body))}{end}"
