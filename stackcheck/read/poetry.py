"""`[tool.poetry]` of pyproject.toml and Pipfiles: projects by name, each from the sources that the file declares."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from stackcheck.model import Ask, Indexes, Location, Origin, Unread
from stackcheck.read import yaml
from stackcheck.read.document import parse_document
from stackcheck.read.errors import ReadError
from stackcheck.read.files import Files, ReadResult, decode_toml, merge
from stackcheck.read.indexes import from_variables, short_name
from stackcheck.read.markers import applies, marker_environment
from stackcheck.read.pep508 import python_ask
from stackcheck.read.quote import shown
from stackcheck.read.tables import Tables, plain_specifier, poetry_specifier
from stackcheck.redact import redact
from stackcheck.values import replace
from stackcheck.versions import project_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackcheck.model import Stack
    from stackcheck.read.document import Document

_PRIMARY = ("primary", "default")


def with_poetry(document: Document, environment: dict[str, str], asked: list[Ask]) -> tuple[list[Ask], list[Ask]]:
    """What a project asks for once Poetry's own tables have their say, and the Pythons that they name.

    `asked` is what `[project]` asks for: of the same projects Poetry's tables then say only where they come from. Its
    sources take PyPI's place where one of them is a primary one (Poetry: "Repositories").
    """
    if not document.table("tool", "poetry"):
        return asked, []
    named, primary = _sources(document)
    general = _together(primary, named)
    tables = Tables(document, environment, general, named.get, poetry_specifier, index="source")
    at = ("tool", "poetry", "dependencies")
    own = list(tables.asks(at))
    where = {ask.name: ask.indexes for ask in own}
    project = {ask.name for ask in asked}
    asks = [replace(ask, indexes=where.get(ask.name, general), transitive=general) for ask in asked] if named else asked
    asks = [*asks, *(ask for ask in own if ask.name not in project)]
    asks += tables.asks(("tool", "poetry", "dev-dependencies"), "group:dev")
    for name in document.table("tool", "poetry", "group"):
        asks += tables.asks(("tool", "poetry", "group", name, "dependencies"), f"group:{project_name(name)}")
    return asks, list(tables.python(*at, "python"))


def _sources(document: Document) -> tuple[dict[str, str | None], list[str]]:
    """The index of each source, by the source's name, and the names of the primary ones."""
    found: dict[str, str | None] = {}
    primary: list[str] = []
    for at, source in document.items("tool", "poetry", "source"):
        if not isinstance(source, dict) or not isinstance(source.get("name"), str):
            document.misshapen(at, "a source with a name")
            continue
        name, url = source["name"], source.get("url")
        found[name] = short_name(url) if isinstance(url, str) else name.lower()
        old = "supplemental" if source.get("secondary") is True else "primary"
        if str(source.get("priority", old)).lower() in _PRIMARY:
            primary.append(name)
    return found, primary


def _together(names: list[str], named: dict[str, str | None]) -> Indexes | None:
    indexes = [named.get(name) for name in names]
    if None in indexes:
        return None
    return Indexes(tuple(index for index in indexes if index) or ("pypi",), "best")


# --- Pipenv -----------------------------------------------------------------------------------------------------------

_SECTIONS = {"packages": None, "dev-packages": "group:dev", "default": None, "develop": "group:dev"}
_OWN = ("source", "requires", "scripts", "pipenv", "pipfile")


def read_pipfiles(paths: Iterable[str], target: Stack, load: Callable[[str], bytes]) -> ReadResult:
    """What Pipfiles ask for (Pipenv: "Pipfile & Pipfile.lock"): each table is a group of its own."""
    return merge(_read_pipfile(parse_document(Files(load).data(path), path), target) for path in paths)


def read_pipfile_locks(paths: Iterable[str], target: Stack, load: Callable[[str], bytes]) -> ReadResult:
    """What Pipfile.lock files pin. They hold hashes and no file names: whether a wheel fits is not told by them."""
    return merge(_read_pipfile_lock(path, Files(load).data(path), target) for path in paths)


