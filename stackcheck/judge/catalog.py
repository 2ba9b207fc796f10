"""Rows and records as one: the products of the matrix, and the projects with a record that a stack asks for.

A distribution that no product of the matrix is becomes a subject of its own where a stack asks for it. Its name is the
subject's, unless that name means something else here: the project `cuda-toolkit` on PyPI is the subject
`pkg:pypi/cuda-toolkit`, and the fact of that name stays the toolkit of the machine. A record is opened where an ask or
a judgement needs it, and only its lines that count are parsed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from packaging.version import Version

from stackcheck import versions
from stackcheck.matrix.rows import Product
from stackcheck.subjects import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from stackcheck.matrix.records import Record
    from stackcheck.matrix.rows import Row
    from stackcheck.matrix.store import Store

R = TypeVar("R", bound="Row")
_OLDEST = Version("0.dev0")
PYPI = "pypi"
PURL = "pkg:pypi/"
"""Before the name of a project that is also the name of a fact or of another product (package URL)."""


class Catalog:
    """What is known of the subjects of one stack. Built anew for each judgement; the store and its records are not."""

    def __init__(self, store: Store, asked: Mapping[str, tuple[str, ...]] | None = None) -> None:
        """`asked` are the distributions that the stack asks for (PEP 503 names), each with the indexes that it names
        for them."""
        self.store = store
        self.asked = asked or {}
        self._products: dict[str, Product] = {}
        self._records: dict[str, Record | None] = {}

    @property
    def products(self) -> tuple[str, ...]:
        """The ids of all products of the matrix, sorted."""
        return self.store.products

    def subject(self, distribution: str) -> str:
        """The subject that a distribution is."""
        product = self.store.by_distribution(distribution)
        if product is not None:
            return product
        return f"{PURL}{distribution}" if distribution in BY_NAME or self.store.knows(distribution) else distribution

    def knows(self, subject: str) -> bool:
        """Whether it is a product of the matrix, or a project that is asked for and has a record."""
        return self.store.knows(subject) or self._recorded(subject) is not None

    def product(self, subject: str) -> Product:
        """A subject's header; what releases it has, `releases` says. Raises `KeyError` for one that is not known."""
        if subject not in self._products:
            self._products[subject] = self._header(subject)
        return self._products[subject]

    def releases(self, subject: str) -> tuple[str, ...]:
        """The releases that rows and records know, oldest first; none of a subject of which nothing is known."""
        if not self.knows(subject):
            return ()
        own, record = self.product(subject).releases, self._added(subject)
        if record is not None and PYPI not in record.places:
            return record.usual[::-1]  # rows list what PyPI has
        return own if record is None else _merged(own, record.usual, record.yanked)

    def newest(self, subject: str) -> str | None:
        """The newest of them."""
        own, record = self.product(subject).releases, self._added(subject)
        texts = [*own[-1:], *filter(None, () if record is None else (record.newest,))]
        return max(texts, key=lambda text: versions.parse(text) or _OLDEST, default=None)

    def rows(self, subject: str) -> tuple[Row, ...]:
        """A product's rows."""
        return self.store.rows(subject)

    def rows_of(self, subject: str, kind: type[R]) -> tuple[R, ...]:
        """A product's rows of one class."""
        return self.store.rows_of(subject, kind)

    def rows_naming(self, subject: str, kind: type[R], words: Collection[str]) -> tuple[R, ...]:
        """A product's rows of one class in whose text one of these words stands in quotes."""
        return self.store.rows_naming(subject, kind, words)

    def rows_at(self, subject: str, kind: type[R], release: str) -> tuple[R, ...]:
        """A product's rows of one class that speak of a release."""
        return self.store.rows_at(subject, kind, release)

    def by_distribution(self, name: str) -> str | None:
        """The subject that a distribution is, where something is known of it."""
        product = self.store.by_distribution(name)
        if product is not None:
            return product
        subject = self.subject(name)
        return subject if self._recorded(subject) is not None else None

    def by_system_package(self, name: str) -> str | None:
        """The product that a Debian package is, if the matrix knows one."""
        return self.store.by_system_package(name)

    def by_image(self, name: str) -> str | None:
        """The product that a container image is, by its name without tag, if the matrix knows one."""
        return self.store.by_image(name)

    def distributions(self, subject: str) -> tuple[str, ...]:
        """The distributions that a subject is: those that are asked for, else the first of the product's."""
        if not self.store.knows(subject):
            return (subject.removeprefix(PURL),)
        names = self.store.product(subject).pip
        return tuple(name for name in names if name in self.asked) or names[:1]

    def record(self, distribution: str) -> Record | None:
        """The record of a distribution, if there is one: PyPI's, that of the indexes that were asked in this run, or
        where another index alone is named that one's. Raises `MatrixError`.
        """
        records, names = self.store.records, self.asked.get(distribution, (PYPI,))
        if records is None:
            return None
        other = records.of_places(distribution, names) if names and PYPI not in names else None
        return other or records.record(distribution)

    def places(self, subject: str) -> tuple[str, ...]:
        """The short names of the indexes of which is known what they have of a subject, other than what is known of
        PyPI from an earlier day; none of a subject without such a record."""
        records = map(self.record, self.distributions(subject))
        known = (record for record in records if record is not None)
        return next((record.places for record in known if record.current or PYPI not in record.places), ())

    def is_current(self, subject: str) -> bool:
        """Whether its record was made for this run: what that does not have is not there."""
        return any(record is not None and record.current for record in map(self.record, self.distributions(subject)))

    def _recorded(self, subject: str) -> Record | None:
        """The record of a subject that no product is and that the stack asks for."""
        if subject not in self._records:
            name = subject.removeprefix(PURL)
            own = name in self.asked and subject == self.subject(name)
            self._records[subject] = self.record(name) if own else None
        return self._records[subject]

    def _header(self, subject: str) -> Product:
        if self.store.knows(subject):
            return self.store.product(subject)
        if self._recorded(subject) is None:
            raise KeyError(subject)
        name = subject.removeprefix(PURL)
        return Product(id=subject, title=name if name == subject else f"{name} (PyPI)", pip=(name,))

    def _added(self, subject: str) -> Record | None:
        """The record that adds to a subject's releases: of what is asked for, or where no row lists any."""
        if not self.store.knows(subject):
            return self._recorded(subject)
        header = self.store.product(subject)
        asked = [name for name in header.pip if name in self.asked] or ([] if header.releases else [*header.pip[:1]])
        return self.record(asked[0]) if asked and header.compare == "versions" else None


@lru_cache(maxsize=256)
def _merged(releases: tuple[str, ...], usual: tuple[str, ...], yanked: frozenset[str]) -> tuple[str, ...]:
    """The releases of rows and of a record, oldest first; what is yanked is none that an installer would pick."""
    if not releases:
        return usual[::-1]
    found = {versions.strict(text): text for text in (*usual, *(text for text in releases if text not in yanked))}
    return tuple(found[version] for version in sorted(version for version in found if version is not None))
