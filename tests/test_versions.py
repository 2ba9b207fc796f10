"""Versions as this field writes them: series, numeric heads, NVIDIA's previews, index names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name
from packaging.version import Version

from stackcheck import versions

numbers = st.lists(st.integers(0, 400), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("580.95.05", "580.95.5"),
        ("6.14.0-1015-nvidia", "6.14.0"),
        ("24.04.3 LTS", "24.4.3"),
        ("R38.2.0", "38.2.0"),
        ("25.09-py3", "25.9"),
        ("2.9.0a0+50eac811a6.nv25.09", "2.9.0+50eac811a6.nv25.9"),
        ("2.10.0.dev20251024+cu130", "2.10.0+cu130"),
        ("3.0.0b2", "3.0.0b2"),
        ("jazzy", None),
        ("preview4", None),
        ("*", None),
        ("᧓", None),
    ],
)
def test_parse(text: str, version: str | None) -> None:
    assert versions.parse(text) == (None if version is None else Version(version))


@pytest.mark.parametrize(
    ("condition", "inside", "outside"),
    [
        ("3.11", "3.11.9", "3.12"),
        ("13", "13.0.2", "12.9"),
        ("2.9.0", "2.9.0+cu130", "2.9.1"),
        (">=2.3,<3.0rc1", "3.0.0b2", "3.0.0rc1"),
        ("3.0.0rc1", "3.0.0rc1", "3.0.0"),
        ("*", "0.0.0.dev0", None),
    ],
)
def test_conditions(condition: str, inside: str, outside: str | None) -> None:
    admitted = versions.to_range(condition)
    assert admitted.contains(inside, prereleases=True)
    assert outside is None or not admitted.contains(outside, prereleases=True)


@pytest.mark.parametrize("text", ["", "new", "==᧓", "~", "===1", ">=", "1.*.2", "3.11 or newer"])
def test_what_is_no_condition(text: str) -> None:
    with pytest.raises(versions.ConditionError, match="is neither a version nor clauses"):
        versions.to_range(text)


@given(st.text(max_size=30))
def test_any_text_parses_or_does_not(text: str) -> None:
    versions.parse(text)
    versions.strict(text)
    versions.local_label(text)


@given(st.text(max_size=30))
def test_any_condition_is_a_range_or_an_error(text: str) -> None:
    try:
        assert not versions.to_range(text).is_empty or "," in text or "!" in text or "<" in text
    except versions.ConditionError as error:
        assert text in str(error) or repr(text) in str(error)  # noqa: PT017 - either outcome is right


@given(numbers, st.integers(0, 99))
def test_a_series_holds_what_begins_like_it(series: str, more: int) -> None:
    assert versions.to_range(series).contains(f"{series}.{more}", prereleases=True)


@given(numbers, numbers)
def test_dotted_numbers_are_ordered_by_their_numbers(one: str, other: str) -> None:
    parsed = versions.parse(one), versions.parse(other)
    assert parsed[0] is not None
    assert parsed[1] is not None
    strip = [tuple(int(part) for part in text.split(".")) for text in (one, other)]
    width = max(map(len, strip))
    padded = [numbers_ + (0,) * (width - len(numbers_)) for numbers_ in strip]
    assert (parsed[0] < parsed[1]) == (padded[0] < padded[1])


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://index.example/whl/cu130", "cu130"),
        ("https://mirror.example/pytorch/whl/nightly/cu124/", "nightly/cu124"),
        ("https://user:secret@index.example/whl/cpu", "cpu"),
        ("https://index.example/jp6/cu126", "jp6/cu126"),
        ("https://index.example/jp6/cu126/+simple/", "jp6/cu126"),
        ("https://mirror.example/api/pypi/simple", "pypi"),
        ("https://mirror.example/simple", "pypi"),
        ("https://files.example/own/wheels", "files.example/own/wheels"),
        ("https://files.example/own/simple", "files.example/own/simple"),
        ("https://pypi.anaconda.example/somebody/simple", "pypi.anaconda.example/somebody/simple"),
        ("https://[broken", "unreadable"),
    ],
)
def test_index_names(url: str, name: str) -> None:
    assert versions.index_name(url) == name


def test_asked_ranges() -> None:
    found = versions.asked_range(">=2.5,<2.9")
    assert found is not None
    assert "2.8.0" in found
    assert versions.asked_range("===2.5") is None
    assert versions.asked_range("not a specifier") is None


@given(st.text(st.sampled_from("aZ0-_."), max_size=12))
def test_project_names_are_those_of_packaging(name: str) -> None:
    assert versions.project_name(name) == canonicalize_name(name)


@pytest.mark.parametrize(
    ("version", "own"),
    [
        ("0.16.1+fdea156", True),
        ("0.20.0a0+afc54f7", True),
        ("2.9.1+git1a2b3c4", True),
        ("2.9.0+cu130", False),
        ("2.9.0+cpu", False),
        ("2.8.3+cu12torch2.9", False),
        ("2.9.0a0+50eac811a6.nv25.09", False),
        ("2.9.0", False),
        ("1.0+20250101", False),
        ("1.0+decade", False),
    ],
)
def test_builds_from_a_commit(version: str, own: bool) -> None:
    assert versions.is_own_build(version) is own


PLAIN = st.lists(st.integers(0, 12), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))


@given(
    st.lists(st.tuples(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), PLAIN), min_size=1, max_size=3)
    | st.tuples(st.sampled_from([("", ""), ("==", ".*")]), PLAIN),
    PLAIN,
)
def test_plain_conditions_admit_what_their_ranges_do(said: object, value: str) -> None:
    if isinstance(said, tuple):
        (operator, star), number = said
        condition = f"{operator}{number}{star}"
    else:
        condition = ",".join(f"{operator}{number}" for operator, number in said)  # type: ignore[attr-defined]
    clauses, release = versions.clauses(condition), versions.numbers(value)
    assert clauses is not None
    assert release is not None
    assert versions.admits(clauses, release) == versions.to_range(condition).contains(value, prereleases=True)


@pytest.mark.parametrize(
    "condition", ["~=2.0", "==2.0+cpu", ">=2.0rc1", "3.11,<4", "!=2.*", ">=2.*", "", "x", "1!2", "==9999999999"]
)
def test_other_conditions_are_left_to_packaging(condition: str) -> None:
    assert versions.clauses(condition) is None


@pytest.mark.parametrize("value", ["2.0rc1", "2.0+cpu", "v2", "2.0.post1", "", "2.", "*"])
def test_other_releases_are_left_to_packaging(value: str) -> None:
    assert versions.numbers(value) is None
