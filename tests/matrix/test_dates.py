"""Dates move only for what was confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stackcheck.matrix.dates import moved
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.verify import move_dates

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
# a comment stays
[product.demo]
title = "Demo"

[source.files]
url        = "pkg:pypi/demo"
seen       = 2026-11-22   # when it was read
confidence = "observed"

[source.shared]
url  = "pkg:pypi/demo@1"
seen = 2026-11-22

[source.page]
url  = "https://h.example/1"
seen = 2026-11-22

[[wheels]]
id      = "a"
product = "demo"
source  = ["files", "page"]

[[wheels]]
id      = "b"
product = "demo"
source  = "shared"

[[requires]]
id      = "c"
product = "demo"
source  = "shared"
"""


def test_a_source_whose_rows_all_agree() -> None:
    text, names = moved(TEXT, {"demo/a": "agrees", "demo/b": "agrees"}, "2026-11-27")
    assert names == ("files",)
    assert text == TEXT.replace("2026-11-22   # when", "2026-11-27   # when")


def test_nothing_moves_otherwise() -> None:
    assert moved(TEXT, {"demo/a": "differs"}, "2026-11-27") == (TEXT, ())
    assert moved(TEXT, {"demo/b": "agrees", "demo/c": "not confirmable"}, "2026-11-27") == (TEXT, ())
    assert moved(TEXT, {"demo/a": "agrees"}, "2026-11-22") == (TEXT, ())
    _, names = moved(TEXT, {"demo/b": "agrees", "demo/c": "agrees"}, "2026-11-27")
    assert names == ("shared",)


def test_a_target_has_no_rows() -> None:
    text = 'title = "x"\nsources = [{ url = "pkg:pypi/x", seen = 2026-11-22 }]\n'
    assert moved(text, {"x/y": "agrees"}, "2026-11-27") == (text, ())


@pytest.mark.parametrize(
    "change", [('url        = "pkg:pypi/demo"\n', ""), ("seen       = 2026-11-22   # when it was read\n", "")]
)
def test_a_source_that_lacks_something_keeps_its_date(change: tuple[str, str]) -> None:
    text = TEXT.replace(*change)
    assert moved(text, {"demo/a": "agrees", "demo/b": "agrees"}, "2026-11-27") == (text, ())


@pytest.mark.parametrize(
    "data", [b"\xff", b"[", b"source = 3\n", b"source = { a = 3 }\n"], ids=["bytes", "no TOML", "number", "no table"]
)
def test_a_file_that_is_no_matrix_is_named(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_bytes(data)
    with pytest.raises(CannotWorkError, match=r"odd\.toml: is no matrix file: "):
        move_dates(tmp_path, ())
