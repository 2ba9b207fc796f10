"""Commands of one file that install one after the other: what a later one leaves of an earlier one.

pip takes what is installed for good where it meets the requirement, and else replaces it (pip: "pip install").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from stackcheck.values import replace
from stackcheck.versions import asked_range, strict

if TYPE_CHECKING:
    from packaging.version import Version

    from stackcheck.model import Ask

MAX_OF_ONE = 50
"""Earlier asks for one project that a later one is held against, the nearest."""

_Key = tuple[tuple[str, ...], str]


class Steps:
    """The asks of commands that run one after the other, as they count together; those for one environment alone count
    there (`alternatives`)."""

    def __init__(self) -> None:
        self.asks: list[Ask] = []
        self.count = 0
        self._by_name: dict[_Key, list[int]] = {}

    def add(self, later: list[Ask], path: str = "", *, force: bool = False, upgrade: bool = False) -> None:
        """The asks of one more command in the file at `path`: what it replaces does not apply, and what is there
        already is not taken from another index. `force`: what is there is installed anew; `upgrade`: so is what has a
        newer release."""
        self.count += 1
        later = [replace(ask, step=(path, self.count)) for ask in later]
        by_name: dict[_Key, list[Ask]] = {}
        for ask in later:
            by_name.setdefault(_key(ask), []).append(ask)
        earlier: dict[_Key, list[Ask]] = {}
        for name, asks in by_name.items():
            for at in self._by_name.get(name, [])[-MAX_OF_ONE:]:
                if _is_replaced(self.asks[at], asks, force=force):
                    self.asks[at] = replace(self.asks[at], applies=False, replaced=True)
            earlier[name] = self._of(name)
        for ask in later:
            self._by_name.setdefault(_key(ask), []).append(len(self.asks))
            self.asks.append(ask if force or upgrade else _as_there(ask, earlier[_key(ask)]))

    def _of(self, name: _Key) -> list[Ask]:
        return [self.asks[at] for at in self._by_name.get(name, [])[-MAX_OF_ONE:]]


def _key(ask: Ask) -> _Key:
    return ask.alternatives, ask.name


def _is_replaced(ask: Ask, later: list[Ask], *, force: bool) -> bool:
    own = asked_range(ask.specifier)
    for other in later:
        if other.name != ask.name or other.constraint or ask.constraint or not ask.applies:
            continue
        asked = asked_range(other.specifier)
        if own is not None and asked is not None and own.is_disjoint(asked):
            return True
        if other.applies and (force or _is_another(ask, other)):
            return True
    return False


def _is_another(ask: Ask, other: Ask) -> bool:
    """Whether a later pin is another release, or another build, than the one that an earlier line took."""
    pin, earlier = _pin(other), _pin(ask)
    if pin is None or ask.url is not None:
        return False
    return earlier is None or (pin.local is not None and pin != earlier)


def _as_there(ask: Ask, earlier: list[Ask]) -> Ask:
    """A later ask; one that an earlier pin meets takes nothing from an index, so that of the pin counts."""
    for other in earlier:
        pin = _pin(other)
        if other.name != ask.name or other.constraint or not other.applies or pin is None:
            continue
        if _admits(ask.specifier, pin):
            return replace(ask, indexes=other.indexes)
    return ask


def _pin(ask: Ask) -> Version | None:
    """The one release that an ask admits; None where it admits several."""
    clauses = ask.specifier.split(",")
    release = clauses[0].strip()
    exact = len(clauses) == 1 and release.startswith("==") and not release.endswith(".*")
    return strict(release.lstrip("= ")) if exact else None


def _admits(specifier: str, version: Version) -> bool:
    try:
        return SpecifierSet(specifier).contains(version, prereleases=True)
    except InvalidSpecifier:
        return False
