"""Regular expressions that are compiled when they are first used.

A run loads the patterns of every module that it passes through and uses a third of them: compiling all takes longer
than reading the files. For type checkers and users these are the `re.Pattern` that they become.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, AnyStr, cast

if TYPE_CHECKING:
    from typing import Any


def pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """`re.compile`, put off. A mistake in the text comes out at the first use: tests/test_patterns.py uses each."""
    return cast("re.Pattern[AnyStr]", _Pattern(text, flags))


class _Pattern:
    def __init__(self, text: str | bytes, flags: int) -> None:
        self._compile = partial(re.compile, text, flags)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._compile(), name)
        self.__dict__[name] = value  # the next time it is found without coming here
        return value
