"""poetry.lock and pdm.lock.

Newer ones say of each package where it counts. Older ones (Poetry before 2.0, PDM without `inherit_metadata`) have
markers on the edges alone: a package to which only such edges lead that are false on the target is not installed
there. What the project asks for itself stands in the pyproject.toml beside the lock; where there is none, a package to
which no edge leads is taken to be asked for.
"""

from __future__ import annotations

import posixpath
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from stackcheck.kleene import some
from stackcheck.model import Indexes
from stackcheck.patterns import pattern
from stackcheck.read.document import parse_document
from stackcheck.read.errors import ReadError
from stackcheck.read.files import Files, ReadResult, merge
from stackcheck.read.lock import Lock, file_names, index_of, package_name
from stackcheck.read.pep508 import NotAskedError, parse_requirement
from stackcheck.read.tables import poetry_specifier, python_marker
from stackcheck.versions import asked_range, project_name, strict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackcheck.budget import Budget
    from stackcheck.model import Stack
    from stackcheck.read.files import Supply

_MAIN = frozenset(("", "main", "default"))
_WORD = pattern(r"[^A-Za-z0-9._-]")
_VERSIONS = {"poetry.lock": (("1", "2"), "lock-version"), "pdm.lock": (("2", "3", "4"), "lock_version")}


