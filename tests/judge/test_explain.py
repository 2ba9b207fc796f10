"""What `explain` says, in its four sections, of every kind and every row."""

from __future__ import annotations

import re

import pytest

from stackcheck.judge import explain
from stackcheck.judge.kinds import KINDS
from stackcheck.matrix.rows import LEVELS
from stackcheck.matrix.store import Store, shipped

STORE = Store.from_folders([shipped()])
KIND = {kind.name: kind for kind in KINDS}
ROW = """\
torch/pypi-aarch64-cpu, a row of the kind builds in products/torch.toml

What it says
  The build that the index gives on this machine is not there, or is a CPU-only
  one.
    release: >=1.8,<2.11
    where: arch aarch64
    level: required
    index: pypi
    variant: cpu
    cubins: none
    ptx: none
  A miss is an error: the vendor demands it, or it was seen to fail without.

Why it matters
  Up to 2.10 the aarch64 wheels on PyPI have no CUDA: torch.cuda.is_available()
  is False there.

What to do
  Take the CUDA build: torch 2.9 or newer from the cu130 index, or torch 2.11 or
  newer from PyPI. On Jetson Orin with JetPack 6, take NVIDIA's Jetson index
  (jp6/cu126).
    $ pip install torch torchvision --index-url https://download.pytorch.org/whl/cu130

Sources
  pkg:pypi/torch@2.10.0 (observed, seen 2026-11-22)
  https://github.com/pytorch/pytorch/issues/160162 (reported, seen 2026-11-22)
"""


def headings(text: str) -> list[str]:
    return re.findall(r"^\n(\S.*)$", text, re.MULTILINE)


def test_a_row() -> None:
    (row,) = (row for row in STORE.rows("torch") if row.id == "pypi-aarch64-cpu")
    assert explain.row(row) == ROW


def test_every_row_has_every_section() -> None:
    for row in STORE.load_all()[1]:
        text = explain.row(row)
        assert headings(text) == list(explain.SECTIONS), row.key
        assert not re.search(r"\n(What|Why|Sources).*\n(\n|$)", text), row.key


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind(kind: explain.Kind) -> None:
    text = explain.kind(kind, kind.name)
    assert text.startswith(f"{kind.name}, a kind of finding\n")
    assert headings(text) == list(explain.SECTIONS)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("builds", "builds"),
        ("unknown/driver", "unknown"),
        ("asks/torch", "asks"),
        ("ignore/unused", "ignore"),
        ("coverage/newer", "coverage"),
        ("isaac-lab/install", "todo"),
        ("nonsense", None),
        ("torch/nonsense", None),
    ],
)
def test_the_kind_of_a_finding(name: str, kind: str | None) -> None:
    found = explain.kind_of(name)
    assert (found.name if found else None) == kind


def test_every_level_is_explained() -> None:
    assert set(explain.MISSES) == set(LEVELS)


class TestTables:
    def test_of_a_product(self) -> None:
        text = explain.kind(KIND["ptx"], "ptx", STORE.rows("cuda"))
        assert "\nTable\n  release        driver     windows driver  ptx version\n" in text
        assert re.search(r"^  12\.4 +550\.54\.14 +551\.61 +8\.4$", text, re.MULTILINE)

    def test_of_a_kind_of_row(self) -> None:
        text = explain.kind(KIND["loads"], "loads", STORE.load_all()[1])
        assert re.search(r"^  ctranslate2 +>=4\.0,<4\.5 +12 +8$", text, re.MULTILINE)

    def test_a_kind_without(self) -> None:
        assert "\nTable" not in explain.kind(KIND["gpu-code"], "gpu-code", STORE.rows("cuda"))


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("source-build", "flash-attn"),
        ("conda-package", "mkl, mkl-*, mkl_fft and"),
        ("only-for", "ubuntu-22.04-arm, ubuntu-24.04-arm, ubuntu-26.04-arm and"),
        ("numpy-abi", "python3-amp, python3-apriltag, python3-astrometry and"),
    ],
)
def test_tables_of_names(kind: str, shown: str) -> None:
    store = Store.from_folders([shipped()])
    one = explain.kind_of(kind)
    assert one is not None
    product = explain.TABLES[kind][0]
    text = explain.kind(one, kind, store.rows(product) if product else store.load_all()[1])
    table = text.partition("\nTable\n")[2]
    assert shown in table
    assert len(table.splitlines()) > 9
