"""What `lint --diff` and `--fix` print of the repairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.cli.outcome import Shown, exit_code
from stackcheck.cli.show import out, say
from stackcheck.report.clean import printable

if TYPE_CHECKING:
    from stackcheck.model import Report
    from stackcheck.session.files import Loader
    from stackcheck.session.repair import Repair


def show(repair: Repair, first: Report, shown: Shown, *, strict: bool) -> int:
    """Writes what would be changed; the exit code of the files as they are."""
    out(repair.diff(), shown.output)
    _tell(repair, "would fix")
    return exit_code(first, shown, strict=strict)


def keep(repair: Repair) -> Loader:
    """Changes the files; the loader that has them as they are now."""
    repair.write()
    _tell(repair, "fixed")
    return repair.loader


def _tell(repair: Repair, verb: str) -> None:
    for change in repair.done:
        say(f"{verb} {printable(change)}")
    left = repair.left
    if left:
        say(f"{left} more with --unsafe-fixes")
    elif not repair.done:
        say("nothing to fix")
