"""`lint --diff` and `--fix`: each proposal is tried on the text in memory, and kept only where the judge then finds
less and nothing new. A file is replaced in one step, so that whatever happens it is the old one or the new one."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from stackcheck import read
from stackcheck.fix.edits import apply
from stackcheck.fix.propose import Project, proposals
from stackcheck.judge.possible import possible
from stackcheck.model import Known
from stackcheck.redact import redact
from stackcheck.report.clean import printable
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.filters import visible
from stackcheck.session.lint import Run
from stackcheck.session.machine import machine
from stackcheck.session.replace import replace_file
from stackcheck.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from stackcheck.fix.propose import Proposal
    from stackcheck.model import Finding, Report, Stack
    from stackcheck.session.files import Loader
    from stackcheck.session.knowledge import Knowledge
    from stackcheck.session.lint import Part
    from stackcheck.session.request import Filters, Request
    from stackcheck.session.scope import Scope

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
LIMIT = 200
"""Repairs of one run; far above what a project has."""


@dataclass(frozen=True)
class Offer:
    """A repair of one finding alone, tried on the files as they are: `changed` has each file that it changes with its
    bytes before and after. Of one that is not `safe` the user decides (`--unsafe-fixes`)."""

    finding: Finding
    says: str
    safe: bool
    changed: tuple[tuple[str, bytes, bytes], ...]


@dataclass
class Repair:
    """One run of repairs over the files of a lint.

    `done` says what was changed. What is ignored is not repaired. `look` gives the machine of a request.
    """

    groups: list[list[str]]
    requests: list[Request]
    knowledge: Knowledge
    filters: Filters
    loader: Loader
    scope: Scope | None = None
    unsafe: bool = False
    look: Callable[[Request], tuple[Stack, str]] = machine
    done: list[str] = field(default_factory=list)
    before: dict[str, bytes] = field(default_factory=dict)
    _projects: dict[str, Project] = field(default_factory=dict)
    _vain: set[Finding] = field(default_factory=set)
    _rest: Callable[[], int] = int

    def mend(self) -> Report:
        """Repairs until nothing more can be; the report on the files as they were.

        A change is judged with the files that are judged together with the changed one, and with no others."""
        run = Run(self.requests, self.groups, self.knowledge, self.scope, look=self.look)
        parts = run.parts(self.loader)
        report = first = self._visible(run, parts, self.loader)
        self.before = dict(self.loader.read)
        while len(self.done) < LIMIT and (outcome := self._step(run, parts, report)) is not None:
            parts, self.loader = outcome
            report = self._visible(run, parts, self.loader)
        self._rest = partial(self._repairable, run, parts, report)
        return first

    @property
    def left(self) -> int:
        """How many more findings `--unsafe-fixes` would repair; each is tried when this is asked."""
        return 0 if self.unsafe else self._rest()

    def _repairable(self, run: Run, parts: list[Part], report: Report) -> int:
        return sum(self._repair(run, parts, finding, unsafe=True) is not None for finding in report.findings)

    def offers(self, wanted: Callable[[Finding], bool]) -> Iterator[Offer]:
        """For each finding that is wanted the first proposal that helps, a safe one where there is one. Nothing is
        changed."""
        run = Run(self.requests, self.groups, self.knowledge, self.scope, look=self.look)
        parts = run.parts(self.loader)
        for finding in filter(wanted, self._visible(run, parts, self.loader).findings):
            for unsafe in (False, True):
                helped = self._repair(run, parts, finding, unsafe=unsafe)
                if helped is not None:
                    proposal, loader, _ = helped
                    changed = tuple(_changed(self.loader.read, loader.read))
                    yield Offer(finding, redact(proposal.says), proposal.safe, changed)
                    break

    def _visible(self, run: Run, parts: Iterable[Part], loader: Loader) -> Report:
        """The report of some parts, without what is not to be seen."""
        return visible(run.joined(parts), self.filters, loader)

    def _step(self, run: Run, parts: list[Part], report: Report) -> tuple[list[Part], Loader] | None:
        """The outcome of the first proposal that helps and is allowed; None where there is none. Each step begins
        anew, because what did not help before may do so now; what did not, is not tried again where nothing that it
        rests on was changed."""
        for finding in report.findings:
            if finding in self._vain:
                continue
            helped = self._repair(run, parts, finding, unsafe=self.unsafe)
            if helped is not None:
                proposal, loader, together = helped
                self.done.append(redact(f"{finding.location}: {proposal.says}"))
                self._forget({name for part in together for name in part.used})
                new = {id(part): run.part(part.machine, part.files, loader) for part in together}
                return [new.get(id(part), part) for part in parts], loader
            self._vain.add(finding)
        return None

    def _repair(
        self, run: Run, parts: list[Part], finding: Finding, *, unsafe: bool
    ) -> tuple[Proposal, Loader, list[Part]] | None:
        """The first proposal for a finding that helps, the files with it, and the parts that it touches."""
        path = finding.location.path if finding.location is not None else ""
        together = [part for part in parts if path in part.used]
        for proposal in self._proposals(path, together, finding, unsafe=unsafe) if together else ():
            loader = self._tried(run, together, finding, proposal)
            if loader is not None:
                return proposal, loader, together
        return None

    def _forget(self, paths: set[str]) -> None:
        """What was worked out of these files, of which one was changed."""
        self._vain = {one for one in self._vain if one.location is None or one.location.path not in paths}
        for path in paths:
            self._projects.pop(path, None)

    def _proposals(self, path: str, together: list[Part], finding: Finding, *, unsafe: bool) -> Iterator[Proposal]:
        if finding.limit:
            return iter(())
        if path not in self._projects:
            self._projects[path] = self._project(together)
        return proposals(self._projects[path], finding, unsafe=unsafe)

    def _tried(self, run: Run, together: list[Part], finding: Finding, proposal: Proposal) -> Loader | None:
        """The files with a proposal in them, where it helps and nothing new is found; else None."""
        loader = self.loader.having(self.loader.read)
        for path in {edit.path for edit in proposal.edits}:
            edits = [edit for edit in proposal.edits if edit.path == path]
            loader.read[path] = apply(_text(loader.read[path]) or "", edits).encode()
        try:
            changed = [run.part(part.machine, part.files, loader, remedies=False) for part in together]
        except read.ReadError:
            return None
        names = {name for part in (*together, *changed) for name in part.used}
        report = self._visible(run, together, _some(self.loader, names))
        outcome = self._visible(run, changed, _some(loader, names))
        helps = _helps(report, outcome, finding) and not (proposal.whole and _fails(outcome, finding))
        return loader if helps else None

    def _project(self, together: list[Part]) -> Project:
        """The files that are judged together, as the judge saw them on every machine."""
        stacks = [stack for part in together for _, stack in part.report.stacks]
        names = {name for part in together for name in part.used if editable(name)}
        texts = {name: text for name in sorted(names) if (text := _text(self.loader.read.get(name, b"")))}

        @cache
        def left(opened: frozenset[str]) -> dict[str, tuple[str, ...]]:
            releases: dict[str, tuple[str, ...]] = {}
            for stack in stacks:
                asks = tuple(replace(ask, specifier="") if ask.name in opened else ask for ask in stack.asks)
                for product, values in possible(replace(stack, asks=asks), self.knowledge.store).items():
                    before = releases.get(product, values)
                    releases[product] = tuple(value for value in before if value in values)
            return releases

        archs = (stack.facts.get("arch") for stack in stacks)
        machines = tuple(arch.value for arch in archs if isinstance(arch, Known))
        return Project(stacks[0].asks, texts, left, self.knowledge.store, machines)

    def diff(self) -> str:
        """The changes as a unified diff."""
        return "".join(line for path, old, new in self.changed() for line in _unified(path, old, new))

    def write(self) -> None:
        """Replaces each changed file. Raises `CannotWorkError` where one cannot be written or was changed meanwhile."""
        for path, old, new in self.changed():
            if path == "-":
                raise CannotWorkError("--fix cannot change standard input; --diff shows what would be changed")
            replace_file(path, old, new)

    def changed(self) -> Iterator[tuple[str, bytes, bytes]]:
        """Each changed file with its bytes before and after."""
        return _changed(self.before, self.loader.read)


def _changed(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterator[tuple[str, bytes, bytes]]:
    return ((path, before[path], data) for path, data in after.items() if data != before.get(path))


def _key(finding: Finding) -> tuple[Any, ...]:
    path = finding.location.path if finding.location is not None else None
    return (finding.severity, finding.kind, finding.id, finding.subject, finding.target, path)


def _some(loader: Loader, names: Iterable[str]) -> Loader:
    """A loader with these files alone."""
    return loader.having({name: loader.read[name] for name in names if name in loader.read})


def _fails(outcome: Report, finding: Finding) -> bool:
    """Whether something speaks against what the finding is about after all: a line that fails in another way is not
    mended."""
    return any(
        one.severity in ("error", "warning")
        and (one.subject, one.target) == (finding.subject, finding.target)
        and one.location is not None
        and finding.location is not None
        and one.location.path == finding.location.path
        for one in outcome.findings
    )


def _helps(report: Report, outcome: Report, finding: Finding) -> bool:
    """Whether a change takes this finding away and brings nothing new."""
    before, after = _counts(report), _counts(outcome)
    key = _key(finding)
    new = {mark for mark in after - before if mark[0] in ("error", "warning", "unknown") and mark[1] != "ignore"}
    return not new and after[key] < before[key]


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