def _read_pipfile(document: Document, target: Stack) -> ReadResult:
    named: dict[str, str | None] = {}
    for at, source in document.items("source"):
        if isinstance(source, dict) and isinstance(source.get("url"), str):
            named[str(source.get("name", len(named)))] = short_name(source["url"])
        else:
            document.misshapen(at, "a source with a url")
    # Pipenv asks the first source alone, unless an entry names another (since 2022, "Specifying package indexes").
    general = _together(list(named)[:1], named) if named else from_variables(target).result()
    tables = Tables(document, marker_environment(target), general, named.get, plain_specifier)
    asks = [
        ask
        for section in document.data
        if section not in _OWN
        for ask in tables.asks((section,), _SECTIONS.get(section, f"group:{project_name(section)}"))
    ]
    python = tuple(_python(document))
    return ReadResult(tuple(asks), tuple(document.unread), (document.path,), python)


def _python(document: Document) -> Iterator[Ask]:
    for key in ("python_full_version", "python_version"):
        text = document.value("requires", key)
        if isinstance(text, str):
            place = document.places.string(("requires", key), text)
            specifier = f"=={text}.*" if key == "python_version" else f"=={text}"
            ask = python_ask(specifier, f"{key} {text}", place)
            if ask is None:
                document.note(f"Which Python {shown(text)} means was not read.", place)
            else:
                yield ask
            return
        if text is not None:
            document.misshapen(("requires", key), "a version")


def _read_pipfile_lock(path: str, data: bytes, target: Stack) -> ReadResult:
    text = decode_toml(data, path)
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        place = Location(path, getattr(error, "lineno", None), getattr(error, "colno", None))
        raise ReadError("is broken JSON; write it again with `pipenv lock`", place) from error
    # JSON is YAML too, and of that every node has its place.
    root = yaml.compose(data, path)
    sources = {
        yaml.text_of(yaml.child(one, "name")): short_name(yaml.text_of(yaml.child(one, "url")) or "")
        for one in yaml.elements(yaml.child(root, "_meta", "sources"))
    }
    general = Indexes((next(iter(sources.values())) or "pypi",)) if sources else from_variables(target).result()
    environment = {**marker_environment(target), "extra": ""}
    asks: list[Ask] = []
    unread: list[Unread] = []
    for section, node in yaml.items(root):
        if node.id != "mapping":
            unread.append(
                Unread(f"{shown(section)} is not a table of packages and was not read.", yaml.place(node, path))
            )
        for key, entry in yaml.pairs(node) if section != "_meta" else ():
            name, place = key.value, yaml.place(key, path)
            ask = _locked(name, entry, place, environment)
            if ask is None:
                unread.append(Unread(f"What {shown(name)} must be was not read.", place))
                continue
            own = sources.get(yaml.text_of(yaml.child(entry, "index")))
            if ask.url is None and _unpinned(entry) and ask.applies is not False:
                unread.append(_no_entry(ask, place))
            asks.append(
                replace(
                    ask,
                    hashes=sum(1 for _ in yaml.elements(yaml.child(entry, "hashes"))),
                    indexes=Indexes((own,), "first") if own else general,
                    transitive=general,
                    group=_SECTIONS.get(section, f"group:{project_name(section)}"),
                )
            )
    return ReadResult(tuple(asks), tuple(unread), (path,))


def _unpinned(entry: Any) -> bool:
    """Whether an entry has neither a release nor hashes, nor a place that it is taken from."""
    version = yaml.text_of(yaml.child(entry, "version"))
    own = any(yaml.child(entry, key) is not None for key in ("hashes", "git", "path", "file", "editable"))
    return version in (None, "*") and not own


def _no_entry(ask: Ask, place: Location) -> Unread:
    text = (
        f"The lock names no release and no hash of {ask.name}, which this machine needs: what is installed is neither "
        "pinned nor compared, and pip refuses it beside entries with hashes. Lock again on such a machine."
    )
    return Unread(text, place, "warning", id=f"locks/{ask.name}", involves=(ask.name,))


def _locked(name: str, entry: Any, place: Location, environment: dict[str, str]) -> Ask | None:
    version, marker = (yaml.text_of(yaml.child(entry, key)) for key in ("version", "markers"))
    git = yaml.text_of(yaml.child(entry, "git"))
    specifier = plain_specifier(version or "*")
    if specifier is None:
        return None
    try:
        fits = applies(marker, environment)
    except ValueError:
        return None
    origin = Origin(redact(f"{name}{specifier}"), str(place), place)
    url = None if git is None else redact(f"git+{git}")
    return Ask(project_name(name), specifier, origin, marker=marker, applies=fits, url=url)
