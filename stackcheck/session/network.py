"""`--online` and `--resolve`: what is asked of the network, and only because the user says so."""

from __future__ import annotations

import os
import posixpath
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from stackcheck.judge import online
from stackcheck.judge.findings import in_order
from stackcheck.judge.laws import wheel_law
from stackcheck.judge.working import Working
from stackcheck.matrix.records import Record, Records
from stackcheck.model import Finding, Reason, Unknown
from stackcheck.probe import resolve as resolver
from stackcheck.probe.index import Index, configured
from stackcheck.probe.resolution import asks, left_asks, passed_asks
from stackcheck.session.current import Current
from stackcheck.session.errors import CannotWorkError, folder_to_make
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from stackcheck.judge.laws.wheel_law import Machine
    from stackcheck.judge.online import Answer
    from stackcheck.matrix.store import Store
    from stackcheck.model import Ask, Report, Severity, Stack
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
            return Index(places, cache_folder(self.cache, own=self.online))
        except OSError as error:
            return Unknown(f"pip's certificates cannot be read: {error.strerror or error}")

    def report(self, stack: Stack, files: Iterable[str], store: Store, judge: Callable[..., Report]) -> Report:
        """The report on a stack with what the network adds to it; `judge` takes the stack and `store`."""
        notes: list[Finding] = []
        left: tuple[Ask, ...] = ()
        passed: tuple[Ask, ...] = ()
        if self.resolve:
            resolution, notes = self._resolution(stack, list(files), store)
            if resolution is not None:
                left, passed = left_asks(resolution, stack.asks), passed_asks(resolution, stack.asks)
                stack = stack.with_asks(_closure(stack.asks, asks(resolution, stack.asks), passed, left))
        answers = self._answers([*left, *passed, *(stack.asks if self.online else ())], store)
        current = [answer for answer in answers.values() if isinstance(answer, Record)]
        if current:
            store = store.with_records((store.records or Records(())).with_current(current))
        report = judge(stack, store=store)
        added = [*notes, *online.unresolved(left, report.findings, store)]
        if self.online:
            added += online.findings(stack.asks, answers, store)
        return replace(report, findings=in_order((*report.findings, *added)))

    # --- asking the index -------------------------------------------------------------------------------------

    def _answers(self, asks: Sequence[Ask], store: Store) -> dict[str, Answer]:
        questions = online.questions(asks)
        index = self.index if questions else Unknown("")
        if isinstance(index, Unknown):
            return {question.name: index for question in questions}
        folder = cache_folder(self.cache, own=self.online)
        return Current(index, folder, store.records).answers(questions, self.tell)

    # --- resolving --------------------------------------------------------------------------------------------

    def _resolution(self, stack: Stack, files: list[str], store: Store) -> tuple[Resolution | None, list[Finding]]:
        uv = resolver.find_uv()
        if uv is None:
            raise CannotWorkError(_NO_UV)
        job = self._job(stack, files, Working(stack, store, None).machine)
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
        pins = tuple(
            Reason(f"{pin.name}=={pin.version}", f"via {', '.join(pin.via)}" if pin.via else "uv")
            for pin in resolution.pins
        )
        return resolution, [replace(_resolved("note", text), because=pins)]

    def _job(self, stack: Stack, files: list[str], machine: Machine | None) -> resolver.Job | Unknown:
        if machine is None:
            return Unknown("the target takes no wheel for Linux and CPython")
        if len(machine.arches) != 1:
            return Unknown("the target's architecture is not known")
        platform = resolver.platform(machine.arches[0], machine.glibc)
        told = len(machine.pythons) < len(wheel_law.EVERY_PYTHON)
        python = machine.pythons[0] if told else None  # the oldest of those that the files let in
        readable = [path for path in files if _uv_reads(path)]
        if platform is None:
            return Unknown(f"uv knows no Linux on {machine.arches[0]}")
        if python is None:
            return Unknown("the target's Python is not known; name it, as in --fact python=3.12")
        if not readable:
            return Unknown("none of them is a requirements file or a pyproject.toml (standard input is not resolved)")
        constraints = tuple(path for path in readable if "constraint" in posixpath.basename(path).lower())
        sources = tuple(path for path in readable if path not in constraints)
        if not sources:
            return Unknown("they only constrain")
        return resolver.Job(sources, constraints, platform, python, self._variables(stack), cache_folder(self.cache))

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


def _closure(stated: Sequence[Ask], pins: Sequence[Ask], passed: Sequence[Ask], left: Sequence[Ask]) -> tuple[Ask, ...]:
    """What a resolution adds to the lines: its pins, and in their place what an installer would take another release
    for; and what it could not use."""
    own = {ask.name for ask in stated if ask.applies}
    others = {ask.name for ask in passed}
    kept = (ask for ask in pins if ask.name not in others)
    return (*kept, *passed, *(ask for ask in left if ask.name not in own))


def _resolved(severity: Severity, text: str) -> Finding:
    return Finding("resolve", "resolve/closure", severity, "closure", text)


def _uv_reads(path: str) -> bool:
    name = posixpath.basename(path)
    return name == "pyproject.toml" or path.endswith((".txt", ".in"))


def cache_folder(stated: str | Path | None, *, own: bool = False) -> Path | None:
    """The folder for what the network gives, made for its owner alone: the one named (`--cache`), else with `own` the
    user's, where it can be made. Raises `CannotWorkError` for one that is named and cannot be."""
    if stated is None and not own:
        return None
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    if stated is None:
        path = Path(base).expanduser() / "stackcheck"
    else:
        path = Path(folder_to_make("--cache", os.fspath(stated)))
    try:
        path.mkdir(0o700, parents=True, exist_ok=True)
    except OSError as error:
        if stated is None:
            return None
        raise CannotWorkError(f"--cache {path}: cannot be made: {error.strerror or error}") from error
    return path
