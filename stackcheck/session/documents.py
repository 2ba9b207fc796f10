"""What a fleet is made of, one at a time: environment documents as files, folders, patterns, JSON lines or targets by
name, and images beside them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from stackcheck.read.environment import LIMIT, DocumentError, load_environment
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.files import load
from stackcheck.session.knowledge import shipped_text
from stackcheck.session.machine import target_names, target_of
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SUFFIXES = (".json", ".toml", ".jsonl", ".ndjson")
"""The files of a folder that are documents, or hold one in each line."""
LINES = (".jsonl", ".ndjson")
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.zst")
"""The files that are images."""
_ROOT = frozenset(("etc", "usr", "bin", "lib", "var"))
"""A folder with two of these is a root file system."""
_PATTERN = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Document:
    """One document: what it is called, its text, or why there is none. `inside` is its place in the folder that it was
    found in, "" for one that was named. `target` is the shipped target that it is; an `image` has no text: it is an OCI
    layout, an archive of an image or a root file system, and is read where it is judged."""

    place: str
    text: str = ""
    form: Literal["json", "toml"] = "json"
    reason: str = ""
    inside: str = ""
    target: str | None = None
    image: bool = False


def documents(names: Iterable[str]) -> Iterator[Document]:
    """The documents that some names mean, in their order, those of a folder by path. What cannot be read is one with a
    reason. Raises `CannotWorkError` for a name that means nothing."""
    for name in names:
        if name == "-":
            yield from _lines(sys.stdin.buffer, "-")
        elif os.path.isdir(name):
            yield from _folder(name)
        elif os.path.lexists(name):
            yield from _file(name)
        elif _PATTERN & set(name):
            yield from _pattern(name)
        else:
            yield _target(name)


def loaded(document: Document) -> Any:
    """The tables of a document. Raises `DocumentError` where it is none."""
    if document.reason:
        raise DocumentError(document.place, [document.reason])
    return load_environment(document.text, document.place, document.form)


def _folder(folder: str) -> Iterator[Document]:
    """The documents and images below a folder; what begins with a dot is passed over."""
    found = False
    for place, folders, files in os.walk(folder):
        if "oci-layout" in files or len(_ROOT.intersection(folders)) > 1:
            found, folders[:] = True, []
            yield Document(place, inside="" if place == folder else os.path.relpath(place, folder), image=True)
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.endswith((*SUFFIXES, *ARCHIVES)) and not name.startswith("."):
                found = True
                path = os.path.join(place, name)
                yield from _file(path, os.path.relpath(path, folder))
    if not found:
        raise CannotWorkError(
            f"{folder}: holds no document ({', '.join(SUFFIXES)}) and no image; make one with stackcheck env"
        )


def _pattern(pattern: str) -> Iterator[Document]:
    import glob

    paths = sorted(glob.iglob(pattern, recursive=True))
    if not paths:
        raise CannotWorkError(f"{pattern}: no file has such a name")
    for path in paths:
        yield from _folder(path) if os.path.isdir(path) else _file(path)


def _target(name: str) -> Document:
    try:
        target = target_of(name)
    except CannotWorkError as error:
        raise CannotWorkError(f"{name}: is no file, no folder and no target ({', '.join(target_names())})") from error
    return Document(f"target {target}", shipped_text(f"targets/{target}.toml"), "toml", target=target)


def _file(path: str, inside: str = "") -> Iterator[Document]:
    if path.endswith(ARCHIVES):
        yield Document(path, inside=inside, image=True)
        return
    if path.endswith(LINES):
        try:
            with open(path, "rb") as lines:
                yield from _lines(lines, path, inside)
        except OSError as error:
            yield Document(path, reason=f"cannot be read: {error.strerror or error}", inside=inside)
        return
    try:
        data = load(path, LIMIT)
    except OSError as error:
        yield Document(path, reason=f"cannot be read: {error.strerror or error}", inside=inside)
        return
    yield _decoded(data, path, "toml" if path.endswith(".toml") else "json", inside)


def _lines(lines: BinaryIO, name: str, inside: str = "") -> Iterator[Document]:
    """A document in each line that is not empty. A line that is too long is read to its end in pieces."""
    number = 0
    while line := lines.readline(LIMIT + 1):
        number += 1
        rest = line
        while len(rest) > LIMIT and not rest.endswith(b"\n"):
            rest = lines.readline(LIMIT + 1)
        if line.strip() or len(line) > LIMIT:
            yield _decoded(line, f"{name}:{number}", "json", f"{inside}:{number}" if inside else "")


def _decoded(data: bytes, place: str, form: Literal["json", "toml"], inside: str) -> Document:
    if len(data) > LIMIT:
        return Document(place, reason=f"is larger than {LIMIT // 1_000_000} MB", inside=inside)
    try:
        return Document(place, data.decode("utf-8-sig"), form, inside=inside)
    except UnicodeDecodeError as error:
        return Document(place, reason=f"is not UTF-8 text (byte {error.start})", inside=inside)
