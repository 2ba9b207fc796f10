"""The loader: every mistake at once, each with file, row and key; what is right comes out as frozen rows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackcheck.matrix.errors import MatrixError
from stackcheck.matrix.kinds import KINDS
from stackcheck.matrix.load import read_file
from stackcheck.matrix.rows import Condition, Relation
from stackcheck.matrix.store import Store, shipped_folder

GOOD = """
[product.sim]
title = "Sim"
releases = ["5.0.0", "5.1.0"]

[source.page]
url = "https://example.org/1.0/page"
seen = 2026-11-22
confidence = "official"

[[requires]]
id = "python"
release = "5.1"
python = ["3.10", "3.11"]
source = "page"
"""
COMPARES = {"sim": "versions", "ros2": "words"}


def mistakes(text: str) -> list[str]:
    with pytest.raises(MatrixError) as caught:
        read_file(text, "products/sim.toml", COMPARES)
    return [str(problem) for problem in caught.value.problems]


def outcome(text: str) -> object:
    """Rows, or the problems: never another exception, never an error without a problem."""
    try:
        return read_file(text, "x.toml", COMPARES)
    except MatrixError as error:
        return error.problems


def test_a_good_file() -> None:
    products, rows = read_file(GOOD, "products/sim.toml", COMPARES)
    assert [product.title for product in products] == ["Sim"]
    assert [(row.key, row.kind, row.level) for row in rows] == [("sim/python", "requires", "required")]
    row = rows[0]
    assert isinstance(row, Relation)
    assert row.needs == (("python", Condition(("3.10", "3.11"))),)
    assert row.sources[0].seen == "2026-11-22"


def test_every_mistake_at_once() -> None:
    text = (
        GOOD.replace('python = ["3.10", "3.11"]', 'pythn = "3.11"\nglibc = "new"\nwhere = { arch = 7 }')
        .replace('source = "page"', 'source = "pages"')
        .replace("seen = 2026-11-22", 'seen = "yesterday"')
    )
    assert mistakes(text) == [
        "products/sim.toml: source.page: seen: should be a date such as 2026-11-22",
        "products/sim.toml: [[requires]] python: where.arch: should be a text or a list of texts, not 7",
        "products/sim.toml: [[requires]] python: source: 'pages' is not declared as [source.pages] in this file",
        "products/sim.toml: [[requires]] python: pythn: 'pythn' is no subject; did you mean python or ros-python?",
        "products/sim.toml: [[requires]] python: glibc: 'new' is neither a version nor clauses such as '>=2.9,<3'",
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("title =", "titel ="), "product.sim: titel: is not a key of this table; did you mean title?"),
        (('["5.0.0", "5.1.0"]', '["5.1.0", "5.0.0"]'), "product.sim: releases: should be sorted, oldest first"),
        (("https://", "http://"), "source.page: url: 'http://example.org/1.0/page' is neither an https address"),
        (('"official"', '"sure"'), "source.page: confidence: 'sure' is not one of official, observed, reported"),
        (('id = "python"', 'id = "Python 3"'), "[[requires]] Python 3: id: 'Python 3' should be lower-case"),
        (("[[requires]]", "[[requirez]]"), "products/sim.toml: requirez: is not one of product, source, requires"),
        (('release = "5.1"', 'release = "~=5"'), "[[requires]] python: release: '~=5' is neither a version"),
        (("[[requires]]", "[requires]"), "requires: should be rows that begin with [[requires]]"),
        (('id = "python"\n', ""), "[[requires]] number 1: id: is missing"),
        (("[source.page]", "[source.page"), "products/sim.toml: is not TOML"),
    ],
)
def test_one_mistake(change: tuple[str, str], expected: str) -> None:
    assert any(expected in said for said in mistakes(GOOD.replace(*change)))


def test_the_same_id_twice() -> None:
    again = GOOD[GOOD.index("[[requires]]") :]
    assert mistakes(GOOD + again) == ["products/sim.toml: sim/python: id: is used twice in this file"]


@given(st.text(max_size=300))
def test_any_text_is_rows_or_a_matrix_error(text: str) -> None:
    assert outcome(text)


@given(
    st.sampled_from(KINDS),
    st.dictionaries(
        st.sampled_from(["id", "release", "where", "source", "python", "level", "arch", "index", "gives", "with"]),
        st.one_of(st.integers(), st.booleans(), st.text(max_size=5), st.lists(st.text(max_size=3), max_size=2)),
    ),
)
def test_any_values_are_rows_or_a_matrix_error(kind: str, values: dict[str, object]) -> None:
    def toml(value: object) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, list):
            return f"[{', '.join(map(toml, value))}]"
        if isinstance(value, int):
            return str(value)
        return '"' + "".join(f"\\U{ord(char):08x}" for char in str(value) if not 0xD800 <= ord(char) < 0xE000) + '"'

    row = "\n".join(f"{key} = {toml(value)}" for key, value in values.items())
    assert outcome(f"{GOOD}\n[[{kind}]]\n{row}\n")


def test_a_header_alone_is_the_header_of_the_whole_file() -> None:
    headers, whole = (Store.from_folders([shipped_folder()]) for _ in range(2))
    products, _ = whole.load_all()
    assert headers.products == tuple(sorted(product.id for product in products))
    for theirs in products:
        ours = headers.product(theirs.id)
        names = type(ours).__match_args__  # type: ignore[attr-defined]
        assert [getattr(ours, name) for name in names] == [getattr(theirs, name) for name in names]
