"""Records: what one index publishes of one project, read by machine (`stackcheck matrix learn`).

`FOLDER/records/INDEX/PROJECT.jsonl` in a matrix folder. The first line is a header; then one release per line, newest
first (PEP 440). Form and meaning: matrices/record.schema.json and matrices/README.md.

    records = Records([shipped(), *user_folders])   # opens nothing
    record = records.record("torch")                # None: no record of this project; index="pypi" unless named
    release = record.release("2.14.0")              # one line parsed; None: it has no line, and `standing` says why
    for release in record:                          # newest first, each line parsed when it is reached
    record.versions                                 # the texts alone, by plain bytes, nothing parsed

What is not in a record is not known, never "not there":
- `record.standing(version)`: "there", "newer" than everything that was read, "below" `files_from`, or "no line".
- `release.metadata(arch)` is None where no METADATA was read (below `metadata_from`, and every release that has no
  wheel); `Metadata.installs` is None where the list of contents was not read, and `Metadata.core` says that nothing was
  kept of the extras.
- `matrix.published` says which machines and Pythons the files of a release serve.

A record of a later folder hides the one of the same project and index in an earlier folder. A file that cannot be used
raises `MatrixError` with its line. A project is a distribution on an index, not a subject of the matrix: `cuda-toolkit`
and `distro` are projects too.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from stackcheck import versions
from stackcheck.disk import names_in, read_own
from stackcheck.matrix.errors import MatrixError, Problem
from stackcheck.matrix.releases import ANY as ANY
from stackcheck.matrix.releases import Metadata as Metadata
from stackcheck.matrix.releases import Release as Release
from stackcheck.matrix.releases import Wheels as Wheels
from stackcheck.matrix.releases import parse_wheels
from stackcheck.patterns import pattern

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator, Mapping

SCHEMA = "stackcheck-record/1"
PYPI = "pypi"
LOWEST = "0.dev0"
"""The lowest version that there is (PEP 440): a list that is complete from here on is complete."""
LIMIT_BYTES = 16 << 20
"""Bytes of one record, at most; the largest that is shipped has less than a thirtieth of it."""

HEADER_KEYS = ("schema", "project", "index", "address", "read", "releases", "files-from", "metadata-from")
RELEASE_KEYS = (
    *("version", "date", "yanked", "files-of", "python", "sdist", "sdist-python", "wheels", "yanked-wheels"),
    *("metadata-of", "of", "core", "requires", "extras", "installs", "others", "native"),
)
"""Every key of a line, in the order in which it is written."""
SHARED: Mapping[str, tuple[str, ...]] = {
    "files-of": ("python", "sdist", "sdist-python", "wheels"),
    "metadata-of": ("of", "core", "requires", "extras", "installs", "others"),
}
"""Keys that name a newer release, and those whose values a line then has from that release's line: most releases of a
project have the same files and requirements as the one after them."""

ARCHITECTURES = ("aarch64", "x86_64")
"""Those of the machines that are judged."""

Standing: TypeAlias = Literal["there", "newer", "below", "no line"]

_NAME = pattern(r"[a-z0-9](?:[a-z0-9-]{0,126}[a-z0-9])?")
_INDEX = pattern(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_ADDRESS = pattern(r"[A-Za-z0-9][^\s\x00-\x1f\x7f]{0,400}")
_VERSION = pattern(r"[0-9][0-9a-z.+!]*")
_DAY = pattern(r"20\d\d-[01]\d-[0-3]\d")
_START = b'\n{"version": "'
_SAME = pattern(rb'"(?:files|metadata)-of": "([^"]+)"')
_YANKED = pattern(rb', "yanked": true[,}]')
_PLATFORM = pattern(rb'"(?:yanked-)?wheels": \["[^]]*linux')


class Record:
    """One project on one index. Lines are parsed when they are asked for, and once."""

    def __init__(self, path: str, data: bytes, places: tuple[str, ...] = ()) -> None:
        """`places`: of a record that was made for this run, the short names of the indexes that were asked for it.

        Raises `MatrixError` for a header that is none, a file that was cut off, and bytes that are no text.
        """
        self.path = path
        self.data = data
        """The bytes of the file."""
        self._lines: dict[int, Release] = {}
        self._places: dict[str, int] = {}
        self._shared: dict[int, dict[str, Any]] = {}
        self._versions: tuple[str, ...] | None = None
        self._yanked: frozenset[str] | None = None
        header = self._object(0)
        if header.get("schema") != SCHEMA:
            raise self._error(0, f"is no {SCHEMA} (schema: {str(header.get('schema'))[:40]!r})", "schema")
        self.project = self._text(header, "project", _NAME, 0)
        self.index = self._text(header, "index", _INDEX, 0)
        self.address = None if "address" not in header else self._text(header, "address", _ADDRESS, 0)
        """What project files call the index by, where that is another name."""
        self.places = places or (self.index, *filter(None, (self.address,)))
        """The short names of the indexes of which it holds what they have."""
        self.current = bool(places)
        """Whether it was made for this run: a release without a line is then on none of its indexes."""
        self.read = self._text(header, "read", _DAY, 0)
        """The day on which the index was read, as an ISO date."""
        self.files_from = self._text(header, "files-from", _VERSION, 0)
        """From this version on, every release of the index on that day has a line."""
        stated = header.get("metadata-from")
        self.metadata_from = None if stated is None else self._text(header, "metadata-from", _VERSION, 0)
        """From this version on, metadata was read of every final release that has a wheel; None: of none."""
        count = header.get("releases")
        if not data.endswith(b"\n") or count != data.count(b"\n") - 1:
            raise self._error(0, "is cut off: it has another number of lines than it says", "releases")

    def __len__(self) -> int:
        return len(self.versions)

    def __iter__(self) -> Iterator[Release]:
        """The releases, newest first."""
        at = self.data.find(_START)
        while at >= 0:
            yield self._release(at + 1)
            at = self.data.find(_START, at + 1)

    def architectures(self, version: str) -> tuple[str, ...]:
        """The architectures for which a release has wheels for Linux; none where it has none, or has no line."""
        release = self.release(version)
        tags = [tag for wheels in (release.wheels if release is not None else ()) for tag in wheels.platforms]
        return tuple(arch for arch in ARCHITECTURES if any("linux" in tag and arch in tag for tag in tags))

    def having(self, *words: bytes) -> Iterator[Release]:
        """The releases whose lines hold one of these words, or share what a line has that does, newest first; the other
        lines are not parsed."""
        holding: set[bytes] = set()
        at = self.data.find(_START)
        while at >= 0:
            end = self.data.find(b"\n", at + 1)
            holds = any(self.data.find(word, at, end) >= 0 for word in words)
            if holds or not holding.isdisjoint(_SAME.findall(self.data, at, end)):
                start = at + len(_START)
                holding.add(self.data[start : self.data.find(b'"', start)])
                yield self._release(at + 1)
            at = self.data.find(_START, end)

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions of all lines, newest first."""
        if self._versions is None:
            starts = self.data.split(_START)[1:]
            self._versions = tuple(start[: start.find(b'"')].decode("utf-8", "replace") for start in starts)
        return self._versions

    @property
    def yanked(self) -> frozenset[str]:
        """The versions of the releases of which every file is yanked (PEP 592)."""
        if self._yanked is None:
            found = (self._version_at(match.start()) for match in _YANKED.finditer(self.data))
            self._yanked = frozenset(found)
        return self._yanked

    @property
    def usual(self) -> tuple[str, ...]:
        """The versions that an installer picks from unless one is pinned, newest first: those that are not yanked."""
        return tuple(text for text in self.versions if text not in self.yanked) if self.yanked else self.versions

    @property
    def newest(self) -> str | None:
        """The first of them."""
        at = self.data.find(_START)
        while at >= 0:
            text = self._version_at(at + 1)
            if text not in self.yanked:
                return text
            at = self.data.find(_START, at + 1)
        return None

    @property
    def only_pure(self) -> bool:
        """Whether no release has a wheel for Linux of its own: what is built from source there always was."""
        return not _PLATFORM.search(self.data)

    def _version_at(self, at: int) -> str:
        """The version of the line that holds this byte."""
        start = self.data.rfind(_START, 0, at + len(_START)) + len(_START)
        return self.data[start : self.data.find(b'"', start)].decode("utf-8", "replace")

    def release(self, version: str) -> Release | None:
        """The release of this version (2.0 and 2.0.0 are one); None where it has no line."""
        at = self._at(version)
        return self._release(at + 1) if at >= 0 else None

    def standing(self, version: str) -> Standing:
        """Whether a release is in the record, and if not, why nothing is known of it."""
        parsed = versions.strict(version)
        if parsed is None:
            return "no line"
        if self._at(version) >= 0:
            return "there"
        newest = versions.strict(self.versions[0]) if self.versions else None
        if newest is None or parsed > newest:
            return "newer"
        lowest = versions.strict(self.files_from)
        return "below" if lowest is not None and parsed < lowest else "no line"

    def _at(self, version: str) -> int:
        """Where the line break before the line of this version stands; -1: it has no line."""
        if version not in self._places:
            places = (self.data.find(b'%b%b"' % (_START, text.encode())) for text in self._spellings(version))
            self._places[version] = next((at for at in places if at >= 0), -1)
        return self._places[version]

    def _spellings(self, version: str) -> Iterator[str]:
        """How a line may write the version: as it stands, normalised, with fewer or more zeros at its end."""
        yield version
        parsed = versions.strict(version)
        if parsed is None:
            return
        yield str(parsed)
        numbers = list(parsed.release)
        while len(numbers) > 1 and numbers[-1] == 0:
            numbers.pop()
        tail = str(parsed)[len(f"{parsed.epoch}!" if parsed.epoch else "") + len(".".join(map(str, parsed.release))) :]
        start = f"{parsed.epoch}!" if parsed.epoch else ""
        for zeros in range(4):
            yield f"{start}{'.'.join(map(str, [*numbers, *[0] * zeros]))}{tail}"

    def _release(self, at: int) -> Release:
        if at not in self._lines:
            self._lines[at] = self._parsed(at)
        return self._lines[at]

    def _whole(self, at: int) -> dict[str, Any]:
        """A line with what it has from the lines of newer releases."""
        line = self._object(at)
        for key, names in SHARED.items():
            if key in line:
                other = self._above(self._text(line, key, _VERSION, at), at, key)
                line |= {name: other[name] for name in names if name in other}
        return line

    def _above(self, version: str, below: int, key: str) -> dict[str, Any]:
        """The line of a newer release that has the keys of `key` itself."""
        at = self.data.find(b'%b%b"' % (_START, version.encode()), 0, below) + 1
        if at and at not in self._shared:
            self._shared[at] = self._object(at)
        if not at or key in self._shared[at]:
            raise self._error(below, f"names {version}, of which no line above says it by itself", key)
        return self._shared[at]

    def _parsed(self, at: int) -> Release:
        line = self._whole(at)
        python, sdist_python, date = (self._maybe(line, key, at) for key in ("python", "sdist-python", "date"))
        others = line.get("others", {})
        if not isinstance(others, dict) or not all(isinstance(one, dict) for one in others.values()):
            raise self._error(at, "should be a table of metadata by architecture", "others")
        native = line.get("native")
        if native is not None and not isinstance(native, dict):
            raise self._error(at, "should be a table", "native")
        return Release(
            self._text(line, "version", _VERSION, at),
            date,
            line.get("yanked") is True,
            python,
            line.get("sdist") is True,
            sdist_python,
            self._wheels(line, "wheels", at),
            self._wheels(line, "yanked-wheels", at),
            self._texts(line, "of", at),
            self._metadata(line, at),
            tuple((arch, self._metadata(one, at) or Metadata()) for arch, one in others.items()),
            native,
        )

    def _metadata(self, line: Mapping[str, Any], at: int) -> Metadata | None:
        if "requires" not in line:
            return None
        installs = self._texts(line, "installs", at) if "installs" in line else None
        core = line.get("core") is True
        return Metadata(self._texts(line, "requires", at), self._texts(line, "extras", at), installs, core)

    def _wheels(self, line: Mapping[str, Any], key: str, at: int) -> tuple[Wheels, ...]:
        try:
            return tuple(parse_wheels(text) for text in self._texts(line, key, at))
        except ValueError as error:
            raise self._error(at, str(error), key) from error

    def _object(self, at: int) -> dict[str, Any]:
        """The JSON object of the line that begins at this byte."""
        end = self.data.find(b"\n", at)
        try:
            line = json.loads(self.data[at : end if end >= 0 else None])
        except (ValueError, RecursionError) as error:
            raise self._error(at, f"is no JSON: {str(error)[:80]}") from error
        if not isinstance(line, dict):
            raise self._error(at, "is no JSON object")
        return line

    def _text(self, line: Mapping[str, Any], key: str, form: re.Pattern[str], at: int) -> str:
        value = line.get(key)
        if not isinstance(value, str) or form.fullmatch(value) is None:
            raise self._error(at, f"cannot be {str(value)[:40]!r}", key)
        if form is _VERSION and versions.strict(value) is None:
            raise self._error(at, f"is no version: {value[:40]!r}", key)
        return value

    def _maybe(self, line: Mapping[str, Any], key: str, at: int) -> str | None:
        value = line.get(key)
        return None if value is None else self._checked((value,), key, at)[0]

    def _texts(self, line: Mapping[str, Any], key: str, at: int) -> tuple[str, ...]:
        values = line.get(key, [])
        if not isinstance(values, list):
            raise self._error(at, "should be a list of texts", key)
        return self._checked(tuple(values), key, at)

    def _checked(self, values: tuple[Any, ...], key: str, at: int) -> tuple[str, ...]:
        """The texts, none of which holds what a terminal would obey."""
        try:
            if "".join(values).isprintable():
                return values
        except TypeError:
            pass
        raise self._error(at, "should hold texts of printable characters", key)

    def _error(self, at: int, text: str, key: str = "") -> MatrixError:
        number = self.data.count(b"\n", 0, at) + 1
        return MatrixError([Problem(self.path, f"line {number}", key, text)])


