"""What is in a wheel that lies on an index, read in place: for `inspect` of an address or of PROJECT==VERSION."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from stackcheck.matrix import learn
from stackcheck.model import Absent, Location, Unknown, Unread
from stackcheck.probe.index import Index, IndexFile, configured
from stackcheck.redact import redact
from stackcheck.scan.inspection import Inspection, Item
from stackcheck.session import libraries
from stackcheck.session.errors import CannotWorkError
from stackcheck.versions import project_name, strict

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackcheck.probe.index import Places


def is_remote(text: str) -> bool:
    """Whether this names a wheel on an index and no file here: an address, or PROJECT==VERSION."""
    return text.startswith(("https://", "http://")) or "==" in posixpath.basename(text)


def inspected(text: str, tell: Callable[[str], None]) -> list[Inspection]:
    """What the wheel holds; of a release, its wheels for each Linux. Raises `CannotWorkError`."""
    places = configured()
    if isinstance(places, Unknown):
        raise CannotWorkError(places.reason)
    try:
        index = Index(places)
    except OSError as error:
        raise CannotWorkError(f"pip's certificates cannot be read: {error.strerror or error}") from error
    if text.startswith(("https://", "http://")):
        name = unquote(posixpath.basename(urlsplit(text).path))
        if not name.endswith(".whl"):
            raise CannotWorkError(f"{redact(text)}: is no address of a wheel")
        return [_read(index, IndexFile(name, text), tell)]
    return [_read(index, file, tell) for file in _files(index, places, text)]


def _files(index: Index, places: Places, text: str) -> list[IndexFile]:
    """The wheels that stand for a release. Raises `CannotWorkError`."""
    name, _, wanted = text.partition("==")
    project, version = project_name(name.strip()), strict(wanted.strip())
    if version is None:
        raise CannotWorkError(f"{text}: is no release; write PROJECT==VERSION")
    if not places.indexes:
        raise CannotWorkError("pip is configured with no index")
    answer = index.project(project)
    if isinstance(answer, Absent):
        raise CannotWorkError(f"{text}: {answer.origin.text}")
    if isinstance(answer, Unknown):
        raise CannotWorkError(f"{text}: {redact(answer.reason)}")
    draft = next((draft for draft in learn.drafts(project, answer.files) if draft.version == version), None)
    if draft is None or not draft.wheels:
        raise CannotWorkError(f"{text}: the index has no {'wheel of it' if draft else 'such release'}")
    chosen = {file.filename for _, file in learn.representatives(draft.wheels)}
    return [file for file in answer.files if file.filename in chosen]


def _read(index: Index, file: IndexFile, tell: Callable[[str], None]) -> Inspection:
    tell(f"reading {file.filename}")
    address = file.url.partition("#")[0]
    found = libraries.read(file.filename, index.part(address))
    if isinstance(found, Unknown):
        raise CannotWorkError(f"{file.filename}: {redact(found.reason)}")
    place = Location(file.filename)
    notes = [Unread(f"{reason}.", place) for reason in found.damaged]
    if found.left:
        notes.append(Unread(f"{found.left} smaller libraries.", place, "note"))
    for held in found.read:
        if held.ptxas is not None:
            text = f"{held.path} beyond its release: it is the assembler of CUDA {held.ptxas}."
        else:
            text = "" if held.whole else f"{held.path} beyond where its list of GPU code had settled."
        notes += [Unread(text, place, "note")] if text else []
    items = tuple(Item(held.path, held.library) for held in found.read)
    tags = ("-".join(file.filename[:-4].split("-")[-3:]),)
    return Inspection(file.filename, "wheel", items, tags, unread=tuple(notes))
