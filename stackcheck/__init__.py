"""Checks a software stack for NVIDIA Arm machines against dated, sourced compatibility facts.

`stackcheck.judge(["requirements.txt"], target="dgx-spark")` gives a `Report`; everything else is the command line's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackcheck.api import Error, judge
    from stackcheck.model import Finding, Report

__version__ = "0.1.0"
__all__ = ["Error", "Finding", "Report", "__version__", "judge"]


def __getattr__(name: str) -> object:
    """What is asked of the package, loaded then: a run of the command line does not pay for it."""
    if name == "Error":
        from stackcheck.api import Error

        return Error
    if name in ("Finding", "Report"):
        from stackcheck import model

        return getattr(model, name)
    if name == "judge":
        from importlib import import_module

        return import_module("stackcheck.judge")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
