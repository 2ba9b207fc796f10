"""From a report to the exit code: what of it is shown, how it is written, and what counts."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from stackcheck.cli.show import say, write, write_file
from stackcheck.model import BROKEN, CRASHED
from stackcheck.session.files import Loader
from stackcheck.session.filters import baseline_text, beyond_baseline, by_cause, chosen
from stackcheck.session.knowledge import outdated
from stackcheck.session.request import Filters
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from stackcheck.model import Ignore, Report, Severity

LEVELS: dict[str, tuple[Severity, ...]] = {
    "error": ("error",),
    "warning": ("error", "warning"),
    "note": ("error", "warning", "note"),
}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The options that every judging command has. None: neither the call nor the settings say it."""

    format_: str | None = None
    output: str | Path | None = None
    fail_on: str | None = None
    quiet: bool = False
    verbose: bool = False
    select: Sequence[str] = ()
    ignore: Sequence[str | Ignore] = ()
    baseline: str | Path | None = None
    write_baseline: str | Path | None = None

    @property
    def filters(self) -> Filters:
        """Which findings are to be seen; a baseline that is written is one that counts."""
        path = self.write_baseline or self.baseline
        return Filters(
            select=tuple(self.select), ignore=tuple(self.ignore), baseline=None if path is None else os.fspath(path)
        )


def finish(
    report: Report,
    shown: Shown,
    files: Loader | None = None,
    *,
    limits: bool = True,
    strict: bool = False,
    required: bool = False,
) -> int:
    """Writes what is to be seen of a report; the exit code. `files` are those that were read for it.

    With `strict` anything that is not known makes it 3, with `required` only what a required row depends on.
    """
    files = files or Loader()
    filters = shown.filters
    report = chosen(report, filters, files)
    if shown.write_baseline and filters.baseline is not None:
        write_file(baseline_text(report, filters.baseline), filters.baseline, "--write-baseline")
    report = by_cause(beyond_baseline(report, filters, files))
    cited = shown.verbose or shown.output is not None or not sys.stdout.isatty()
    write(report, shown.format_ or "text", shown.output, files.read, quiet=shown.quiet, limits=limits, cited=cited)
    old = None if shown.quiet else outdated(report.matrix, time.time(), report.oldest)
    if old is not None:
        say(old)
    return exit_code(report, shown, strict=strict, required=required)


def exit_code(report: Report, shown: Shown, *, strict: bool = False, required: bool = False) -> int:
    """The exit code that a report stands for. A mistake of stackcheck's own comes before all that was found."""
    if any(finding.id in (BROKEN, CRASHED) for finding in report.findings):
        return 2
    if any(report.count(severity) for severity in LEVELS[shown.fail_on or "error"]):
        return 1
    unknown = strict and (report.count("unknown") or report.coverage.not_judged)
    return 3 if unknown or (required and _unknown_required(report)) else 0


def _unknown_required(report: Report) -> bool:
    """Whether a fact that a required row needs is not known."""
    findings = (*report.findings, *report.coverage.not_judged)
    return any(finding.severity == "unknown" and finding.required for finding in findings)
