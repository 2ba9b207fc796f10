"""What is said of code of another machine."""

from __future__ import annotations

from stackcheck.judge.laws.foreign import findings
from stackcheck.scan.machines import Foreign


def test_a_distribution_is_an_error_and_programs_are_one_warning() -> None:
    found = (
        Foreign("/s/numpy/core.so", "x86_64", "numpy"),
        *(Foreign(f"/usr/bin/{name}", "x86_64") for name in "abcd"),
    )
    said = [(one.severity, one.id, one.message) for one in findings(found, "aarch64")]
    assert said == [
        (
            "error",
            "consistency/arch-numpy",
            "The compiled files of numpy are for x86_64, whatever its tags say: aarch64 cannot load them.",
        ),
        (
            "warning",
            "consistency/files-for-x86_64",
            "/usr/bin/a, /usr/bin/b, /usr/bin/c and 1 more are for x86_64; on aarch64 they do not run.",
        ),
    ]
