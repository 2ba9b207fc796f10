"""The last gate of this room: nothing that a reader made of a file leaves it with a credential in it.

Each reader redacts what it quotes; but a credential can stand wherever a file has room for a text, also as a name, an
extra or a version, and one gate for all of them is easier to trust than a hundred places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.redact import redact
from stackcheck.values import replace

if TYPE_CHECKING:
    from stackcheck.model import Ask, Indexes, Origin, Stated, Unread
    from stackcheck.read.files import ReadResult


def without_secrets(result: ReadResult) -> ReadResult:
    """The same without any credential. Paths stay: they name files that are there."""
    return replace(
        result,
        asks=tuple(map(_ask, result.asks)),
        python=tuple(map(_ask, result.python)),
        unread=tuple(map(_unread, result.unread)),
        stated=tuple(map(_stated, result.stated)),
    )


def _ask(ask: Ask) -> Ask:
    # One look at all texts together: nearly every ask has nothing to cut.
    texts = (ask.name, ask.specifier, ask.origin.text, *ask.extras, ask.marker, ask.url, ask.group, *(ask.locked or ()))
    own = ask.indexes
    together = "\n".join(filter(None, (*texts, *ask.alternatives, *(own.names if own else ()))))
    if redact(together) == together:
        return ask
    return replace(
        ask,
        name=redact(ask.name),
        specifier=redact(ask.specifier),
        origin=_origin(ask.origin),
        extras=tuple(map(redact, ask.extras)),
        marker=_text(ask.marker),
        url=_text(ask.url),
        indexes=_indexes(ask.indexes),
        transitive=_indexes(ask.transitive),
        group=_text(ask.group),
        locked=None if ask.locked is None else tuple(map(redact, ask.locked)),
        alternatives=tuple(map(redact, ask.alternatives)),
    )


def _text(text: str | None) -> str | None:
    return None if text is None else redact(text)


def _indexes(indexes: Indexes | None) -> Indexes | None:
    return None if indexes is None else replace(indexes, names=tuple(map(redact, indexes.names)))


def _origin(origin: Origin) -> Origin:
    return replace(origin, text=redact(origin.text))


def _unread(entry: Unread) -> Unread:
    reason = redact(entry.reason)
    return entry if reason == entry.reason else replace(entry, reason=reason)


def _stated(stated: Stated) -> Stated:
    state = replace(stated.state, value=redact(stated.state.value), origin=_origin(stated.state.origin))
    return replace(stated, name=redact(stated.name), state=state)
