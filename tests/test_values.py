"""Our dataclasses are the standard ones, as far as they go."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackcheck import values


def classes(make: Any, field: Any) -> tuple[type, type, type]:
    """Three classes, made by either decorator."""

    @make(frozen=True, slots=True)
    class Point:
        """With slots."""

        x: int
        y: int = 2
        kind: ClassVar[str] = "point"

        @property
        def double(self) -> int:
            return self.x * 2

    @make(frozen=True, kw_only=True)
    class Row:
        id: str
        level: str = "required"
        tags: list[str] = field(default_factory=list)

    @make(frozen=True, kw_only=True)
    class Longer(Row):
        more: int = 0

    return Point, Row, Longer


OURS = classes(values.dataclass, values.field)
THEIRS = classes(dataclasses.dataclass, dataclasses.field)

arguments = st.lists(st.integers(0, 3), max_size=3)
keywords = st.dictionaries(st.sampled_from(["x", "y", "id", "level", "more", "tags", "none"]), st.integers(0, 2))


def outcome(cls: type, args: list[int], kwargs: dict[str, int]) -> tuple[str, Any]:
    """What comes of a call: the values of its fields, or the kind of error."""
    try:
        made: Any = cls(*args, **kwargs)
    except TypeError:
        return "refused", None
    return repr(made), dataclasses.asdict(made)


@pytest.mark.parametrize("number", range(3))
@given(arguments, keywords)
def test_the_same_instances(number: int, args: list[int], kwargs: dict[str, int]) -> None:
    assert outcome(OURS[number], args, kwargs) == outcome(THEIRS[number], args, kwargs)


@given(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2))
def test_the_same_equality_and_hash(a: int, b: int, c: int, d: int) -> None:
    one, other = OURS[0](a, b), OURS[0](c, d)
    assert (one == other) is (THEIRS[0](a, b) == THEIRS[0](c, d))
    assert (hash(one) == hash(other)) is (hash(THEIRS[0](a, b)) == hash(THEIRS[0](c, d)))
    assert one != (a, b)
    assert one != THEIRS[0](a, b)


@pytest.mark.parametrize("replace", [values.replace, dataclasses.replace])
def test_replace(replace: Any) -> None:
    longer = OURS[2](id="a", more=1)
    assert replace(longer, id="b") == OURS[2](id="b", more=1)
    assert replace(OURS[0](1), y=5).y == 5
    with pytest.raises(TypeError):
        replace(longer, unknown=1)


@pytest.mark.parametrize("cls", [OURS[0], THEIRS[0]])
def test_frozen_values_stay_as_they_are(cls: type) -> None:
    value: Any = cls(1)
    with pytest.raises(AttributeError):
        value.x = 3
    with pytest.raises(AttributeError):
        del value.x
    assert (value.x, value.double, value.kind) == (1, 2, "point")
    assert not hasattr(value, "__dict__")


def test_a_default_is_made_anew() -> None:
    one, other = OURS[1](id="a"), OURS[1](id="a")
    one.tags.append("x")
    assert other.tags == []
    assert OURS[1].__match_args__ == THEIRS[1].__match_args__ == ()
    assert OURS[0].__match_args__ == THEIRS[0].__match_args__ == ("x", "y")


def test_what_may_change_is_not_hashable() -> None:
    @values.dataclass
    class Box:
        size: int = 1

    box = Box()
    box.size = 2
    assert box == Box(2)
    with pytest.raises(TypeError):
        hash(box)


def test_values_are_copied() -> None:
    from stackcheck.model import Location

    place = Location("a", 1)
    assert copy.deepcopy(place) == pickle.loads(pickle.dumps(place)) == place  # noqa: S301 - our own value
