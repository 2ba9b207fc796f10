"""How what an index says of a project becomes a record: what to ask next, and the bytes that are written. Pure.

Three steps: `drafts` puts the files of the project's page in order, `to_read` names the wheels whose metadata and list
of contents are wanted, `record` writes the lines. The same answers give the same bytes. What an earlier record holds of
a release whose files are the same is taken over, not asked for again: files on an index never change.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Protocol

from packaging.metadata import parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import (
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from stackcheck.matrix.installs import installs
from stackcheck.matrix.records import ANY, LOWEST, RELEASE_KEYS, SCHEMA, SHARED, Metadata, Release, Wheels
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from stackcheck.matrix.records import Record

ARCHES = ("aarch64", "x86_64")
"""The architectures whose wheels are read, the one that counts first."""

SDISTS = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar")
"""How a source distribution's name ends; older ones had a choice, and pip takes them all."""

_TAG = re.compile(r"[a-z0-9_.]{1,200}")
_EXTRA = re.compile(r"extra == '([^']*)'")
_DEVELOPERS = re.compile(
    r"(?:[a-z]+-)?(?:dev|devel|develop|development|tests?|testing|docs?|documentation|lint|linting|quality|style|ci"
    r"|typing|mypy|benchmarks?|coverage|pre-commit)(?:-[a-z0-9]+)?"
)
_DIGITS = re.compile(r"(\d+)")
_DAY = re.compile(r"20\d\d-[01]\d-[0-3]\d", re.ASCII)
_LONGEST = 400
"""Characters of a requires-python that is taken; no real one has half of it."""


class File(Protocol):
    """A file as an index lists it; whoever asked the index has a class of its own."""

    @property
    def filename(self) -> str: ...
    @property
    def requires_python(self) -> str | None: ...
    @property
    def yanked(self) -> bool: ...
    @property
    def upload_time(self) -> str | None: ...


class Files(Protocol):
    """The files of a project, as an index lists them."""

    @property
    def files(self) -> Sequence[File]: ...


class Contents(Protocol):
    """What was read of a wheel: its METADATA, and its files with their sizes (None: not read)."""

    @property
    def metadata(self) -> bytes: ...
    @property
    def paths(self) -> Sequence[tuple[str, int]] | None: ...


@dataclass(frozen=True, slots=True)
class Selection:
    """Which releases' metadata is wanted: the newest so many, or those of a specifier. Only ones that have a wheel.

    The newest are final ones that are not yanked; a specifier takes what `pip` would take for it.
    """

    newest: int = 20
    specifier: SpecifierSet | None = None

    @classmethod
    def parse(cls, text: str) -> Selection:
        """ "newest:20", ">=2.9", "==2.14.*". Raises `ValueError` for anything else."""
        word, colon, number = text.partition(":")
        if word.strip() == "newest" and colon and number.isascii() and number.isdecimal() and len(number) < 6:
            return cls(int(number))
        try:
            return cls(0, SpecifierSet(text))
        except InvalidSpecifier:
            raise ValueError(f"{text[:60]!r} is neither newest:N nor a version specifier such as >=2.9") from None

    def of(self, drafts: Sequence[Draft]) -> tuple[Draft, ...]:
        """The releases selected, newest first."""
        usable = [draft for draft in drafts if draft.wheels]
        if self.specifier is not None:
            early = bool(self.specifier.prereleases)
            return tuple(draft for draft in usable if self.specifier.contains(draft.version, prereleases=early))
        return tuple([draft for draft in usable if draft.counts][: self.newest])


@dataclass(frozen=True, slots=True)
class Draft:
    """One release as the page lists it: its wheels and source distributions, yanked ones too."""

    version: Version
    wheels: tuple[File, ...]
    sdists: tuple[File, ...]

    @property
    def yanked(self) -> bool:
        """Whether every file is."""
        return all(file.yanked for file in (*self.wheels, *self.sdists))

    @property
    def counts(self) -> bool:
        """Whether `metadata-from` speaks of it: a final release that is not yanked and has a wheel."""
        return bool(self.wheels) and not self.version.is_prerelease and not self.yanked


def drafts(project: str, files: Iterable[File]) -> tuple[Draft, ...]:
    """The releases of a project, newest first. Files whose names break the rules do not count, as for installers."""
    found: dict[Version, tuple[dict[str, File], dict[str, File]]] = {}
    for file in files:
        parsed = _parsed(project, file.filename)
        if parsed is not None:
            version, is_wheel = parsed
            found.setdefault(version, ({}, {}))[0 if is_wheel else 1].setdefault(file.filename, file)
    return tuple(
        Draft(version, *(tuple(by_name[name] for name in sorted(by_name)) for by_name in found[version]))
        for version in sorted(found, reverse=True)
    )


