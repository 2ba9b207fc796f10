"""What reports on many things share: each that is new is a task, tasks go out in batches, and each comes to a verdict.

A thing that cannot be judged, or brings out a mistake of stackcheck's own, is its own trouble; the others are judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from stackcheck.model import CRASHED, Finding, Report
from stackcheck.read.environment import DocumentError
from stackcheck.report.fleet import Verdicts
from stackcheck.session.errors import crash, expected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackcheck.report.fleet_machines import Key

REASONS = 3
"""Mistakes of one thing that are named."""


class Task(Protocol):
    """One thing to judge; equal ones have one key."""

    @property
    def key(self) -> Key:
        """The digest of what is judged."""

    @property
    def weight(self) -> int:
        """How much of a batch it makes."""


T = TypeVar("T", bound=Task)


def batches(tasks: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """The tasks in parts of a weight, those with a key that was there left out."""
    batch: list[T] = []
    for task in _new(tasks):
        batch.append(task)
        if sum(one.weight for one in batch) >= size:
            yield tuple(batch)
            batch = []
    if batch:
        yield tuple(batch)


def _new(tasks: Iterable[T]) -> Iterator[T]:
    seen: set[Key] = set()
    for task in tasks:
        if task.key not in seen:
            seen.add(task.key)
            yield task


def verdicts_of(tasks: Iterable[T], judge: Callable[[T], Report]) -> Verdicts:
    """What is to say of some tasks."""
    verdicts = Verdicts()
    for task in tasks:
        try:
            verdicts.judged(task.key, judge(task))
        except expected() as error:
            verdicts.unread(task.key, reasons(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are judged
            finding = Finding("reading", CRASHED, "unknown", "file", crash(error))
            verdicts.judged(task.key, Report("", "", (finding,), 0))
    return verdicts


def reasons(error: Exception) -> str:
    """Why something could not be judged, in one line."""
    every = error.errors if isinstance(error, DocumentError) else str(error).splitlines()
    more = [f"and {len(every) - REASONS} more mistakes"] if len(every) > REASONS else []
    return "; ".join((*every[:REASONS], *more))
