"""Parts of files: what is parsed of a file for one product, or for one project, is what the whole file says of it."""

from __future__ import annotations

import pytest

from stackcheck.matrix.rows import NumpyAbi, SourceBuild
from stackcheck.matrix.store import Store, naming, parts, shipped_folder

TABLES = (("source-builds", SourceBuild), ("numpy-abi", NumpyAbi))


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


def test_a_row_that_has_both_words_is_told_once() -> None:
    store = Store.from_folders([shipped_folder()])
    row = next(row for row in whole().rows_of("source-builds", SourceBuild) if row.by == "torch")
    keys = [other.key for other in store.rows_naming("source-builds", SourceBuild, (row.projects[0], "torch"))]
    assert keys.count(row.key) == 1


def test_nobody_names_what_is_not_there() -> None:
    store = Store.from_folders([shipped_folder()])
    assert store.rows_naming("source-builds", SourceBuild, ("no-such-project",)) == ()
    assert store.rows_naming("no-such-table", SourceBuild, ("torch",)) == ()


FILE = b"""
[source.a]
url = "https://a"
[source.b]
url = "https://b"
[product.one]
title = "One"
[[requires]]
id = "first"
product = "one"
source = ["a"]
[requires.where]
arch = "aarch64"
[product.two]
title = "Two"
[[requires]]
id = "second"
product = "two"
source = "b"
"""


def test_a_table_stays_with_its_row_and_the_sources_it_names() -> None:
    assert set(parts(FILE)) == {"one", "two"}
    assert b'arch = "aarch64"' in parts(FILE)["one"]
    assert b"https://b" not in parts(FILE)["one"]
    named = naming(FILE, "second")
    assert (b"[product.one]" in named, b"first" in named, b"https://b" in named) == (True, False, True)


def test_a_file_of_one_product_has_no_parts() -> None:
    assert parts(FILE.partition(b"[product.two]")[0]) == {}
