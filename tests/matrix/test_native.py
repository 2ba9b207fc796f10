"""What records hold of libraries: their order, and the rows that say the same or something else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from stackcheck.matrix import native
from stackcheck.matrix.records import Record
from stackcheck.matrix.store import MatrixFile, Store

if TYPE_CHECKING:
    from pathlib import Path

HEADER = {"schema": "stackcheck-record/1", "project": "ext", "index": "pypi", "read": "2026-11-28", "releases": 1}
ROW = """
[product.ext]
title = "Ext"
found-as = { pip = ["ext"] }
releases = ["1.0"]
[source.page]
url = "https://example.org/page/1.0"
seen = 2026-11-22
confidence = "official"
[[builds]]
id = "pypi"
release = "*"
where = { arch = "aarch64" }
index = "pypi"
variant = "pypi"
cuda = "13.0"
cubins = ["8.0", "9.0"]
source = "page"
"""


def data(libraries: list[dict[str, Any]]) -> bytes:
    line = {"version": "1.0", "wheels": ["cp312 on manylinux_2_28_aarch64"], "native": {"aarch64": libraries}}
    return "".join(json.dumps(one) + "\n" for one in (HEADER | {"files-from": "0.dev0"}, line)).encode()


def library(name: str, *cubins: str, **more: Any) -> dict[str, Any]:
    return {"library": name, "cubins": list(cubins)} | more


def test_the_longest_list_comes_first_and_torch_has_its_own_main_library() -> None:
    lines = [library("a.so", "9.0"), library("b.so", "8.0", "9.0"), {"library": "ptxas", "ptxas": "12.8"}]
    found = native.libraries(Record("ext.jsonl", data(lines)), "1.0", "aarch64")
    assert [(one.path, one.has_code, one.ptxas) for one in found] == [
        ("b.so", True, None),
        ("a.so", True, None),
        ("ptxas", False, "12.8"),
    ]
    assert native.libraries(Record("ext.jsonl", data(lines)), "1.0", "x86_64") == ()
    text = data([library("torch/lib/libtorch_cuda.so", "8.0"), library("x.so", "8.0", "9.0")])
    torch = Record("torch.jsonl", text.replace(b'"ext"', b'"torch"'))
    assert [one.path for one in native.libraries(torch, "1.0", "aarch64")] == ["torch/lib/libtorch_cuda.so", "x.so"]


@pytest.mark.parametrize(
    ("cubins", "agrees"),
    [
        (["8.0", "9.0"], True),
        (["8.0", "9.0", "9.0a"], True),  # of single kernels
        (["8.0", "9.0", "12.0"], False),
        (["8.0"], False),
    ],
)
def test_rows_that_a_record_repeats_or_contradicts(cubins: list[str], tmp_path: Path, *, agrees: bool) -> None:
    place = tmp_path / "records" / "pypi" / "ext.jsonl"
    place.parent.mkdir(parents=True)
    place.write_bytes(data([library("a.so", *cubins)]))
    store = Store((MatrixFile("ext.toml", ROW.encode(), False, "ext.toml"),), (str(tmp_path),))
    ((key, same, text),) = native.compared(store, ["ext"])
    assert (key, same) == ("ext/pypi", agrees)
    assert text == ("" if agrees else f"1.0 on aarch64 has {', '.join(cubins)}")
