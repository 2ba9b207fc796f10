"""What one row says of one value of a product: the unit that the engine settles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from stackcheck.values import dataclass

if TYPE_CHECKING:
    from stackcheck.judge.domain import Step
    from stackcheck.matrix.rows import Condition, Row
    from stackcheck.model import Fix, Severity

Result = Literal["holds", "fails", "unknown", "limit", "narrows"]


@dataclass(frozen=True, eq=False, repr=False)
class Check:
    """A row judged for one value. `hard`: a failure rules the value out. `installer`: an installer enforces it, so it
    narrows in silence. `missing`: subjects that would have to be known. `target` and `condition`: what the row allows
    for another subject. `kind` is the finding's kind where it is not the row's."""

    row: Row
    result: Result
    hard: bool = True
    installer: bool = False
    subject: str = ""
    message: str = ""
    because: tuple[Step, ...] = ()
    involves: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    target: str | None = None
    condition: Condition | None = None
    kind: str | None = None
    fix: Fix | None = None
    severity: Severity | None = None

    @property
    def bars(self) -> bool:
        """Whether it rules the value out."""
        return self.result == "fails" and self.hard
