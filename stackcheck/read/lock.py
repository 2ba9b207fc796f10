"""What all lock files written in TOML share.

A lock names every file that an installer may take, so it can be judged without an index: each entry that is for the
target becomes an ask for exactly that release, with the names of its files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stackcheck.model import Ask, Indexes, Origin
from stackcheck.read.files import ReadResult
from stackcheck.read.indexes import file_name, short_name
from stackcheck.read.markers import applies, marker_environment
from stackcheck.read.pep508 import python_ask
from stackcheck.read.quote import shown
from stackcheck.redact import redact
from stackcheck.versions import project_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackcheck.model import Stack
    from stackcheck.read.document import Document
    from stackcheck.read.places import KeyPath


_MACHINE = ("arch", "os")


class Lock:
    """One lock on one target, and what it came to."""

    def __init__(self, document: Document, target: Stack) -> None:
        self.document = document
        self.asks: list[Ask] = []
        self.python: list[Ask] = []
        self._environment = marker_environment(target)
        self._verdicts: dict[tuple[str, str], bool | None] = {}

    def marker(self, text: object, extras: str = "") -> bool | None:
        """Whether a marker holds on the target; one that cannot be read does not decide.

        `extras` are the values of `extra`, as `markers.applies` takes them.
        """
        if not isinstance(text, str) or not text:
            return True
        key = (text, extras)
        if key not in self._verdicts:
            self._verdicts[key] = self._marker(text, extras)
        return self._verdicts[key]

    def _marker(self, text: str, extras: str) -> bool | None:
        try:
            return applies(text, {**self._environment, "extra": extras})
        except ValueError:
            return None

    def ask(
        self,
        at: KeyPath,
        table: dict[str, Any],
        fits: bool | None,
        *,
        files: tuple[str, ...] | None,
        indexes: Indexes | None,
        group: str | None = None,
        alternatives: tuple[str, ...] = (),
        unhashed: tuple[str, ...] = (),
        url: str | None = None,
    ) -> None:
        """One package of the lock, at the place of its name; `url` is the one file that it names in place of an
        index."""
        name, version = table.get("name"), table.get("version")
        if not isinstance(name, str):
            self.document.misshapen(at, "a package with a name")
            return
        place = self.document.places.string((*at, "name"), name)
        specifier = f"=={version}" if isinstance(version, str) else ""
        self.asks.append(
            Ask(
                project_name(name),
                specifier,
                Origin(f"{redact(name)}{specifier}", str(place), place),
                applies=fits,
                indexes=indexes,
                transitive=indexes,
                group=group,
                locked=files,
                alternatives=alternatives,
                unhashed=unhashed,
                url=url,
            )
        )

    def requires_python(self, *at: str) -> None:
        """The lock's own requires-python."""
        text = self.document.value(*at)
        if text is None:
            return
        said = text if isinstance(text, str) else None
        ask = python_ask(said, f"{at[-1]} {text}", self.document.places.string(at, said or ""))
        if ask is None:
            self.document.misshapen(at, "a version specifier")
        else:
            self.python.append(ask)

    def made_for(self, *at: str) -> bool:
        """Whether the lock is made for the target at all, by the markers of an array; noted where it is not."""
        markers = [text for _, text in self.document.strings(*at)]
        if not markers or any(self.marker(text) is not False for text in markers):
            return True
        text = f"The lock is made for {' or '.join(map(shown, markers))} alone: it does not install here."
        place = self.document.places.key(at)
        self.document.note(text, place, "error", id="locks/environments", involves=_MACHINE)
        return False

    def targets(self, *at: str) -> None:
        """Notes where none of the lock's targets is the machine (pdm.lock: `[[metadata.targets]]`)."""
        names = [table.get("platform") for _, table in self.document.tables(*at)]
        named = [name for name in names if isinstance(name, str)]
        here = self._environment.get("sys_platform"), self._environment.get("platform_machine")
        if len(named) < len(names) or not named or here[0] is None or any(is_platform(one, *here) for one in named):
            return
        text = (
            f"The lock is made for {' or '.join(map(shown, dict.fromkeys(named)))} alone: of the files of other "
            "machines it has no hashes, so that here only sources are left, or nothing."
        )
        place = self.document.places.key(at)
        self.document.note(text, place, "warning", id="locks/targets", involves=_MACHINE)

    def readable(self, known: Iterable[str], *at: str) -> bool:
        """Whether the version of the lock's format is one that is known, by its first number; noted where it is not.

        A lock that states none is read as one that is known.
        """
        version = self.document.value(*at)
        if version is None or str(version).partition(".")[0] in known:
            return True
        text = (
            f"The lock is of version {shown(str(version))} of its format, of which nothing is known: it was not read."
        )
        self.document.note(text, self.document.places.key(at))
        return False

    def result(self) -> ReadResult:
        """All that was read."""
        path = self.document.path
        return ReadResult(tuple(self.asks), tuple(self.document.unread), (path,), tuple(self.python))


def package_name(table: dict[str, Any]) -> str:
    """The name of a lock's package, normal as PEP 503 has it; "" where it has none."""
    return project_name(str(table.get("name", "")))


def file_names(entries: object, *keys: str) -> tuple[str, ...]:
    """The file names of a lock's wheels or archives: a name, a path, or the end of a URL."""
    names = []
    for entry in entries if isinstance(entries, list) else [entries]:
        for key in keys:
            value = entry.get(key) if isinstance(entry, dict) else None
            if isinstance(value, str) and value:
                names.append(file_name(value))
                break
    return tuple(names)


def without_hash(entries: object, *keys: str) -> tuple[str, ...]:
    """The names of the files that have no hash, where others of the same release have one; none where none has."""
    tables = [entry for entry in (entries if isinstance(entries, list) else [entries]) if isinstance(entry, dict)]
    lacking = [entry for entry in tables if not entry.get("hash")]
    return file_names(lacking, *keys) if len(lacking) < len(tables) else ()


def is_platform(name: str, system: str | None, machine: str | None) -> bool:
    """Whether a platform as PDM and uv name it ("manylinux_2_17_x86_64", "macos_14_0_arm64") is this one."""
    systems = {"linux": ("linux", "manylinux", "musllinux"), "darwin": ("macos",), "win32": ("windows",)}
    if not name.startswith(systems.get(system or "", ())):
        return False
    arch = next((one for one in ("x86_64", "aarch64", "arm64", "amd64", "x86") if name.endswith(one)), None)
    return (
        arch is None
        or machine is None
        or {arch, machine} <= {"x86_64", "amd64"}
        or {arch, machine} <= {"aarch64", "arm64"}
    )


def index_of(url: object) -> Indexes | None:
    """The index that a lock names by its address, None where it names none."""
    name = short_name(url) if isinstance(url, str) else None
    return None if name is None else Indexes((name,), "first")
