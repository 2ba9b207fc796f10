"""What installed distributions say of themselves: METADATA, WHEEL and, where it can matter, RECORD. Nothing is run.

Tolerant as installers are: metadata of any version, .egg-info of setuptools, WHEEL files with blank lines or without
tags. A file that cannot be read is told apart from one that is not there.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from stackcheck.model import Location, Unread
from stackcheck.patterns import pattern
from stackcheck.scan.distributions import normalise
from stackcheck.scan.view import UnreadableError, read_text
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.scan.view import FileView

RECORD_LIMIT = 32 * 1024 * 1024
"""Bytes of one RECORD; those of packages with a hundred thousand files stay below it."""
VARIANTS = pattern(r"cu(?:da)?\d+x?|gpu|cpu|headless|contrib|binary|nightly")
"""Words of a name that tell builds of one project apart: they own the same files (opencv-python and its -headless)."""

# Without those of which the whole marker is an extra, in one line: three of four.
_REQUIRES = pattern(r"""\nRequires-Dist:(?![^\n;]*; extra == ["'][^"'\n]*["']\n(?![ \t]))[ \t]*([^\n]*)""")
_BLANKS = (" ", "\t")
_EXTRA = pattern(r"\bextra\s*==")
_TAG = pattern(r"^Tag:[ \t]*(\S+)", re.MULTILINE)
_LIBRARY = pattern(rb'"?([^,"\n]+\.so(?:\.\d+)*)"?,')
_SUFFIXES = (".dist-info", ".egg-info")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One Requires-Dist as it is written, and its line in the file."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """One record of an installed distribution. `name` is normalised, `path` the file that says all this.

    `tags` are the wheel's, split ("cp311-cp311-linux_aarch64"); none where it was not installed from a wheel.
    `files` are path and hash of what it owns, None where RECORD was not read.
    """

    name: str
    version: str
    folder: str
    path: str
    requires: tuple[Requirement, ...] = ()
    requires_python: str | None = None
    tags: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class Installed:
    """Every record in some folders, and what could not be read."""

    distributions: tuple[Distribution, ...] = ()
    unread: tuple[Unread, ...] = ()


def parse_metadata(text: str) -> tuple[dict[str, str], tuple[Requirement, ...]]:
    """The single fields (the first of each) and the requirements of a METADATA or PKG-INFO, up to its body.

    Requirements of extras are left out, as installers do once the distribution is there: three of four are. A line
    that begins with a blank continues the one before it (RFC 822).
    """
    return _parse_head(_head(text))


def _parse_head(head: str) -> tuple[dict[str, str], tuple[Requirement, ...]]:
    head = f"\n{head}\n"
    requires: list[Requirement] = []
    line, counted = 1, 1
    for match in _REQUIRES.finditer(head):
        value = match[1] if head[match.end() + 1 : match.end() + 2] not in _BLANKS else _value(head, match.start(1))
        if "extra" in value and _of_extra(value):
            continue
        line += head.count("\n", counted, match.start() + 1)
        counted = match.start() + 1
        requires.append(Requirement(value.rstrip(), line))
    places = {key: head.find(f"\n{key}:") for key in ("Name", "Version", "Requires-Python")}
    fields = {key: _value(head, at + len(key) + 2) for key, at in places.items() if at >= 0}
    return fields, tuple(requires)


def _of_extra(requirement: str) -> bool:
    """Whether the marker asks for an extra, whatever else it asks for."""
    marker = requirement.partition(";")[2]
    # Nearly all write it with one blank; the pattern is for the others.
    return ("extra ==" in marker or _EXTRA.search(marker) is not None) and " or " not in requirement


def _value(head: str, start: int) -> str:
    """The value of a field from just after its colon, with the lines that continue it."""
    end = head.find("\n", start)
    while head[end + 1 : end + 2] in _BLANKS:
        end = head.find("\n", end + 1)
    value = head[start:end].strip()
    return " ".join(value.split()) if "\n" in value else value


def _head(text: str) -> str:
    """The headers: all before the first line with nothing on it, which is where the body begins."""
    text = text.lstrip("\ufeff")
    end = text.find("\n\n")
    head = text if end < 0 else text[:end]
    return head.partition("\n\r\n")[0] if "\r" in head else head


def parse_requires_txt(text: str) -> tuple[Requirement, ...]:
    """The requirements of an .egg-info's requires.txt: `[extra]` sections are left out, `[:marker]` is a marker."""
    found: list[Requirement] = []
    section = ""
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.strip()
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#") and not section.partition(":")[0]:
            marker = section.partition(":")[2]
            found.append(Requirement(f"{line}; {marker}" if marker else line, number))
    return tuple(found)


def parse_tags(text: str) -> tuple[str, ...]:
    """The tags of a WHEEL file, compressed ones ("py2.py3-none-any") split; odd ones are left out."""
    tags: list[str] = []
    for tag in _TAG.findall(text):
        parts = tag.split("-")
        if len(parts) == 3:
            tags += [
                f"{a}-{b}-{c}" for a in parts[0].split(".") for b in parts[1].split(".") for c in parts[2].split(".")
            ]
    return tuple(dict.fromkeys(tags))


