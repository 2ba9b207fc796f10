"""Lock files: uv.lock, pylock.toml (PEP 751), poetry.lock and pdm.lock.

A lock names every file that an installer may take, so it can be judged without an index: each entry that is for the
target becomes an ask for exactly that release, with the names of its files.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from stackcheck.model import Ask, Indexes, Origin
from stackcheck.read.document import parse_document
from stackcheck.read.files import Files, ReadResult, merge
from stackcheck.read.indexes import short_name
from stackcheck.read.markers import applies, marker_environment
from stackcheck.read.pep508 import python_ask
from stackcheck.read.quote import shown
from stackcheck.redact import redact
from stackcheck.values import dataclass, field
from stackcheck.versions import project_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackcheck.model import Stack
    from stackcheck.read.document import Document


def read_uv_locks(paths: Iterable[str], target: Stack, load: Callable[[str], bytes]) -> ReadResult:
    """What uv.lock files install on the target: the entries that the project's own dependencies lead to there."""
    return merge(_UvLock(parse_document(Files(load).data(path), path), target).read() for path in paths)


def read_pylocks(paths: Iterable[str], target: Stack, load: Callable[[str], bytes]) -> ReadResult:
    """What pylock.toml files install on the target (PEP 751: each package says itself where it counts)."""
    return merge(_read_pylock(parse_document(Files(load).data(path), path), target) for path in paths)


def read_poetry_locks(paths: Iterable[str], target: Stack, load: Callable[[str], bytes]) -> ReadResult:
    """What poetry.lock and pdm.lock files hold; each package has its own markers, as far as the lock has them."""
    return merge(_read_poetry(parse_document(Files(load).data(path), path), target) for path in paths)


@dataclass
class _Lock:
    """What one lock came to."""

    document: Document
    target: Stack
    asks: list[Ask] = field(default_factory=list)
    python: list[Ask] = field(default_factory=list)

    def marker(self, text: object, extra: str = "") -> bool | None:
        """Whether a marker holds on the target; one that cannot be read does not decide."""
        from packaging.markers import InvalidMarker

        if not isinstance(text, str) or not text:
            return True
        try:
            return applies(text, {**marker_environment(self.target), "extra": extra})
        except InvalidMarker:
            return None

    def ask(
        self,
        at: tuple[str | int, ...],
        table: dict[str, Any],
        fits: bool | None,
        *,
        files: tuple[str, ...] | None,
        indexes: Indexes | None,
        group: str | None = None,
    ) -> None:
        """One package of the lock, at the place of its name."""
        name, version = table.get("name"), table.get("version")
        if not isinstance(name, str):
            self.document.misshapen(at, "a package with a name")
            return
        place = self.document.places.string((*at, "name"), name)
        specifier = f"=={version}" if isinstance(version, str) else ""
        origin = Origin(f"{redact(name)}{specifier}", str(place), place)
        self.asks.append(
            Ask(
                project_name(name),
                specifier,
                origin,
                applies=fits,
                indexes=indexes,
                transitive=indexes,
                group=group,
                locked=files,
            )
        )

    def requires_python(self, at: tuple[str | int, ...]) -> None:
        """The lock's own requires-python."""
        text = self.document.value(*at)
        if text is None:
            return
        said = text if isinstance(text, str) else None
        ask = python_ask(said, f"requires-python {text}", self.document.places.string(at, said or ""))
        if ask is None:
            self.document.misshapen(at, "a version specifier")
        else:
            self.python.append(ask)

    def result(self) -> ReadResult:
        path = self.document.path
        return ReadResult(tuple(self.asks), tuple(self.document.unread), (path,), tuple(self.python))


def _names(entries: object, *keys: str) -> tuple[str, ...]:
    """The file names of a lock's wheels or archives: a name, a path, or the end of a URL."""
    names = []
    for entry in entries if isinstance(entries, list) else [entries]:
        for key in keys:
            value = entry.get(key) if isinstance(entry, dict) else None
            if isinstance(value, str) and value:
                path = urlsplit(value).path if "//" in value else value
                names.append(unquote(posixpath.basename(path)))
                break
    return tuple(names)


def _index(url: object) -> Indexes | None:
    name = short_name(url) if isinstance(url, str) else None
    return None if name is None else Indexes((name,), "first")


# --- uv.lock ----------------------------------------------------------------------------------------------------------


