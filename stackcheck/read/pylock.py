"""pylock.toml (PEP 751)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.patterns import pattern
from stackcheck.read.document import parse_document
from stackcheck.read.files import Files, ReadResult, merge
from stackcheck.read.lock import Lock, file_names, index_of
from stackcheck.redact import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackcheck.model import Stack
    from stackcheck.read.document import Document

_ENTRY = pattern(r"packages\[(\d+)\]")


def read_pylocks(paths: Iterable[str], target: Stack, load: Callable[[str], bytes]) -> ReadResult:
    """What pylock.toml files install on the target (PEP 751: each package says itself where it counts)."""
    return merge(_read(Lock(parse_document(Files(load).data(path), path), target)) for path in paths)


def _read(lock: Lock) -> ReadResult:
    document = lock.document
    if not lock.readable("1", "lock-version") or not lock.made_for("environments"):
        return lock.result()
    _refused(document)
    for at, table in document.tables("packages"):
        built = not {"vcs", "directory"}.isdisjoint(table)
        archive = file_names(table.get("archive"), "url", "path")
        files = (
            *file_names(table.get("wheels"), "name", "url", "path"),
            *file_names(table.get("sdist"), "name", "url", "path"),
        )
        fits = lock.marker(table.get("marker"))
        indexes = index_of(table.get("index"))
        lock.ask(at, table, fits, files=None if built else (*files, *archive), indexes=indexes)
    lock.requires_python("requires-python")
    return lock.result()


def _refused(document: Document) -> None:
    """Notes what packaging, which installers read the file with, refuses it for; its entries are read all the same."""
    from packaging.pylock import Pylock, PylockValidationError

    try:
        Pylock.from_dict(document.data)
    except (PylockValidationError, ValueError, TypeError) as error:
        reason = redact(str(error).partition("\n")[0]).rstrip(".")
        found = _ENTRY.search(str(getattr(error, "context", None) or reason))
        at = ("packages", int(found[1]), "name") if found else ("packages",)
        text = f"Installers refuse this lock: {reason}."
        document.note(text, document.places.key(at), "warning")
