"""pyproject.toml: PEP 621 dependencies and extras, PEP 735 groups, requires-python, and where uv takes them from; the
lists of PDM and Hatch. Poetry's and pixi's tables have modules of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.kleene import every, some
from stackcheck.model import Ask, Indexes, Origin
from stackcheck.read.binary import of_settings
from stackcheck.read.document import Document, dotted, parse_document
from stackcheck.read.files import MAX_DEPTH, Files, ReadResult, in_order, merge
from stackcheck.read.indexes import from_variables
from stackcheck.read.markers import applies, marker_environment
from stackcheck.read.pep508 import NotAskedError, Requested, parse_requirement, python_ask, wheel_version
from stackcheck.read.pixi import read_workspace
from stackcheck.read.plain import PBR
from stackcheck.read.poetry import with_poetry
from stackcheck.read.quote import shown
from stackcheck.read.uv import Source, Uv, read_uv
from stackcheck.read.uv_choices import apart
from stackcheck.redact import redact
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackcheck.model import Location, Stack
    from stackcheck.read.places import KeyPath


def read_pyprojects(paths: Iterable[str], target: Stack, load: Callable[[str], bytes]) -> ReadResult:
    """What pyproject.toml files ask for, each by itself. Raises `ReadError` for broken TOML."""
    files = Files(load)
    return merge(_read_one(parse_document(files.data(path), path), target) for path in paths)


def _read_one(document: Document, target: Stack) -> ReadResult:
    uv = read_uv(document, from_variables(target).result())
    project = _Project(document, marker_environment(target), uv)
    overrides = list(project.uv_list("override-dependencies"))
    asks = _overridden([*project.dependencies(), *project.extras(), *project.groups()], overrides)
    asks = apart(asks, document, uv)
    tables = (document.table("tool", "uv"), document.table("tool", "uv", "pip"))
    binary = of_settings(setting for table in tables for setting in table.items())
    asks = [binary.of(ask) for ask in asks]
    asks += [*overrides, *project.uv_list("constraint-dependencies")]
    project.sources_that_reach_nothing(asks)
    asks, python = with_poetry(document, project.environment, asks)
    asks += project.other_lists({ask.name for ask in asks})
    python += project.requires_python()
    project.note_dynamic()
    project.note_environments()
    project.note_other_tools()
    found = ReadResult(tuple(asks), in_order(document.unread, (document.path,)), (document.path,), tuple(python))
    return merge((found, read_workspace(document, target, "tool", "pixi"))) if document.table("tool", "pixi") else found


def _overridden(asks: list[Ask], overrides: list[Ask]) -> list[Ask]:
    """uv's overrides take the place of every specifier for their project, and of the markers that decide."""
    by_name: dict[str, list[bool | None]] = {}
    for override in overrides:
        by_name.setdefault(override.name, []).append(override.applies)
    return [
        replace(ask, specifier="", url=None, applies=_both(ask.applies, by_name[ask.name]))
        if ask.name in by_name
        else ask
        for ask in asks
    ]


def _both(first: bool | None, choices: list[bool | None]) -> bool | None:
    return every((first, some(choices)))


_FLAT_LISTS: tuple[tuple[KeyPath, str | None], ...] = (
    (("tool", "flit", "metadata", "requires"), None),
    (("tool", "flit", "metadata", "dev-requires"), "extra:dev"),
    (("tool", "rye", "dev-dependencies"), "group:dev"),
)
"""Lists of requirements beside the standard's, and the group of each."""


