"""What a stack is judged by: the shipped rows with the user's over them, and the judge that applies them."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from stackcheck.judge.judge import judge
from stackcheck.matrix.store import Store, shipped
from stackcheck.session.errors import CannotWorkError, near_names, nearest
from stackcheck.values import dataclass
from stackcheck.versions import project_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from stackcheck.matrix.records import Records
    from stackcheck.model import Report, Stack


@dataclass(frozen=True)
class Knowledge:
    """The rows and records of a run, from the shipped folder and the user's `folders` over it.

    `version` is the newest day that a shipped row names, as `2026.11.27`.
    """

    store: Store
    version: str
    folders: tuple[str, ...] = ()

    @property
    def records(self) -> Records:
        """The records of the same folders; nothing is opened before it is asked for."""
        records = self.store.records
        assert records is not None  # noqa: S101 - `open_knowledge` opens folders
        return records

    def judge(
        self,
        stack: Stack,
        subject: str,
        *,
        preflight: bool = False,
        store: Store | None = None,
        remedies: bool = True,
    ) -> Report:
        """The report on one stack; `store`: with other records than these. Without `remedies` no release is named that
        would work, which takes as long again."""
        store = store or self.store
        return judge(stack, store, subject=subject, version=self.version, preflight=preflight, remedies=remedies)

    def product(self, name: str, *, near: bool = False) -> str:
        """A product by its id, the name of a distribution of it, or its title ("PyTorch", "isaac lab"). `near`: also
        by the one name that comes near. Raises `CannotWorkError` with the nearest names."""
        folded = project_name(name.strip())
        product = folded if self.store.knows(folded) else self.store.by_distribution(folded) or self._titled(folded)
        if product is None and near:
            close = near_names(folded, self.store.products, 0.8)
            product = close[0] if len(close) == 1 else None
        if product is None:
            raise nearest("product", name, self.store.products, numbers=True)
        return product

    def _titled(self, name: str) -> str | None:
        """The product whose title this is, written as a project's name."""
        titles = ((project_name(self.store.product(other).title), other) for other in self.store.products)
        return next((other for title, other in titles if title == name), None)


OLD_DAYS = 90
"""After so many days a report says that its facts are old."""


def outdated(version: str, now: float) -> str | None:
    """A line for facts that are older than `OLD_DAYS` at a time in seconds since 1970; None for others."""
    try:
        year, month, day = map(int, version.split("."))
        days = int((now - time.mktime((year, month, day, 0, 0, 0, 0, 0, -1))) // 86400)
    except (ValueError, OverflowError):
        return None  # a matrix of somebody's own, which names no day
    return (
        f"the facts are of {version}, {days} days old; a newer stackcheck has newer ones" if days > OLD_DAYS else None
    )


def open_knowledge(folders: Iterable[str | Path] = ()) -> Knowledge:
    """The shipped matrix with the user's folders over it. Raises `CannotWorkError` for what is no folder."""
    places = tuple(os.fspath(folder) for folder in folders)
    for folder in places:
        if not os.path.isdir(folder):
            raise CannotWorkError(f"--matrix {folder}: is not a folder")
    return Knowledge(Store.from_folders([shipped(), *places]), shipped_text("VERSION").strip(), places)


def shipped_text(name: str) -> str:
    """The text of a file of the shipped matrix."""
    with open(f"{shipped()}/{name}", encoding="utf-8") as file:
        return file.read()
