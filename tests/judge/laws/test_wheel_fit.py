"""Distributions for another Python or machine: what is an error, and which tags prove nothing."""

from __future__ import annotations

import pytest

from tests.judge.installed import dist, findings_of


def test_a_python_that_the_distribution_excludes() -> None:
    (finding,) = findings_of(dist("a", "1", requires_python=">=3.8, <3.11"))
    assert (finding.severity, finding.id) == ("warning", "consistency/python-a")
    assert finding.message == "a 1 is for Python >=3.8, <3.11; this environment has 3.11.9."
    assert findings_of(dist("a", "1", requires_python=">=3.8"), dist("b", "1", requires_python="nonsense")) == []


X86 = ("cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-manylinux2014_x86_64")


def test_a_library_of_another_machine_is_an_error_with_both_tags() -> None:
    files = (("a/_x.cpython-311-x86_64-linux-gnu.so", "1"), ("a/__init__.py", "2"))
    (finding,) = findings_of(dist("a", "1", tags=X86, files=files))
    assert (finding.severity, finding.id, finding.involves) == ("error", "consistency/arch-a", ("a", "arch"))
    assert finding.message == (
        "a 1 is a wheel for manylinux2014_x86_64, manylinux_2_17_x86_64; this machine is linux_aarch64, where its "
        "compiled files (_x.cpython-311-x86_64-linux-gnu.so) do not load."
    )
    assert "wheel tags cp311-cp311-manylinux_2_17_x86_64" in finding.because[0].text


@pytest.mark.parametrize(
    ("tags", "files"),
    [
        ((), None),
        (("py3-none-any",), None),
        (("cp39-cp39-any",), (("a/b.py", "1"),)),
        (("cp311-cp311-musllinux_1_2_aarch64",), None),
        (("cp311-cp311-linux_x86_64", "cp311-cp311-linux_aarch64"), None),
        (X86, (("a/b.py", "1"),)),
        (X86, None),
        (X86, (("a/_x.cpython-311-aarch64-linux-gnu.so", "1"),)),
        (("cp310-cp310-linux_aarch64",), (("a/b.py", "1"),)),
        (("cp310-cp310-linux_aarch64",), (("a/_x.cpython-310-aarch64-linux-gnu.so", "1"), ("a/_y.abi3.so", "1"))),
        (("cp311-cp311-manylinux_2_39_aarch64", "cp311-cp311-manylinux_2_17_aarch64"), None),
        (("cp311-cp311-manylinux2014_aarch64",), None),
    ],
    ids=[
        "no tag",
        "pure",
        "cp39 on pure Python",
        "musl",
        "several",
        "no compiled file",
        "no record",
        "files of this machine",
        "other Python without modules",
        "stable ABI too",
        "an older glibc too",
        "old name",
    ],
)
def test_tags_alone_prove_nothing(tags: tuple[str, ...], files: tuple[tuple[str, str], ...] | None) -> None:
    assert findings_of(dist("a", "1", tags=tags, files=files)) == []


def test_modules_of_another_python() -> None:
    files = (("a/_x.cpython-310-aarch64-linux-gnu.so", "1"),)
    (finding,) = findings_of(dist("a", "1", tags=("cp310-cp310-linux_aarch64",), files=files))
    assert finding.message == "a 1 has compiled modules for Python 3.10 alone; this environment has 3.11.9."


def test_a_newer_glibc() -> None:
    (finding,) = findings_of(dist("a", "1", tags=("cp311-cp311-manylinux_2_39_aarch64",)))
    assert (finding.severity, finding.id) == ("warning", "consistency/glibc-a")
    assert finding.message == "a 1 is a wheel for glibc 2.39 or newer; this machine has 2.35."


def test_machine_and_glibc_that_are_not_known_say_nothing() -> None:
    wrong = dist("a", "1", tags=X86, files=(("a/_x.so", "1"),))
    newer = dist("b", "1", tags=("cp311-cp311-manylinux_2_99_aarch64",))
    assert findings_of(wrong, newer, facts={"os": "linux", "python": "3.11.9"}) == []
    assert findings_of(newer, facts={"os": "linux", "arch": "aarch64"}) == []