def read_poetry_locks(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    """What poetry.lock and pdm.lock files hold, and where each package counts, as far as the lock has it."""
    locks = [Lock(parse_document(Files(load).data(path), path), target) for path in paths]
    return merge(_read(lock, load.budget, partial(_asked_directly, lock.document.path, target, load)) for lock in locks)


def _asked_directly(path: str, target: Stack, load: Callable[[str], bytes]) -> dict[str, bool | None]:
    """What the project beside a lock asks for by name, and whether it does on the target; nothing where there is none.

    What is amiss in that file is said where it is judged itself.
    """
    from stackcheck.read.pyproject import read_pyprojects

    try:
        found = read_pyprojects([posixpath.join(posixpath.dirname(path), "pyproject.toml")], target, load)
    except (OSError, ReadError):
        return {}
    verdicts: dict[str, list[bool | None]] = {}
    for ask in found.asks:
        verdicts.setdefault(ask.name, []).append(ask.applies)
    return {name: some(each) for name, each in verdicts.items()}


def _read(lock: Lock, budget: Budget, asked: Callable[[], dict[str, bool | None]]) -> ReadResult:
    document = lock.document
    kind = "pdm.lock" if document.path.endswith("pdm.lock") else "poetry.lock"
    known, key = _VERSIONS[kind]
    if not lock.readable(known, "metadata", key):
        return lock.result()
    if kind == "pdm.lock":
        lock.targets("metadata", "targets")
    packages = list(document.tables("package"))
    tables = [table for _, table in packages]
    own = any(key in table for table in tables for key in ("groups", "markers", "marker"))
    fits = (
        [_of_groups(lock, table) for table in tables]
        if own
        else [{"": fit} for fit in _Graph(lock, tables, budget).fits(asked())]
    )
    by_name = document.value("metadata", "files")
    for (at, table), counts in zip(packages, fits, strict=True):
        if table.get("extras") and kind == "pdm.lock" and _has_base(table, tables):
            continue  # the same release once more, with what its extras need
        entries = table.get("files") or (by_name.get(table.get("name")) if isinstance(by_name, dict) else None)
        # An empty list is what Poetry writes where the index had no file that it could take.
        files = file_names(entries, "file", "url") if entries else () if table.get("files") == [] else None
        source = table.get("source")
        source = source if isinstance(source, dict) else {}
        built = bool(source) and source.get("type") not in ("legacy", None)
        registry = index_of(source.get("url")) if source.get("type") == "legacy" else Indexes()
        lock.ask(
            at,
            table,
            some(counts.values()),
            files=None if built else files,
            indexes=None if kind == "pdm.lock" else registry,
            group=_group(table, counts),
        )
    return lock.result()


def _has_base(table: dict[str, Any], tables: list[dict[str, Any]]) -> bool:
    return any(
        not one.get("extras") and one.get("name") == table.get("name") and one.get("version") == table.get("version")
        for one in tables
    )


def _of_groups(lock: Lock, table: dict[str, Any]) -> dict[str, bool | None]:
    """Each group that a package is of, "" where the lock names none, and whether it counts there.

    `markers` is a text, or one for each group: a group without one always needs the package. Where markers name extras
    of the project, all are wanted.
    """
    extras = lock.document.value("extras")
    wanted = ",".join(("", *map(project_name, extras))) if isinstance(extras, dict) else ""
    markers = table.get("markers", table.get("marker"))
    groups = table.get("groups")
    names = [str(name) for name in groups] if isinstance(groups, list) and groups else [""]
    if isinstance(markers, dict):
        return {name: lock.marker(markers.get(name), wanted) for name in names if name} or {"": None}
    return dict.fromkeys(names, lock.marker(markers, wanted))


def _group(table: dict[str, Any], counts: dict[str, bool | None]) -> str | None:
    """The group that a package is asked for with, of those in which it counts."""
    if table.get("optional") is True:
        return "extra:optional"
    if table.get("category") == "dev":
        return "group:dev"
    fits = some(counts.values())
    names = [name for name, own in counts.items() if own is fits]
    return None if not _MAIN.isdisjoint(names) else f"group:{names[0]}"


# --- markers on edges -------------------------------------------------------------------------------------------------


class _Edge(NamedTuple):
    """What one package needs of another, in one table or requirement. `optional`: an extra's alone."""

    name: str
    specifier: str
    marker: str
    extras: frozenset[str] = frozenset()
    optional: bool = False


class _Graph:
    """The packages of a lock by number, with the edges that count between them."""

    def __init__(self, lock: Lock, tables: list[dict[str, Any]], budget: Budget) -> None:
        self.lock, self.tables, self.budget = lock, tables, budget
        self.by_name: dict[str, list[int]] = {}
        for number, table in enumerate(tables):
            self.by_name.setdefault(package_name(table), []).append(number)
        edges = [list(_edges(table)) for table in tables]
        asked = {(edge.name, extra) for own in edges for edge in own for extra in edge.extras}
        into: dict[int, list[tuple[int, _Edge]]] = {}
        for number, own in enumerate(edges):
            for edge in own:
                for end in self._ends(edge):
                    into.setdefault(end, []).append((number, edge))
        self.out: dict[int, list[tuple[int, _Edge]]] = {}
        self.led_to: set[int] = set()
        for end, found in into.items():
            # What extras alone need counts where one is asked for, or where nothing else leads there.
            for start, edge in [one for one in found if self._counts(*one, asked)] or found:
                if start != end:
                    self.out.setdefault(start, []).append((end, edge))
                    self.led_to.add(end)

    def _counts(self, start: int, edge: _Edge, asked: set[tuple[str, str]]) -> bool:
        table = self.tables[start]
        return not edge.optional or any(
            (package_name(table), extra) in asked for extra in _extras_with(table, edge.name)
        )

    def _ends(self, edge: _Edge) -> list[int]:
        """The packages that an edge may mean: those of its version, and of PDM's entries for extras the asked ones."""
        self.budget.spend("edges", len(self.by_name.get(edge.name, ())))
        found = [one for one in self.by_name.get(edge.name, []) if edge.extras.issuperset(_extras(self.tables[one]))]
        allowed = asked_range(edge.specifier) if len(found) > 1 else None
        versions = [strict(str(self.tables[number].get("version", ""))) for number in found]
        fitting = [
            number
            for number, version in zip(found, versions, strict=True)
            if allowed is not None and version is not None and allowed.contains(version, prereleases=True)
        ]
        return fitting or found

    def fits(self, asked: dict[str, bool | None]) -> list[bool | None]:
        """Whether each package is installed on the target; None where that is not told. `asked`: what the project asks
        for by name, and whether it does there."""
        verdicts: dict[int, bool | None] = {}
        seen: set[int] = set()
        every = range(len(self.tables))
        names = [package_name(table) for table in self.tables]
        for number in every:
            if names[number] in asked:
                self._spread(number, asked[names[number]], verdicts)
                self._see(number, seen)
        # Behind what no edge leads to come rings of packages that need each other, and are asked for from outside.
        for number in (*(one for one in every if one not in self.led_to), *every):
            if number not in seen:
                self._spread(number, True, verdicts)
                self._see(number, seen)
        found = [verdicts.get(number, False) for number in every]
        for numbers in self.by_name.values():
            there = [number for number in numbers if found[number] is not False and not _extras(self.tables[number])]
            for number in there if len(there) > 1 else ():
                found[number] = None  # which of them it is stands in pyproject.toml
        return found

    def _spread(self, start: int, asked: bool | None, verdicts: dict[int, bool | None]) -> None:
        todo: list[tuple[int, bool | None]] = [(start, asked)] if asked is not False else []
        while todo:
            number, fits = todo.pop()
            if number in verdicts and (verdicts[number] or fits is None):
                continue
            verdicts[number] = fits
            for end, edge in self.out.get(number, ()):
                extras = ",".join(("", *_extras_with(self.tables[number], edge.name)))
                own = self.lock.marker(edge.marker, extras)
                if own is not False:
                    todo.append((end, fits if own else None))

    def _see(self, start: int, seen: set[int]) -> None:
        """All that edges lead to from there, whatever their markers say."""
        todo = [start]
        while todo:
            number = todo.pop()
            if number not in seen:
                seen.add(number)
                todo += [end for end, _ in self.out.get(number, ())]


def _extras(table: dict[str, Any]) -> list[str]:
    """The extras of PDM's entry for a release with some."""
    extras = table.get("extras")
    return [project_name(str(one)) for one in extras] if isinstance(extras, list) else []


def _extras_with(table: dict[str, Any], name: str) -> list[str]:
    """The extras of a package that bring this one; Poetry lists what each has as `name (>=1)`."""
    extras = table.get("extras")
    return [
        project_name(extra)
        for extra, wanted in (extras if isinstance(extras, dict) else {}).items()
        if isinstance(wanted, list)
        and any(project_name(_WORD.split(str(one), maxsplit=1)[0]) == name for one in wanted)
    ]


def _edges(table: dict[str, Any]) -> Iterator[_Edge]:
    dependencies = table.get("dependencies")
    if isinstance(dependencies, list):
        for text in dependencies:
            try:
                asked = parse_requirement(str(text))
            except NotAskedError:
                continue
            yield _Edge(asked.name, asked.specifier, asked.marker or "", frozenset(asked.extras))
    for name, value in (dependencies if isinstance(dependencies, dict) else {}).items():
        for one in value if isinstance(value, list) else [value]:
            entry = one if isinstance(one, dict) else {"version": one}
            extras = entry.get("extras")
            yield _Edge(
                project_name(name),
                poetry_specifier(str(entry.get("version", "*"))) or "",
                _marker(entry),
                frozenset(project_name(str(extra)) for extra in extras) if isinstance(extras, list) else frozenset(),
                entry.get("optional") is True,
            )


def _marker(entry: dict[str, Any]) -> str:
    """`markers` of an entry, and its `python` as Poetry writes a range of them."""
    python = entry.get("python")
    said = [entry.get("markers"), python_marker(poetry_specifier(python) or "") if isinstance(python, str) else None]
    return " and ".join(f"({text})" for text in said if isinstance(text, str) and text)
