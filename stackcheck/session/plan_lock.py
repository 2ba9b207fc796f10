"""`plan --lock`: uv resolves all that a plan brings, from wheels; the judge looks at all of it.

The plan's members are pinned, and what they bring is held at the plan's releases as far as uv can. What the judge
refuses becomes a constraint, and uv is asked again. Nothing is built: what has no wheel is left out and named.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from stackcheck.judge.laws import source_builds
from stackcheck.matrix.rows import SourceBuild
from stackcheck.model import Unknown
from stackcheck.plan import files
from stackcheck.plan.values import Lock
from stackcheck.plan.work import stack_of
from stackcheck.probe import resolve
from stackcheck.probe.index import configured
from stackcheck.probe.resolution import asks
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.network import cache_folder
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackcheck.matrix.store import Store
    from stackcheck.model import Finding
    from stackcheck.probe.resolution import Left, Resolution
    from stackcheck.session.knowledge import Knowledge
    from stackcheck.session.plan import Planned

ROUNDS = 8
"""How often uv is asked again after the judge refused something that it took."""
FORMATS = ("requirements.txt", "pylock.toml")
_BY = {
    "torch": "nvcc, beside the torch that is installed",
    "cuda": "nvcc",
    "c": "a C or C++ compiler",
    "python": "setup.py alone",
}
_NO_UV = "--lock needs uv, which is not here; install the extra: pip install 'stackcheck[resolve]'"


def locked(one: Planned, knowledge: Knowledge, tell: Callable[[str], None]) -> Lock:
    """The lock of a plan. Raises `CannotWorkError` where uv is not there, or gives no set that the judge accepts."""
    uv = resolve.find_uv()
    if uv is None:
        raise CannotWorkError(_NO_UV)
    with tempfile.TemporaryDirectory(prefix="stackcheck-") as folder:
        return _Locking(one, knowledge, uv, _job(one, Path(folder)), Path(folder), tell).run()


def _job(one: Planned, folder: Path) -> resolve.Job:
    machine = one.found.supply.machine
    platform = resolve.platform(machine.arches[0], machine.glibc) if machine and len(machine.arches) == 1 else None
    if platform is None:
        raise CannotWorkError("--lock: uv knows no such machine")
    cache = cache_folder(one.request.cache, own=True)
    return resolve.Job((str(folder / "pyproject.toml"),), (), platform, one.plan.python, _indexes(), cache)


def _indexes() -> dict[str, str]:
    """pip's index settings for uv, as variables, which no list of processes shows."""
    places = configured()
    if isinstance(places, Unknown) or places.usual or not places.indexes:
        return {}
    more = {"UV_INDEX": " ".join(places.indexes[1:])} if places.indexes[1:] else {}
    return {"UV_DEFAULT_INDEX": places.indexes[0], **more}


class _Locking:
    """One lock, while it is made."""

    def __init__(
        self, one: Planned, knowledge: Knowledge, uv: str, job: resolve.Job, folder: Path, tell: Callable[[str], None]
    ) -> None:
        self.one = one
        self.knowledge = knowledge
        self.uv = uv
        self.job = job
        self.folder = folder
        self.tell = tell
        self.members = {member.distribution for member in one.plan.members}
        self.held = {
            candidate.distribution: candidate.version
            for candidate in one.found.outcome.pins.values()
            if candidate.distribution not in self.members and candidate.version and not candidate.source
        }
        self.barred: list[tuple[str, str]] = []
        self.refused: list[str] = []

    def run(self) -> Lock:
        (self.folder / "pyproject.toml").write_text(files.project(self.one.plan), encoding="utf-8")
        for _ in range(ROUNDS):
            resolution = self._resolved()
            error = self._error(resolution)
            if error is None:
                return self._lock(resolution)
            self._bar(error, resolution)
        raise CannotWorkError(f"--lock: given up after {ROUNDS} rounds; the last that was refused: {self.refused[-1]}")

    def _resolved(self) -> Resolution:
        lines = [f"{name}=={version}\n" for name, version in self.held.items()]
        lines += [f"{name}!={version}\n" for name, version in self.barred]
        held = self.folder / "held.txt"
        held.write_text("".join(lines), encoding="utf-8")
        self.job = replace(self.job, constraints=(str(held),) if lines else ())
        resolution = resolve.resolve(self.uv, self.job, self.tell)
        if isinstance(resolution, Unknown):
            raise CannotWorkError(f"--lock: {self._without_folder(resolution.reason)}")
        if resolution.conflict is None:
            return resolution
        if not self.held:
            raise CannotWorkError(f"--lock: uv finds no set of releases: {self._without_folder(resolution.conflict)}")
        # What the matrix knows of what members bring along may be older than what they are today.
        self.held = {}
        return self._resolved()

    def _without_folder(self, text: str) -> str:
        return text.replace(f"{self.folder}/", "")

    def _error(self, resolution: Resolution) -> Finding | None:
        """The first error that the judge finds in all of it."""
        found = self.one.found
        stack = stack_of(self.one.stack, found.python, found.outcome, found.build_tools())
        stack = stack.with_asks(asks(resolution, stack.asks))
        report = self.knowledge.judge(stack, self.one.plan.subject, remedies=False)
        return next((finding for finding in report.findings if finding.severity == "error"), None)

    def _bar(self, error: Finding, resolution: Resolution) -> None:
        """Forbids what an error is about, unless the plan itself has it."""
        supply = self.one.found.supply
        named = {error.subject, *error.involves}
        free = (pin for pin in resolution.pins if pin.name not in self.members)
        guilty = next((pin for pin in free if supply.subject(pin.name) in named), None)
        if guilty is None:
            raise CannotWorkError(f"--lock: the judge refuses what uv takes: {error.message}")
        self.held.pop(guilty.name, None)
        self.barred.append((guilty.name, guilty.version))
        self.refused.append(f"{guilty.name} {guilty.version} was refused: {error.message}")

    def _lock(self, resolution: Resolution) -> Lock:
        without = tuple(left.name for left in resolution.left)
        texts = {}
        for form in FORMATS:
            text = resolve.lock(self.uv, self.job, without, form)
            if isinstance(text, Unknown):
                raise CannotWorkError(f"--lock: {self._without_folder(text.reason)}")
            texts[form] = text
        left = tuple(_left(one, self.knowledge.store) for one in resolution.left)
        pins = tuple(sorted((pin.name, pin.version) for pin in resolution.pins))
        return Lock(pins, tuple(self.refused), left, texts)


def _left(left: Left, store: Store) -> str:
    """What was left out, why, and what builds it."""
    rows = store.rows_naming(source_builds.TABLE, SourceBuild, (left.name,))
    by = next((row.by for row in rows if left.name in row.projects), None)
    built = f"it is built with {_BY[by]}" if by is not None else "what builds it is not known here"
    reason = left.reason if left.reason.startswith(left.name) else f"{left.name}: {left.reason}"
    return f"{reason}; {built}."
