"""What one run may spend, whatever it is given. Standard library only.

A run makes one budget and hands it down; who reads what somebody else wrote spends from it, and stops with `SpentError`
where it is spent. The limits are far beyond what people and their tools write, and none depends on the machine's speed
but the seconds, which are the last of them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Good = Literal["values", "edges", "folders", "names", "manifests", "kept", "seconds"]

LIMITS: Mapping[Good, int] = {
    "values": 20_000_000,
    "edges": 300_000,
    "folders": 400_000,
    "names": 50_000_000,
    "manifests": 5_000,
    "kept": 64_000_000,
    "seconds": 120,
}
_MEANING: Mapping[Good, str] = {
    "values": "characters for the values of variables",
    "edges": "comparisons of edges with packages of one name",
    "folders": "folders in images",
    "names": "characters for long names in images",
    "manifests": "manifests of images",
    "kept": "bytes for small files",
    "seconds": "seconds",
}
MAX_VALUE = 131_072
"""Characters of one value: Linux runs no command with a longer word (MAX_ARG_STRLEN, execve(2))."""


class SpentError(Exception):
    """A run has spent all that it may of one good. The text is a phrase: "needs more than 5,000 manifests"."""

    def __init__(self, good: Good, limit: int) -> None:
        super().__init__(f"needs more than {limit:,} {_MEANING[good]}, all that one run may spend")
        self.good = good


class Budget:
    """What is left of one run. `now` gives seconds from some moment on."""

    def __init__(self, limits: Mapping[Good, int] = LIMITS, now: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self.left = dict(limits)
        self._now = now
        self._ends = now() + limits["seconds"]

    def spend(self, good: Good, amount: int = 1) -> None:
        """Takes some of a good. Raises `SpentError` where there is not as much; it is spent from then on."""
        self.left[good] -= amount
        if self.left[good] < 0:
            raise SpentError(good, self.limits[good])

    def allows(self, good: Good, amount: int = 1) -> bool:
        """Takes some of a good where there is as much, and says whether there is."""
        if self.left[good] < amount:
            return False
        self.left[good] -= amount
        return True

    def check_time(self) -> None:
        """Raises `SpentError` where the run has taken longer than it may."""
        if self._now() > self._ends:
            raise SpentError("seconds", self.limits["seconds"])
