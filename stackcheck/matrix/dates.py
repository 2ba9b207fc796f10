"""Moves the date of a source in a matrix file once the package index has confirmed every row that rests on it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import tomli

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stackcheck.matrix.verify import Result


def moved(text: str, results: Mapping[str, Result], today: str) -> tuple[str, tuple[str, ...]]:
    """The text of a matrix file with the dates of what was confirmed, and the names of those sources.

    `results` are the outcomes by the row's key. A source counts as confirmed where it is the package index itself
    (`pkg:`) and every row that names it was asked and agrees: one row that nobody could ask keeps its date. `today` is
    an ISO date. All else of the text stays as it is. Raises `ValueError` for what is no matrix file.
    """
    data = tomli.loads(text)
    sources = data.get("source", {})
    if not isinstance(sources, dict) or not all(isinstance(one, dict) for one in sources.values()):
        raise ValueError("its sources are no tables")
    index = [name for name, one in sources.items() if str(one.get("url", "")).startswith("pkg:")]
    resting: dict[str, list[str]] = {name: [] for name in index}
    for key, source in _rows(data):
        for name in source:
            if name in resting:
                resting[name].append(key)
    confirmed = []
    for name, keys in resting.items():
        if keys and all(results.get(key) == "agrees" for key in keys) and str(sources[name].get("seen", today)) < today:
            changed = _with_date(text, name, today)
            confirmed += [name] if changed != text else []
            text = changed
    return text, tuple(confirmed)


def _rows(data: Mapping[str, Any]) -> Iterable[tuple[str, list[str]]]:
    """Each row's key, and the sources that it names."""
    for rows in data.values():
        for row in rows if isinstance(rows, list) else ():
            if not isinstance(row, dict) or "id" not in row:
                continue  # the sources of a target
            product, source = row.get("product", data.get("product")), row.get("source", [])
            yield f"{product}/{row['id']}", list(map(str, source if isinstance(source, list) else [source]))


def _with_date(text: str, source: str, today: str) -> str:
    header = rf"\[source\.(?:{re.escape(source)}|\"{re.escape(source)}\")\]"
    return re.sub(rf"(?m)(^{header}[^\[]*?^seen\s*=\s*)\d{{4}}-\d\d-\d\d", rf"\g<1>{today}", text, count=1)
