from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import InvalidMarker, Marker

from stackcheck.model import Absent, Stack, Unknown
from stackcheck.read.markers import applies, marker_environment
from tests.read.reading import ORIGIN, stack

SPARK = {
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "os_name": "posix",
    "platform_machine": "aarch64",
    "platform_release": "6.14.0-1015-nvidia",
    "python_version": "3.12",
    "python_full_version": "3.12.3",
    "implementation_version": "3.12.3",
}


def test_environment_of_a_target() -> None:
    target = stack(arch="aarch64", os="linux", python="3.12.3", kernel="6.14.0-1015-nvidia")
    assert marker_environment(target) == SPARK


def test_environment_of_what_is_not_known() -> None:
    cpython = {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
    assert marker_environment(Stack()) == cpython
    facts = {"os": Unknown("x"), "arch": Absent(ORIGIN)}
    assert marker_environment(Stack(facts=facts)) == cpython
    assert marker_environment(stack(os="plan9", python="*", arch="*", kernel="*")) == cpython


@pytest.mark.parametrize(
    ("python", "expected"),
    [
        ("3.12", {"python_version": "3.12"}),
        ("3", {}),
        (
            "3.14.0rc1",
            {"python_version": "3.14", "python_full_version": "3.14.0rc1", "implementation_version": "3.14.0rc1"},
        ),
    ],
)
def test_python_of_a_target(python: str, expected: dict[str, str]) -> None:
    environment = marker_environment(stack(python=python))
    assert {name: value for name, value in environment.items() if "version" in name} == expected


@pytest.mark.parametrize(
    ("system", "arch", "machine"),
    [("windows", "x86_64", "AMD64"), ("darwin", "aarch64", "arm64"), ("linux", "x86_64", "x86_64")],
)
def test_machine_is_named_as_its_system_names_it(system: str, arch: str, machine: str) -> None:
    assert marker_environment(stack(os=system, arch=arch))["platform_machine"] == machine


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        (None, True),
        ("platform_machine == 'aarch64'", True),
        ("'arm' in platform_machine", False),
        ("platform_machine not in 'x86_64 AMD64'", True),
        ("python_version >= '3.10'", None),
        ("python_version >= '3.10' and sys_platform == 'win32'", False),
        ("sys_platform == 'win32' and python_version >= '3.10'", False),
        ("python_version >= '3.10' or sys_platform == 'linux'", True),
        ("python_version >= '3.10' or sys_platform == 'win32'", None),
        ("python_version >= '3.10' and sys_platform == 'linux'", None),
        ("sys_platform == 'linux' or sys_platform == 'win32' and python_version < '3'", True),
        ("(sys_platform == 'linux' or sys_platform == 'win32') and python_version < '3'", None),
        ("sys_platform == 'win32' or (os_name == 'nt' or (python_version < '3' and os_name == 'nt'))", False),
        ("extra == 'dev'", None),
        ("'dev' in extras", None),
        ("platform_version == ' and '", None),
        ("platform_machine == 'and' or platform_machine == '(' or platform_machine == '\"'", False),
        ("platform_machine ~= '1'", None),
        ("os.name == 'posix' and sys.platform == 'linux'", True),
    ],
)
def test_three_values(marker: str | None, expected: bool | None) -> None:
    assert applies(marker, marker_environment(stack(arch="aarch64", os="linux"))) is expected


@pytest.mark.parametrize(
    ("extra", "expected"),
    [({"extra": "Dev_Tools"}, True), ({"extra": ""}, False), ({}, None)],
)
def test_extra_is_what_the_caller_says(extra: dict[str, str], expected: bool | None) -> None:
    assert applies("extra == 'dev-tools'", {**SPARK, **extra}) is expected


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        ("extra == 'a'", True),
        ("extra == 'c'", False),
        ("extra != 'c' and extra == 'b'", True),
        ("extra != 'a'", False),
    ],
)
def test_several_extras_at_once(marker: str, expected: bool) -> None:
    assert applies(marker, {**SPARK, "extra": ",a,b"}) is expected


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        *(
            (">= '3.12'", True),
            ("< '3.12'", False),
            ("< '3.12.0'", False),
            (">= '3.12.1'", None),
            ("== '3.12.3'", None),
        ),
        *(("== '3.12.*'", True), ("!= '3.12.*'", False), ("== '3.11.*'", False), ("!= '3.11.4'", True)),
        *(("< '3.13'", True), ("> '3.11.9'", True), ("<= '3.9'", False), ("> '3.12'", None), ("~= '3.11'", None)),
    ],
)
def test_a_series_of_python_decides_what_all_its_releases_have_in_common(
    comparison: str, expected: bool | None
) -> None:
    assert applies(f"python_full_version {comparison}", {"python_version": "3.12"}) is expected


@pytest.mark.parametrize("marker", ["", "nonsense", "python_version >", "(" * 5000])
def test_no_marker(marker: str) -> None:
    with pytest.raises(InvalidMarker):
        applies(marker, SPARK)


ATOMS = st.sampled_from(
    [
        "python_version >= '3.10'",
        "python_full_version < '3.12.2'",
        "sys_platform == 'linux'",
        "'x86' in platform_machine",
        "platform_release >= '6'",
        'os_name != "nt"',
    ]
)
MARKERS = st.recursive(
    ATOMS,
    lambda inner: st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda parts: f"({' '.join(parts)})"),
)


@given(MARKERS, st.lists(st.sampled_from(["and", "or"]), max_size=3))
def test_full_knowledge_agrees_with_packaging(marker: str, words: list[str]) -> None:
    text = "".join(f"os_name == 'nt' {word} " for word in words) + marker
    assert applies(text, SPARK) is Marker(text).evaluate(SPARK)


@given(MARKERS, st.sets(st.sampled_from(sorted(SPARK))))
def test_more_knowledge_never_changes_an_answer(marker: str, hidden: set[str]) -> None:
    some = {name: value for name, value in SPARK.items() if name not in hidden}
    assert applies(marker, some) in (None, applies(marker, SPARK))
