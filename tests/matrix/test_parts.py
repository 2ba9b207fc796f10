"""Parts of files: what is parsed of a file for one product, or for one project, is what the whole file says of it."""

from __future__ import annotations

import pytest

from stackcheck.matrix.parts import named, parts
from stackcheck.matrix.rows import NumpyAbi, SourceBuild
from stackcheck.matrix.store import MatrixFile, Store, shipped_folder

TABLES = (("source-builds", SourceBuild), ("numpy-abi", NumpyAbi))


FILE = b"""
[source.a]
url = "https://a.example/a"
seen = 2026-11-28
confidence = "official"
[source.b]
url = "https://b.example/b"
seen = 2026-11-28
confidence = "official"
[product.source-builds]
title = "One"
[[source-build]]
id = "first"
product = "source-builds"
projects = ["alpha", "beta"]
by = "torch"
source = ["a"]
[source-build.where]
arch = "aarch64"
[product.two]
title = "Two"
[[source-build]]
id = "second"
product = "two"
projects = ["gamma"]
by = "torch"
source = "b"
"""
ONE = FILE.partition(b"[product.two]")[0]


def whole() -> Store:
    store = Store.from_folders([shipped_folder()])
    store.load_all()
    return store


@pytest.mark.parametrize("product", ["torch", "torchvision", "gpu", "cuda-toolkit", "driver", "vllm"])
def test_a_part_says_what_the_whole_says(product: str) -> None:
    part = Store.from_folders([shipped_folder()])
    assert [repr(vars(row)) for row in part.rows(product)] == [repr(vars(row)) for row in whole().rows(product)]


@pytest.mark.parametrize(("table", "kind"), TABLES)
def test_rows_that_name_a_project_are_found_by_it(table: str, kind: type[SourceBuild | NumpyAbi]) -> None:
    rows = whole().rows_of(table, kind)
    names = {name for row in rows for name in named_by(row)}
    assert names
    for name in names:
        told = Store.from_folders([shipped_folder()]).rows_naming(table, kind, (name, "no-such-project"))
        wanted = {row.key for row in rows if name in named_by(row)}
        assert wanted <= {row.key for row in told} < {row.key for row in rows}, name


def named_by(row: SourceBuild | NumpyAbi) -> tuple[str, ...]:
    return (*row.projects, *(row.apt if isinstance(row, NumpyAbi) else ()))


def test_a_row_that_names_two_is_told_once() -> None:
    store = Store([MatrixFile("one.toml", ONE)])
    assert [row.id for row in store.rows_naming("source-builds", SourceBuild, ("alpha", "beta"))] == ["first"]


def test_nobody_names_what_is_not_there() -> None:
    store = Store.from_folders([shipped_folder()])
    assert store.rows_naming("source-builds", SourceBuild, ("no-such-project",)) == ()
    assert store.rows_naming("no-such-table", SourceBuild, ("torch",)) == ()


def test_a_table_stays_with_its_row_and_the_sources_it_names() -> None:
    assert set(parts(FILE)) == {"source-builds", "two"}
    assert b'arch = "aarch64"' in parts(FILE)["source-builds"]
    assert b"b.example" not in parts(FILE)["source-builds"]


def test_what_a_row_names_is_found_with_the_product_and_the_sources_of_the_row() -> None:
    found = named(ONE)
    assert set(found.rows) == {"alpha", "beta"}
    text = found.text("beta")
    assert (b"[product.source-builds]" in text, b"a.example" in text, b"b.example" in text) == (True, True, False)


def test_a_file_of_one_product_has_no_parts() -> None:
    assert parts(ONE) == {}
