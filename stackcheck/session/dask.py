"""The work of a run on a Dask cluster: tasks of pure functions, which the scheduler gives to another worker where one
dies. Loaded only with `--dask`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from stackcheck.about import VERSION
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.knowledge import shipped_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

W = TypeVar("W")
T = TypeVar("T")
P = TypeVar("P")
AHEAD = 4
"""So many batches for each worker's thread are on their way at once."""
RETRIES = 5
"""So often a batch is begun again whose worker died or could not be reached."""
TIMEOUT = "15s"
"""So long the scheduler may take to answer."""


def spread(
    work: Callable[[W, tuple[T, ...]], P], shared: W, batches: Iterator[tuple[T, ...]], address: str
) -> Iterator[P]:
    """What `work` makes of each batch, as it comes back. Raises `CannotWorkError`."""
    try:
        import distributed
    except ImportError as error:
        raise CannotWorkError("--dask needs Dask: pip install 'stackcheck[dask]'") from error
    library: Any = distributed  # it has no types
    try:
        client = library.Client(address, timeout=TIMEOUT)
    except (OSError, TimeoutError, ValueError) as error:
        raise CannotWorkError(f"--dask {address}: no scheduler answers there ({error})") from error
    with client:
        _compare(client.run(known), address)
        room = AHEAD * max(1, sum(client.nthreads().values()))
        running = library.as_completed()
        for batch in batches:
            running.add(client.submit(work, shared, batch, pure=False, retries=RETRIES))
            if running.count() >= room:
                yield _next(running)
        while running.count():
            yield _next(running)


def known() -> tuple[str, str]:
    """Which stackcheck and which matrix a process has."""
    return VERSION, shipped_text("VERSION").strip()


def _compare(workers: Mapping[str, tuple[str, str]], address: str) -> None:
    """Raises `CannotWorkError` where no worker is there, or one has another stackcheck."""
    if not workers:
        raise CannotWorkError(f"--dask {address}: the scheduler has no worker")
    for worker, found in sorted(workers.items()):
        if found != known():
            theirs, ours = (f"stackcheck {version} (matrix {matrix})" for version, matrix in (found, known()))
            raise CannotWorkError(f"--dask {address}: {worker} has {theirs}, and this is {ours}: install the same")


def _next(running: Any) -> Any:
    """The next result, which the cluster then forgets."""
    future = next(running)
    try:
        return future.result()
    finally:
        future.release()
