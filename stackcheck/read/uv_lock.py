"""uv.lock, and the NAME.py.lock of a script: a graph whose edges have markers.

What uv installs depends on which extras and groups are chosen, and `[tool.uv] conflicts` says which of them cannot be
chosen together. The lock writes such a choice into the markers, as a value of `extra` that holds what is chosen, the
length of the package's name, the name, and the extra or group: `extra == 'extra-7-project-cu118'`, or
`group-7-project-dev`, or `project-7-project` for what the package itself needs. Each choice that the conflicts allow
is walked by itself; all extras and groups without a conflict are taken along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stackcheck.model import Location
from stackcheck.read.document import parse_document
from stackcheck.read.files import Files, ReadResult, merge
from stackcheck.read.lock import Lock, file_names, index_of, package_name, without_hash
from stackcheck.read.uv_choices import Item, alternative, choices, conflicts_of
from stackcheck.versions import project_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.budget import Budget
    from stackcheck.model import Stack
    from stackcheck.read.document import Document
    from stackcheck.read.files import Supply

_LOCAL = ("virtual", "editable", "directory")
_OF_PACKAGES = {"extra": "optional-dependencies", "group": "dev-dependencies"}


def read_uv_locks(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    """What uv.lock files install on the target: the entries that the project's own dependencies lead to there."""
    return merge(_UvLock(parse_document(Files(load).data(path), path), target, load.budget).read() for path in paths)


class _Unlikely(Exception):  # noqa: N818 - it ends a walk and is no error
    """A choice that uv never makes: what is always installed needs an extra that is not chosen."""


class _UvLock(Lock):
    """One lock on one target."""

    def __init__(self, document: Document, target: Stack, budget: Budget) -> None:
        super().__init__(document, target)
        self.budget = budget

    def read(self) -> ReadResult:
        if not self.readable("1", "version") or not self.made_for("supported-markers"):
            return self.result()
        if self.document.value("version") is None:
            self.document.note("uv refuses this lock: it has no `version`.", Location(self.document.path), "warning")
        if self.document.value("distribution") is not None:
            place = self.document.places.key(("distribution",))
            self.document.note("The lock is of a uv before 0.4: it was not read. Write it again: `uv lock`.", place)
        self.packages = list(self.document.tables("package"))
        self.by_name: dict[str, list[int]] = {}
        self.by_version: dict[tuple[str, str], list[int]] = {}
        for number, (_, table) in enumerate(self.packages):
            self.by_version.setdefault((package_name(table), str(table.get("version"))), []).append(number)
            self.by_name.setdefault(package_name(table), []).append(number)
        self.roots = list(self._roots())
        self.own = next((package_name(table) for _, table in self.packages if _is_here(table)), "")
        conflicts = list(conflicts_of(self.document, "conflicts"))
        self.items = frozenset().union(*conflicts)
        walked = {}
        for choice in choices(conflicts, self.document, "conflicts"):
            try:
                walked[choice] = _Walk(self, choice).packages()
            except _Unlikely:
                continue
        self._ask_all(walked)
        self.requires_python("requires-python")
        return self.result()

    def _roots(self) -> Iterator[int]:
        """The members of the workspace; without a list of them the project in the lock's own folder."""
        members = [project_name(text) for _, text in self.document.strings("manifest", "members")]
        local = [number for number, (_, table) in enumerate(self.packages) if _is_local(table)]
        if members:
            for name in members:
                own = [number for number in self.by_name.get(name, []) if number in local]
                yield from own or self.by_name.get(name, [])
            return
        here = [number for number in local if _is_here(self.packages[number][1])]
        if here or self.document.value("manifest", "requirements") is not None:
            yield from here
        elif self.document.value("manifest", "dependency-groups") is None:
            yield from local
            if self.packages and not local:
                text = "No project was found in the lock: what it installs was not read."
                self.document.note(text, self.document.places.key(("package",)))

    def _ask_all(self, walked: dict[tuple[Item, ...], dict[int, tuple[bool | None, str | None]]]) -> None:
        for number, (at, table) in enumerate(self.packages):
            reached = {choice: found[number] for choice, found in walked.items() if number in found}
            source = _source(table)
            if not reached or not {"virtual", "editable"}.isdisjoint(source):
                continue
            choice = min(reached, key=lambda one: (reached[one][0] is None, len(one)))
            fits, group = reached[choice]
            if group is None:
                group = next((item.label for item in choice if item.kind != "project"), None)
            names = tuple(alternative(one, self.own) for one in reached) if len(reached) < len(walked) else ()
            registry = source.get("registry")
            files = (
                *file_names(table.get("wheels"), "filename", "url", "path"),
                *file_names(table.get("sdist"), "url", "path"),
            )
            built = registry is None and not files  # from git or a folder: built where it is installed
            self.ask(
                at,
                table,
                fits,
                files=None if built else files,
                indexes=index_of(registry),
                group=group,
                alternatives=names,
                unhashed=without_hash(table.get("wheels"), "filename", "url", "path"),
                url=url if isinstance(url := source.get("url"), str) else None,
            )

    def entries(self, edge: dict[str, Any], extras: str) -> list[int]:
        """The packages that an edge may mean: of several with the name, the one of its version and source."""
        name = package_name(edge)
        found = self.by_name.get(name, [])
        if len(found) > 1 and "version" in edge:
            found = self.by_version.get((name, str(edge["version"])), found)
        if len(found) > 1:
            self.budget.spend("edges", len(found))
            if "source" in edge:
                found = [one for one in found if self.packages[one][1].get("source") == edge["source"]] or found
        return [one for one in found if self._of_fork(one, extras)] if len(found) > 1 else found

    def _of_fork(self, number: int, extras: str) -> bool:
        markers = self.packages[number][1].get("resolution-markers")
        return not isinstance(markers, list) or any(self.marker(text, extras) is not False for text in markers)

    def seeds(self, choice: tuple[Item, ...]) -> Iterator[tuple[str | None, list[dict[str, Any]]]]:
        """Where a walk begins, each with its group: what is always installed first, then extras, then groups."""
        tables = [self.packages[number][1] for number in self.roots]
        chosen = [table for table in tables if self._is_chosen(Item("project", package_name(table)), choice)]
        yield None, [edge for table in chosen for edge in _edges(table.get("dependencies"))]
        yield None, _required(self.document.value("manifest", "requirements"))
        for kind, owners in (("extra", chosen), ("group", tables)):
            for table in owners:
                more = table.get(_OF_PACKAGES[kind])
                for name, edges in (more if isinstance(more, dict) else {}).items():
                    item = Item(kind, package_name(table), project_name(name))
                    if self._is_chosen(item, choice):
                        yield item.label, _edges(edges)
        for name, entries in self.document.table("manifest", "dependency-groups").items():
            yield f"group:{project_name(name)}", _required(entries)

    def _is_chosen(self, item: Item, choice: tuple[Item, ...]) -> bool:
        return item not in self.items or item in choice