def _parsed(project: str, filename: str) -> tuple[Version, bool] | None:
    """The version of a file of this project, and whether it is a wheel."""
    try:
        if filename.endswith(".whl"):
            name, version, _, _ = parse_wheel_filename(filename)
            if not all(_TAG.fullmatch(part.lower()) for part in filename[:-4].split("-")[-3:]):
                return None
        else:
            suffix = next((suffix for suffix in SDISTS if filename.endswith(suffix)), None)
            if suffix is None:
                return None
            name, version = parse_sdist_filename(f"{filename.removesuffix(suffix)}.tar.gz")
    except ValueError:  # of packaging's, or a number of more than 4,300 digits
        return None
    return (version, filename.endswith(".whl")) if name == project else None


# --- what to ask next ----------------------------------------------------------------------------------------------


def depth(found: Sequence[Draft], old: Record | None) -> Selection:
    """The newest so many of which the old record has metadata, at least three; without a record, twenty."""
    if old is None:
        return Selection()
    there = {release.version for release in old if release.main is not None and not release.main.core}
    return Selection(max(3, sum(draft.counts and str(draft.version) in there for draft in found)))


def to_read(found: Sequence[Draft], selection: Selection, old: Record | None = None) -> tuple[File, ...]:
    """The wheels to read: one for each Linux architecture of each release selected that the old record has not."""
    return tuple(
        file for draft in selection.of(found) if _known(draft, old) is None for _, file in representatives(draft.wheels)
    )


def to_read_core(
    found: Sequence[Draft], selection: Selection, core: Selection | None, old: Record | None = None
) -> tuple[File, ...]:
    """The wheels of further releases of which only what they require without an extra is kept: one for each release."""
    whole = set() if core is None else {draft.version for draft in selection.of(found)}
    return tuple(
        representatives(draft.wheels)[0][1]
        for draft in (core.of(found) if core is not None else ())
        if draft.version not in whole and _known(draft, old, core=True) is None and representatives(draft.wheels)
    )


def to_read_native(
    found: Sequence[Draft],
    selection: Selection,
    arches: Sequence[str],
    old: Record | None = None,
    *,
    whole: bool = False,
) -> tuple[File, ...]:
    """The wheels whose libraries are to be read: those of these architectures that the old record does not speak of.

    `whole`: those too of which it was read only what comes first.
    """
    return tuple(
        file
        for draft in selection.of(found)
        for arch, file in representatives(draft.wheels)
        if arch in arches and not _is_read(_known(draft, old), arch, whole=whole)
    )


def _is_read(known: Release | None, arch: str, *, whole: bool) -> bool:
    lines = None if known is None or known.native is None else known.native.get(arch)
    return lines is not None and (not whole or all(line.get("whole") or "ptxas" in line for line in lines))


def representatives(wheels: Sequence[File]) -> tuple[tuple[str, File], ...]:
    """The wheels that stand for a release, by architecture; one pure one, or one of another platform, without any.

    Metadata may differ between them: it is made where the wheel is built. Between the Pythons of one architecture it
    hardly ever does, so the newest one's is taken.
    """
    kept = [wheel for wheel in wheels if not wheel.yanked] or list(wheels)
    found = []
    for arch in ARCHES:
        own = [wheel for wheel in kept if any(_is_linux(name, arch) for name in _tag(wheel)[2].split("."))]
        if own:
            found.append((arch, max(own, key=_preference)))
    if found:
        return tuple(found)
    pure = [wheel for wheel in kept if _tag(wheel)[2] == ANY]
    if pure:
        return ((ANY, max(pure, key=_preference)),)
    return tuple((_tag(wheel)[2], wheel) for wheel in [max(kept, key=_preference)]) if kept else ()


def _preference(wheel: File) -> tuple[bool, bool, list[tuple[int, str]], str]:
    """manylinux before musllinux, an ordinary Python before a free-threaded one, newer ones before older ones."""
    python, abi, platform = _tag(wheel)
    return ("musllinux" not in platform, not abi.endswith("t"), _natural(python), wheel.filename)


def _tag(wheel: File) -> tuple[str, str, str]:
    python, abi, platform = wheel.filename[:-4].lower().split("-")[-3:]
    return python, abi, ".".join(sorted(platform.split(".")))


def _is_linux(platform: str, arch: str) -> bool:
    return platform.endswith(f"_{arch}") and "linux" in platform


