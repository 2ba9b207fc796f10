"""Small named checks of the records: their form, their names, their order, and rows that only repeat them.

A record is written by `matrix learn` alone, so every line must be what it would write. Rows that a record repeats or
contradicts are counted and named, and are no mistakes: a row may know better, and says so with its source.
"""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.disk import names_in
from stackcheck.matrix import native, verify
from stackcheck.matrix.errors import MatrixError, Problem
from stackcheck.matrix.learn import lines_of
from stackcheck.matrix.outcomes import few
from stackcheck.matrix.records import HEADER_KEYS, SCHEMA, Record, read
from stackcheck.matrix.rows import Builds, Wheels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.matrix.records import Records, Release
    from stackcheck.matrix.rows import Row
    from stackcheck.matrix.store import Store

SHIPPED_BYTES = 15_000_000
"""What all shipped records may have together."""


_REMARKS = {
    ("differs", False): "contradict their records without saying why",
    ("differs", True): "correct their records, and say why",
    ("agrees", False): "only repeat their records",
    ("agrees", True): "add advice to their records",
}
ELSEWHERE = "repeat PyPI's records for the builds of other indexes, of which there are none"
"""What is said of rows by what their record says to them, and whether they say more than facts."""


def lint(folder: str) -> list[Problem]:
    """The mistakes in the records of one matrix folder, by place."""
    found: list[Problem] = []
    for index in _names(f"{folder}/records"):
        for name in _names(f"{folder}/records/{index}"):
            path = f"{folder}/records/{index}/{name}"
            try:
                found += _of_file(path, index, name)
            except MatrixError as error:
                found += error.problems
    return found


def size(folder: str) -> int:
    """Bytes of the records of one matrix folder."""
    places = [f"{folder}/records/{index}" for index in _names(f"{folder}/records")]
    return sum(len(read(f"{place}/{name}") or b"") for place in places for name in _names(place))


def _of_file(path: str, index: str, name: str) -> Iterator[Problem]:
    data = read(path)
    if not name.endswith(".jsonl") or data is None:
        yield Problem(path, "", "", "is no record; a record is INDEX/PROJECT.jsonl")
        return
    record = Record(path, data)
    if (record.project, record.index) != (name[:-6], index):
        yield Problem(path, "line 1", "project", f"is the record of {record.project} on {record.index}")
    lines = data.decode("utf-8", "replace").splitlines()
    if lines[0] != json.dumps(_header(record)):
        yield Problem(path, "line 1", "", "is not as `matrix learn` writes it")
    releases = list(record)
    if len(releases) != len(lines) - 1:
        yield Problem(path, "", "", 'holds lines that do not begin with {"version": "')
    for number, (line, written) in enumerate(zip(lines[1:], lines_of(releases), strict=False), 2):
        if line != json.dumps(written):
            yield Problem(path, f"line {number}", written["version"], "is not as `matrix learn` writes it")
    yield from _order(path, releases)
    yield from _bound(path, record, releases)


def _header(record: Record) -> dict[str, object]:
    values = (
        SCHEMA,
        record.project,
        record.index,
        record.address,
        record.read,
        len(record),
        record.files_from,
        record.metadata_from,
    )
    return {key: value for key, value in zip(HEADER_KEYS, values, strict=True) if value is not None}


def _order(path: str, releases: list[Release]) -> Iterator[Problem]:
    """Newest first, each once: who looks for the newest stops at the first that fits."""
    parsed = [versions.strict(release.version) for release in releases]
    for number, (newer, older) in enumerate(itertools.pairwise(parsed), 3):
        if newer is None or older is None or newer <= older:
            yield Problem(path, f"line {number}", "version", f"{older} stands below {newer}")


def _bound(path: str, record: Record, releases: list[Release]) -> Iterator[Problem]:
    """`metadata-from` claims no release that was not read."""
    bound = None if record.metadata_from is None else versions.strict(record.metadata_from)
    for release in releases:
        version = versions.strict(release.version)
        counts = version is not None and not version.is_prerelease and not release.yanked and bool(release.wheels)
        if bound is not None and version is not None and version >= bound and counts and release.main is None:
            yield Problem(path, "line 1", "metadata-from", f"{release.version} has no metadata")


def remarks(store: Store, records: Records) -> list[str]:
    """Rows that a record contradicts, and how many only repeat one; none where no product has a record."""
    known = [
        name
        for name in store.products
        if any(records.record(each) is not None for each in verify.distributions(store.product(name)))
    ]
    outcomes = verify.verify(store, known, verify.of_records(store, known, records))
    rows = [outcome for outcome in outcomes if not outcome.key.endswith("/releases")]
    advice = {row.key: _advises(row) for name in known for row in store.rows(name)}
    elsewhere = {name for name in known if any(set(row.index) - {"pypi"} for row in store.rows_of(name, Builds))}
    said = [(outcome.key, outcome.result) for outcome in rows]
    said += [(key, "agrees" if agrees else "differs") for key, agrees, _ in native.compared(store, tuple(known))]
    kinds: dict[str, list[str]] = {text: [] for text in (*_REMARKS.values(), ELSEWHERE)}
    for key, result in said:
        text = _REMARKS.get((result, advice.get(key.partition("#")[0], False)))
        if text == _REMARKS["agrees", False] and key.partition("/")[0] in elsewhere:
            text = ELSEWHERE
        if text is not None:
            kinds[text].append(key)
    return [f"{len(keys)} rows {text}: {few(keys)}" for text, keys in kinds.items() if keys]


def _advises(row: Row) -> bool:
    """Whether it says more than facts: why, what to do, or what a build from source takes."""
    return bool(row.why or row.fix or row.message) or (isinstance(row, Wheels) and bool(row.needs))


def _names(folder: str) -> list[str]:
    try:
        return [name for name in names_in(folder) if not name.startswith(".")]
    except OSError:
        return []
