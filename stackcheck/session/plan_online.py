"""`plan --online`: what the index has now of all that a plan comes to, asked for as the search gets there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge.online import Question
from stackcheck.matrix.records import Record, Records
from stackcheck.model import Absent, Unknown
from stackcheck.session.current import Current
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.network import Network, cache_folder
from stackcheck.values import replace
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackcheck.judge.online import Answer
    from stackcheck.session.knowledge import Knowledge
    from stackcheck.session.request import Request

ROUNDS = 5
"""How often a plan is made again with what the last one newly came to."""
NEWEST = 3
"""Releases of a project whose metadata is read, where the matrix has none of them."""


class Online:
    """What was asked for in one call; nothing twice. Raises `CannotWorkError` where pip's index cannot be told."""

    def __init__(self, request: Request, knowledge: Knowledge, tell: Callable[[str], None]) -> None:
        index = Network(online=True, cache=request.cache).index
        if isinstance(index, Unknown):
            raise CannotWorkError(f"--online: {index.reason}")
        folder = cache_folder(request.cache, own=True)
        self._current = Current(index, folder, knowledge.records, newest=NEWEST)
        self._tell = tell
        self._answers: dict[str, Answer] = {}

    def asked(self, names: Iterable[str]) -> bool:
        """Asks for the projects that were not asked for yet; whether there were some."""
        new = [Question(name) for name in sorted({*names}) if name not in self._answers]
        self._answers.update(self._current.answers(new, self._tell) if new else {})
        return bool(new)

    def absent(self, name: str) -> bool:
        """Whether the index was asked and has no such project."""
        return isinstance(self._answers.get(name), Absent)

    def over(self, knowledge: Knowledge) -> Knowledge:
        """A knowledge with the records that were made now in place of its own."""
        made = [answer for answer in self._answers.values() if isinstance(answer, Record)]
        store = knowledge.store.with_records((knowledge.store.records or Records(())).with_current(made))
        return replace(knowledge, store=store)

    def unanswered(self) -> tuple[str, ...]:
        """Sentences on what the index was asked for in vain."""
        reasons: dict[str, list[str]] = {}
        for name, answer in sorted(self._answers.items()):
            if isinstance(answer, Unknown):
                reasons.setdefault(answer.reason, []).append(name)
        return tuple(f"The index did not say what it has of {few(some, 5)}: {why}." for why, some in reasons.items())
