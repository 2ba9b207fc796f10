"""Scanning an image against listing its tar archive, and memory that does not grow: `pytest -m benchmark -s`."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests import images
from tests.benchmarks import timing

pytestmark = pytest.mark.benchmark

BIN = Path(sys.executable).parent
FILES = 150_000
BIG, SMALL = 2_200_000_000, 200_000_000
MEMORY = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def write(path: Path, size: int) -> Path:
    """A root file system of so many bytes in 150,000 files, 300 in a folder, as one tar archive."""
    chunk = os.urandom(1 << 16)
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as archive:
        for name, value in images.python_root({"torch": "2.9.0", "numpy": "2.1.0"}).items():
            info = tarfile.TarInfo(name)
            if isinstance(value, str) and value.startswith("->"):
                info.type, info.linkname = tarfile.SYMTYPE, value[2:]
                archive.addfile(info)
                continue
            data = value.encode() if isinstance(value, str) else value
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for number in range(FILES):
            info = tarfile.TarInfo(f"usr/share/folder-{number // 300}/file-{number}")
            info.size = size // FILES
            archive.addfile(info, io.BytesIO(chunk[: info.size]))
    return path


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("images") / "big.tar", BIG)


def scan(path: Path) -> list[str]:
    return [str(BIN / "stackcheck"), "image", str(path), "--target", "dgx-spark", "--quiet"]


def test_an_archive_that_can_be_moved_in(big: Path) -> None:
    best = timing.commands({"stackcheck image": scan(big), "tar -tf": ["tar", "-tf", str(big)]}, turns=8)
    sys.stdout.write("\n" + timing.shown(best, "tar -tf") + "\n")
    assert best["stackcheck image"] <= 2 * best["tar -tf"]


def test_a_compressed_archive(big: Path) -> None:
    packed = big.with_suffix(".tar.gz")
    with open(packed, "wb") as file:  # noqa: PTH123
        subprocess.run(["gzip", "-1", "-c", str(big)], stdout=file, check=True)
    listing = ["sh", "-c", f"gzip -dc {packed} | tar -t"]
    best = timing.commands({"stackcheck image": scan(packed), "gzip -dc | tar -t": listing}, turns=3)
    sys.stdout.write("\n" + timing.shown(best, "gzip -dc | tar -t") + "\n")
    assert best["stackcheck image"] <= 1.2 * best["gzip -dc | tar -t"]


def test_memory_does_not_grow_with_the_image(big: Path) -> None:
    small = write(big.with_name("small.tar"), SMALL)
    used = [
        int(subprocess.run([sys.executable, "-c", MEMORY, *scan(path)], capture_output=True, check=True).stdout)
        for path in (small, big)
    ]
    sys.stdout.write(f"\npeak memory at 2.2 GB / at 200 MB: {used[1] / used[0]:.2f}\n")
    assert used[1] <= 1.2 * used[0]
