"""Fuzzing, on demand.

    python -m tests.fuzz requirements.txt -max_total_time=60     one target; what follows its name is libFuzzer's
    python -m tests.fuzz --all 1200                              every target in turn, so many seconds together
    python -m tests.fuzz --mutate 600 [SEED]                     the same at random, guided by nothing, without atheris

The first two are guided by coverage and need atheris (`pip install -e '.[fuzz]'`). A traceback, a run of more than five
seconds or more than 2 GB of memory ends a target, with the input in a file. The last line of a sweep sums up: inputs,
crashes, slow ones, memory.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

SLOW_S = 2
"""Seconds that no input should take."""


def fuzz(name: str, arguments: list[str]) -> None:
    """Runs one target until it is stopped."""
    import pkgutil
    from importlib import import_module

    import atheris

    from tests.fuzz.rooms import room_of

    # What is imported where it is used would come too late for what counts branches; all rooms would take a minute.
    room = f"stackcheck.{room_of(name)}"
    with atheris.instrument_imports(include=[room]):
        for one in pkgutil.iter_modules(import_module(room).__path__):
            import_module(f"{room}.{one.name}")
        from tests.fuzz.targets import TARGETS, once
    seeds = Path(tempfile.mkdtemp(prefix="seeds-"))
    for number, seed in enumerate(TARGETS[name].seeds):
        (seeds / str(number)).write_bytes(seed)
        once(name, seed)  # what is read once for all (the matrix) is no input's time
    atheris.Setup(
        [sys.argv[0], *arguments, "-timeout=5", "-rss_limit_mb=2048", str(seeds)], lambda data: once(name, data)
    )
    atheris.Fuzz()


def sweep(seconds: int) -> int:
    """Every target for its share of the time, one after the other; how many crashed."""
    from tests.fuzz.targets import TARGETS

    inputs = crashes = slow = memory = 0
    folder = tempfile.mkdtemp(prefix="fuzz-found-")
    for name in TARGETS:
        argv = [sys.executable, "-m", "tests.fuzz", name, f"-max_total_time={max(1, seconds // len(TARGETS))}"]
        argv += [
            "-print_final_stats=1",
            "-max_len=20000",
            f"-artifact_prefix={folder}/",
            f"-report_slow_units={SLOW_S}",
        ]
        done = subprocess.run(argv, capture_output=True, text=True, errors="replace", check=False)
        stats = {key: int(value) for key, value in re.findall(r"stat::(\w+):\s+(\d+)", done.stderr)}
        inputs += stats.get("number_of_executed_units", 0)
        slow += stats.get("slowest_unit_time_sec", 0) > SLOW_S
        memory = max(memory, stats.get("peak_rss_mb", 0))
        crashes += done.returncode != 0
        end = "" if done.returncode == 0 else " ".join(done.stderr.splitlines()[-40:])[-1500:]
        sys.stdout.write(
            f"{name:35} {stats.get('number_of_executed_units', 0):>9} {stats.get('peak_rss_mb', 0):>6} MB {end}\n"
        )
        sys.stdout.flush()
    sys.stdout.write(f"{inputs:,} inputs, {crashes} crashes, {slow} over {SLOW_S} s, {memory} MB; found: {folder}\n")
    return crashes


def main() -> int:
    """The exit status: 1 where a target crashed."""
    first, *rest = sys.argv[1:]
    if first == "--all":
        return 1 if sweep(int(rest[0])) else 0
    if first == "--mutate":
        from tests.fuzz import mutate

        return 1 if mutate.sweep(float(rest[0]), int(rest[1]) if rest[1:] else 0) else 0
    fuzz(first, rest)
    return 0


if __name__ == "__main__":
    sys.exit(main())
