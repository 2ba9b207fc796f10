"""Three truth values: what is not known (None) decides nothing that something else does not decide (Kleene)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def some(verdicts: Iterable[bool | None]) -> bool | None:
    """Whether one of them holds; None where that is not known."""
    seen = set(verdicts)
    return True if True in seen else None if None in seen else False


def every(verdicts: Iterable[bool | None]) -> bool | None:
    """Whether all of them hold; None where that is not known."""
    seen = set(verdicts)
    return False if False in seen else None if None in seen else True
