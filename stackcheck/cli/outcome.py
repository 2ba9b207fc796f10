"""From a report to the exit code: what of it is shown, how it is written, and what counts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from stackcheck.cli import run
from stackcheck.cli.errors import CannotWorkError, nearest
from stackcheck.cli.show import write, write_file
from stackcheck.model import Ignore
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from stackcheck.model import Report, Severity, Unread

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
    select: Sequence[str] = ()
    ignore: Sequence[str | Ignore] = ()
    baseline: str | Path | None = None
    write_baseline: str | Path | None = None


def finish(
    report: Report,
    shown: Shown,
    files: run.Loader | None = None,
    *,
    limits: bool = True,
    strict: bool = False,
    required: bool = False,
) -> int:
    """Writes what is to be seen of a report; the exit code. `files` are those that were read for it.

    With `strict` anything that is not known makes it 3, with `required` only what a required row depends on.
    """
    files = files or run.Loader()
    report = chosen(report, shown, files)
    write(report, shown.format_ or "text", shown.output, files.read, quiet=shown.quiet, limits=limits)
    return exit_code(report, shown, strict=strict, required=required)


def exit_code(report: Report, shown: Shown, *, strict: bool = False, required: bool = False) -> int:
    """The exit code that a report stands for."""
    if any(report.count(severity) for severity in LEVELS[shown.fail_on or "error"]):
        return 1
    unknown = strict and report.count("unknown")
    return 3 if unknown or (required and run.unknown_required(report)) else 0


def chosen(report: Report, shown: Shown, files: run.Loader) -> Report:
    """The report as the options, the settings, the comments in the files and the baseline leave it."""
    commented = any(b"stackcheck:" in data for data in files.read.values())
    if not (commented or shown.ignore or shown.select or shown.baseline or shown.write_baseline):
        return report
    from stackcheck.judge import suppress

    ignores = [one if isinstance(one, Ignore) else Ignore(_known(one), "--ignore") for one in shown.ignore]
    comments, unclear = _comments(files) if commented else ((), ())
    report = suppress.without_ignored(report, [*ignores, *comments], unclear, _today())
    report = suppress.selected(report, [_known(one) for one in shown.select])
    if shown.baseline or shown.write_baseline:
        report = _beyond_baseline(report, shown, files)
    return report


def _known(what: str) -> str:
    """A kind or an id of `--select` and `--ignore`. Raises `CannotWorkError` for a word that is no kind."""
    from stackcheck.judge.kinds import NAMES

    if "/" not in what and what not in NAMES:
        raise nearest("kind of finding", what, NAMES)
    return what


def _comments(files: run.Loader) -> tuple[tuple[Ignore, ...], tuple[Unread, ...]]:
    from stackcheck.read.ignores import find_ignores

    found = [find_ignores(data.decode("utf-8", "replace"), path) for path, data in files.read.items()]
    return tuple(one for ignores, _ in found for one in ignores), tuple(one for _, more in found for one in more)


def _today() -> str:
    from datetime import date

    return date.today().isoformat()


def _beyond_baseline(report: Report, shown: Shown, files: run.Loader) -> Report:
    """The report without what the baseline holds; `--write-baseline` writes it first."""
    from stackcheck.judge import baseline

    path = os.fspath(shown.write_baseline or shown.baseline or "")
    folder = os.path.dirname(os.path.abspath(path))

    def relative(name: str) -> str:
        return name if name == "-" else os.path.relpath(name, folder)

    if shown.write_baseline:
        write_file(baseline.written(report, relative), path, "--write-baseline")
    try:
        known = baseline.read(run.text_of(path))
    except baseline.BaselineError as error:
        raise CannotWorkError(f"--baseline {path}: {error}; write one with --write-baseline {path}") from error
    return baseline.without_known(report, known, relative, files.read)