class _UvLock(_Lock):
    """One uv.lock: a graph whose edges have markers."""

    def read(self) -> ReadResult:
        packages = [(at, table) for at, table in self.document.items("package") if isinstance(table, dict)]
        self.by_name: dict[str, list[tuple[tuple[str | int, ...], dict[str, Any]]]] = {}
        for at, table in packages:
            self.by_name.setdefault(project_name(str(table.get("name", ""))), []).append((tuple(at), table))
        if not self.for_target():
            return self.result()
        reached: dict[int, tuple[bool | None, str | None]] = {}
        for _, table in packages:
            source = table.get("source")
            if isinstance(source, dict) and not {"virtual", "editable", "directory"}.isdisjoint(source):
                self.walk(table, reached)
        for at, table in packages:
            if id(table) in reached and not {"virtual", "editable"} & set(table.get("source") or {}):
                fits, group = reached[id(table)]
                source = table.get("source")
                registry = source.get("registry") if isinstance(source, dict) else None
                files = (
                    *_names(table.get("wheels"), "filename", "url", "path"),
                    *_names(table.get("sdist"), "url", "path"),
                )
                built = registry is None and not files  # from git or a folder: built where it is installed
                self.ask(tuple(at), table, fits, files=None if built else files, indexes=_index(registry), group=group)
        self.requires_python(("requires-python",))
        return self.result()

    def for_target(self) -> bool:
        """Whether the lock is made for the target at all (`environments` of tool.uv)."""
        markers = [text for _, text in self.document.strings("supported-markers")]
        if not markers or any(self.marker(text) is not False for text in markers):
            return True
        at = self.document.places.key(("supported-markers",))
        text = f"The lock is made for {' or '.join(shown(one) for one in markers)} alone: it does not install here."
        self.document.note(text, at, "error")
        return False

    def walk(self, root: dict[str, Any], reached: dict[int, tuple[bool | None, str | None]]) -> None:
        """Marks what a project leads to: what it always needs first, then what its extras and groups add."""
        todo: list[tuple[dict[str, Any], bool | None, str | None]] = []
        for edge in _edges(root.get("dependencies")):
            todo.append((edge, True, None))
        for kind, label in (("optional-dependencies", "extra"), ("dev-dependencies", "group")):
            tables = root.get(kind)
            for name, edges in (tables if isinstance(tables, dict) else {}).items():
                todo += [(edge, True, f"{label}:{name}") for edge in _edges(edges)]
        todo.reverse()
        while todo:
            edge, fits, group = todo.pop()
            extra = group.removeprefix("extra:") if group and group.startswith("extra:") else ""
            own = self.marker(edge.get("marker"), extra)
            fits = False if own is False else None if own is None else fits
            if fits is False:
                continue
            for _, table in self.entries(edge):
                before = reached.get(id(table))
                if before is not None and (before[0] or fits is None) and (before[1] is None or group is not None):
                    continue
                reached[id(table)] = (fits, group)
                extras = edge.get("extra")
                more = table.get("optional-dependencies")
                following = list(_edges(table.get("dependencies")))
                if isinstance(extras, list) and isinstance(more, dict):
                    following += [one for name in extras for one in _edges(more.get(name))]
                todo += [(one, fits, group) for one in following]

    def entries(self, edge: dict[str, Any]) -> list[tuple[tuple[str | int, ...], dict[str, Any]]]:
        """The packages that an edge may mean: of several with the name, the one of its version and source."""
        found = self.by_name.get(project_name(str(edge.get("name", ""))), [])
        for key in ("version", "source"):
            if key in edge and len(found) > 1:
                found = [one for one in found if one[1].get(key) == edge[key]] or found
        if len(found) > 1:
            found = [one for one in found if self.of_fork(one[1])]
        return found

    def of_fork(self, table: dict[str, Any]) -> bool:
        markers = table.get("resolution-markers")
        return not isinstance(markers, list) or any(self.marker(text) is not False for text in markers)


def _edges(value: object) -> Iterator[dict[str, Any]]:
    yield from (one for one in (value if isinstance(value, list) else ()) if isinstance(one, dict))


# --- pylock.toml ------------------------------------------------------------------------------------------------------


def _read_pylock(document: Document, target: Stack) -> ReadResult:
    lock = _Lock(document, target)
    environments = [text for _, text in document.strings("environments")]
    if environments and all(lock.marker(text) is False for text in environments):
        text = f"The lock is made for {' or '.join(map(shown, environments))} alone: it does not install here."
        document.note(text, document.places.key(("environments",)), "error")
        return lock.result()
    for at, table in document.items("packages"):
        if not isinstance(table, dict):
            document.misshapen(at, "a table")
            continue
        built = not {"vcs", "directory"}.isdisjoint(table)
        archive = _names(table.get("archive"), "url", "path")
        files = (
            *_names(table.get("wheels"), "name", "url", "path"),
            *_names(table.get("sdist"), "name", "url", "path"),
        )
        fits = lock.marker(table.get("marker"))
        lock.ask(
            tuple(at), table, fits, files=None if built else (*files, *archive), indexes=_index(table.get("index"))
        )
    lock.requires_python(("requires-python",))
    return lock.result()


# --- poetry.lock and pdm.lock -----------------------------------------------------------------------------------------


def _read_poetry(document: Document, target: Stack) -> ReadResult:
    lock = _Lock(document, target)
    by_name = document.value("metadata", "files")
    for at, table in document.items("package"):
        if not isinstance(table, dict):
            document.misshapen(at, "a table")
            continue
        entries = table.get("files") or (by_name.get(table.get("name")) if isinstance(by_name, dict) else None)
        files = _names(entries, "file", "url") if entries else None
        source = table.get("source")
        source = source if isinstance(source, dict) else {}
        built = bool(source) and source.get("type") not in ("legacy", None)
        registry = _index(source.get("url")) if source.get("type") == "legacy" else Indexes()
        lock.ask(
            tuple(at),
            table,
            _of_groups(lock, table),
            files=None if built else files,
            indexes=None if document.path.endswith("pdm.lock") else registry,
            group=_group(table),
        )
    return lock.result()


def _of_groups(lock: _Lock, table: dict[str, Any]) -> bool | None:
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
