"""Each named check of the matrix, on a file with that one mistake."""

from __future__ import annotations

import pytest

from stackcheck.matrix.lint import lint
from stackcheck.matrix.store import MatrixFile, Store

GOOD = """
[product.sim]
title = "Sim"
found-as = { pip = ["simpkg"] }
releases = ["5.0.0", "5.1.0"]

[product.words]
title = "Words"
compare = "words"
releases = ["humble", "jazzy"]

[source.page]
url = "https://example.org/1.0/page"
seen = 2026-11-22
confidence = "official"

[[requires]]
id = "python"
product = "sim"
release = "5.1"
where = { words = "jazzy" }
unless = { sim = "5.0" }
python = "3.11"
why = "It is so."
source = "page"
"""
AGAIN = """
[[requires]]
id = "other-python"
product = "sim"
release = "5"
where = { words = "jazzy" }
unless = { sim = "5.0" }
python = "3.12"
source = "page"
"""


def said(text: str, *more: str) -> list[str]:
    files = [MatrixFile(f"{number}.toml", one.encode()) for number, one in enumerate((text, *more))]
    return [f"{problem.row}: {problem.key}: {problem.text}" for problem in lint(Store(files))]


def test_a_good_file() -> None:
    assert said(GOOD) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("1.0/page", "latest/page"), "is not pinned: name a version, tag or commit"),
        (("example.org/1.0/page", "github.com/a/b/blob/main/README.md"), "is not pinned"),
        (('release = "5.1"', 'release = "6"'), "6 admits none of the known releases of sim"),
        (('{ words = "jazzy" }', '{ words = "jazy" }'), "'jazy' is none of humble, jazzy"),
        (('"It is so."', '"It is so"'), "should be a sentence that ends in a full stop"),
        (('{ sim = "5.0" }', '{ sim = "4" }'), "4 admits none of the known releases of sim"),
        (('why = "It is so."', "until = 2001-01-01"), "is too early to be right"),
        (("seen = 2026-11-22", "seen = 2999-01-01"), "2999-01-01 is still to come"),
    ],
)
def test_one_mistake(change: tuple[str, str], expected: str) -> None:
    found = said(GOOD.replace(*change))
    assert len(found) == 1
    assert expected in found[0]


def test_rows_that_contradict_each_other() -> None:
    assert said(GOOD + AGAIN) == ["sim/other-python: python: contradicts sim/python for 5.1.0"]


def test_rows_for_different_releases_do_not() -> None:
    assert said(GOOD + AGAIN.replace('release = "5"', 'release = "5.0"')) == []


def test_one_distribution_of_two_products() -> None:
    twin = '[product.twin]\ntitle = "Twin"\nfound-as = { pip = ["simpkg"] }\n'
    assert said(GOOD, twin) == ["sim: found-as.pip: 'simpkg' belongs to another product too"]


@pytest.mark.parametrize(
    ("inside", "mistakes"), [("[page]", 0), ('[[requires]]\nproduct = "words"', 2), ("[source.other]", 1)]
)
def test_tables_that_their_first_lines_do_not_tell_apart(inside: str, mistakes: int) -> None:
    found = said(GOOD.replace('"It is so."', f'"""It is\n{inside} so."""'))
    assert [one.partition(": : ")[2] for one in found] == [
        "has tables that, read alone, do not say what the file says"
    ] * mistakes
