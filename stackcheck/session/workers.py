"""Where the work of a run is done: in this process, in several on this machine, or by the workers of a Dask cluster.

A batch is a pure function of what it is given, so that it may be done twice or anywhere; the order in which parts come
back does not matter to those who merge them.
"""

from __future__ import annotations

import os
from collections import deque
from itertools import chain, islice
from typing import TYPE_CHECKING, TypeVar

from stackcheck.session.errors import CannotWorkError
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor, Future

W = TypeVar("W")
T = TypeVar("T")
P = TypeVar("P")
AHEAD = 3
"""So many batches for each worker are on their way at once: what waits there is held in memory."""
ALONE = 2
"""So few batches are done here: a process takes as long to start."""


@dataclass(frozen=True)
class Workers:
    """How many processes work, or the address of the Dask scheduler whose workers do."""

    jobs: int = 1
    dask: str | None = None


def workers_of(jobs: str | None, dask: str | None) -> Workers:
    """The workers that options name; by default one for each core that this process may use. Raises
    `CannotWorkError`."""
    if jobs is not None and dask is not None:
        raise CannotWorkError("--jobs is for this machine; it does not go with --dask")
    if jobs is None:
        return Workers(_cores(), dask)
    if not (jobs.isascii() and jobs.isdigit() and 0 < int(jobs[:9]) <= 1024):
        raise CannotWorkError(f"--jobs {jobs}: should be a number of processes from 1 to 1024")
    return Workers(int(jobs))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spread(
    work: Callable[[W, tuple[T, ...]], P], shared: W, batches: Iterator[tuple[T, ...]], workers: Workers
) -> Iterator[P]:
    """What `work` makes of each batch. `batches` is asked only as fast as the work is done."""
    if workers.dask is not None:
        from stackcheck.session import dask

        return dask.spread(work, shared, batches, workers.dask)
    first = list(islice(batches, ALONE + 1)) if workers.jobs > 1 else []
    whole = chain(first, batches)
    if len(first) <= ALONE:
        return (work(shared, batch) for batch in whole)
    return _processes(work, shared, whole, workers.jobs)


def _processes(
    work: Callable[[W, tuple[T, ...]], P], shared: W, batches: Iterable[tuple[T, ...]], jobs: int
) -> Iterator[P]:
    """The work in processes of this machine; what is left where one of them dies is done here."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # A fresh interpreter, not a copy of this one: it may have threads, and a copy would hold all that was read here.
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        waiting: deque[tuple[Future[P] | None, tuple[T, ...]]] = deque()
        for batch in batches:
            waiting.append((_submitted(pool, work, shared, batch), batch))
            if len(waiting) > jobs * AHEAD:
                yield _result(*waiting.popleft(), work, shared)
        while waiting:
            yield _result(*waiting.popleft(), work, shared)


def _submitted(
    pool: Executor, work: Callable[[W, tuple[T, ...]], P], shared: W, batch: tuple[T, ...]
) -> Future[P] | None:
    """A batch on its way; None where no process takes it."""
    from concurrent.futures import BrokenExecutor

    try:
        return pool.submit(work, shared, batch)
    except BrokenExecutor:
        return None


def _result(future: Future[P] | None, batch: tuple[T, ...], work: Callable[[W, tuple[T, ...]], P], shared: W) -> P:
    from concurrent.futures import BrokenExecutor

    try:
        return work(shared, batch) if future is None else future.result()
    except BrokenExecutor:
        return work(shared, batch)
