"""Many machines at once: documents → what is to be judged of each → judged once for equal ones → one report.

This process reads the documents and takes their digests; what is new goes to workers in batches (`session.workers`),
whose verdicts are merged. An image is a machine for each target that it is to run on, and is read where it is judged.
A document that cannot be used is one line of the report.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from stackcheck.judge import drift, requires_dist
from stackcheck.model import Finding, Ignore
from stackcheck.read.environment import DocumentError, Pairs, environment_of, labels_of
from stackcheck.redact import redact
from stackcheck.report.fleet import Fleet, Verdicts
from stackcheck.report.fleet_machines import Machine, Machines
from stackcheck.session.against import against_of, identity
from stackcheck.session.check import check
from stackcheck.session.documents import documents, loaded
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.files import Loader
from stackcheck.session.filters import beyond_baseline, by_cause, chosen, known
from stackcheck.session.installed import add_findings
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.machine import target_of
from stackcheck.session.remedies import Remedies
from stackcheck.session.tasks import batches, reasons, verdicts_of
from stackcheck.session.workers import spread
from stackcheck.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stackcheck.model import Report
    from stackcheck.session.against import Against, Earlier
    from stackcheck.session.documents import Document
    from stackcheck.session.request import Filters, Request
    from stackcheck.session.workers import Workers

BATCH = 32
"""So many machines go to a worker at once."""
FORGET = 64
"""After so many machines a worker forgets what it worked out for each of them."""
HEAVY = 16
"""So many documents take as long as an image, or longer."""
_PLACE = "the environment"
"""What chains call a document, the same for all of them."""


@dataclass(frozen=True)
class Work:
    """What is the same for every machine of a run: the request without its machine, what is to be seen, and what the
    machines are compared with."""

    request: Request
    filters: Filters
    against: Against | None = None


@dataclass(frozen=True)
class Task:
    """One machine to judge: the digest of what is judged, a loaded document, the name of a target that it is, the
    labels on which something depends, and the loaded document from before. Of an `image`, its path and that target."""

    key: bytes
    document: object = None
    target: str | None = None
    labels: tuple[tuple[str, str], ...] = ()
    before: object = None
    image: str | None = None

    @property
    def weight(self) -> int:
        """How much of a batch it makes."""
        return 1 if self.image is None else HEAVY


def fleet(
    names: Sequence[str],
    request: Request,
    filters: Filters,
    workers: Workers,
    tell: Callable[[str], None],
    against: str | None = None,
    targets: Sequence[str] = (),
) -> Fleet:
    """The report on the machines of some documents; see `documents` for their names. `request` names no machine;
    `against` is what they are compared with (`against_of`), `targets` are the machines that images are to run on.

    Raises the errors of `session.errors.expected` for what is wrong with the request itself.
    """
    ignores = (one if isinstance(one, Ignore) else Ignore(known(one), "--ignore") for one in filters.ignore)
    # That one machine does not need an ignore says nothing of it.
    ignore = tuple(replace(one, must_match=False) for one in ignores)
    compared, earlier = against_of(against)
    work = Work(request, replace(filters, ignore=ignore), compared)
    bench = _bench(work)
    bench.prove()
    images = _Images(tuple(dict.fromkeys(map(target_of, targets))), compared is not None)
    intake = _Intake(tell, images, frozenset() if compared is None else compared.labels, earlier)
    for part in spread(judged, work, batches(intake.tasks(documents(names)), BATCH), workers):
        intake.verdicts.add(part)
    if targets and not intake.images.seen:
        text = "images run on it, and there is none: each document is a machine itself"
        raise CannotWorkError(f"--target {targets[0]}: {text}")
    return Fleet(bench.remedies.knowledge.version, intake.machines, intake.verdicts)


@dataclass
class _Images:
    """What is known of all images: the targets that they are to run on, and whether machines are compared. `seen`:
    there was one."""

    targets: tuple[str, ...]
    compared: bool
    seen: bool = False


@dataclass
class _Intake:
    """The documents as they come in: each becomes a machine, and the first of equal ones a task."""

    tell: Callable[[str], None]
    images: _Images
    deciding: frozenset[str] = frozenset()
    earlier: Earlier | None = None
    machines: Machines = field(default_factory=Machines)
    verdicts: Verdicts = field(default_factory=Verdicts)

    def tasks(self, found: Iterable[Document]) -> Iterator[Task]:
        """What is to be judged of the documents."""
        for number, document in enumerate(found, start=1):
            try:
                yield from self._image(document) if document.image else (self._document(document),)
            except DocumentError as error:
                key = _digest("unread", document.place)
                self.verdicts.unread(key, reasons(error))
                self._add(document, (), "", key)
            if number % 100 == 0:
                self.tell(f"{number:,} documents")

    def _document(self, document: Document) -> Task:
        """What is to be judged of a document. Raises `DocumentError`."""
        labels, board, task = taken(document, self.deciding, self.earlier)
        self._add(document, labels, board, task.key)
        return task

    def _image(self, document: Document) -> Iterator[Task]:
        """What is to be judged of an image: a machine for each target. Raises `DocumentError`."""
        self.images.seen = True
        if self.images.compared:
            raise DocumentError(document.place, ["is an image, and --against compares machines"])
        if not self.images.targets:
            raise DocumentError(document.place, ["is an image: name the --target that it is to run on"])
        for target in self.images.targets:
            key = _digest("image", document.place, target)
            place = redact(document.place)
            self.machines.add(Machine(f"{place} on {target}", place, (), target, key))
            yield Task(key, target=target, image=document.place)

    def _add(self, document: Document, labels: tuple[tuple[str, str], ...], board: str, key: bytes) -> None:
        name = dict(labels).get("host") or document.target or document.place
        self.machines.add(Machine(redact(name), redact(document.place), labels, board, key))


def taken(
    document: Document, deciding: frozenset[str] = frozenset(), earlier: Earlier | None = None
) -> tuple[tuple[tuple[str, str], ...], str, Task]:
    """The labels of a document, its board or GPU, and what is to be judged. `deciding` are the labels on which that
    depends. Raises `DocumentError`."""
    tables = loaded(document)
    labels = tuple(sorted(labels_of(tables, document.place).items()))
    assert isinstance(tables, dict)  # noqa: S101 - what has labels, or could have
    own = tuple(pair for pair in labels if pair[0] in deciding)
    before = None if earlier is None else earlier.document(identity(document, dict(labels)))
    try:
        if _twice(tables):
            environment_of(tables, document.place)
        key = _digest(document.target or "", _canonical(tables), _canonical(before), repr(own))
    except RecursionError as error:
        raise DocumentError(document.place, ["the document is nested too deeply"]) from error
    return labels, _board(tables), Task(key, tables, document.target, own, before)


def _canonical(document: Any) -> str:
    """What is judged of a document, the same for equal ones."""
    judged = {key: value for key, value in (document or {}).items() if key not in ("labels", "title")}
    return json.dumps(judged, sort_keys=True, default=lambda value: {"odd": repr(value)})


def _twice(value: object) -> bool:
    """Whether a key is twice somewhere in a document."""
    if isinstance(value, dict):
        return bool(isinstance(value, Pairs) and value.twice) or any(map(_twice, value.values()))
    return isinstance(value, list) and any(map(_twice, value))


def _board(document: dict[str, Any]) -> str:
    """What kind of machine a document says that it is: its board, else its first GPU, else its architecture."""
    facts, gpus = document.get("facts"), document.get("gpus")
    facts = facts if isinstance(facts, dict) else {}
    gpu = gpus[0] if isinstance(gpus, list) and gpus and isinstance(gpus[0], dict) else {}
    names = (facts.get("board"), gpu.get("name"), facts.get("gpu"), facts.get("arch"))
    return redact(next((name for name in names if isinstance(name, str) and name), ""))


def _digest(*texts: str) -> bytes:
    return hashlib.blake2b("\0".join(texts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def judged(work: Work, tasks: Sequence[Task]) -> Verdicts:
    """What is to say of some machines: a function of its arguments and the matrix alone, wherever it runs."""
    return verdicts_of(tasks, _bench(work).report)


@lru_cache(maxsize=1)
def _bench(work: Work) -> _Bench:
    return _Bench(work)


class _Bench:
    """Where one process judges: what it has read of the matrix and of the project's files."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.remedies = Remedies(open_knowledge(work.request.matrix))
        self._reference = None if work.against is None else work.against.reference()
        self._files: dict[str, bytes] = {}
        self._judged = 0

    def prove(self) -> None:
        """Judges a machine of which nothing is known. Raises the errors of a request that is wrong for every machine:
        a file that is not there, a product that nobody knows."""
        self.report(Task(b"", {}))

    def report(self, task: Task) -> Report:
        """What is to say of one machine."""
        self._judged += 1
        if self._judged % FORGET == 0:
            self.remedies = Remedies(self.remedies.knowledge)
            requires_dist.forget()
        loader = Loader()
        loader.read = self._files
        report = self._checked(task, loader)
        differing = list(self._differing(task, report, loader))
        report = add_findings(report, differing) if differing else report
        filters = self.work.filters
        return by_cause(beyond_baseline(chosen(report, filters, loader), filters, loader))

    def _checked(self, task: Task, loader: Loader) -> Report:
        request = self.work.request
        if task.image is not None:
            return self._scanned(replace(request, root=task.image, target=task.target), loader)
        named = (
            {"target": task.target} if task.target is not None else {"document": environment_of(task.document, _PLACE)}
        )
        return check(replace(request, platform=None, **named), loader, lambda _: None, self.remedies)

    def _scanned(self, request: Request, loader: Loader) -> Report:
        from stackcheck.scan.image import is_image

        root = str(request.root)
        request = request if is_image(root) else replace(request, platform=None)  # a root file system has none
        try:
            return check(request, loader, lambda _: None, self.remedies)
        except CannotWorkError as error:
            raise CannotWorkError(str(error).removeprefix(f"{root}: ")) from error

    def _differing(self, task: Task, report: Report, loader: Loader) -> Iterator[Finding]:
        """In what a machine differs from what it is compared with."""
        against = self.work.against
        if against is None:
            return
        stack = environment_of(task.document, _PLACE)
        yield from against.findings(stack, dict(task.labels), self._reference)
        if task.before is not None and _canonical(task.before) != _canonical(task.document):
            before = environment_of(task.before, against.since)
            yield from drift.since(stack, before)
            yield from drift.changes(self._checked(Task(b"", task.before), loader).findings, report.findings)
        elif task.before is None and against.since:
            yield Finding("drift", "drift/machine", "note", "machine", f"It is not in {against.since}.")