def _natural(text: str) -> list[tuple[int, str]]:
    """A key by which cp39 comes before cp310."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in _DIGITS.split(text) if part]


# --- the record ----------------------------------------------------------------------------------------------------


def record(
    project: str,
    index: str,
    day: str,
    found: Sequence[Draft],
    contents: Mapping[str, Contents] | None = None,
    old: Record | None = None,
    native: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    address: str | None = None,
    core: Collection[str] = (),
) -> bytes:
    """The record: header and lines. `contents` are what was read, by file name, and `native` what their libraries hold;
    `day` is today as an ISO date; `address` is what project files call an index other than PyPI by; `core` are the
    files of which only what is required without an extra is kept."""
    releases = [_release(project, draft, contents or {}, old, native or {}, core) for draft in found]
    header: dict[str, Any] = {
        "schema": SCHEMA,
        "project": project,
        "index": index,
        **({} if address is None else {"address": address}),
        "read": day,
        "releases": len(releases),
        "files-from": LOWEST,
    }
    bound = _metadata_from(found, releases)
    if bound is not None:
        header["metadata-from"] = bound
    return b"".join(json.dumps(line).encode("ascii") + b"\n" for line in (header, *lines_of(releases)))


def _metadata_from(found: Sequence[Draft], releases: Sequence[Release]) -> str | None:
    bound = None
    for draft, release in zip(found, releases, strict=True):
        if draft.counts:
            if release.main is None or release.main.core:
                break
            bound = release.version
    return bound


def _release(
    project: str,
    draft: Draft,
    contents: Mapping[str, Contents],
    old: Record | None,
    native: Mapping[str, Sequence[Mapping[str, Any]]],
    core: Collection[str],
) -> Release:
    used = [file for file in (*draft.wheels, *draft.sdists) if not file.yanked] or [*draft.wheels, *draft.sdists]
    counted = Counter(python for file in used if (python := _python(file)) is not None)
    usual = min(counted, key=lambda python: (-counted[python], python), default=None)
    sdists = [_python(file) for file in used if file in draft.sdists]
    known = _known(draft, old)
    read = _of_wheels(project, draft, contents, core) if known is None else None
    source = known or read or (None if old is None else old.release(str(draft.version)))
    dates = [day for file in (*draft.wheels, *draft.sdists) if (day := _day(file.upload_time))]
    return Release(
        str(draft.version),
        min(dates, default=None),
        draft.yanked,
        usual,
        bool(sdists),
        (sdists[0] or ANY) if sdists and usual not in sdists else None,
        _wheels([file for file in draft.wheels if not file.yanked], usual),
        _wheels([file for file in draft.wheels if file.yanked], usual),
        *(((), None, ()) if source is None else (source.of, source.main, source.others)),
        _native(draft, known, native),
    )


def _native(
    draft: Draft, known: Release | None, native: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Mapping[str, Any] | None:
    """What the libraries hold, by architecture: what was read now, else what the old line of the same files says."""
    read = {
        arch: list(native[file.filename]) for arch, file in representatives(draft.wheels) if file.filename in native
    }
    return {**(known.native or {} if known is not None else {}), **read} or None


def _known(draft: Draft, old: Record | None, *, core: bool = False) -> Release | None:
    """The old line of a release whose wheels are still the same, where it has metadata; with `core` even a part."""
    line = None if old is None else old.release(str(draft.version))
    if line is None or line.main is None or (line.main.core and not core):
        return None
    return (
        line
        if _names(draft) == {name for some in (*line.wheels, *line.yanked_wheels) for name in _pairs(some)}
        else None
    )


def _names(draft: Draft) -> set[tuple[str, str]]:
    return {(f"{python}-{abi}", platform) for python, abi, platform in map(_tag, draft.wheels)}


def _pairs(some: Wheels) -> Iterator[tuple[str, str]]:
    return ((python, platform) for python in some.pythons for platform in some.platforms)


def _of_wheels(project: str, draft: Draft, contents: Mapping[str, Contents], core: Collection[str]) -> Release | None:
    """A release that holds only what its wheels say; None where none of them could be read."""
    by_arch = {
        arch: _core(said) if file.filename in core else said
        for arch, file in representatives(draft.wheels)
        if file.filename in contents and (said := parse(project, draft.version, contents[file.filename])) is not None
    }
    if not by_arch:
        return None
    main = next(iter(by_arch.values()))
    of = tuple(arch for arch, said in by_arch.items() if said == main)
    others = tuple((arch, said) for arch, said in by_arch.items() if said != main)
    return Release(str(draft.version), of=of, main=main, others=others)


def parse(project: str, version: Version, contents: Contents) -> Metadata | None:
    """What a wheel's METADATA and contents say; None where it is that of another release, or none."""
    raw, _ = parse_email(contents.metadata)
    try:
        if canonicalize_name(raw["name"]) != project or Version(raw["version"]) != version:
            return None
    except (KeyError, ValueError):
        return None
    # Sorted, since one build's order is not another's; what stands without an extra first.
    written = {text for text in map(_requirement, raw.get("requires_dist", ())) if not _for_developers(text)}
    requires = tuple(sorted(written, key=lambda one: ("extra ==" in one, one)))
    extras = tuple(sorted(set(map(canonicalize_name, raw.get("provides_extra", ())))))
    found = None if contents.paths is None else installs(contents.paths)
    if not "".join((*requires, *extras, *(found or ()))).isprintable():
        return None
    return Metadata(requires, extras, found)


