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


def after(earlier: list[Ask], later: list[Ask], *, force: bool = False, upgrade: bool = False) -> list[Ask]:
    """The asks of earlier commands and those of a later one, as they count together: what is replaced does not apply,
    and what is there already is not taken from another index. `force`: what is there is installed anew; `upgrade`: so
    is what has a newer release."""
    kept = [replace(ask, applies=False) if _is_replaced(ask, later, force=force) else ask for ask in earlier]
    if force or upgrade:
        return [*kept, *later]
    return [*kept, *(_as_there(ask, kept) for ask in later)]


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
