"""What a stack is judged by: the shipped rows with the user's over them, and the judge that applies them."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from stackcheck.disk import read_own
from stackcheck.judge.judge import judge
from stackcheck.matrix.store import LIMIT, Store, shipped
from stackcheck.session.errors import CannotWorkError, near_names, nearest
from stackcheck.values import dataclass
from stackcheck.versions import project_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from stackcheck.matrix.records import Records
    from stackcheck.model import Report, Stack

OTHER_NAMES = {
    "groot": "gr00t",
    "cosmos": "cosmos-predict",
    "flashinfer": "flashinfer-python",
    "llamaindex": "llama-index",
    "llamacpp": "llama-cpp",
    "pytorch": "torch",
    "trt-llm": "tensorrt-llm",
    "two-sparks": "dgx-spark-pair",
}
"""What people call products, where that is neither an id nor a title."""


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
        folded = OTHER_NAMES.get(folded, folded)
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


def outdated(version: str, now: float, oldest: str | None = None) -> str | None:
    """A line for facts, or records (`oldest`: the day of the oldest, ISO), that are older than `OLD_DAYS` at a time in
    seconds since 1970; None for others."""
    facts, records = _days(version, ".", now), _days(oldest or "", "-", now)
    if facts is not None and facts > OLD_DAYS:
        return f"the facts are of {version}, {facts} days old; a newer stackcheck has newer ones"
    if records is not None and records > OLD_DAYS:
        text = f"what is known of an index is of {oldest}, {records} days old"
        return f"{text}; `stackcheck matrix learn --all` reads it again, and a newer stackcheck has newer records"
    return None


def _days(day: str, separator: str, now: float) -> int | None:
    """How many days ago a day was; None for a text that is none."""
    try:
        year, month, number = map(int, day.split(separator))
        return int((now - time.mktime((year, month, number, 0, 0, 0, 0, 0, -1))) // 86400)
    except (ValueError, OverflowError):
        return None  # a matrix of somebody's own, which names no day


def open_knowledge(folders: Iterable[str | Path] = ()) -> Knowledge:
    """The shipped matrix with the user's folders over it. Raises `CannotWorkError` for what is no folder."""
    places = tuple(os.fspath(folder) for folder in folders)
    for folder in places:
        if not os.path.isdir(folder):
            raise CannotWorkError(f"--matrix {folder}: is not a folder")
    return Knowledge(Store.from_folders([shipped(), *places]), shipped_text("VERSION").strip(), places)


def shipped_text(name: str) -> str:
    """The text of a file of the shipped matrix."""
    return read_own(f"{shipped()}/{name}", LIMIT).decode("utf-8")
