"""What a resolution came to: the releases, what was set aside, and both as asks with the way by which they came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from stackcheck.model import Ask, Indexes, Origin
from stackcheck.values import dataclass
from stackcheck.versions import index_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Pin:
    """One release of the closure. `via` names what asks for it: projects, or files ("-r requirements.txt")."""

    name: str
    version: str
    extras: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    index: str | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """A project that was set aside, with uv's reason as a phrase; `wanted_by` names what asks for it."""

    name: str
    specifier: str
    reason: str
    wanted_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolution:
    """The closure without what was set aside; `conflict` is uv's explanation where there is no closure.

    `passed` are projects of the closure of which uv passed over a newer release that has no wheel for the target.
    """

    pins: tuple[Pin, ...] = ()
    left: tuple[Left, ...] = ()
    conflict: str | None = None
    passed: tuple[Left, ...] = ()


def asks(resolution: Resolution, stated: Sequence[Ask]) -> tuple[Ask, ...]:
    """Every pin that no file asks for, as an ask with the way by which it came."""
    known = {ask.name for ask in stated if ask.applies and not ask.constraint}
    ways = _Ways(resolution, stated)
    return tuple(
        Ask(
            pin.name,
            f"=={pin.version}",
            _origin(f"{pin.name} {pin.version} is what uv resolves to", ways.to(pin.name)),
            pin.extras,
            indexes=_indexes(pin.index),
            transitive=_indexes(pin.index),
        )
        for pin in resolution.pins
        if pin.name not in known
    )


def left_asks(resolution: Resolution, stated: Sequence[Ask]) -> tuple[Ask, ...]:
    """What was set aside, as asks whose origin's text is uv's reason; those of the files as they stand there."""
    own = {ask.name: ask for ask in stated if ask.applies and not ask.constraint}
    ways = _Ways(resolution, stated)
    set_aside = []
    for left in resolution.left:
        if left.name in own:
            ask = own[left.name]
            origin = Origin(f"uv says that {left.reason}", ask.origin.place, ask.origin.location)
            set_aside.append(Ask(ask.name, ask.specifier, origin, ask.extras, indexes=ask.indexes))
        else:
            set_aside.append(Ask(left.name, left.specifier, _origin(f"uv says that {left.reason}", ways.to(left.name))))
    return tuple(set_aside)


def passed_asks(resolution: Resolution, stated: Sequence[Ask]) -> tuple[Ask, ...]:
    """What uv passed newer releases over of, as asks with what the closure asks of them."""
    ways = _Ways(resolution, stated)
    own = {ask.name for ask in stated if ask.applies and not ask.constraint}
    return tuple(
        Ask(left.name, left.specifier, _origin(f"uv says that {left.reason}", ways.to(left.name)))
        for left in resolution.passed
        if left.name not in own
    )


@dataclass(frozen=True, slots=True)
class _Way:
    """How a project came: who asks for it, step by step, and the file's line at the end where it is known."""

    steps: tuple[str, ...]
    line: Ask | None


def _origin(text: str, way: _Way) -> Origin:
    steps = [*way.steps, *([way.line.origin.place] if way.line else [])]
    place = f"resolved by uv, via {' ← '.join(steps)}" if steps else "resolved by uv"
    return Origin(text, place, way.line.origin.location if way.line else None)


def _indexes(url: str | None) -> Indexes | None:
    return None if url is None else Indexes((index_name(url),))


class _Ways:
    """The shortest way from each project of the closure to a line of a file."""

    def __init__(self, resolution: Resolution, stated: Iterable[Ask]) -> None:
        self._parents = {pin.name: pin.via for pin in resolution.pins}
        self._parents.update((left.name, left.wanted_by) for left in resolution.left)
        self._lines = {ask.name: ask for ask in stated if ask.applies and not ask.constraint}

    def to(self, name: str) -> _Way:
        """The way to a project that no line asks for itself."""
        ways: list[tuple[str, ...]] = [(name,)]
        seen = {name}
        longest: tuple[str, ...] = ()
        for way in ways:
            longest = max(longest, way, key=len)
            if way[-1] in self._lines:
                return _Way(way[1:], self._lines[way[-1]])
            for parent in self._parents.get(way[-1], ()):
                if _is_file(parent):
                    return _Way((*way[1:], parent), None)
                if (parent := canonicalize_name(parent)) not in seen:
                    seen.add(parent)
                    ways.append((*way, parent))
        return _Way(longest[1:], None)


def _is_file(parent: str) -> bool:
    return parent.startswith("-") or "(" in parent
