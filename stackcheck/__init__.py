"""Checks a software stack for NVIDIA Arm machines against dated, sourced compatibility facts.

`stackcheck.judge(["requirements.txt"], target="dgx-spark")` gives a `Report`; everything else is the command line's.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import stackcheck.judge as _room
from stackcheck.about import VERSION as __version__  # noqa: N811 - the name that packages have for it

if TYPE_CHECKING:
    from stackcheck.api import Error, judge
    from stackcheck.model import Finding, Report

__all__ = ["Error", "Finding", "Report", "__version__", "judge"]


class _Callable(ModuleType):
    """The room `judge`, as which `stackcheck.judge` is imported, and the call of that name."""

    def __call__(self, *args: Any, **options: Any) -> Report:
        """`stackcheck.api.judge`, loaded then: a run of the command line does not pay for it."""
        from stackcheck.api import judge

        return judge(*args, **options)


sys.modules[_room.__name__].__class__ = _Callable


def __getattr__(name: str) -> object:
    """What else is asked of the package, loaded then."""
    if name == "Error":
        from stackcheck.api import Error

        return Error
    if name in ("Finding", "Report"):
        from stackcheck import model

        return getattr(model, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
