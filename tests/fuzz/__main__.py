"""Coverage-guided fuzzing, on demand.

    python -m tests.fuzz requirements.txt -max_total_time=60     one target; what follows its name is libFuzzer's
    python -m tests.fuzz --all 1200                              every target in turn, so many seconds together

Needs atheris (`pip install -e '.[fuzz]'`). A traceback, a run of more than five seconds or more than 2 GB of memory
ends a target, with the input in a file. With `--all` the last line sums up: inputs, crashes, slow ones, memory.
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

    with atheris.instrument_imports(include=["stackcheck"]):
        import stackcheck
        from tests.fuzz.targets import TARGETS, once

        # What is imported where it is used would come too late for what counts branches.
        for room in ("read", "scan", "judge", "matrix"):
            module = import_module(f"{stackcheck.__name__}.{room}")
            for one in pkgutil.iter_modules(module.__path__):
                import_module(f"{module.__name__}.{one.name}")
    seeds = Path(tempfile.mkdtemp(prefix="seeds-"))
    for number, seed in enumerate(TARGETS[name].seeds):
        (seeds / str(number)).write_bytes(seed)
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
    fuzz(first, rest)
    return 0


if __name__ == "__main__":
    sys.exit(main())