class Records:
    """The records of several matrix folders, the shipped one first. Opens only what is asked for."""

    def __init__(self, folders: Iterable[str | os.PathLike[str]]) -> None:
        self._folders = tuple(os.fspath(folder) for folder in folders)
        self._known: dict[tuple[str, str], Record | None] = {}

    def record(self, project: str, index: str = PYPI) -> Record | None:
        """The record of a project, by any spelling of its name (PEP 503). Raises `MatrixError`."""
        key = (versions.project_name(project), index)
        if key not in self._known:
            self._known[key] = self._opened(*key)
        return self._known[key]

    def with_current(self, records: Iterable[Record]) -> Records:
        """The same records, and these in the place of those of the same projects."""
        other = Records(self._folders)
        other._known = {**self._known, **{(record.project, PYPI): record for record in records}}
        return other

    def of_places(self, project: str, places: Iterable[str]) -> Record | None:
        """The record of a project on an index other than PyPI that goes by one of these short names. Raises
        `MatrixError`."""
        wanted = set(places)
        found = (self.record(project, index) for index in self.indexes() if index != PYPI)
        return next((record for record in found if record is not None and not wanted.isdisjoint(record.places)), None)

    @property
    def oldest(self) -> str | None:
        """The day of the oldest record that was opened so far."""
        return min((record.read for record in self._known.values() if record is not None), default=None)

    def indexes(self) -> tuple[str, ...]:
        """The names of the indexes that some folder has records of, sorted."""
        return tuple(
            sorted({name for folder in self._folders for name in _names(f"{folder}/records") if is_index(name)})
        )

    def projects(self, index: str = PYPI) -> tuple[str, ...]:
        """The projects that some folder has a record of, sorted; by file names alone."""
        places = [f"{folder}/records/{index}" for folder in self._folders] if is_index(index) else []
        return tuple(sorted({name[:-6] for place in places for name in _names(place) if name.endswith(".jsonl")}))

    def _opened(self, project: str, index: str) -> Record | None:
        if not is_index(index) or not is_project(project):
            return None  # no name of a file: nothing outside the folder is ever opened
        for number in range(len(self._folders) - 1, -1, -1):
            place = f"records/{index}/{project}.jsonl"
            path = f"{self._folders[number]}/{place}"
            data = read(path)
            if data is not None:
                record = Record(place if number == 0 else path, data)
                if (record.project, record.index) != (project, index):
                    text = f"is the record of {record.project} on {record.index}, not what its name says"
                    raise MatrixError([Problem(record.path, "line 1", "project", text)])
                return record
        return None


def read(path: str) -> bytes | None:
    """The bytes of a record; None where there is no such file. Raises `MatrixError` where it cannot be read."""
    try:
        data = read_own(path, LIMIT_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise MatrixError([Problem(path, "", "", f"cannot be read: {error.strerror or error}")]) from error
    if len(data) > LIMIT_BYTES:
        raise MatrixError([Problem(path, "", "", f"has more than {LIMIT_BYTES >> 20} MiB")])
    return data


def is_index(name: str) -> bool:
    """Whether an index may bear this name; it is that of a folder."""
    return _INDEX.fullmatch(name) is not None


def is_project(name: str) -> bool:
    """Whether this is the normalised name of a project; it is that of a file."""
    return _NAME.fullmatch(name) is not None


def _names(folder: str) -> list[str]:
    try:
        return names_in(folder)
    except OSError:
        return []
