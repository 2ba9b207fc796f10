"""Wheel tags by their texts: the same answer as the list of tags that `packaging` makes for the machine."""

from __future__ import annotations

import pytest
from packaging.tags import Tag, compatible_tags, cpython_tags, parse_tag

from stackcheck.matrix import tags
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


def supported(arch: str, glibc: int | None, minor: int) -> frozenset[Tag]:
    """The tags that CPython 3.`minor` takes on Linux with this glibc (None: with musl), by `packaging`."""
    legacy = {5: "manylinux1", 12: "manylinux2010", 17: "manylinux2014"}
    platforms = [f"musllinux_1_{number}_{arch}" for number in range(5, -1, -1)] if glibc is None else []
    for number in range(glibc or 0, (5 if arch in ("x86_64", "i686") else 17) - 1, -1):
        platforms.append(f"manylinux_2_{number}_{arch}")
        platforms += [f"{legacy[number]}_{arch}"] if number in legacy else []
    platforms.append(f"linux_{arch}")
    abi = f"cp3{minor}m" if minor < 8 else f"cp3{minor}"  # the m went with 3.8
    found = {*cpython_tags((3, minor), [abi], platforms), *compatible_tags((3, minor), f"cp3{minor}", platforms)}
    return frozenset(found)


def published() -> tuple[list[str], list[str]]:
    """Every interpreter and ABI tag, and every platform, that the files of some projects have had."""
    records = Records([shipped()])
    every = [some for name in NAMES if (record := records.record(name)) for one in record for some in one.wheels]
    assert every
    pythons = {text for some in every for text in some.pythons} | {"py2-none", "py36-none", "cp32-abi3", "cp39-none"}
    platforms = {text for some in every for text in some.platforms} | {"linux_aarch64", "manylinux_2_5_aarch64", "any"}
    return sorted(pythons), sorted(platforms)


@pytest.mark.parametrize(
    ("arch", "glibc"), [("aarch64", 35), ("aarch64", 16), ("x86_64", 31), ("armv7l", 36), ("aarch64", None)]
)
@pytest.mark.parametrize("minor", [7, 9, 12, 14])
def test_they_are_what_packaging_takes(arch: str, glibc: int | None, minor: int) -> None:
    known = supported(arch, glibc, minor)
    pythons, platforms = published()
    for python in pythons:
        for platform in platforms:
            needed = tags.needed((python,), (platform,), arch, minor, musl=glibc is None)
            ours = needed is not None and (glibc is None or needed <= glibc)
            assert ours is not known.isdisjoint(parse_tag(f"{python}-{platform}")), (python, platform)
