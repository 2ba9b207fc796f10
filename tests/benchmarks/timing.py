"""Times commands side by side: turn by turn in one run, so that a noisy machine is noisy for all of them.

What is compared is the best of the turns, or their median, as a ratio; an absolute time says little on a shared
machine.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


def commands(named: Mapping[str, Sequence[str]], turns: int = 12) -> dict[str, float]:
    """The shortest wall time in seconds of each command. They may exit as they like, but must run.

    Compiled bytecode may be kept, as an installer leaves it; the first turn writes what is missing.
    """
    return functions(_runs(named, None), turns)


def medians(named: Mapping[str, Sequence[str]], turns: int, folder: Path) -> dict[str, float]:
    """The median wall time in seconds of each command, run in a folder. The first turn does not count."""
    runs = _runs(named, folder)
    functions(runs, 1)
    taken = [functions(runs, 1) for _ in range(turns)]
    return {name: statistics.median(turn[name] for turn in taken) for name in named}


def _runs(named: Mapping[str, Sequence[str]], folder: Path | None) -> dict[str, Callable[[], object]]:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        name: lambda argv=argv: subprocess.run(argv, capture_output=True, check=False, env=env, cwd=folder)
        for name, argv in named.items()
    }


def functions(named: Mapping[str, Callable[[], object]], turns: int = 5) -> dict[str, float]:
    """The shortest wall time in seconds of each call."""
    best = dict.fromkeys(named, float("inf"))
    for _ in range(turns):
        for name, call in named.items():
            start = time.perf_counter()
            call()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def shown(best: Mapping[str, float], against: str) -> str:
    """The times as ratios to one of them."""
    return ", ".join(f"{name} {seconds / best[against]:.2f}" for name, seconds in best.items()) + f" (times {against})"
