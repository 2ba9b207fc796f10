"""`stackcheck matrix learn`: asks an index about named projects, and writes what it says as records.

A few projects at a time, each by one thread: its page, then the wheels that `matrix.learn` names, then the record at
once. So a run that is cut off has written what it finished, and goes on from its cache; a project that could not be
read keeps the record that it had.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from stackcheck.disk import write_whole
from stackcheck.matrix import learn, records
from stackcheck.matrix.errors import MatrixError
from stackcheck.matrix.store import shipped
from stackcheck.model import Absent, Unknown
from stackcheck.probe.fetch import Bounds
from stackcheck.probe.index import Index, Places, configured
from stackcheck.redact import redact
from stackcheck.session import libraries
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.network import cache_folder
from stackcheck.values import dataclass, replace
from stackcheck.versions import index_name, project_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from stackcheck.probe.index import ProjectFiles
    from stackcheck.probe.wheel import Contents

State = Literal["new", "changed", "same", "absent", "failed"]

PROJECT_BYTES = 128 << 20
"""Bytes of wheels that are read for one project in one run; twenty releases of torch take half of it."""

NATIVE_BYTES = 8 << 30
"""Bytes of libraries that are read for one project in one run."""

NATIVE_RUN = Bounds(4 * 3600.0, 64 << 30, (1.0, 5.0))
"""What a run that reads libraries may take and receive."""

RUN = Bounds(3600.0, 2 << 30, (1.0, 5.0))
"""What one run may take and receive."""


@dataclass(frozen=True)
class Request:
    """What the command line asks for. `index` is NAME, NAME=URL, or None for PyPI as pip is configured.

    `native`: what the wheels' libraries hold, too, for these architectures (none named: `matrix.learn.ARCHES`); with
    `whole` every library is read to its end.

    Where `releases` says nothing, metadata is read of the newest twenty; with `every`, of as many as a record has. Of
    the `core` ones beyond them, only what they require without an extra is kept.
    """

    projects: tuple[str, ...] = ()
    every: bool = False
    index: str | None = None
    releases: str | None = None
    core: str | None = None
    into: str | Path | None = None
    cache: str | Path | None = None
    bounds: Bounds = RUN
    project_bytes: int = PROJECT_BYTES
    native: bool = False
    arches: tuple[str, ...] = ()
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Learned:
    """How it went for one project: its record, and what could not be read."""

    project: str
    state: State
    path: str = ""
    releases: int = 0
    wheels_read: int = 0
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """How it went for all of them, and what it cost."""

    index: str
    learned: tuple[Learned, ...]
    requests: int
    received: int

    @property
    def failed(self) -> bool:
        """Whether a project has no record that is as new as this run."""
        return any(one.state in ("absent", "failed") for one in self.learned)


def run(request: Request, tell: Callable[[str], None] = lambda _: None) -> Summary:
    """Learns what is asked for. Raises `CannotWorkError`, before anything is asked, for what cannot be right."""
    selection, core = _selection("--releases", request.releases), _selection("--core", request.core)
    folder = _folder(request.into)
    places = configured()
    if isinstance(places, Unknown):
        raise CannotWorkError(places.reason)
    name, places = _index(request.index, places)
    projects = _projects(request, folder, name)
    arches = _arches(request)
    bounds = NATIVE_RUN if arches and request.bounds is RUN else request.bounds
    try:
        index = Index(places, cache_folder(request.cache, own=True), bounds)
    except OSError as error:
        raise CannotWorkError(f"pip's certificates cannot be read: {error.strerror or error}") from error
    url = redact(places.indexes[0])
    address = index_name(url) if name != records.PYPI and url.startswith("http") else records.PYPI
    work = _Work(
        index,
        name,
        folder / "records" / name,
        date.today().isoformat(),
        request.project_bytes,
        arches,
        request.whole,
        None if address == records.PYPI else address,
        core,
    )
    named = set(map(project_name, request.projects))
    chosen = [selection or (learn.Selection() if project in named else None) for project in projects]
    jobs = [lambda job=job: work.project(*job) for job in zip(projects, chosen, strict=True)]
    found = index.fetcher.each(jobs, lambda count: tell(f"learning from {name}: {count} of {len(jobs)} projects"))
    learned = [
        Learned(project, "failed", reasons=(one.reason,)) if isinstance(one, Unknown) else one
        for project, one in zip(projects, found, strict=True)
    ]
    return Summary(name, tuple(learned), index.fetcher.requests, index.fetcher.received)


@dataclass(frozen=True)
class _Work:
    index: Index
    name: str
    folder: Path
    today: str
    project_bytes: int
    arches: tuple[str, ...] = ()
    whole: bool = False
    address: str | None = None
    core: learn.Selection | None = None

    def project(self, project: str, selection: learn.Selection | None) -> Learned:
        """Asks for one project and writes its record; without a selection, with metadata of as many as it has."""
        path = self.folder / f"{project}.jsonl"
        answer = self.index.project(project)
        if isinstance(answer, Absent):
            return Learned(project, "absent", str(path), reasons=(f"{self.name} has no project {project}",))
        if isinstance(answer, Unknown):
            return Learned(project, "failed", str(path), reasons=(redact(answer.reason),))
        old_data, old, reasons = _old(path, project, self.name)
        drafts = learn.drafts(project, answer.files)
        selection = selection or learn.depth(drafts, old)
        core = learn.to_read_core(drafts, selection, self.core, old)
        contents = {
            **self._contents(answer, learn.to_read(drafts, selection, old), reasons),
            **self._contents(answer, core, reasons, listed=False),
        }
        native = self._native(answer, drafts, selection, old, reasons)
        names = {file.filename for file in core}
        data = learn.record(project, self.name, self.today, drafts, contents, old, native, self.address, names)
        state: State = "same" if data == old_data else "new" if old_data is None else "changed"
        if len(data) > records.LIMIT_BYTES:
            return Learned(project, "failed", str(path), reasons=("its record would be too large",))
        if state != "same":
            try:
                _write(path, data)
            except OSError as error:
                return Learned(project, "failed", str(path), reasons=(f"cannot be written: {error.strerror}",))
        return Learned(project, state, str(path), len(drafts), len(contents), tuple(dict.fromkeys(reasons)))

    def _native(
        self,
        answer: ProjectFiles,
        drafts: Sequence[learn.Draft],
        selection: learn.Selection,
        old: records.Record | None,
        reasons: list[str],
    ) -> dict[str, list[dict[str, Any]]]:
        """What the libraries of the wheels hold, where that is asked for."""
        by_name = {file.filename: file for file in answer.files}
        spend = _purse(NATIVE_BYTES)
        found = {}
        for file in learn.to_read_native(drafts, selection, self.arches, old, whole=self.whole):
            read = libraries.of_wheel(self.index, by_name[file.filename], spend, whole=self.whole)
            if isinstance(read, Unknown):
                reasons.append(redact(read.reason))
            else:
                found[file.filename], damaged = read
                reasons += damaged
        return found

    def _contents(
        self, answer: ProjectFiles, wanted: Sequence[learn.File], reasons: list[str], *, listed: bool = True
    ) -> Mapping[str, Contents]:
        """What the wheels say that are to be read, with `listed` their files too; why one could not be goes to the
        reasons."""
        by_name = {file.filename: file for file in answer.files}
        spend = _purse(self.project_bytes)
        found = {}
        for file in wanted:
            said = self.index.contents(by_name[file.filename], spend, listed=listed)
            if isinstance(said, Unknown):
                reasons.append(redact(said.reason))
            else:
                found[file.filename] = said
        return found


def _arches(request: Request) -> tuple[str, ...]:
    """The architectures whose libraries are read; none unless that is asked for. Raises `CannotWorkError`."""
    if not request.native:
        if request.arches or request.whole:
            raise CannotWorkError(f"{'--arch' if request.arches else '--whole'} is for --native")
        return ()
    wrong = [arch for arch in request.arches if arch not in learn.ARCHES]
    if wrong:
        raise CannotWorkError(f"--arch {wrong[0]}: should be {' or '.join(learn.ARCHES)}")
    return request.arches or learn.ARCHES


def _purse(left: int) -> Callable[[int], bool]:
    """Says whether there are so many bytes left, and takes them."""

    def spend(length: int) -> bool:
        nonlocal left
        left -= length
        return left >= 0

    return spend


def _old(path: Path, project: str, index: str) -> tuple[bytes | None, records.Record | None, list[str]]:
    """The record that is there; one that cannot be read is made anew."""
    try:
        data = records.read(str(path))
        if data is None:
            return None, None, []
        record = records.Record(str(path), data)
        for release in record:
            del release  # every line is read before one of them is relied on
        if (record.project, record.index) != (project, index):
            return data, None, [f"the record that was there is of {record.project} on {record.index}"]
        return data, record, []
    except MatrixError as error:
        return b"", None, [f"the record that was there is made anew: {error}"]


def _write(path: Path, data: bytes) -> None:
    """Beside, and moved into place: a run that is cut off leaves the old record or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(str(path), data)


