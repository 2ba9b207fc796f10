"""Lists in a sentence."""

from __future__ import annotations

import pytest

from stackcheck.wording import few


@pytest.mark.parametrize(
    ("most", "said"), [(1, "a and 2 more"), (2, "a, b and 1 more"), (3, "a, b, c"), (9, "a, b, c")]
)
def test_few(most: int, said: str) -> None:
    assert few(("a", "b", "c"), most) == said
    assert few([], most) == ""
