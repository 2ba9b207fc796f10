"""What of a report is to be seen: as ignores, comments in the files, selections and a baseline leave it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from stackcheck.model import Ignore
from stackcheck.redact import redact
from stackcheck.session.errors import CannotWorkError, nearest
from stackcheck.session.files import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackcheck.model import Report, Unread
    from stackcheck.session.files import Loader
    from stackcheck.session.request import Filters


def visible(report: Report, filters: Filters, files: Loader) -> Report:
    """The report without what is ignored, not selected, or in the baseline. `files` are those that were read for it.

    Raises `CannotWorkError` for a word that is no kind of finding, and for a baseline that is none.
    """
    return beyond_baseline(chosen(report, filters, files), filters, files)


def chosen(report: Report, filters: Filters, files: Loader) -> Report:
    """The report without what is ignored or not selected, whatever a baseline holds."""
    commented = any(b"stackcheck:" in data for data in files.read.values())
    if not (commented or filters.ignore or filters.select):
        return report
    from stackcheck.judge import suppress

    ignores = [ignore if isinstance(ignore, Ignore) else Ignore(known(ignore), "--ignore") for ignore in filters.ignore]
    comments, unclear = _comments(files) if commented else ((), ())
    report = suppress.without_ignored(report, [*ignores, *comments], unclear, _today())
    return suppress.selected(report, [known(name) for name in filters.select])


def known(name: str) -> str:
    """A kind or an id of `--select` and `--ignore`. Raises `CannotWorkError` for a word that is no kind."""
    from stackcheck.judge.kinds import NAMES

    if "/" not in name and name not in NAMES:
        raise nearest("kind of finding", name, NAMES)
    return redact(name)


def _comments(files: Loader) -> tuple[tuple[Ignore, ...], tuple[Unread, ...]]:
    from stackcheck.read.ignores import find_ignores

    by_file = [find_ignores(data.decode("utf-8", "replace"), path) for path, data in files.read.items()]
    ignores = tuple(ignore for ignores, _ in by_file for ignore in ignores)
    return ignores, tuple(entry for _, unclear in by_file for entry in unclear)


def _today() -> str:
    from datetime import date

    return date.today().isoformat()


def baseline_text(report: Report, path: str) -> str:
    """The text of a baseline at `path` that holds the findings of a report."""
    from stackcheck.judge import baseline

    return baseline.written(report, _relative_to(path))


def beyond_baseline(report: Report, filters: Filters, files: Loader) -> Report:
    """The report without what the baseline holds. Raises `CannotWorkError` for a file that is none."""
    path = filters.baseline
    if path is None:
        return report
    from stackcheck.judge import baseline

    try:
        known = baseline.read(text_of(path))
    except baseline.BaselineError as error:
        raise CannotWorkError(f"--baseline {path}: {error}; write one with --write-baseline {path}") from error
    return baseline.without_known(report, known, _relative_to(path), files.read)


def by_cause(report: Report) -> Report:
    """The report with one finding for each cause, first what is to be done first: the last step before it is shown."""
    if len(report.findings) < 2:
        return report
    from stackcheck.judge import causes

    return causes.merged(report)


def _relative_to(path: str) -> Callable[[str], str]:
    """How a baseline names files: as seen from its own folder."""
    folder = os.path.dirname(os.path.abspath(path))
    return lambda name: name if name == "-" else os.path.relpath(name, folder)
