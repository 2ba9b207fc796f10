"""Records that are made in a run (`--online`): what an index has of a project now, kept for a day."""

from __future__ import annotations

import contextlib
import hashlib
import time
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from stackcheck.disk import write_whole
from stackcheck.matrix import learn, records
from stackcheck.matrix.errors import MatrixError
from stackcheck.model import Absent, Unknown
from stackcheck.probe.fetch import PRIVATE
from stackcheck.redact import redact
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from stackcheck.judge.online import Answer, Question
    from stackcheck.probe.index import Index, Places, ProjectFiles
    from stackcheck.probe.wheel import Contents

KEPT_S = 86_400.0
"""How long a record is taken without asking the index again."""


@dataclass(frozen=True)
class Current:
    """Makes records of what an index has. `folder` keeps them; `older` is what was read of PyPI before, whose metadata
    serves for releases of which nothing has changed; it is read too of the `newest` so many others, and of those that a
    question pins."""

    index: Index
    folder: Path | None = None
    older: records.Records | None = None
    newest: int = 0

    def answers(self, questions: Sequence[Question], tell: Callable[[str], None] | None = None) -> dict[str, Answer]:
        """For each project its record, or why there is none."""
        placed = {question: _places(question, self.index.places) for question in questions}
        found: dict[str, Answer] = {}
        for question, places in placed.items():
            kept = self._kept(question, places)
            if kept is not None:
                found[question.name] = kept
        asked = [question for question in questions if question.name not in found]
        pairs = [(question.name, placed[question]) for question in asked]
        there = []
        for question, answer in zip(asked, self.index.ask(pairs, tell), strict=True):
            if isinstance(answer, (Absent, Unknown)):
                found[question.name] = answer
            else:
                there.append((question, answer))
        jobs = [partial(self._made, question, placed[question], answer) for question, answer in there]
        reads = self.newest or any(question.pins for question, _ in there)
        made = self.index.fetcher.each(jobs) if reads else [job() for job in jobs]
        found.update((question.name, record) for (question, _), record in zip(there, made, strict=True))
        return found

    def _made(self, question: Question, places: Places, answer: ProjectFiles) -> records.Record:
        older = None if self.older is None or not question.configured else self.older.record(question.name)
        drafts = learn.drafts(question.name, answer.files)
        day = date.today().isoformat()
        pinned = self._pinned(question, answer, drafts, older)
        contents = {**self._contents(answer, drafts, older), **pinned}
        data = learn.record(question.name, records.PYPI, day, drafts, contents, older)
        if self.folder is not None:
            with contextlib.suppress(OSError):  # it is then asked for again
                path = self._path(question, places, self.folder)
                path.parent.mkdir(0o700, parents=True, exist_ok=True)
                write_whole(str(path), data, private=True, sync=False)
        return _record(question, data)

    def _contents(
        self, answer: ProjectFiles, drafts: Sequence[learn.Draft], older: records.Record | None
    ) -> dict[str, Contents]:
        """The metadata of the newest releases of which the older record has none; what cannot be read is not known."""
        if not self.newest:
            return {}
        by_name = {file.filename: file for file in answer.files}
        wanted = learn.to_read(drafts, learn.Selection(self.newest), older)
        read = {file.filename: self.index.contents(by_name[file.filename], listed=False) for file in wanted}
        return {name: one for name, one in read.items() if not isinstance(one, Unknown)}

    def _pinned(
        self,
        question: Question,
        answer: ProjectFiles,
        drafts: Sequence[learn.Draft],
        older: records.Record | None,
    ) -> dict[str, Contents]:
        """The metadata of the releases that a question pins."""
        by_name = {file.filename: file for file in answer.files}
        wanted = {
            one for pin in question.pins for one in learn.to_read(drafts, learn.Selection.parse(f"=={pin}"), older)
        }
        names = sorted(file.filename for file in wanted)
        read = {name: self.index.contents(by_name[name], listed=False) for name in names}
        return {name: one for name, one in read.items() if not isinstance(one, Unknown)}

    def _kept(self, question: Question, places: Places) -> records.Record | None:
        """What an earlier run made of the same addresses; None where that is nothing, old or damaged."""
        if self.folder is None:
            return None
        path = self._path(question, places, self.folder)
        try:
            if not 0 <= time.time() - path.stat().st_mtime < KEPT_S:
                return None
            data = records.read(str(path))
            found = None if data is None else _record(question, data)
            lines = [found.release(pin) for pin in question.pins] if found is not None else []
            return None if any(line is not None and line.wheels and line.main is None for line in lines) else found
        except (OSError, MatrixError):
            return None

    def _path(self, question: Question, places: Places, folder: Path) -> Path:
        """Apart for each set of addresses; what a password gave lies where others cannot look."""
        addresses = "\n".join((*places.indexes, *places.links, *([f"metadata {self.newest}"] if self.newest else [])))
        private = redact(addresses) != addresses
        name = hashlib.sha256(addresses.encode("utf-8", "replace")).hexdigest()[:20]
        return (folder / PRIVATE if private else folder) / "records" / name / f"{question.name}.jsonl"


def _record(question: Question, data: bytes) -> records.Record:
    return records.Record(f"records/{records.PYPI}/{question.name}.jsonl", data, question.places)


def _places(question: Question, usual: Places) -> Places:
    own = tuple(f"https://{host}/" for host in question.hosts)
    if not question.configured:
        return replace(usual, indexes=own, links=())
    return replace(usual, indexes=(*usual.indexes, *own))
