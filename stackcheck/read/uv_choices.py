"""`[tool.uv] conflicts`: which extras and groups are never chosen together, and what is asked for with each choice.

As uv's documentation says ("Conflicting dependencies"). A source for one extra alone makes a choice too: with that
extra the project comes from there, whoever asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.values import dataclass, replace
from stackcheck.versions import project_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.model import Ask
    from stackcheck.read.document import Document
    from stackcheck.read.uv import Uv

MAX_CHOICES = 128
"""Choices that are told apart; where conflicts allow more, those of one extra or group alone."""
MANY = f"The conflicts allow more than {MAX_CHOICES} choices of extras and groups: each is judged without the others."
"""What is said of a file where that is so."""


@dataclass(frozen=True, slots=True)
class Item:
    """What conflicts speak of: an extra or a group of a package, or the package's own dependencies ("project")."""

    kind: str
    package: str
    name: str = ""

    @property
    def encoded(self) -> str:
        """The item as the lock's markers have it."""
        rest = f"-{self.name}" if self.name else ""
        return f"{self.kind}-{len(self.package)}-{self.package}{rest}"

    @property
    def label(self) -> str:
        """The item as `Ask.group` names it."""
        return f"{self.kind}:{self.name or self.package}"


def choices(conflicts: Iterable[frozenset[Item]], document: Document, *at: str) -> list[tuple[Item, ...]]:
    """Every way to choose among conflicting items, those with the fewest first: no two of one set together.

    Where there are more than `MAX_CHOICES`: nothing, and each item by itself, which is noted at the key `at`.
    """
    sets = tuple(conflicts)
    items = list(dict.fromkeys(item for one in sets for item in sorted(one, key=lambda item: item.encoded)))
    found: list[tuple[Item, ...]] = [()]
    for item in items:
        barred = frozenset().union(*(one for one in sets if item in one))
        found += [(*choice, item) for choice in found if barred.isdisjoint(choice)]
        if len(found) > MAX_CHOICES:
            document.note(MANY, document.places.key(at), id="coverage/choices")
            return [(), *((one,) for one in items)]
    return sorted(found, key=len)


def alternative(choice: Iterable[Item], own: str) -> str:
    """A choice as `Ask.alternatives` names it; what is of another package than `own` with that package's name."""
    named = {item: f"{item.kind}:{item.package}[{item.name}]" for item in choice if item.package != own and item.name}
    return "+".join(sorted(named.get(item, item.label) for item in choice))


def item_of(entry: object, package: str = "") -> Item | None:
    """One entry of `conflicts`; in pyproject.toml `package` is the project's own name where none is stated."""
    if not isinstance(entry, dict):
        return None
    package = project_name(str(entry.get("package", package)))
    for kind in ("extra", "group"):
        if isinstance(entry.get(kind), str):
            return Item(kind, package, project_name(entry[kind]))
    return Item("project", package) if "package" in entry else None


def conflicts_of(document: Document, *at: str, package: str = "") -> Iterator[frozenset[Item]]:
    """The sets of what excludes each other; what has not the shape of one is noted."""
    for key, one in document.items(*at):
        items = [item_of(entry, package) for entry in one] if isinstance(one, list) else [None]
        if None in items:
            document.misshapen(key, "a list of extras and groups")
        yield frozenset(item for item in items if item is not None)


def apart(asks: list[Ask], document: Document, uv: Uv) -> list[Ask]:
    """The asks of one pyproject.toml, each with the choices in which it counts and the source that it has there."""
    own = project_name(str(document.table("project").get("name", "")))
    conflicts = [*conflicts_of(document, "tool", "uv", "conflicts", package=own), *_by_source(uv, own)]
    every = choices(conflicts, document, "tool", "uv", "conflicts")
    if len(every) < 2:
        return asks
    items = frozenset().union(*conflicts)
    placed = [ask for ask in reversed(asks) if ask.url is not None or ask.indexes not in (None, uv.general)]
    sources = {(_item(ask, own), ask.name): ask for ask in placed if _item(ask, own) in items}
    return [part for ask in asks for part in _parts(ask, own, items, every, {} if ask in placed else sources)]


def _parts(
    ask: Ask,
    own: str,
    items: frozenset[Item],
    every: list[tuple[Item, ...]],
    sources: dict[tuple[Item, str], Ask],
) -> Iterator[Ask]:
    """One ask for each source that it has with some choice or other."""
    item = _item(ask, own)
    found: dict[Ask, list[str]] = {}
    for choice in every:
        if item in items and item not in choice:
            continue
        other = next((sources[one, ask.name] for one in choice if (one, ask.name) in sources), None)
        part = ask if other is None else replace(ask, url=other.url, indexes=other.indexes)
        found.setdefault(part, []).append(alternative(choice, own))
    for part, names in found.items():
        yield replace(part, alternatives=() if len(names) == len(every) else tuple(names))


def _by_source(uv: Uv, own: str) -> Iterator[frozenset[Item]]:
    """Extras and groups that a project has different sources for."""
    for sources in uv.sources.values():
        named = [("extra", one.extra) if one.extra else ("group", one.group) for one in sources]
        yield frozenset(Item(kind, own, name) for kind, name in named if name)


def _item(ask: Ask, own: str) -> Item:
    kind, _, name = (ask.group or "").partition(":")
    return Item(kind, own, name) if name else Item("project", own)
