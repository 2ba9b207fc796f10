"""Markers of metadata: what is read without packaging's parser comes to what that says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.specifiers import SpecifierSet

from stackcheck.judge import requires_dist

_MARKER_VALUES = {
    "python_version": "3.11",
    "python_full_version": "3.11.9",
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_machine": "aarch64",
    "implementation_name": "cpython",
    "extra": "",
}
_CLAUSES = st.builds(
    "{} {} {q}{}{q}".format,
    st.sampled_from(sorted(_MARKER_VALUES)),
    st.sampled_from(["==", "!=", "<", ">=", "in", "not in"]),
    st.sampled_from(["3.9", "3.11", "3.12.1", "posix", "linux", "win32", "T", "a or b", "( and"]),
    q=st.sampled_from("\"'"),
)
_MARKERS = st.recursive(
    _CLAUSES,
    lambda inner: st.one_of(
        st.builds("{} and {}".format, inner, inner),
        st.builds("{} or {}".format, inner, inner),
        inner.map("( {})".format),
    ),
    max_leaves=8,
)


@given(_MARKERS)
def test_a_plain_marker_comes_to_what_packaging_says(text: str) -> None:
    quick = requires_dist._simple(text, _MARKER_VALUES)
    if quick is not None:
        assert Marker(text).evaluate(_MARKER_VALUES) is quick


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("(os_name != 'nt' and (sys_platform != 'x' or python_version < '3.10')) and extra == 'y'", False),
        ("os_name == 'nt' or ( os_name == 'posix' and python_version >= '3.9' )", True),
        ("os_name == 'nt' and platform_version > '5'", False),
        # What is not known may decide an alternative: that is for packaging to say.
        ("os_name == 'posix' or platform_version > '5'", None),
        ("os_name == 'posix' and", None),
        ("(os_name == 'posix'", None),
        ("T", None),
        ("T or F", None),
        ("", None),
        ("(" * 50_000 + "os_name == 'posix'" + ")" * 50_000, None),
    ],
)
def test_which_markers_are_plain(text: str, verdict: bool | None) -> None:
    assert requires_dist._simple(text, _MARKER_VALUES) is verdict


_RELEASES = st.lists(st.integers(0, 12), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
_LABELS = ["", "", "", "rc1", ".post1", ".dev2", "+cu130", "a0+x.nv25.09"]
_VERSIONS = st.builds(str.__add__, _RELEASES, st.sampled_from(_LABELS))
_CLAUSE_TEXTS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from([">=", "<=", "==", "!=", "<", ">", "~=", "===", ""]),
    st.sampled_from(["", " "]),
    _VERSIONS,
    st.sampled_from(["", "", ".*", " "]),
)


@given(st.lists(_CLAUSE_TEXTS, min_size=1, max_size=3).map(",".join), _VERSIONS)
def test_clauses_of_numbers_come_to_what_packaging_says(specifier: str, version: str) -> None:
    quick = requires_dist._by_numbers(specifier, version)
    if quick is not None:
        assert SpecifierSet(specifier).contains(version, prereleases=True) is quick


@pytest.mark.parametrize(
    ("specifier", "version", "verdict"),
    [
        (">=1.0,<2", "1", True),
        (" >= 1.0 , !=1.4 ", "1.4.0", False),
        ("==0", "0.0", True),
        ("<2", "2.0rc1", None),
        (">=1,", "1", None),
        (">=1..2", "1", None),
        (">=", "1", None),
        (">=1", "1" * 5000, None),
        (">=\u0661", "1", None),
    ],
)
def test_which_clauses_are_numbers_alone(specifier: str, version: str, verdict: bool | None) -> None:
    assert requires_dist._by_numbers(specifier, version) is verdict
