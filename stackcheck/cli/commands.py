"""What `check`, `lint`, `preflight` and `diagnose` do once their options are read: gather, judge, write, exit code.

Apart from the definition of the options, because a plain call comes here without the time that typer takes to load.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackcheck.cli import run
from stackcheck.cli.show import progress, write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from stackcheck.model import Report, Severity

LEVELS: dict[str, tuple[Severity, ...]] = {
    "error": ("error",),
    "warning": ("error", "warning"),
    "note": ("error", "warning", "note"),
}


def check(
    *,
    files: Sequence[str] | None = None,
    env: str | None = None,
    target: str | None = None,
    python: str | None = None,
    want: Sequence[str] = (),
    feature: Sequence[str] = (),
    fact: Sequence[str] = (),
    matrix: Sequence[str | Path] = (),
    online: bool = False,
    resolve: bool = False,
    cache: str | Path | None = None,
    format_: str = "text",
    output: str | Path | None = None,
    fail_on: str = "error",
    strict: bool = False,
    quiet: bool = False,
) -> int:
    """An environment together with project files; the exit code."""
    choice = run.Choice(env, target, python, tuple(fact), tuple(want), tuple(feature), tuple(matrix))
    store, version = run.open_matrix(choice.matrix)
    with progress("looking at this machine") as tell:
        stack, subject = run.machine(choice, tell)
        installed = run.metadata_of(stack, choice)
        stack = run.with_code(stack, installed, tell)
        stack = run.with_wants(run.with_project(stack, files or []), store, choice)
        judge = partial(run.evaluate, store=store, subject=subject, version=version, preflight=target is not None)
        report = run.with_network(stack, files or [], store, judge, run.network(online, resolve, cache, tell))
        report = run.with_reading(run.with_consistency(report, stack, installed), stack)
    write(report, format_, output, quiet=quiet)
    return _code(report, fail_on, unknown=strict)


def lint(
    *,
    paths: Sequence[str] | None = None,
    target: Sequence[str] = (),
    env: str | None = None,
    feature: Sequence[str] = (),
    fact: Sequence[str] = (),
    matrix: Sequence[str | Path] = (),
    online: bool = False,
    resolve: bool = False,
    cache: str | Path | None = None,
    format_: str = "text",
    output: str | Path | None = None,
    fail_on: str = "error",
    strict: bool = False,
    quiet: bool = False,
) -> int:
    """Project files alone, for one or more targets; the exit code."""
    folders = tuple(matrix)
    choices = [run.Choice(env, name, None, tuple(fact), (), tuple(feature), folders) for name in target or (None,)]
    store, version = run.open_matrix(folders)
    with progress("reading project files") as tell:
        asked = run.network(online, resolve, cache, tell)
        report = run.lint(run.project_files(paths or ["."]), choices, store, version, asked)
    write(report, format_, output, quiet=quiet, limits=False)
    return _code(report, fail_on, unknown=strict)


def preflight(
    *,
    product: str,
    feature: Sequence[str] = (),
    env: str | None = None,
    target: str | None = None,
    python: str | None = None,
    fact: Sequence[str] = (),
    matrix: Sequence[str | Path] = (),
    format_: str = "text",
    output: str | Path | None = None,
    fail_on: str = "error",
    quiet: bool = False,
) -> int:
    """Whether a product can be installed and run; the exit code."""
    choice = run.Choice(env, target, python, tuple(fact), (product,), tuple(feature), tuple(matrix))
    store, version = run.open_matrix(choice.matrix)
    with progress("looking at this machine") as tell:
        stack, subject = run.machine(choice, tell)
        stack = run.with_wants(stack, store, choice)
        report = run.evaluate(stack, store, f"{product} on {subject}", version, preflight=True)
        report = run.with_reading(report, stack)
    write(report, format_, output, quiet=quiet)
    return _code(report, fail_on, required=True)


def diagnose(
    *,
    log: str = "-",
    env: str | None = None,
    target: str | None = None,
    python: str | None = None,
    feature: Sequence[str] = (),
    fact: Sequence[str] = (),
    matrix: Sequence[str | Path] = (),
    format_: str = "text",
    output: str | Path | None = None,
    fail_on: str = "error",
    quiet: bool = False,
) -> int:
    """The known error lines of a log; the exit code."""
    choice = run.Choice(env, target, python, tuple(fact), (), tuple(feature), tuple(matrix))
    store, version = run.open_matrix(choice.matrix)
    text = run.log_text(log)
    with progress("looking at this machine") as tell:
        stack, subject = run.machine(choice, tell)
        report = run.diagnose(text, log, run.with_wants(stack, store, choice), store, subject, version)
    write(report, format_, output, quiet=quiet)
    return _code(report, fail_on)


COMMANDS: dict[str, Callable[..., int]] = {
    "check": check,
    "lint": lint,
    "preflight": preflight,
    "diagnose": diagnose,
}


def _code(report: Report, fail_on: str, *, unknown: bool = False, required: bool = False) -> int:
    if any(report.count(severity) for severity in LEVELS[fail_on]):
        return 1
    return 3 if (unknown and report.count("unknown")) or (required and run.unknown_required(report)) else 0
