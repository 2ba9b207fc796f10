"""The one error of this boundary: a matrix that cannot be used, with every mistake found in it."""

from __future__ import annotations

from stackcheck.redact import redact
from stackcheck.values import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a matrix file: the file, the row's id or number, the key path, and what is wrong."""

    path: str
    row: str
    key: str
    text: str

    def __str__(self) -> str:
        place = ": ".join(part for part in (self.path, self.row, self.key) if part)
        return f"{place}: {self.text}"


class MatrixError(Exception):
    """The matrix has mistakes; `problems` lists all that were found, not only the first."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(redact("\n".join(str(problem) for problem in problems)))
