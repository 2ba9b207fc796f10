"""Whether the installed distributions agree with each other by their own metadata, as `pip check` asks, with reasons.

Every finding is about one distribution: missing, in a version that others exclude (`dependencies`), made for another
machine or Python (`wheel_fit`), there twice, or sharing its files with another (`duplicates`). What is not right by the
letter and works all the same stays quiet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge import dependencies
from stackcheck.judge.laws import duplicates, wheel_fit
from stackcheck.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.judge.distributions import Distribution
    from stackcheck.model import Stack, Unread


def findings(stack: Stack, distributions: Iterable[Distribution], unread: Iterable[Unread] = ()) -> Iterator[Finding]:
    """What the metadata of the distributions contradicts, and what of it could not be read.

    `stack` says which of several records of a name is the one in use.
    """
    records = list(distributions)
    used = [distribution for distribution in records if stack.uses(distribution.name, distribution.folder)]
    yield from dependencies.findings(stack, used)
    for distribution in used:
        yield from wheel_fit.findings(stack, distribution)
    yield from duplicates.twice(stack, records)
    yield from duplicates.shared(used)
    for place in unread:
        yield Finding("reading", "reading/unread", place.severity, "file", place.reason, location=place.location)
