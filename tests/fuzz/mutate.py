"""Seeds with bytes, words and lines changed, repeated and moved at random: every target in turn, without atheris."""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.fuzz.targets import TARGETS, once

SLOW_S = 2
MAX_BYTES = 50_000
WORDS = (
    *(b"${A:-", b"$(", b"`", b"'", b'"', b"\\", b"\\\n", b"<<E", b"((", b"{{", b"[[", b"]]", b"&a ", b"*a", b"<<: "),
    *(b"\0", b"\xff", "\u202e".encode(), b"1" * 400, b"==", b";", b"@", b"://u:p@h/", b"-r ", b"null", b"-1", b"1e999"),
)


def changed(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """An input that is like another one."""
    for _ in range(chance.randint(1, 6)):
        at, to = sorted(chance.randint(0, len(data)) for _ in range(2))
        kind = chance.randint(0, 6)
        if kind == 0:
            data = data[:at] + data[min(to, at + 40) :]
        elif kind == 1:
            data = data[:at] + chance.choice(WORDS) + data[at:]
        elif kind == 2:
            data = data[:at] + data[at:to][:200] * chance.randint(2, 40) + data[to:]
        elif kind == 3 and other:
            start = chance.randint(0, len(other))
            data = data[:at] + other[start : start + 200] + data[at:]
        elif kind == 4:
            lines = data.split(b"\n")
            chance.shuffle(lines)
            data = b"\n".join(lines)
        elif kind == 5 and data:
            data = data[:at] + bytes((chance.randint(0, 255),)) + data[at + 1 :]
        else:
            data = data[: to + 1]
    return data[:MAX_BYTES]


def sweep(seconds: float, seed: int) -> int:
    """Changes seeds until the time is over, and prints what came of it; how many inputs crashed."""
    chance = random.Random(seed)  # noqa: S311 - a run that can be had again
    folder = Path(tempfile.mkdtemp(prefix="fuzz-found-"))
    ends = time.monotonic() + seconds
    inputs = crashes = slow = 0
    every = [one for target in TARGETS.values() for one in target.seeds]
    while time.monotonic() < ends:
        for name, target in TARGETS.items():
            data = changed(chance.choice(target.seeds or (b"",)), chance.choice(every), chance)
            inputs += 1
            start = time.process_time()
            try:
                once(name, data)
            except BaseException as error:  # noqa: BLE001 - that is what is looked for
                crashes += 1
                (folder / f"crash-{crashes}").write_bytes(data)
                sys.stdout.write(f"{name}: {folder}/crash-{crashes}: {''.join(traceback.format_exception(error)[-3:])}")
            if time.process_time() - start > SLOW_S:
                slow += 1
                (folder / f"slow-{slow}").write_bytes(data)
                sys.stdout.write(f"{name}: {folder}/slow-{slow}: {time.process_time() - start:.1f} s\n")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    sys.stdout.write(f"{inputs:,} inputs, {crashes} crashes, {slow} over {SLOW_S} s, {memory} MB\n")
    return crashes
