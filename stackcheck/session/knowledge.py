"""What a stack is judged by: the shipped rows with the user's over them, and the judge that applies them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from stackcheck.judge.judge import judge
from stackcheck.matrix.store import Store, shipped
from stackcheck.session.errors import CannotWorkError, nearest
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from stackcheck.model import Report, Stack


@dataclass(frozen=True)
class Knowledge:
    """The rows of a run. `version` is the newest day that a shipped row names, as `2026.11.27`."""

    store: Store
    version: str

    def judge(self, stack: Stack, subject: str, *, preflight: bool = False) -> Report:
        """The report on one stack."""
        return judge(stack, self.store, subject=subject, version=self.version, preflight=preflight)

    def product(self, name: str) -> str:
        """A product by its id or the name of a distribution of it. Raises `CannotWorkError` with the nearest names."""
        product = name if self.store.knows(name) else self.store.by_distribution(name)
        if product is None:
            raise nearest("product", name, self.store.products)
        return product


def open_knowledge(folders: Iterable[str | Path] = ()) -> Knowledge:
    """The shipped matrix with the user's folders over it. Raises `CannotWorkError` for what is no folder."""
    for folder in folders:
        if not os.path.isdir(folder):
            raise CannotWorkError(f"--matrix {folder}: is not a folder")
    return Knowledge(Store.from_folders([shipped(), *folders]), shipped_text("VERSION").strip())


def shipped_text(name: str) -> str:
    """The text of a file of the shipped matrix."""
    with open(f"{shipped()}/{name}", encoding="utf-8") as file:
        return file.read()
