"""`fleet`: the report on many machines, in pieces to where it is asked for, and what it exits with."""

from __future__ import annotations

import gc
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

from stackcheck.cli.outcome import LEVELS
from stackcheck.cli.show import out_pieces, progress, say
from stackcheck.model import CRASHED
from stackcheck.report import FLEET_FORMATS
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.fleet import fleet as judge
from stackcheck.session.knowledge import outdated
from stackcheck.session.workers import workers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from stackcheck.cli.outcome import Shown
    from stackcheck.report.fleet import Fleet
    from stackcheck.session.request import Request

ALONE = {
    "paths": "paths: name them in the list",
    "diff": "--diff",
    "fix": "--fix",
    "list_files": "--list-files",
    "write_baseline": "--write-baseline",
}
"""What one repository is asked for by itself."""
RENDERERS = {"jsonl": ("json", "lines"), "junit": ("plain", "junit"), "sarif": ("plain", "sarif")}
"""The formats that are no module of their own: the module and the function that write them."""


def fleet(
    shown: Shown,
    request: Request,
    documents: Sequence[str],
    *,
    against: str | None = None,
    targets: Sequence[str] = (),
    strict: bool = False,
    jobs: str | None = None,
    dask: str | None = None,
) -> int:
    """Many machines by their documents; the exit code."""
    # Thousands of machines leave more behind than one, and live as long.
    gc.enable()
    workers = workers_of(jobs, dask)
    with progress("reading documents") as tell:
        found = judge(documents, request, shown.filters, workers, tell, against, targets)
    return finish(found, shown, strict=strict)


def repositories(options: Mapping[str, Any], takes: Mapping[str, Sequence[str]]) -> int:
    """Many repositories (`lint --repos`); the exit code. `takes` are the options of `lint` with their words."""
    gc.enable()
    from stackcheck.cli.outcome import Shown
    from stackcheck.session.repositories import repositories as lint

    wrong = [name for name in ALONE if options.get(name)]
    if wrong:
        raise CannotWorkError(f"--repos does not go with {ALONE[wrong[0]]}")
    form = options.get("format_") or "text"
    if form not in FLEET_FORMATS:
        raise CannotWorkError(f"--repos has no format {form}: take {', '.join(FLEET_FORMATS)}")
    workers = workers_of(options.get("jobs"), options.get("dask"))
    shown = Shown(
        format_=form,
        output=options.get("output"),
        fail_on=options.get("fail_on"),
        quiet=bool(options.get("quiet")),
        verbose=bool(options.get("verbose")),
    )
    with progress("reading repositories") as tell:
        found = lint(str(options["repos"]), options, takes, workers, tell)
    return finish(found, shown, strict=bool(options.get("strict")))


def finish(found: Fleet, shown: Shown, *, strict: bool) -> int:
    """Writes a report on many machines; the exit code."""
    out_pieces(_renderer(shown)(found), shown.output)
    old = None if shown.quiet else outdated(found.matrix, time.time(), found.oldest)
    if old is not None:
        say(old)
    return exit_code(found, shown, strict=strict)


def _renderer(shown: Shown) -> Callable[[Fleet], Iterator[str]]:
    form = shown.format_ or "text"
    if form == "text":
        from stackcheck.report import fleet_text

        return lambda found: fleet_text.render(found, quiet=shown.quiet, verbose=shown.verbose)
    module, function = RENDERERS.get(form, (form, "render"))
    # Imported by name: a run loads the one format that it writes.
    made: Any = getattr(import_module(f"stackcheck.report.fleet_{module}"), function)
    return made  # type: ignore[no-any-return]


def exit_code(found: Fleet, shown: Shown, *, strict: bool) -> int:
    """As for one machine: what could not be judged comes before all that was found."""
    if found.unread or any(cause.finding.id == CRASHED for cause in found.causes):
        return 2
    if any(cause.severity in LEVELS[shown.fail_on or "error"] for cause in found.causes):
        return 1
    return 3 if strict and any(cause.severity == "unknown" for cause in found.causes) else 0
