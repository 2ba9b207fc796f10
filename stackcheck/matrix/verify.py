"""Rows of the matrix against what a package index says: what agrees, what differs, what is newer. Pure.

An index can confirm `wheels` rows (file names: PEP 427 tags, sdists), `requires` and `pairs` rows with
`installer = true` (requires-python, PEP 503; Requires-Dist of one wheel, PEP 658) and lists of releases. Everything
else in the matrix needs a wheel opened or a machine, and is not spoken of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from packaging.utils import canonicalize_name

from stackcheck import versions
from stackcheck.matrix import verify_pins, verify_wheels
from stackcheck.matrix.outcomes import few
from stackcheck.matrix.rows import Relation, Wheels
from stackcheck.matrix.verify_wheels import in_range
from stackcheck.model import Absent, Unknown
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stackcheck.matrix.records import Record, Records
    from stackcheck.matrix.releases import Release
    from stackcheck.matrix.rows import Condition, Product, Row
    from stackcheck.matrix.store import Store

Result = Literal["agrees", "differs", "newer", "not confirmable"]
Answer: TypeAlias = "Record | Absent | Unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the index says to one row. `row` and `index` are phrases; `place` is the row's file."""

    key: str
    result: Result
    row: str
    index: str
    place: str


def distributions(product: Product) -> tuple[str, ...]:
    """The distributions that are the product, the one whose releases count first; none that pip installs: empty."""
    return () if product.compare == "words" else tuple(canonicalize_name(name) for name in product.pip)


def of_records(store: Store, products: Iterable[str], records: Records) -> dict[str, Answer]:
    """The records of these products' distributions, in the place of what an index answers. Raises `MatrixError`."""
    names = dict.fromkeys(name for one in products for name in distributions(store.product(one)))
    return {name: records.record(name) or Unknown("there is no record of it") for name in names}


def unread(store: Store, products: Iterable[str], projects: Mapping[str, Answer]) -> dict[str, set[str]]:
    """The releases, by distribution, whose metadata a row on other projects needs and that their record lacks."""
    found: dict[str, set[str]] = {}
    for name in products:
        families = _families(store, name, projects)
        for row, subject, _ in _pins(store, name):
            for release in _spoken_of(store, row, families[0][1]) if families and subject != "python" else ():
                for distribution, same in verify_pins.same_release(release, families):
                    if same.main is None and same.wheels:
                        found.setdefault(distribution, set()).add(same.version)
    return found


def verify(store: Store, products: Iterable[str], projects: Mapping[str, Answer]) -> tuple[Outcome, ...]:
    """What the index says to every row of these products that it can confirm, in the order of the files. `projects`
    are what it answered, by distribution."""
    return tuple(outcome for name in products for outcome in _of_product(store, name, projects))


def _of_product(store: Store, name: str, projects: Mapping[str, Answer]) -> Iterator[Outcome]:
    product = store.product(name)
    names = distributions(product)
    if not names:
        why = "is not asked: pip does not install it under a name that the matrix knows"
        yield Outcome(name, "not confirmable", "its rows", why, product.place)
        return
    answer = projects.get(names[0], Unknown("it was not asked for"))
    if isinstance(answer, (Absent, Unknown)):
        why = f"does not answer: {answer.reason}" if isinstance(answer, Unknown) else f"knows no {names[0]}"
        yield Outcome(name, "not confirmable", "its rows", why, product.place)
        return
    families = _families(store, name, projects)
    releases = families[0][1]
    yield _of_list(product, releases)
    for row in store.rows(name):
        if isinstance(row, Wheels):
            yield _of_wheels(store, row, releases)
    for pin in _pins(store, name):
        yield _of_pin(store, pin, families)


Family: TypeAlias = "tuple[str, tuple[Release, ...]]"
"""A distribution and its releases, oldest first."""


def _families(store: Store, name: str, projects: Mapping[str, Answer]) -> tuple[Family, ...]:
    """Each distribution of a product that the index knows; the one that counts first, and none without it."""
    names = distributions(store.product(name))
    known = [
        (each, answer) for each in names if (answer := projects.get(each)) and not isinstance(answer, (Absent, Unknown))
    ]
    return tuple((each, tuple(record)[::-1]) for each, record in known) if known and known[0][0] == names[0] else ()


# --- lists of releases -------------------------------------------------------------------------------------------