def _folder(into: str | Path | None) -> Path:
    """The matrix folder to write to. Raises `CannotWorkError`."""
    if into is not None:
        folder = Path(into)
        if folder.exists() and not folder.is_dir():
            raise CannotWorkError(f"--into {into}: is no folder")
        return folder
    folder = Path(shipped())
    if not (folder.parent / "pyproject.toml").is_file():
        raise CannotWorkError("the shipped records belong to this installation; name a matrix folder with --into DIR")
    return folder


def _index(text: str | None, places: Places) -> tuple[str, Places]:
    """The index's name and where it is; pip's certificates and proxy serve for every one."""
    name, equals, url = (text or "").partition("=")
    if text is not None and not records.is_index(name):
        raise CannotWorkError(f"--index {redact(text)}: should be NAME or NAME=URL, with a name such as house")
    if equals:
        if not url.startswith(("https://", "http://", "file:")):
            raise CannotWorkError(f"--index {name}: {redact(url)!r} is no address of an index")
        return name, replace(places, indexes=(url,), links=())
    if not places.indexes:
        raise CannotWorkError("pip is configured with no index; name one: --index NAME=URL")
    if text is None and not places.usual:
        text = "pip is configured with an index of its own; say what it is: --index pypi for a copy of PyPI, or a NAME"
        raise CannotWorkError(text)
    return name or records.PYPI, replace(places, indexes=places.indexes[:1], links=())


