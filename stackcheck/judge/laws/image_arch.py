"""An image that exists for another architecture alone: that is its one error, since what is installed in it is of that
architecture too."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackcheck.matrix.store import Store
    from stackcheck.model import Finding, Stack

_OF_BUILDS = frozenset(("builds", "gpu-code", "compilers", "driver", "index"))
"""Kinds of findings on which build an installer takes: that depends on the architecture inside. That a project has
nothing for this machine is worth knowing all the same: another base image does not mend it."""


def without_inside(stack: Stack, store: Store, findings: Iterable[Finding]) -> list[Finding]:
    """The findings without those on the builds that would be installed in an image of another architecture."""
    findings = list(findings)
    images = {store.by_image(name) for name in stack.images}
    roots = [
        one
        for one in findings
        if one.severity == "error"
        and "arch" in one.involves
        and (one.id == "foreign/image" or not images.isdisjoint(one.involves))
    ]
    paths = {one.location.path for one in roots if one.location is not None}
    return [
        one
        for one in findings
        if one in roots or one.kind not in _OF_BUILDS or one.location is None or one.location.path not in paths
    ]
