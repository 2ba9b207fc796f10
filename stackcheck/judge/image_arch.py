"""An image that exists for another architecture alone: that is its one error, since what is installed in it is of that
architecture too."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackcheck.matrix.store import Store
    from stackcheck.model import Finding, Stack

_OF_FILES = frozenset(("wheels", "wheel-tag", "builds", "gpu-code", "compilers", "driver", "index", "locks", "label"))
"""Kinds of findings on the files that an installer takes: which ones depends on the architecture inside."""


def without_inside(stack: Stack, store: Store, findings: Iterable[Finding]) -> list[Finding]:
    """The findings without those on files that would be installed in an image of another architecture."""
    findings = list(findings)
    images = {store.by_image(name) for name in stack.images}
    roots = [one for one in findings if one.severity == "error" and one.subject in images and "arch" in one.involves]
    paths = {one.location.path for one in roots if one.location is not None}
    return [
        one
        for one in findings
        if one in roots or one.kind not in _OF_FILES or one.location is None or one.location.path not in paths
    ]