def _selection(option: str, text: str | None) -> learn.Selection | None:
    try:
        return None if text is None else learn.Selection.parse(text)
    except ValueError as error:
        raise CannotWorkError(f"{option} {error}") from error


def _projects(request: Request, folder: Path, index: str) -> tuple[str, ...]:
    """The projects to ask for, as indexes spell them. Raises `CannotWorkError`."""
    names = [*request.projects]
    if request.every:
        names += records.Records([folder]).projects(index)
    if not names:
        what = f"{folder}/records/{index} has none yet" if request.every else "name projects, or --all"
        raise CannotWorkError(f"no project to learn: {what}")
    for name in names:
        if not records.is_project(project_name(name)):
            raise CannotWorkError(f"{name[:60]!r} is no name of a project")
    return tuple(dict.fromkeys(map(project_name, names)))


def text(summary: Summary) -> str:
    """For people: a line for each project that is not as it was, and what it cost."""
    lines = []
    for one in summary.learned:
        if one.state in ("new", "changed"):
            lines.append(f"{one.project}: {one.state}, {one.releases} releases, {one.wheels_read} wheels read")
        lines += [f"{one.project}: {one.state if one.state == 'failed' else 'not read'}: {why}" for why in one.reasons]
    states = ("new", "changed", "same", "absent", "failed")
    counts = {state: sum(one.state == state for one in summary.learned) for state in states}
    said = ", ".join(f"{number} {state}" for state, number in counts.items() if number)
    cost = f"{summary.requests} requests, {summary.received / (1 << 20):.1f} MiB"
    return "\n".join([*lines, f"{said} ({summary.index}; {cost})"]) + "\n"
