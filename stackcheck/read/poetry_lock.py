"""poetry.lock and pdm.lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stackcheck.model import Indexes
from stackcheck.read.document import parse_document
from stackcheck.read.files import Files, ReadResult, merge
from stackcheck.read.lock import Lock, file_names, index_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackcheck.model import Stack


def read_poetry_locks(paths: Iterable[str], target: Stack, load: Callable[[str], bytes]) -> ReadResult:
    """What poetry.lock and pdm.lock files hold; each package has its own markers, as far as the lock has them."""
    return merge(_read_poetry(Lock(parse_document(Files(load).data(path), path), target)) for path in paths)


def _read_poetry(lock: Lock) -> ReadResult:
    document = lock.document
    by_name = document.value("metadata", "files")
    for at, table in document.items("package"):
        if not isinstance(table, dict):
            document.misshapen(at, "a table")
            continue
        entries = table.get("files") or (by_name.get(table.get("name")) if isinstance(by_name, dict) else None)
        files = file_names(entries, "file", "url") if entries else None
        source = table.get("source")
        source = source if isinstance(source, dict) else {}
        built = bool(source) and source.get("type") not in ("legacy", None)
        registry = index_of(source.get("url")) if source.get("type") == "legacy" else Indexes()
        lock.ask(
            at,
            table,
            _of_groups(lock, table),
            files=None if built else files,
            indexes=None if document.path.endswith("pdm.lock") else registry,
            group=_group(table),
        )
    return lock.result()


def _of_groups(lock: Lock, table: dict[str, Any]) -> bool | None:
    """`markers` of a package: a text, or one for each group. An older lock has none: then it counts everywhere."""
    markers = table.get("markers", table.get("marker"))
    if isinstance(markers, dict):
        verdicts = [lock.marker(text) for text in markers.values()]
        return True if True in verdicts else None if None in verdicts else False
    return lock.marker(markers)


def _group(table: dict[str, Any]) -> str | None:
    groups = table.get("groups")
    if table.get("optional") is True:
        return "extra:optional"
    if not isinstance(groups, list) or not groups or not {"main", "default"}.isdisjoint(map(str, groups)):
        return None
    return f"group:{groups[0]}"
