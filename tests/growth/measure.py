"""Time and memory of a family at two sizes, of which one is twice the other, and at the most that it may have."""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import time
import tracemalloc
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.growth.families import Family

SLACK_BYTES = 1 << 20
"""What a first run keeps (compiled patterns, caches) and is no growth."""
MAX_TIME, MAX_MEMORY = 2.5, 2.2
"""How many times as much twice the input may take."""


class Growth(NamedTuple):
    """What a family took at `count` elements and at twice as many: seconds and bytes of the latter, and how many times
    those of the former they are."""

    name: str
    count: int
    seconds: float
    time: float
    bytes: int
    memory: float


class Cost(NamedTuple):
    """What one input of a family took in a process of its own: seconds of its processor, and bytes of memory beyond
    those of a small input. `end` is how it ended where that was not well."""

    name: str
    count: int
    seconds: float
    bytes: int
    end: str = ""


def growth(family: Family, count: int, turns: int = 3) -> Growth:
    """A family's growth from `count` elements on: the best of some turns, and of more as long as it is too much."""
    inputs = family.make(count), family.make(2 * count)
    best = [float("inf")] * 2
    for turn in range(turns + 6):
        for at, given in enumerate(inputs):
            best[at] = min(best[at], _seconds(family, given))
        if turn + 1 >= turns and best[1] <= MAX_TIME * best[0]:
            break
    peaks = [_peak(family, given) for given in inputs]
    memory = (peaks[1] + SLACK_BYTES) / (peaks[0] + SLACK_BYTES)
    return Growth(family.name, count, best[1], best[1] / best[0], peaks[1], memory)


def sized(family: Family, seconds: float, most: int = 1 << 30, start: int = 8) -> int:
    """A number of elements that takes so many seconds, or the most that may be."""
    family.run(family.make(start))  # loads what is loaded once
    count, most = start, min(most, family.most)
    while count < most and _seconds(family, family.make(count)) < seconds:
        count *= 4
    return min(count, most)


def cost(family: Family, count: int, limit_s: int = 60, limit_bytes: int = 4 << 30) -> Cost:
    """What one input takes, in a process of its own that ends at a limit."""

    def measured() -> Cost:
        given, small = family.make(count), family.make(4)
        family.run(small)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        seconds = _seconds(family, given)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return Cost(family.name, count, seconds, (peak - before) << 10)

    answer = _apart(measured, limit_s, limit_bytes)
    return Cost(*answer) if isinstance(answer, list) else Cost(family.name, count, float(limit_s), 0, str(answer))


def _apart(call: Callable[[], object], limit_s: int, limit_bytes: int) -> object:
    """What a call gives in a forked process, through JSON; a text where it did not end well."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(limit_s)
        resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))
        try:
            answer: object = call()
        except BaseException as error:  # noqa: BLE001 - the parent shows it
            answer = f"{type(error).__name__}: {error}"[:300]
        os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as stream:  # noqa: PTH123 - a descriptor
        data = stream.read()
    _, status = os.waitpid(child, 0)
    return json.loads(data) if data else f"ended by signal {status}"


def _seconds(family: Family, given: object) -> float:
    gc.collect()
    gc.disable()
    start = time.process_time()
    try:
        family.run(given)
        return time.process_time() - start
    finally:
        gc.enable()


def _peak(family: Family, given: object) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        family.run(given)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
