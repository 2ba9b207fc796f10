"""Which releases a stack leaves possible: what a repair of a project file may choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge import engine
from stackcheck.judge.judge import gpus
from stackcheck.judge.working import Working

if TYPE_CHECKING:
    from stackcheck.matrix.store import Store
    from stackcheck.model import Stack


def possible(stack: Stack, store: Store) -> dict[str, tuple[str, ...]]:
    """For each product the releases that no row bars for any GPU, oldest first; () where each is barred."""
    found: dict[str, tuple[str, ...]] = {}
    for gpu in gpus(stack):
        work = Working(stack, store, gpu)
        for verdict in engine.solve(work):
            kept = () if verdict.failing else verdict.domain.values
            before = found.get(verdict.domain.subject, kept)
            found[verdict.domain.subject] = tuple(value for value in before if value in kept)
    return found
