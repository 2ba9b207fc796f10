"""The shipped matrix keeps its promises: it loads, its lint is clean, its targets are documents."""

from __future__ import annotations

import os
import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
import tomli

from stackcheck.matrix.errors import MatrixError
from stackcheck.matrix.lint import lint
from stackcheck.matrix.rows import Builds, Wheels
from stackcheck.matrix.store import Store, shipped_folder
from stackcheck.read.environment import parse_environment

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = shipped_folder()
STORE = Store.from_folders([FOLDER])
PRODUCTS, ROWS = STORE.load_all()
TARGETS = sorted((FOLDER / "targets").glob("*.toml"))


def test_lint_is_clean() -> None:
    assert [str(problem) for problem in lint(STORE)] == []


def test_every_row_has_a_dated_source() -> None:
    assert len(ROWS) > 500
    assert [row.key for row in ROWS if not row.sources or not all(source.seen for source in row.sources)] == []


def test_no_row_is_twice_in_the_matrix() -> None:
    assert [key for key, count in Counter(row.key for row in ROWS).items() if count > 1] == []


def test_no_registry_is_named_as_a_host() -> None:
    assert [row.key for row in ROWS if any("//pypi" in source.url for source in row.sources)] == []


@pytest.mark.parametrize("path", TARGETS, ids=lambda path: path.stem)
def test_targets_are_documents(path: object) -> None:
    from pathlib import Path

    assert isinstance(path, Path)
    text = path.read_text(encoding="utf-8")
    stack = parse_environment(text, path.name, "toml")
    assert {"arch", "os"} <= set(stack.facts)
    assert tomli.loads(text)["sources"]


def test_the_targets_of_the_mission_are_there() -> None:
    wanted = {
        "dgx-spark",
        "dgx-spark-7.6",
        "jetson-thor",
        "jetson-orin",
        "gh200",
        "gb200",
        "x86_64-rtx50",
        "x86_64-h100",
    }
    assert wanted <= {path.stem for path in TARGETS}


def test_every_claim_of_the_readme_is_a_row() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8").partition("## Claims")[2]
    named = re.findall(r"`([a-z0-9-]+/[a-z0-9.+_-]+)`", text)
    assert len(named) > 15
    assert sorted(set(named) - {row.key for row in ROWS}) == []


def test_builds_of_a_product_name_what_is_inside() -> None:
    empty = [
        row.key
        for row in ROWS
        if isinstance(row, Builds)
        and not row.none
        and row.variant != "cpu"
        and row.cubins is None
        and not (row.cuda or row.ptxas or row.runs)
    ]
    assert empty == []


def test_wheels_say_for_which_machines() -> None:
    assert {arch for row in ROWS if isinstance(row, Wheels) for arch in row.arch} <= {"any", "x86_64", "aarch64"}


def test_a_folder_of_ones_own_that_is_not_utf_8_is_said_by_its_file(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b'[product.mine\xff]\ntitle = "x"\n')
    with pytest.raises(MatrixError, match=r"mine\.toml: cannot be read as UTF-8 text"):
        Store.from_folders([shipped_folder(), tmp_path])


def test_a_matrix_file_that_is_no_plain_file_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "mine.toml")
    with pytest.raises(MatrixError, match=r"mine\.toml: cannot be read: is not a plain file"):
        Store.from_folders([tmp_path])