def parse_record(text: str) -> tuple[tuple[str, str], ...]:
    """Path and hash of each line of a RECORD; the path as it is written there, beside the metadata folder."""
    lines = (line.rsplit(",", 2) for line in text.splitlines())
    return tuple((parts[0].strip('"'), parts[1]) for parts in lines if len(parts) == 3)


def listed_libraries(view: FileView, one: Distribution) -> Iterator[str]:
    """The shared libraries that a distribution's RECORD lists, as paths of the view; none where it has no RECORD.

    Raises `UnreadableError`, when the first one is asked for.
    """
    record = view.read_bytes(f"{posixpath.dirname(one.path)}/RECORD", RECORD_LIMIT) or b""
    at = record.find(b".so")  # most lines have none, and this is the hot path
    while at >= 0:
        match = _LIBRARY.match(record, record.rfind(b"\n", 0, at) + 1)
        if match is not None:
            yield posixpath.normpath(posixpath.join(one.folder, match[1].decode("utf-8", "replace")))
        end = record.find(b"\n", at)
        at = record.find(b".so", end) if end >= 0 else -1


def installed(view: FileView, folders: Iterable[str], arch: str | None = None, python: str | None = None) -> Installed:
    """Every distribution in these folders, in their order. `arch` and `python` ("3.11") decide whose RECORD is read:

    that of a wheel with no tag for them, and of distributions whose names differ only in a variant.
    """
    unread: list[Unread] = []
    found = [one for folder in dict.fromkeys(folders) for one in _folder(view, folder, unread)]
    twins = _twins(found)
    kept = tuple(
        _with_files(view, one, unread) if one.path in twins or not _fits(one.tags, arch, python) else one
        for one in found
    )
    return Installed(kept, tuple(unread))


def _folder(view: FileView, folder: str, unread: list[Unread]) -> Iterator[Distribution]:
    try:
        names = view.list_dir(folder)
    except UnreadableError as error:
        unread.append(Unread(f"{error}.", Location(folder)))
        return
    for name in names:
        if name.endswith(_SUFFIXES) and not name.startswith("~"):
            try:
                one = _distribution(view, folder, f"{folder}/{name}")
            except UnreadableError as error:
                unread.append(Unread(f"{error}.", Location(f"{folder}/{name}")))
                continue
            if one is not None:
                yield one


def _distribution(view: FileView, folder: str, info: str) -> Distribution | None:
    """What one metadata folder says; None for what an interrupted removal left behind."""
    egg = info.endswith(".egg-info")
    path = f"{info}/PKG-INFO" if egg else f"{info}/METADATA"
    data = view.read_bytes(path)
    if data is None:
        return None
    # The body, mostly a README, is ten times as long as the headers: not even decoded.
    head = data.partition(b"\n\n")[0].decode("utf-8", "replace")
    fields, requires = _parse_head(head) if head[:1].isalpha() and "\r" not in head else parse_metadata(head)
    if not fields.get("Name") or not fields.get("Version"):
        return None
    if egg and not requires:
        requires = parse_requires_txt(read_text(view, f"{info}/requires.txt") or "")
        path = f"{info}/requires.txt" if requires else path
    tags = () if egg else parse_tags(read_text(view, f"{info}/WHEEL") or "")
    python = fields.get("Requires-Python") or None
    return Distribution(normalise(fields["Name"]), fields["Version"], folder, path, requires, python, tags)


def _twins(found: Iterable[Distribution]) -> set[str]:
    """The paths of distributions in one folder whose names differ only in a word that tells variants apart."""
    groups: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for one in found:
        stem = "-".join(word for word in one.name.split("-") if not VARIANTS.fullmatch(word))
        groups.setdefault((one.folder, stem), set()).add((one.name, one.path))
    return {path for group in groups.values() if len({name for name, _ in group}) > 1 for _, path in group}


def _fits(tags: tuple[str, ...], arch: str | None, python: str | None) -> bool:
    """Whether one tag may be for this machine and Python; without tags there is nothing to doubt."""
    return not tags or any(_tag_fits(tag, arch, python) for tag in tags)


def _tag_fits(tag: str, arch: str | None, python: str | None) -> bool:
    interpreter, abi, platform = tag.split("-")
    if arch is not None and platform != "any" and not platform.endswith(f"_{arch}"):
        return False
    own = python is None or interpreter in ("py3", f"cp{python.replace('.', '')}", f"py{python.replace('.', '')}")
    return own or abi in ("abi3", "none")


def _with_files(view: FileView, one: Distribution, unread: list[Unread]) -> Distribution:
    path = f"{posixpath.dirname(one.path)}/RECORD"
    try:
        text = read_text(view, path, RECORD_LIMIT)
    except UnreadableError as error:
        unread.append(Unread(f"{error}.", Location(path)))
        return one
    if text is None:
        return one
    files = parse_record(text)
    return Distribution(one.name, one.version, one.folder, one.path, one.requires, one.requires_python, one.tags, files)
