"""`matrix verify`: what the package index says to rows, and the dates of those that it confirms."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from stackcheck.matrix import verify as verification
from stackcheck.model import Absent, Unknown
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.files import load
from stackcheck.session.replace import replace_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from stackcheck.probe.index import Answer, IndexFile
    from stackcheck.session.knowledge import Knowledge
    from stackcheck.session.network import Network


def verify(knowledge: Knowledge, names: Sequence[str], network: Network) -> tuple[verification.Outcome, ...]:
    """What the index says to the rows of these products; of all where none is named. Raises `CannotWorkError`."""
    store = knowledge.store
    products = [knowledge.product(name) for name in names] or list(store.products)
    index = network.index
    if isinstance(index, Unknown):
        raise CannotWorkError(f"matrix verify needs a package index: {index.reason}")
    wanted = [name for product in products for name in verification.distributions(store.product(product))]
    projects = index.projects(wanted, network.tell)
    silent = [answer for answer in projects.values() if isinstance(answer, Unknown)]
    if silent and len(silent) == len(projects):
        raise CannotWorkError(f"matrix verify needs the network: {silent[0].reason}")
    files = {file.filename: file for answer in projects.values() for file in _files(answer)}
    to_read = verification.wheels_to_read(store, products, projects)
    metadata = index.metadata((files[file.filename] for file in to_read), network.tell)
    return verification.verify(store, products, verification.Published(projects, metadata))


def _files(answer: Answer) -> tuple[IndexFile, ...]:
    return () if isinstance(answer, (Absent, Unknown)) else answer.files


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