def _of_list(product: Product, releases: Sequence[Release]) -> Outcome:
    """The product's own list: whether the index has newer releases."""
    key = f"{product.id}/releases"
    there = {version: release for release in releases if (version := versions.strict(release.version)) is not None}
    finals = [version for version, release in there.items() if not version.is_prerelease and not release.yanked]
    if not product.releases:
        return Outcome(key, "not confirmable", "no list", f"{len(finals)} releases", product.place)
    listed = [version for text in product.releases if (version := versions.parse(text)) is not None]
    says = f"up to {product.releases[-1]}"
    newer = [str(version) for version in finals if version > max(listed)]
    if newer:
        return Outcome(key, "newer", says, f"also has {few(newer)}", product.place)
    # A product has releases that were never uploaded, and a list may begin late: neither makes it wrong.
    notes = {
        "also has": [str(version) for version in finals if version not in listed and version > min(listed)],
        "does not have": [str(version) for version in listed if version not in there],
        "has yanked": [str(version) for version in listed if version in there and there[version].yanked],
    }
    differing = ", ".join(f"{what} {few(texts)}" for what, texts in notes.items() if texts)
    return Outcome(key, "agrees", says, differing or "has the same", product.place)


# --- rows against every release that they speak of ---------------------------------------------------------------


def _of_wheels(store: Store, row: Wheels, releases: Sequence[Release]) -> Outcome:
    """A `wheels` row against the file names of every release it speaks of."""
    others = [other for other in store.rows(row.product) if isinstance(other, Wheels)]
    spoken_of = _spoken_of(store, row, releases)
    differences = [
        (release, difference) for release in spoken_of for difference in verify_wheels.differences(row, release, others)
    ]
    return _outcome(row, row.key, verify_wheels.stated(row), differences, spoken_of)


Pin: TypeAlias = "tuple[Relation, str, Condition]"


def _pins(store: Store, name: str) -> Iterator[Pin]:
    for row in store.rows(name):
        if isinstance(row, Relation) and row.installer:
            for subject, condition in row.needs:
                yield row, subject, condition


def _of_pin(store: Store, pin: Pin, families: Sequence[Family]) -> Outcome:
    row, subject, condition = pin
    says = f"{subject} {condition}"
    key = row.key if len(row.needs) == 1 else f"{row.key}#{subject}"
    spoken_of = _spoken_of(store, row, families[0][1])
    if subject == "python":
        differences = [
            (release, text)
            for release in spoken_of
            if (text := verify_pins.python_difference(condition, release)) is not None
        ]
        return _outcome(row, key, says, differences, spoken_of)
    names = tuple(canonicalize_name(name) for name in store.product(subject).pip) if store.knows(subject) else ()
    if not names:
        return Outcome(key, "not confirmable", says, f"{subject} is nothing that a wheel can ask for", row.place)
    confirmed, differences, reason = [], [], "has no release that the row speaks of"
    for release in spoken_of:
        asked = verify_pins.asked(release, row, names, families)
        if isinstance(asked, Unknown):
            reason = asked.reason
            continue
        confirmed.append(release)
        text = verify_pins.difference(store, subject, condition, asked)
        differences += [] if text is None else [(release, text)]
    if not confirmed:
        return Outcome(key, "not confirmable", says, reason, row.place)
    return _outcome(row, key, says, differences, confirmed)


def _outcome(
    row: Row, key: str, says: str, differences: list[tuple[Release, str]], confirmed: Sequence[Release]
) -> Outcome:
    if not confirmed:
        return Outcome(key, "not confirmable", says, "has no release that the row speaks of", row.place)
    if not differences:
        span = few([release.version for release in confirmed])
        return Outcome(key, "agrees", says, f"says so of {span}", row.place)
    grouped: dict[str, list[str]] = {}
    for release, difference in differences:
        grouped.setdefault(difference, []).append(release.version)
    differing = "; ".join(f"{difference} ({few(texts)})" for difference, texts in grouped.items())
    return Outcome(key, "differs", says, differing, row.place)


# --- which releases a row speaks of ------------------------------------------------------------------------------


def _spoken_of(store: Store, row: Row, releases: Sequence[Release]) -> list[Release]:
    """The index's releases that are in the row's range and in the product's list; without a list, the final ones."""
    product = store.product(row.product)
    listed = {version for text in product.releases if (version := versions.parse(text)) is not None}
    found = ((release, versions.strict(release.version)) for release in releases)
    return [
        release
        for release, version in found
        if version is not None
        and (version in listed if listed else not version.is_prerelease and not release.yanked)
        and in_range(row, release)
    ]
