"""What `check`, `lint`, `preflight` and `diagnose` do once their options are read: gather, judge, write, exit code.

Apart from the definition of the options, because a plain call comes here without the time that typer takes to load.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from stackcheck.cli import run
from stackcheck.cli.errors import CannotWorkError
from stackcheck.cli.outcome import Shown, finish
from stackcheck.cli.settings import with_settings
from stackcheck.cli.show import print_files, progress
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

SHOWN = ("format_", "output", "fail_on", "quiet", "select", "ignore", "baseline", "write_baseline")
"""The options that say how a report is shown, the same for every command."""


def check(
    shown: Shown,
    *,
    files: Sequence[str] | None = None,
    env: str | None = None,
    target: str | None = None,
    python: str | None = None,
    root: str | None = None,
    platform: str | None = None,
    want: Sequence[str] = (),
    feature: Sequence[str] = (),
    fact: Sequence[str] = (),
    matrix: Sequence[str | Path] = (),
    deep: bool = False,
    online: bool = False,
    resolve: bool = False,
    cache: str | Path | None = None,
    strict: bool = False,
) -> int:
    """An environment (`root`: of an image or root file system) together with project files; the exit code."""
    inside = python if root is not None else None
    choice = run.Choice(
        env, target, None if inside else python, tuple(fact), tuple(want), tuple(feature), tuple(matrix)
    )
    if root is not None and deep:
        raise CannotWorkError("--deep runs torch, and nothing of an image is run: leave one of the two out")
    store, version = run.open_matrix(choice.matrix)
    load = run.Loader()
    with progress("looking at this machine" if root is None else "reading the image") as tell:
        stack, subject = run.machine(choice, tell)
        scanned = None
        if root is not None:
            from stackcheck.cli import image

            scanned = image.scanned(root, platform, inside, tell)
            stack, subject = image.on_host(scanned.stack, stack, root, subject), f"{root} on {subject}"
        view = None if scanned is None else scanned.view
        installed = run.metadata_of(stack, choice, view)
        stack = run.with_code(stack, choice, tell, installed, view)
        stack, asked = run.with_torch(stack, choice, tell) if deep else (stack, ())
        planned = target is not None and root is None
        stack = run.with_wants(run.with_project(stack, files or [], load, container=planned), store, choice)
        judge = partial(run.evaluate, store=store, subject=subject, version=version, preflight=planned)
        report = run.with_network(stack, files or [], store, judge, run.network(online, resolve, cache, tell))
        report = run.with_findings(report, asked) if asked else report
        report = run.with_reading(run.with_consistency(report, stack, installed, view), stack)
        if scanned is not None:
            report = replace(report, read=(*scanned.read, *report.read), unread=(*scanned.left_out, *report.unread))
    return finish(report, shown, load, strict=strict)


def lint(
    shown: Shown,
    *,
    paths: Sequence[str] | None = None,
    target: Sequence[str] = (),
    env: str | None = None,
    feature: Sequence[str] = (),
    want: Sequence[str] = (),
    fact: Sequence[str] = (),
    matrix: Sequence[str | Path] = (),
    online: bool = False,
    resolve: bool = False,
    cache: str | Path | None = None,
    strict: bool = False,
    diff: bool = False,
    fix: bool = False,
    unsafe_fixes: bool = False,
    list_files: bool = False,
) -> int:
    """Project files alone, for one or more targets; the exit code."""
    folders = tuple(matrix)
    choices = [
        run.Choice(env, name, None, tuple(fact), tuple(want), tuple(feature), folders) for name in target or (None,)
    ]
    groups = run.project_files(paths or ["."])
    if list_files:
        print_files(groups)
        return 0
    store, version = run.open_matrix(folders)
    load = run.Loader()
    with progress("reading project files") as tell:
        asked = run.network(online, resolve, cache, tell)
        if diff or fix:
            from stackcheck.cli import fixing

            repair = fixing.Repair(groups, choices, store, version, shown, load, unsafe=unsafe_fixes)
            first = repair.mend()
            if diff:
                return fixing.show(repair, first, shown, strict=strict)
            load = fixing.keep(repair)
        report = run.lint(groups, choices, store, version, load, asked)
    return finish(report, shown, load, limits=False, strict=strict)


def preflight(
    shown: Shown,
    *,
    product: str,
    feature: Sequence[str] = (),
    env: str | None = None,
    target: str | None = None,
    python: str | None = None,
    fact: Sequence[str] = (),
    matrix: Sequence[str | Path] = (),
) -> int:
    """Whether a product can be installed and run; the exit code."""
    choice = run.Choice(env, target, python, tuple(fact), (product,), tuple(feature), tuple(matrix))
    store, version = run.open_matrix(choice.matrix)
    with progress("looking at this machine") as tell:
        stack, subject = run.machine(choice, tell)
        stack = run.with_code(stack, choice, tell)
        stack = run.with_wants(stack, store, choice)
        report = run.evaluate(stack, store, f"{product} on {subject}", version, preflight=True)
        report = run.with_reading(report, stack)
        if shown.format_ == "html":
            report = run.with_overview(report, stack, store, version, tell)
    return finish(report, shown, required=True)


def diagnose(
    shown: Shown,
    *,
    log: str = "-",
    env: str | None = None,
    target: str | None = None,
    python: str | None = None,
    feature: Sequence[str] = (),
    fact: Sequence[str] = (),
    matrix: Sequence[str | Path] = (),
) -> int:
    """The known error lines of a log; the exit code."""
    choice = run.Choice(env, target, python, tuple(fact), (), tuple(feature), tuple(matrix))
    store, version = run.open_matrix(choice.matrix)
    text = run.log_text(log)
    with progress("looking at this machine") as tell:
        stack, subject = run.machine(choice, tell)
        stack = run.with_code(stack, choice, tell)
        report = run.diagnose(text, log, run.with_wants(stack, store, choice), store, subject, version)
    return finish(report, shown)


def image(shown: Shown, *, path: str, **options: Any) -> int:
    """A container image or root file system, on the machine that is to run it; the exit code."""
    return check(shown, root=path, **options)


COMMANDS: dict[str, Callable[..., int]] = {
    "check": check,
    "lint": lint,
    "preflight": preflight,
    "diagnose": diagnose,
    "image": image,
}


def run_command(name: str, options: dict[str, Any]) -> int:
    """One command with the options of the call, over those of the project's settings; the exit code."""
    options = with_settings(name, options)
    shown = {key: options.pop(key) for key in SHOWN if key in options}
    return COMMANDS[name](Shown(**shown), **options)
