"""Markers of metadata: what is read without packaging's parser comes to what that says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker

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