class _Walk:
    """What one choice installs."""

    def __init__(self, lock: _UvLock, choice: tuple[Item, ...]) -> None:
        self.lock, self.choice = lock, choice
        # The comma says that these are several values.
        self.extras = ",".join(("", *(item.encoded for item in choice)))
        self.reached: dict[int, tuple[bool | None, str | None]] = {}
        self.visited: dict[tuple[int, str | None], bool | None] = {}

    def packages(self) -> dict[int, tuple[bool | None, str | None]]:
        """The packages by number: whether they count (None: a marker does not say), and for which group."""
        for group, edges in self.lock.seeds(self.choice):
            todo: list[tuple[dict[str, Any], bool | None]] = [(edge, True) for edge in edges]
            while todo:
                todo += self._follow(*todo.pop(), group)
        return self.reached

    def _follow(
        self, edge: dict[str, Any], fits: bool | None, group: str | None
    ) -> Iterator[tuple[dict[str, Any], bool | None]]:
        """Takes one edge; what its end needs in turn, as far as it was not seen as well before."""
        name = project_name(str(edge.get("name", "")))
        wanted = [project_name(str(one)) for one in _list(edge.get("extra"))]
        taken = {Item("extra", name, extra) for extra in wanted} & self.lock.items
        own = self.lock.marker(edge.get("marker"), self.extras)
        if own is False:
            return
        if not taken.issubset(self.choice):
            if group is None and own and fits:
                raise _Unlikely
            return
        fits = None if own is None else fits
        for number in self.lock.entries(edge, self.extras):
            _, table = self.lock.packages[number]
            more = table.get("optional-dependencies")
            for extra in (None, *wanted):
                if self.visited.get((number, extra), False) in (True, fits):
                    continue
                self.visited[number, extra] = fits
                if self.reached.get(number, (None, ""))[0] is None and (fits or number not in self.reached):
                    self.reached[number] = (fits, group)
                edges = table.get("dependencies") if extra is None else _extra(more, extra)
                yield from ((one, fits) for one in _edges(edges))


def _extra(tables: object, extra: str) -> object:
    for name, edges in (tables if isinstance(tables, dict) else {}).items():
        if project_name(name) == extra:
            return edges
    return None


def _is_local(table: dict[str, Any]) -> bool:
    return not set(_LOCAL).isdisjoint(_source(table))


def _is_here(table: dict[str, Any]) -> bool:
    """Whether a package is the project in the lock's own folder."""
    return _is_local(table) and "." in _source(table).values()


def _source(table: dict[str, Any]) -> dict[str, Any]:
    source = table.get("source")
    return source if isinstance(source, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _edges(value: object) -> list[dict[str, Any]]:
    return [one for one in _list(value) if isinstance(one, dict)]


def _required(value: object) -> list[dict[str, Any]]:
    """Requirements of the manifest as edges."""
    return [{"name": one.get("name"), "extra": one.get("extras"), "marker": one.get("marker")} for one in _edges(value)]
