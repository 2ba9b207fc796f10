"""`matrix verify`: what the package index says to rows, and the dates of those that it confirms."""

from __future__ import annotations

import os
from datetime import date
from typing import TYPE_CHECKING

from stackcheck.matrix import learn
from stackcheck.matrix import verify as verification
from stackcheck.matrix.records import PYPI, Record
from stackcheck.model import Absent, Unknown
from stackcheck.probe.index import counting
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.files import load
from stackcheck.session.replace import replace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from stackcheck.probe.index import Index, ProjectFiles
    from stackcheck.session.knowledge import Knowledge
    from stackcheck.session.network import Network


def verify(knowledge: Knowledge, names: Sequence[str], network: Network) -> tuple[verification.Outcome, ...]:
    """What the index says to the rows of these products; of all where none is named. Raises `CannotWorkError`."""
    store = knowledge.store
    products = [knowledge.product(name) for name in names] or list(store.products)
    index = network.index
    if isinstance(index, Unknown):
        raise CannotWorkError(f"matrix verify needs a package index: {index.reason}")
    names = [name for product in products for name in verification.distributions(store.product(product))]
    answers = index.projects(names, network.tell)
    missing = {name: answer for name, answer in answers.items() if isinstance(answer, (Absent, Unknown))}
    silent = [answer for answer in missing.values() if isinstance(answer, Unknown)]
    if silent and len(silent) == len(answers):
        raise CannotWorkError(f"matrix verify needs the network: {silent[0].reason}")
    known = {name: answer for name, answer in answers.items() if not isinstance(answer, (Absent, Unknown))}
    files = {name: learn.drafts(name, answer.files) for name, answer in known.items()}
    found = {name: _record(name, drafts) for name, drafts in files.items()}
    unread = verification.unread(store, products, {**missing, **found})
    to_read = [
        (name, file)
        for name, releases in unread.items()
        for draft in files[name]
        if str(draft.version) in releases
        for _, file in learn.representatives(draft.wheels)
    ]
    contents = _contents(index, known, to_read, network.tell)
    found |= {name: _record(name, files[name], contents) for name in unread}
    return verification.verify(store, products, {**missing, **found})


def _record(name: str, drafts: Sequence[learn.Draft], contents: Mapping[str, learn.Contents] | None = None) -> Record:
    return Record(f"{name} on the index", learn.record(name, PYPI, date.today().isoformat(), drafts, contents))


def _contents(
    index: Index,
    known: Mapping[str, ProjectFiles],
    wanted: Sequence[tuple[str, learn.File]],
    tell: Callable[[str], None] | None,
) -> dict[str, learn.Contents]:
    """The metadata of these wheels, of which the index gives it."""
    by_name = {file.filename: file for answer in known.values() for file in answer.files}
    jobs = [lambda file=file: index.contents(by_name[file.filename], listed=False) for _, file in wanted]
    said = index.fetcher.each(jobs, counting(tell, len(jobs)))
    pairs = zip(wanted, said, strict=True)
    return {file.filename: one for (_, file), one in pairs if not isinstance(one, Unknown)}


def move_dates(folder: str | Path, outcomes: Iterable[verification.Outcome]) -> list[str]:
    """Moves the dates of the sources in a folder of matrix files that were confirmed; a line for each changed file.

    Raises `CannotWorkError` for a file that cannot be read or written, or is no matrix file.
    """
    import datetime

    from stackcheck.matrix.dates import moved

    results = {outcome.key: outcome.result for outcome in outcomes}
    today = datetime.datetime.now(tz=datetime.timezone.utc).date().isoformat()
    lines = []
    for root, _, names in sorted(os.walk(folder)):
        for path in (os.path.join(root, name) for name in sorted(names) if name.endswith(".toml")):
            try:
                old = load(path)
                new, sources = moved(old.decode("utf-8"), results, today)
            except OSError as error:
                raise CannotWorkError(f"{path}: cannot be read: {error.strerror or error}") from error
            except ValueError as error:  # of the encoding, or of TOML
                raise CannotWorkError(f"{path}: is no matrix file: {error}") from error
            if sources:
                replace_file(path, old, new.encode())
                lines.append(f"{path}: {len(sources)} sources were read again on {today}")
    return lines
