"""`--online` and `--resolve`: what is asked of the network, and only because the user says so."""

from __future__ import annotations

import posixpath
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from stackcheck.judge import coverage, online
from stackcheck.judge.findings import in_order
from stackcheck.model import Finding, Unknown
from stackcheck.probe import resolve as resolver
from stackcheck.probe.index import Index, Places, configured
from stackcheck.probe.resolution import asks, left_asks, passed_asks
from stackcheck.session.errors import CannotWorkError
from stackcheck.values import dataclass, replace
from stackcheck.versions import asked_range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from stackcheck.matrix.published import Target
    from stackcheck.matrix.store import Store
    from stackcheck.model import Ask, Report, Severity, Stack
    from stackcheck.probe.index import Answer
    from stackcheck.probe.resolution import Resolution

_NO_UV = "--resolve needs uv, which is not here; install the extra: pip install 'stackcheck[resolve]'"


@dataclass(frozen=True)
class Network:
    """What the options allow of the network. One object serves a whole run, so nothing is asked twice."""

    online: bool = False
    resolve: bool = False
    cache: str | Path | None = None
    tell: Callable[[str], None] | None = None

    @cached_property
    def index(self) -> Index | Unknown:
        """The index that pip is configured with."""
        places = configured()
        if isinstance(places, Unknown):
            return places
        try:
            return Index(places, _cache_folder(self.cache))
        except OSError as error:
            return Unknown(f"pip's certificates cannot be read: {error.strerror or error}")

    def report(self, stack: Stack, files: Iterable[str], store: Store, judge: Callable[[Stack], Report]) -> Report:
        """The report on a stack with what the network adds to it."""
        machine = online.target(stack)
        added: list[Finding] = []
        left: tuple[Ask, ...] = ()
        passed: tuple[Ask, ...] = ()
        stated = stack.asks
        if self.resolve:
            resolution, notes = self._resolution(stack, list(files), machine)
            added += notes
            if resolution is not None:
                left, passed = left_asks(resolution, stated), passed_asks(resolution, stated)
                own = {ask.name for ask in stated if ask.applies}
                more = (*asks(resolution, stated), *(ask for ask in left if ask.name not in own))
                stack = stack.with_asks(more)
        report = judge(stack)
        offline = report.findings
        answers = self._answers([*left, *passed, *(stated if self.online else ())])
        added += online.unresolved(left, answers, machine, offline, store)
        older = online.findings(passed, answers, machine, (*offline, *added), store, "resolve").findings
        added += [finding for finding in older if finding.kind == "resolve"]
        held = 0
        if self.online:
            outcome = online.findings(stated, answers, machine, (*offline, *added), store)
            added += outcome.findings
            held = outcome.held
        covered = report.coverage
        if self.online:
            answered = [name for name, answer in answers.items() if not isinstance(answer, Unknown)]
            covered = coverage.judged_by_records(covered, answered)
        findings = in_order((*offline, *added))
        return replace(report, findings=findings, held=report.held + held, coverage=covered)

    # --- asking the index -------------------------------------------------------------------------------------

    def _answers(self, asks: Sequence[Ask]) -> dict[str, Answer]:
        questions = online.questions(asks)
        if not questions:
            return {}
        index = self.index
        if isinstance(index, Unknown):
            return {question.name: index for question in questions}
        placed = [(question.name, _places(question, index.places)) for question in questions]
        return {name: answer for (name, _), answer in zip(placed, index.ask(placed, self.tell), strict=True)}

    # --- resolving --------------------------------------------------------------------------------------------

    def _resolution(
        self, stack: Stack, files: list[str], machine: Target | Unknown
    ) -> tuple[Resolution | None, list[Finding]]:
        uv = resolver.find_uv()
        if uv is None:
            raise CannotWorkError(_NO_UV)
        job = self._job(stack, files, machine)
        if isinstance(job, Unknown):
            return None, [_resolved("unknown", f"The files were not resolved: {job.reason}.")]
        resolution = resolver.resolve(uv, job, self.tell)
        if isinstance(resolution, Unknown):
            return None, [_resolved("unknown", f"The files were not resolved: {resolution.reason}.")]
        if resolution.conflict is not None:
            first = next((ask.origin.location for ask in stack.asks if ask.applies), None)
            text = f"uv finds no set of releases for these files: {resolution.conflict}"
            return resolution, [replace(_resolved("error", text), location=first)]
        number = len(resolution.pins)
        aside = ", ".join(one.name for one in resolution.left)
        text = (
            f"uv resolves the files to {number} release{'' if number == 1 else 's'} for Python {job.python} on "
            f"{job.platform}, from wheels alone{f', without {aside}' if aside else ''}."
        )
        return resolution, [_resolved("note", text)]

    def _job(self, stack: Stack, files: list[str], machine: Target | Unknown) -> resolver.Job | Unknown:
        if isinstance(machine, Unknown):
            return machine
        platform = resolver.platform(machine.arch, machine.glibc)
        python = machine.python or floor(stack)
        readable = [path for path in files if _uv_reads(path)]
        if platform is None:
            return Unknown(f"uv knows no Linux on {machine.arch}")
        if python is None:
            return Unknown("the target's Python is not known; name it, as in --fact python=3.12")
        if not readable:
            return Unknown("none of them is a requirements file or a pyproject.toml (standard input is not resolved)")
        constraints = tuple(path for path in readable if "constraint" in posixpath.basename(path).lower())
        sources = tuple(path for path in readable if path not in constraints)
        if not sources:
            return Unknown("they only constrain")
        return resolver.Job(sources, constraints, platform, python, self._variables(stack), _cache_folder(self.cache))

    def _variables(self, stack: Stack) -> dict[str, str]:
        """pip's index settings for uv, where the files are pip's; as variables, which no list of processes shows."""
        indexes = [ask.indexes for ask in stack.asks if ask.indexes is not None]
        if isinstance(self.index, Unknown) or any(one.strategy == "first" for one in indexes):
            return {}
        places = self.index.places
        variables = {"UV_INDEX_STRATEGY": "unsafe-best-match"}
        if places.links:
            variables["UV_FIND_LINKS"] = ",".join(places.links)
        if places.indexes and not places.usual and any("pypi" in one.names for one in indexes):
            variables["UV_DEFAULT_INDEX"] = places.indexes[0]
        if places.indexes[1:]:
            variables["UV_INDEX"] = " ".join(places.indexes[1:])
        return variables


def _places(question: online.Question, usual: Places) -> Places:
    own = tuple(f"https://{host}/" for host in question.hosts)
    if not question.configured:
        return replace(usual, indexes=own, links=())
    return replace(usual, indexes=(*usual.indexes, *own))


def _resolved(severity: Severity, text: str) -> Finding:
    return Finding("resolve", "resolve/closure", severity, "closure", text)


def _uv_reads(path: str) -> bool:
    name = posixpath.basename(path)
    return name == "pyproject.toml" or path.endswith((".txt", ".in"))


def floor(stack: Stack) -> str | None:
    """The oldest Python that requires-python of the files lets in, as a series."""
    ranges = [asked_range(ask.specifier) for ask in stack.asks if ask.name == "python" and ask.specifier]
    for minor in range(9, 16):
        if ranges and all(one is not None and one.contains(f"3.{minor}.99", prereleases=True) for one in ranges):
            return f"3.{minor}"
    return None


def _cache_folder(folder: str | Path | None) -> Path | None:
    """The folder of `--cache`, made for its owner alone where it is not there yet."""
    if folder is None:
        return None
    path = Path(folder)
    try:
        path.mkdir(0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWorkError(f"--cache {path}: cannot be made: {error.strerror or error}") from error
    return path
