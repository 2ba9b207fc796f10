"""`stackcheck matrix learn` on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.cli import show
from stackcheck.session import learn

if TYPE_CHECKING:
    from stackcheck.session.learn import Request


def learned(request: Request) -> bool:
    """Learns, and says how it went; whether every project has its record."""
    with show.progress("asking the package index") as tell:
        summary = learn.run(request, tell)
    show.plain(learn.text(summary), None)
    return not summary.failed
