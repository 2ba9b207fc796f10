"""Wheel tags by their texts: the same answer as the list of tags that `packaging` makes for the machine."""

from __future__ import annotations

import pytest
from packaging.tags import parse_tag

from stackcheck.matrix import tags
from stackcheck.matrix.published import supported
from stackcheck.matrix.records import Records
from stackcheck.matrix.store import shipped

NAMES = (
    "numpy",
    "torch",
    "pyqt6",
    "opencv-python",
    "cryptography",
    "kaleido",
    "h5py",
    "usd-core",
    "tensorrt",
    "pyyaml",
)


def published() -> tuple[list[str], list[str]]:
    """Every interpreter and ABI tag, and every platform, that the files of some projects have had."""
    records = Records([shipped()])
    every = [some for name in NAMES if (record := records.record(name)) for one in record for some in one.wheels]
    assert every
    pythons = {text for some in every for text in some.pythons} | {"py2-none", "py36-none", "cp32-abi3", "cp39-none"}
    platforms = {text for some in every for text in some.platforms} | {"linux_aarch64", "manylinux_2_5_aarch64", "any"}
    return sorted(pythons), sorted(platforms)


@pytest.mark.parametrize(("arch", "glibc"), [("aarch64", 35), ("aarch64", 16), ("x86_64", 31), ("armv7l", 36)])
@pytest.mark.parametrize("minor", [7, 9, 12, 14])
def test_they_are_what_packaging_takes(arch: str, glibc: int, minor: int) -> None:
    known = supported(arch, glibc, minor)
    pythons, platforms = published()
    for python in pythons:
        for platform in platforms:
            needed = tags.needed((python,), (platform,), arch, minor)
            ours = needed is not None and needed <= glibc
            assert ours is not known.isdisjoint(parse_tag(f"{python}-{platform}")), (python, platform)
