"""The registry of the laws that only speak: every module is in it, and none is asked in vain."""

from __future__ import annotations

import importlib
import pkgutil

from stackcheck.judge import laws, speaking

ELSEWHERE = frozenset(("code", "foreign", "wheel_fit", "wheel_tags"))
"""Laws that are asked apart: they look at files of the machine, or before the engine runs."""


def test_every_law_that_speaks_is_asked() -> None:
    modules = {module.name for module in pkgutil.iter_modules(laws.__path__)}
    speak = {name for name in modules if hasattr(importlib.import_module(f"{laws.__name__}.{name}"), "findings")}
    assert sorted(name for name, _ in speaking.LAWS) == sorted(speak - ELSEWHERE)