@dataclass(frozen=True)
class _Project:
    """One pyproject.toml on one target."""

    document: Document
    environment: dict[str, str]
    uv: Uv

    def dependencies(self) -> Iterator[Ask]:
        """`project.dependencies`."""
        for at, text in self.document.strings("project", "dependencies"):
            yield from self.ask(at, text, None)

    def extras(self) -> Iterator[Ask]:
        """`project.optional-dependencies`; an extra that names the project itself is kept and not followed."""
        for name in self.document.table("project", "optional-dependencies"):
            for at, text in self.document.strings("project", "optional-dependencies", name):
                yield from self.ask(at, text, f"extra:{versions.project_name(name)}")

    def groups(self) -> Iterator[Ask]:
        """`dependency-groups`, included groups followed, and uv's older `dev-dependencies`."""
        by_name: dict[str, str] = {
            versions.project_name(name): name for name in self.document.table("dependency-groups")
        }
        for group in by_name:
            for at, text in self.members(group, by_name, (), set()):
                yield from self.ask(at, text, f"group:{group}")
        for at, text in self.document.strings("tool", "uv", "dev-dependencies"):
            yield from self.ask(at, text, "group:dev")
        default = self.document.value("tool", "uv", "default-groups")
        for at, name in self.document.strings("tool", "uv", "default-groups") if default != "all" else ():
            if versions.project_name(name) not in by_name and name != "dev":
                place = self.document.places.string(at, name)
                self.document.note(f"There is no dependency group {shown(name)}.", place, "warning")

    def members(
        self, group: str, by_name: dict[str, str], within: tuple[str, ...], done: set[str]
    ) -> Iterator[tuple[KeyPath, str]]:
        """The requirements of a group, those of each group that it includes in its place, but once (PEP 735)."""
        done.add(group)
        for at, item in self.document.items("dependency-groups", by_name[group]):
            included = item.get("include-group") if isinstance(item, dict) else None
            if isinstance(item, str):
                yield at, item
                continue
            if not isinstance(included, str):
                self.document.misshapen(at, "a requirement or an include-group")
                continue
            name = versions.project_name(included)
            problem = self.include_problem(name, by_name, (*within, group))
            if problem:
                place = self.document.places.string((*at, "include-group"), included)
                self.document.note(f"The dependency group {shown(included)} {problem}.", place)
            elif name not in done:
                yield from self.members(name, by_name, (*within, group), done)

    def include_problem(self, name: str, by_name: dict[str, str], within: tuple[str, ...]) -> str | None:
        """Why an include-group cannot be followed, as a phrase."""
        if name not in by_name:
            return "is not in this file"
        if name in within:
            return "includes itself; it was read once"
        return "is nested too deep to read" if len(within) > MAX_DEPTH else None

    def uv_list(self, name: str) -> Iterator[Ask]:
        """`constraint-dependencies` or `override-dependencies` of `[tool.uv]`: they narrow without asking."""
        for at, text in self.document.strings("tool", "uv", name):
            for ask in self.ask(at, text, None):
                yield replace(ask, constraint=True)

    def ask(self, at: KeyPath, text: str, group: str | None) -> Iterator[Ask]:
        """The ask of one requirement, or nothing where it is noted as unread."""
        place = self.document.places.string(at, text)
        try:
            requested = parse_requirement(text)
        except NotAskedError as reason:
            self.document.note(str(reason), place, reason.severity)
            return
        extra = group.removeprefix("extra:") if group and group.startswith("extra:") else ""
        environment = {**self.environment, "extra": extra}
        applying = applies(requested.marker, environment)
        indexes = self.uv.general
        if applying is not False:
            requested, indexes = self.sourced(requested, group, environment, place)
        yield Ask(
            requested.name,
            requested.specifier,
            Origin(redact(text), str(place), place),
            requested.extras,
            requested.marker,
            applying,
            requested.url,
            indexes,
            self.uv.general,
            group=group,
        )

    def sourced(
        self, requested: Requested, group: str | None, environment: dict[str, str], place: Location
    ) -> tuple[Requested, Indexes | None]:
        """The requirement and its indexes as its source in `[tool.uv.sources]` leaves them."""
        sources = self.uv.sources.get(requested.name, ())
        # An extra that a main dependency does not have may be asked for all the same.
        seen = {key: value for key, value in environment.items() if key != "extra" or value}
        verdicts = [(source, source.applies(group, seen)) for source in sources]
        for source, verdict in verdicts:
            if verdict is True:
                return self.from_source(requested, source, place)
        for source, verdict in verdicts:
            if verdict is None:
                reason = f"Where {requested.name} comes from depends on {shown(source.marker or '')}: not known here."
                self.document.note(reason, place)
                return requested, None
        return requested, self.uv.general

    def from_source(self, requested: Requested, source: Source, place: Location) -> tuple[Requested, Indexes | None]:
        """The requirement as one source gives it."""
        if source.kind == "index":
            name = self.uv.named.get(source.value)
            if name is None:
                reason = (
                    f"The index {shown(source.value)} of {requested.name} is not known: this file does not declare it."
                )
                self.document.note(reason, place)
            return requested, None if name is None else Indexes((name,), self.uv.strategy)
        if source.kind == "workspace":
            return requested, Indexes((), self.uv.strategy)
        wheel = wheel_version(source.value)
        specifier = f"=={wheel[1]}" if wheel and wheel[0] == requested.name else requested.specifier
        return replace(requested, url=source.value, specifier=specifier), self.uv.general

    def sources_that_reach_nothing(self, asks: list[Ask]) -> None:
        """A source counts only for what this file asks for itself; torch as somebody's dependency is not that."""
        if self.document.value("tool", "uv", "workspace") is not None:
            # The members of a workspace share the sources of its root.
            return
        asked = {ask.name for ask in asks}
        asked |= set(self.build_requirements())
        for written in self.document.table("tool", "uv", "sources"):
            if versions.project_name(written) not in asked:
                name = redact(written)
                self.document.note(
                    f"This file does not ask for {name}, so its source has no effect: a source of uv does not reach "
                    f"what other projects depend on. Add {name} to the dependencies.",
                    self.document.places.key(("tool", "uv", "sources", written)),
                    "note",
                )

    def build_requirements(self) -> Iterator[str]:
        """The names in `build-system.requires`, for which sources count too."""
        for _, text in self.document.strings("build-system", "requires"):
            try:
                yield parse_requirement(text).name
            except NotAskedError:
                continue

    def requires_python(self) -> Iterator[Ask]:
        """`project.requires-python`, as an ask for "python"."""
        text = self.document.table("project").get("requires-python")
        if text is None:
            return
        if not isinstance(text, str):
            self.document.misshapen(("project", "requires-python"), "a string")
            return
        place = self.document.places.string(("project", "requires-python"), text)
        ask = python_ask(text, f"requires-python {text}", place)
        if ask is None:
            self.document.note(f"requires-python says {shown(text)}, which is no version specifier.", place)
        else:
            yield ask

    def note_environments(self) -> None:
        """Notes where uv resolves for other machines alone: it then refuses to lock and to install here."""
        markers = [text for _, text in self.document.strings("tool", "uv", "environments")]
        try:
            made = not markers or any(applies(text, self.environment) is not False for text in markers)
        except ValueError:
            return
        if not made:
            reason = (
                f"uv is told to resolve for {' or '.join(map(shown, markers))} alone: `uv sync` refuses this machine "
                "('the current Python platform is not compatible with the lockfile's supported environments')."
            )
            place = self.document.places.key(("tool", "uv", "environments"))
            self.document.note(reason, place, "error", id="locks/environments", involves=("arch", "os"))

    def note_dynamic(self) -> None:
        """Notes what the build computes, and the files it says that it reads."""
        for at, name in self.document.strings("project", "dynamic"):
            if name not in ("dependencies", "optional-dependencies", "requires-python"):
                continue
            computed = self.document.value("tool", "setuptools", "dynamic", name)
            files = computed.get("file") if isinstance(computed, dict) else None
            files = [files] if isinstance(files, str) else files if isinstance(files, list) else []
            hint = f"; name {' and '.join(shown(str(file)) for file in files)} too" if files else ""
            reason = f"{name} is computed when the project is built{hint}."
            self.document.note(reason, self.document.places.string(at, name))

    def other_lists(self, asked: set[str]) -> Iterator[Ask]:
        """What the project is built with, and the lists that other tools keep beside the standard's.

        The build has an environment of its own (PEP 517): what the project asks for too is judged as it is used.
        """
        for at, text in self.document.strings("build-system", "requires"):
            for ask in self.ask(at, text, "build"):
                if ask.name not in asked:
                    yield ask
                elif ask.specifier and ask.origin.location is not None:
                    reason = f"{shown(text)} is for the build, which has an environment of its own: not judged."
                    self.document.note(reason, ask.origin.location, "note")
        yield from self.lists_of_tools()

    def lists_of_tools(self) -> Iterator[Ask]:
        """The lists of flit, Rye, PDM and Hatch."""
        for keys, name in _FLAT_LISTS:
            for at, text in self.document.strings(*keys):
                yield from self.ask(at, text, name)
        for extra in self.document.table("tool", "flit", "metadata", "requires-extra"):
            for at, text in self.document.strings("tool", "flit", "metadata", "requires-extra", extra):
                yield from self.ask(at, text, f"extra:{versions.project_name(extra)}")
        for group in self.document.table("tool", "pdm", "dev-dependencies"):
            for at, text in self.document.strings("tool", "pdm", "dev-dependencies", group):
                yield from self.ask(at, text, f"group:{versions.project_name(group)}")
        for name in self.document.table("tool", "hatch", "envs"):
            for key in ("dependencies", "extra-dependencies"):
                for at, text in self.document.strings("tool", "hatch", "envs", name, key):
                    yield from self.ask(at, text, f"env:{name}")

    def note_other_tools(self) -> None:
        """Names what says something about uv's own commands alone, and what pbr reads elsewhere."""
        backend = self.document.value("build-system", "build-backend")
        if isinstance(backend, str) and backend.startswith("pbr."):
            place = self.document.places.string(("build-system", "build-backend"), backend)
            self.document.note(PBR, place, "note")
        for keys in (("tool", "uv", "pip"), ("tool", "uv", "torch-backend")):
            if self.document.value(*keys) is not None:
                text = f"{dotted(keys)} counts for the command `uv pip` alone; it was not read."
                self.document.note(text, self.document.places.key(keys), "note")
