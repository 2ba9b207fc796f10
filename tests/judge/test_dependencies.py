"""What distributions require of each other: what is missing or excluded, and what stays quiet."""

from __future__ import annotations

import pytest

from stackcheck.judge.consistency import findings
from stackcheck.model import Stack, Unknown
from tests.judge.installed import SITE, dist, findings_of, stack


def test_a_conflict_names_both_and_the_line() -> None:
    (finding,) = findings_of(dist("a", "1.5", "numpy<2,>=1.21"), dist("numpy", "2.3.5"))
    assert (finding.severity, finding.id, finding.subject) == ("warning", "consistency/conflict-numpy", "numpy")
    assert finding.message == "numpy 2.3.5 is installed, and excluded by a 1.5 (numpy<2,>=1.21)."
    assert finding.because[0].text == "a 1.5 requires numpy<2,>=1.21"
    assert finding.because[0].origin == f"{SITE}/a-1.5.dist-info/METADATA:10"
    assert finding.fix is not None
    assert finding.fix.commands == ("pip install 'numpy<2,>=1.21'",)


def test_the_fix_thinks_of_those_that_are_content() -> None:
    (finding,) = findings_of(dist("a", "1", "numpy<2.3"), dist("b", "1", "numpy>=2"), dist("numpy", "2.3.5"))
    assert finding.fix is not None
    assert finding.fix.commands == ("pip install 'numpy<2.3,>=2'",)
    (finding,) = findings_of(dist("a", "1", "numpy<2"), dist("b", "1", "numpy>=2"), dist("numpy", "2.3.5"))
    assert finding.fix is not None
    assert finding.fix.text.startswith("No numpy meets all that require it")
    assert [reason.text for reason in finding.because] == ["a 1 requires numpy<2", "b 1 requires numpy>=2"]
    assert finding.involves == ("a", "b", "numpy")


def test_a_missing_requirement_is_one_finding_for_all_that_miss_it() -> None:
    (finding,) = findings_of(dist("a", "1", "b>=1"), dist("c", "2", "B (>=2)"))
    assert finding.message == "b is not installed, and is required by a 1 (b>=1), c 2 (B (>=2))."
    assert finding.involves == ("a", "b", "c")
    assert len(finding.because) == 2


@pytest.mark.parametrize(
    "requirement",
    [
        "b",
        "b>=2",
        "b==2.*",
        "b[x,y]~=2.1",
        "b (>=2,<3)",
        "b>=2.1.dev0",
        "b @ https://example.org/b-9.whl",
        'c; extra == "dev"',
        "c>=1 ; (extra == 'dev')",
        'c; python_version < "3.11"',
        'c; sys_platform == "win32"',
        'c; platform_machine == "x86_64" and python_version >= "3"',
        'c; python_version < "3" or sys_platform == "darwin"',
        'c; python_version >= "3.8" and extra == "dev"',
        'c; platform_version == "unknown"',
        "c; nonsense",
        "!!!",
        "",
        "b ===2.1",
    ],
)
def test_what_is_met_or_not_asked_says_nothing(requirement: str) -> None:
    assert findings_of(dist("a", "1", requirement), dist("b", "2.1")) == []


@pytest.mark.parametrize(
    "requirement",
    [
        "c",
        'c; python_version >= "3.11"',
        'c; sys_platform == "linux" and platform_machine == "aarch64"',
        'c; python_full_version > "3.11.8"',
        'c; python_version < "3" or sys_platform == "linux"',
        'c; (os_name == "posix")',
        'c; "linux" in sys_platform',
        'c; os_name != "nt"',
        'c; platform_python_implementation == "CPython" and python_version ~= "3.9"',
        "c @ file:///wheels/c.whl",
    ],
)
def test_what_is_missing(requirement: str) -> None:
    (finding,) = findings_of(dist("a", "1", requirement), dist("b", "2.1"))
    assert finding.id == "consistency/missing-c"


def test_what_is_not_known_accuses_nobody() -> None:
    one = dist("a", "1", "c", 'd; python_version >= "3"')
    assert list(findings(stack(one, complete=False), [one])) == []
    assert [finding.subject for finding in findings_of(one, facts={"os": "linux"})] == ["c"]
    unsure = stack(one)
    unsure = Stack(
        **{**unsure.__dict__, "packages": {**unsure.packages, "c": Unknown("two records"), "d": Unknown("x")}}
    )
    assert list(findings(unsure, [one])) == []


def test_nvidias_previews_count_as_their_release() -> None:
    preview = dist("torch", "2.9.0a0+50eac811a6.nv25.09")
    assert findings_of(dist("a", "1", "torch>=2.9"), preview) == []
    assert len(findings_of(dist("a", "1", "torch>=2.10"), preview)) == 1


def test_the_systems_own_packages_are_a_note() -> None:
    debian = dist("a", "1", "b", folder="/usr/lib/python3/dist-packages")
    assert [finding.severity for finding in findings_of(debian)] == ["note"]
    assert [finding.severity for finding in findings_of(debian, dist("c", "1", "b"))] == ["warning"]
