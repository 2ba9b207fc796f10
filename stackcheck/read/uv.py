"""`[tool.uv]` of pyproject.toml: where uv looks for projects.

As uv's documentation says ("Package indexes", "Dependency sources"): indexes are asked in the order in which
they stand, PyPI or the `default = true` one last, and the first that has the project is taken. An `explicit`
index serves only the projects whose source names it, and a source does not reach what its project depends on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from packaging.markers import InvalidMarker

from stackcheck import versions
from stackcheck.model import UNKNOWN_INDEX, Indexes
from stackcheck.read.indexes import extra_name, links_name, short_name
from stackcheck.read.markers import applies
from stackcheck.read.quote import shown
from stackcheck.redact import redact
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackcheck.read.document import Document
    from stackcheck.read.places import KeyPath

_KINDS = ("index", "git", "url", "path", "workspace")


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of `[tool.uv.sources]`.

    `kind` says which key it has; `value` is the index's name, the direct reference without credentials, or ""
    for a member of the workspace.
    """

    kind: str
    value: str
    marker: str | None = None
    extra: str | None = None
    group: str | None = None

    def applies(self, group: str | None, environment: Mapping[str, str]) -> bool | None:
        """Whether the source is for a requirement of this group (`Ask.group`) on this target."""
        if self.extra is not None and group != f"extra:{self.extra}":
            return False
        if self.group is not None and group != f"group:{self.group}":
            return False
        return applies(self.marker, environment)


@dataclass(frozen=True)
class Uv:
    """`general` are the indexes for everything without a source; None: they are not known.

    `named` gives the short name of each index that a source can name. `sources` goes by normalised project name.
    """

    general: Indexes | None
    named: Mapping[str, str | None]
    sources: Mapping[str, tuple[Source, ...]]

    @property
    def strategy(self) -> Literal["best", "first"]:
        """How the indexes compete."""
        return "first" if self.general is None else self.general.strategy


def read_uv(document: Document, otherwise: Indexes | None) -> Uv:
    """The `[tool.uv]` table; where there is none, the general indexes are `otherwise` and no source has a say.

    What is not understood is noted in the document.
    """
    if not document.table("tool", "uv"):
        return Uv(otherwise, {}, {})
    return Uv(_general(document), _named(document), _sources(document))


def _index_tables(document: Document) -> list[dict[str, Any]]:
    tables = []
    for at, item in document.items("tool", "uv", "index"):
        if isinstance(item, dict) and isinstance(item.get("url"), str):
            tables.append(item)
        else:
            document.misshapen(at, "a table with a url")
    return tables


def _named(document: Document) -> dict[str, str | None]:
    # What is misshapen has been noted with the general indexes.
    items = document.value("tool", "uv", "index")
    return {
        str(item["name"]): short_name(item["url"])
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict) and isinstance(item.get("url"), str) and "name" in item
    }


def _general(document: Document) -> Indexes | None:
    uv = document.table("tool", "uv")
    tables = _index_tables(document)
    last = _default(document, tables)
    first = [item["url"] for item in tables if not item.get("explicit") and not item.get("default")]
    first += [url for _, url in document.strings("tool", "uv", "extra-index-url")]
    links = [links_name(url) for _, url in document.strings("tool", "uv", "find-links")]
    indexes = [] if uv.get("no-index") is True else [*(extra_name(url, last) for url in first), *last]
    names = [*indexes, *links]
    if None in names:
        document.note("One index depends on a variable that is not known.", document.places.key(("tool", "uv")))
    best = uv.get("index-strategy") == "unsafe-best-match"
    return Indexes(tuple(dict.fromkeys(name or UNKNOWN_INDEX for name in names)), "best" if best else "first")


def _default(document: Document, tables: list[dict[str, Any]]) -> list[str | None]:
    """What stands in PyPI's place; nothing where that index is explicit too."""
    for item in tables:
        if item.get("default"):
            return [] if item.get("explicit") else [short_name(item["url"])]
    url = document.value("tool", "uv", "index-url")
    return [short_name(url)] if isinstance(url, str) else ["pypi"]


def _sources(document: Document) -> dict[str, tuple[Source, ...]]:
    sources: dict[str, tuple[Source, ...]] = {}
    for name, entry in document.table("tool", "uv", "sources").items():
        at: KeyPath = ("tool", "uv", "sources", name)
        entries = entry if isinstance(entry, list) else [entry]
        found = [_source(document, at, item) for item in entries]
        sources[versions.project_name(name)] = tuple(source for source in found if source is not None)
    return sources


def _source(document: Document, at: KeyPath, entry: Any) -> Source | None:
    kind = next((key for key in _KINDS if isinstance(entry, dict) and key in entry), None)
    if kind is None:
        document.misshapen(at, "a source with index, git, url, path or workspace")
        return None
    marker, extra, group = (entry.get(key) for key in ("marker", "extra", "group"))
    try:
        applies(marker, {})
    except (InvalidMarker, TypeError):
        document.note(f"{shown(str(marker))} is not an environment marker.", document.places.key(at))
        return None
    value = "" if kind == "workspace" else str(entry[kind])
    if kind == "git":
        revision = next((entry[key] for key in ("rev", "tag", "branch") if key in entry), None)
        value = f"git+{value}" if revision is None else f"git+{value}@{revision}"
    if kind != "index":
        value = redact(value)
    return Source(
        kind,
        value,
        marker,
        None if extra is None else versions.project_name(str(extra)),
        None if group is None else versions.project_name(str(group)),
    )
