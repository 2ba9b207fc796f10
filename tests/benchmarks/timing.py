"""Times commands side by side: turn by turn in one run, so that a noisy machine is noisy for all of them.

What is compared is the best of the turns, as a ratio; an absolute time says little on a shared machine.
"""

from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def commands(named: Mapping[str, Sequence[str]], turns: int = 12) -> dict[str, float]:
    """The shortest wall time in seconds of each command. They may exit as they like, but must run.

    Compiled bytecode may be kept, as an installer leaves it; the first turn writes what is missing.
    """
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    runs: dict[str, Callable[[], object]] = {
        name: lambda argv=argv: subprocess.run(argv, capture_output=True, check=False, env=env)
        for name, argv in named.items()
    }
    return functions(runs, turns)


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
