"""One product's releases against the shipped targets, each judged as a preflight would."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

from stackcheck.model import Cell, Table
from stackcheck.session.cells import CPU, HERE, NOTHING, PYTHONS, SOURCE, Judging, span
from stackcheck.session.machine import other_names, target_names, target_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stackcheck.session.cells import Verdict
    from stackcheck.session.knowledge import Knowledge

T = TypeVar("T")
PYTHON, INDEX = "Python", "PyPI, cu130 …"
WORDS = (
    (INDEX, "from this index"),
    (CPU, "runs without the GPU"),
    (SOURCE, "built from source"),
    (HERE, "nothing against it"),
    ("!", "with a warning"),
    ("✗", "does not work"),
    ("?", "something is not known"),
    (NOTHING, "nothing was judged"),
)
"""What the texts of cells mean, in the order in which they are explained."""


def table(knowledge: Knowledge, product: str, tell: Callable[[str], None]) -> Table:
    """Releases down, newest first, targets across; a number in a cell is the note that says why.

    Neighbouring releases with equal cells are one row. The column "Python" has the Pythons with which what can be
    had of a release works; a cell that holds for others says so in a note.
    """
    header = knowledge.store.product(product)
    judging = Judging(knowledge, product)
    names = target_names()
    stacks = {name: target_stack(name) for name in names}
    notes = _Notes()
    rows: list[tuple[str, tuple[Cell, ...]]] = []
    for release in reversed(header.releases):
        tell(f"judging {header.title} {release}")
        verdicts = [judging.verdict(release, name, stacks[name]) for name in names]
        rows.append((release, notes.cells(verdicts)))
    return _table(f"{header.title} on the shipped targets (matrix {knowledge.version})", names, rows, notes)


def _table(title: str, names: Sequence[str], rows: list[tuple[str, tuple[Cell, ...]]], notes: _Notes) -> Table:
    short = [next(iter(other_names(name)), name) for name in names]
    columns = (PYTHON, *short)
    if not any(cells[0].text for _, cells in rows):
        columns, rows = tuple(short), [(release, cells[1:]) for release, cells in rows]
    folded = tuple((name, cells) for name, _, cells in fold(rows))
    found = [cell for _, row in folded for cell in row if cell.severity != "note"]
    texts = {cell.text or {"error": "✗", "unknown": "?"}.get(str(cell.severity), "") for cell in found}
    words = [word for word in WORDS if _occurs(word[0], texts)]
    words += [(name, full) for name, full in zip(short, names, strict=True) if name != full]
    return Table(title, columns, folded, notes.texts, tuple(words))


def _occurs(word: str, texts: set[str]) -> bool:
    if word in ("!", "?"):
        return any(text.endswith(word) for text in texts)
    bare = {text.rstrip("!?") for text in texts}
    return bool(bare - {"", *dict(WORDS)}) if word == INDEX else word in bare


def fold(rows: Sequence[tuple[str, T]]) -> list[tuple[str, tuple[str, ...], T]]:
    """Neighbouring releases, newest first, with equal cells as one row: its name by the oldest and the newest of them,
    its releases, the cells."""
    runs = [(cells, [release for release, _ in run]) for cells, run in groupby(rows, key=lambda row: row[1])]
    folded: list[tuple[str, tuple[str, ...], T]] = []
    for number, (cells, releases) in enumerate(runs, start=1):
        newest, oldest = releases[0], releases[-1]
        if newest == oldest:
            name = newest
        elif number == len(runs):
            name = f"≤ {newest}" if len(runs) > 1 else "all releases"
        else:
            name = f"{oldest} – {newest}"
        folded.append((name, tuple(releases), cells))
    return folded


class _Notes:
    """The notes of a table: each reason once, with the sentence of the newest release that has it."""

    def __init__(self) -> None:
        self._numbers: dict[str, tuple[int, str]] = {}

    @property
    def texts(self) -> tuple[str, ...]:
        """The notes in their order."""
        return tuple(text for _, text in self._numbers.values())

    def cells(self, verdicts: Sequence[Verdict]) -> tuple[Cell, ...]:
        """The cells of one release, its Pythons first."""
        counted = Counter(span(verdict.pythons, PYTHONS) for verdict in verdicts if verdict.pythons)
        usual = counted.most_common(1)[0][0] if counted else ""
        return (Cell("note", (), usual), *(self._cell(verdict, usual) for verdict in verdicts))

    def _cell(self, verdict: Verdict, usual: str) -> Cell:
        numbers = [self._number(key, text) for key, text in verdict.reasons]
        own = span(verdict.pythons, PYTHONS)
        if verdict.pythons and own != usual:
            text = f"With Python {own}." if own else "With every Python."
            numbers.append(self._number(text, text))
        return Cell(verdict.severity, tuple(sorted(set(numbers))), verdict.text)

    def _number(self, key: str, text: str) -> int:
        return self._numbers.setdefault(key, (len(self._numbers) + 1, text))[0]
