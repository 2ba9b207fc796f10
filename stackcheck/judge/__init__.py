"""The judge: a stack and a matrix in, a report out. Pure; nothing here touches the machine.

`stackcheck.judge(...)` is the call for other programs (see `stackcheck.api`) and this package has the same name, so
the package can be called.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stackcheck.model import Report


class _Callable(ModuleType):
    def __call__(self, *args: Any, **options: Any) -> Report:
        """`stackcheck.api.judge`."""
        from stackcheck.api import judge

        return judge(*args, **options)


sys.modules[__name__].__class__ = _Callable