def _for_developers(text: str) -> bool:
    """Whether a requirement is only for extras by which a project is tested, documented or checked: a third of all that
    metadata holds, and what nobody installs it with."""
    extras = _EXTRA.findall(text)
    return bool(extras) and all(_DEVELOPERS.fullmatch(extra) for extra in extras)


def _core(said: Metadata) -> Metadata:
    return Metadata(tuple(text for text in said.requires if "extra ==" not in text), core=True)


def _requirement(text: str) -> str:
    """A requirement as PEP 508 writes it today, with a normalised name; one that cannot be read as it stands."""
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return " ".join(text.split())
    requirement.name = canonicalize_name(requirement.name)
    written = str(requirement)
    return written if "'" in written else written.replace('"', "'")


def _python(file: File) -> str | None:
    """requires-python, as far as it is a text of this world."""
    text = (file.requires_python or "").strip()
    return text if text and text.isprintable() and len(text) <= _LONGEST and text != ANY else None


def _day(text: str | None) -> str:
    """The day of a time stamp; "" for anything else."""
    match = _DAY.match(text or "")
    return match[0] if match else ""


def _wheels(wheels: Sequence[File], usual: str | None) -> tuple[Wheels, ...]:
    """The wheels as sets: the platforms that have the same Pythons together."""
    by_platform: dict[tuple[str, str], set[str]] = {}
    for wheel in wheels:
        python, abi, platform = _tag(wheel)
        asked = _python(wheel)
        limited = "" if asked == usual else (asked or ANY)
        by_platform.setdefault((limited, platform), set()).add(f"{python}-{abi}")
    by_pythons: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (limited, platform), pythons in sorted(by_platform.items()):
        by_pythons.setdefault((limited, tuple(sorted(pythons, key=_natural))), []).append(platform)
    return tuple(Wheels(pythons, tuple(found), limited or None) for (limited, pythons), found in by_pythons.items())


def lines_of(releases: Iterable[Release]) -> Iterator[dict[str, Any]]:
    """The objects of the lines of a record, newest release first: what a newer one has too is named by its version,
    where that is shorter."""
    first: dict[tuple[str, str], str] = {}
    for release in releases:
        line = _line_of(release)
        for key, names in SHARED.items():
            own = {name: line[name] for name in names if name in line}
            text = json.dumps(own)
            newer = first.setdefault((key, text), release.version)
            if own and len(text) > len(json.dumps({key: newer})) and newer != release.version:
                line = {name: value for name, value in line.items() if name not in own} | {key: newer}
        yield {key: line[key] for key in RELEASE_KEYS if key in line}


def _line_of(release: Release) -> dict[str, Any]:
    """A release as the object of a line of its own; what is not there is left out."""
    line: dict[str, Any] = {"version": release.version}
    facts = {
        "date": release.date,
        "yanked": release.yanked,
        "python": release.python,
        "sdist": release.sdist,
        "sdist-python": release.sdist_python,
        "wheels": [str(some) for some in release.wheels],
        "yanked-wheels": [str(some) for some in release.yanked_wheels],
    }
    line |= {key: value for key, value in facts.items() if value}
    if release.main is not None:
        line |= {"of": list(release.of)} | _metadata(release.main)
        if release.others:
            line["others"] = {arch: _metadata(said) for arch, said in release.others}
    return line if release.native is None else line | {"native": release.native}


def _metadata(said: Metadata) -> dict[str, Any]:
    line: dict[str, Any] = {"core": True} if said.core else {}
    line["requires"] = list(said.requires)
    if said.extras:
        line["extras"] = list(said.extras)
    return line if said.installs is None else line | {"installs": list(said.installs)}
