"""Checks of what releases a row speaks of: none that is not there, and none that nobody has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.matrix.errors import Problem
from stackcheck.matrix.rows import Builds, Relation, ReplacedBy, Wheels
from stackcheck.patterns import pattern
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackcheck.matrix.rows import Product, Row

_KEEPS = pattern(r"pypi|(?:(?:nightly|test)/)?(?:cu\d+|cpu|xpu|rocm[\d.]+)")
"""Indexes that keep what they once had, PyPI's and PyTorch's: a range without an end may go on to be true."""
_LABEL = pattern(r"[a-z]+\d")
"""How labels of builds begin that name an accelerator: "cu130", "cuda11.cudnn86"."""
_ANY_LATER = "999999"


def check(product: Product, rows: Sequence[Row]) -> Iterator[Problem]:
    """The mistakes in one product's rows."""
    for row in rows:
        yield from _has_an_end(row, product)
        yield from _is_there(row, product, rows)
        yield from _has_such_a_build(row, product, rows)


def _goes_on(row: Row) -> bool:
    return row.release is None or row.release.admits(_ANY_LATER) is True


def _has_an_end(row: Row, product: Product) -> Iterator[Problem]:
    """What an index has that changes from day to day, or all files that a project will ever have, nobody knows."""
    if isinstance(row, Builds) and not row.none and _goes_on(row):
        passing = [name for name in row.index if not _KEEPS.fullmatch(name)]
        if passing:
            yield Problem(row.place, row.key, "release", f"needs an end: what {few(passing, 2)} will have is not known")
    elif isinstance(row, Wheels) and row.release is None and row.sdist == "no" and product.releases:
        newest = product.releases[-1]
        yield Problem(
            row.place, row.key, "release", f"needs an end: the files of releases after {newest} are not known"
        )


def _is_there(row: Row, product: Product, rows: Sequence[Row]) -> Iterator[Problem]:
    """A row for one machine that speaks of releases of which other rows say that this machine has none."""
    architecture = next((condition for name, condition in row.where if name == "arch"), None)
    if architecture is None or isinstance(row, Wheels | ReplacedBy):
        return
    if isinstance(row, Builds) and (row.none or "pypi" not in row.index):
        return
    for arch in architecture.texts:
        missing = [
            (release, other)
            for release in product.releases
            if speaks(row, release)
            for other in _without(release, arch, rows)
            if other is not row
        ]
        if missing:
            releases = few(list(dict.fromkeys(release for release, _ in missing)), 3)
            text = f"speaks of {releases} on {arch}, where {missing[0][1].key} says that there is none"
            yield Problem(row.place, row.key, "release", text)


def _without(release: str, arch: str, rows: Sequence[Row]) -> list[Row]:
    """The rows that say that a release cannot be had on an architecture, whatever else is so."""
    found: list[Row] = [
        row
        for row in rows
        if isinstance(row, Relation) and row.kind == "requires" and row.hard and not (row.where or row.unless)
        if row.feature is None and speaks(row, release)
        if any(name == "arch" and condition.admits(arch) is False for name, condition in row.needs)
    ]
    wheels = [row for row in rows if isinstance(row, Wheels) and speaks(row, release)]
    none = [row for row in wheels if not row.where and row.sdist == "no" and not {arch, "any"} & set(row.arch)]
    return [*found, *none] if len(none) == len(wheels) else found


def _has_such_a_build(row: Row, product: Product, rows: Sequence[Row]) -> Iterator[Problem]:
    """A row about one build that speaks of no release that has it."""
    wanted = next((condition for name, condition in row.where if name == "variant"), None)
    if wanted is None or not product.releases:
        return
    if all(_LABEL.match(text) for text in wanted.texts) and not any(isinstance(other, Builds) for other in rows):
        return  # without rows on builds it means the label of a version
    builds = [other for other in rows if isinstance(other, Builds) and other.variant in wanted.texts and not other.none]
    if not any(speaks(row, release) and speaks(other, release) for other in builds for release in product.releases):
        text = f"speaks of the build {wanted}, which no release that it admits has"
        yield Problem(row.place, row.key, "where.variant", text)


def speaks(row: Row, release: str) -> bool:
    """Whether a row speaks of a release, by its range."""
    return row.release is None or row.release.admits(release) is True
