"""What lines say that is surely not meant."""

from __future__ import annotations

import pytest

from stackcheck.read.remarks import MAX_MARKERS, true_nowhere
from tests.read.reading import noted, read


def test_the_same_line_twice() -> None:
    text = "numpy\nnumpy\ntorch; sys_platform == 'linux'\ntorch; sys_platform == 'win32'\nnumpy<2\n"
    assert noted(read(requirements_txt=text).unread) == [
        ("note", "requirements.txt:2:1-6", "`numpy` stands here a second time (requirements.txt:1).")
    ]


@pytest.mark.parametrize(
    ("marker", "nowhere"),
    [
        ("platform_machine == 'arm64' and sys_platform == 'linux'", True),
        ("platform_system == 'linux'", True),
        ("sys_platform == 'linux' and sys_platform == 'win32'", True),
        ("sys_platform == 'linux2'", True),
        ("platform_machine == 'arm64'", False),
        ("platform_machine == 'aarch64' and python_version < '3'", False),
        ("platform_machine == 'aarch64' and python_full_version > '3.11.4'", False),
        ("sys_platform == 'win32' and platform_version == '10'", False),
        ("sys_platform == 'linux' and extra == 'x'", False),
    ],
)
def test_markers_that_are_true_nowhere(marker: str, nowhere: bool) -> None:
    assert true_nowhere(marker) is nowhere
    (said,) = [one.reason for one in read(requirements_txt=f"a; {marker}").unread if "no machine" in one.reason] or [""]
    assert bool(said) is nowhere


def test_the_likely_slip_is_named() -> None:
    (one,) = read(requirements_txt="a; platform_machine == 'arm64' and sys_platform == 'linux'").unread
    assert one.reason.endswith("On Linux an Arm machine is `aarch64`; `arm64` is what macOS says.")


def test_a_marker_that_takes_a_spark_for_a_jetson() -> None:
    wheel = "https://h.example/jp6/cu126/torch-2.8.0-cp310-cp310-linux_aarch64.whl"
    text = f"{wheel} ; platform_machine == 'aarch64'\n"
    (one,) = read(requirements_txt=text).unread
    assert (one.severity, "`'tegra' in platform_release`" in one.reason) == ("note", True)
    assert read(requirements_txt=f"{wheel} ; sys_platform == 'linux'\n").unread == ()
    apart = f"{wheel} ; platform_machine == 'aarch64' and 'tegra' in platform_release\n"
    assert read(requirements_txt=apart).unread == ()
    assert read(requirements_txt="torch; platform_machine == 'aarch64'\n").unread == ()


def test_many_markers_that_are_true_nowhere_cost_little() -> None:
    """A file of 2,000 such lines once took a quarter of a minute: each was tried on some hundred machines."""
    marker = "sys_platform == 'linux' and sys_platform == 'win32' and python_version < '3.{}'"
    lines = [f"a{line}; {marker.format(line)}" for line in range(2_000)]
    true_nowhere.cache_clear()
    said = read(requirements_txt="\n".join(lines)).unread
    assert [one.location.line for one in said if one.location] == list(range(1, MAX_MARKERS + 2))
    assert said[-1].reason == "From here on no marker was tried on other machines: 300 different ones were."
    assert true_nowhere.cache_info().misses == MAX_MARKERS
