"""What the judging commands do once their options are read: a request, the session's report, an exit code.

Apart from typer's part, because a plain call comes here without the time that typer takes to load.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from stackcheck.cli.options import COMMANDS
from stackcheck.cli.outcome import Shown, finish
from stackcheck.cli.show import out, print_files, progress
from stackcheck.report import FLEET_FORMATS, FORMATS
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.files import Loader, project_files
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.request import request_of
from stackcheck.session.settings import add_settings
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

SHOWN = ("format_", "output", "fail_on", "quiet", "verbose", "select", "ignore", "baseline", "write_baseline")
"""The options that say how a report is shown, the same for every command."""


def check(shown: Shown, *, files: Sequence[str] | None = None, strict: bool = False, **options: Any) -> int:
    """An environment (`root`: of an image or root file system) together with project files; the exit code."""
    from stackcheck.session.check import check as judge

    request = replace(request_of(options), files=tuple(files or ()))
    if request.root is not None:
        request = replace(request, python=None, inside=request.python)
    load = Loader()
    with progress("looking at this machine" if request.root is None else "reading the image") as tell:
        report = judge(request, load, tell)
    return finish(report, shown, load, strict=strict)


def lint(
    shown: Shown,
    *,
    paths: Sequence[str] | None = None,
    target: Sequence[str] = (),
    strict: bool = False,
    diff: bool = False,
    fix: bool = False,
    unsafe_fixes: bool = False,
    list_files: bool = False,
    repos: str | Path | None = None,
    jobs: str | None = None,
    dask: str | None = None,
    **options: Any,
) -> int:
    """Project files alone, for one or more targets; the exit code."""
    if repos is not None or jobs or dask or shown.format_ in ONLY_OF_MANY:
        raise CannotWorkError("--jobs, --dask and the formats jsonl, csv and prometheus go with --repos")
    from stackcheck.session.lint import lint as judge
    from stackcheck.session.lint import network_of, scope_of
    from stackcheck.session.machine import requests_of

    request = request_of(options)
    requests = requests_of(request, target)
    groups = project_files(paths or ["."])
    scope = scope_of(paths or ["."], groups)
    load = Loader()
    if list_files:
        from stackcheck.session.machine import machine

        hosts = [machine(request) for request in requests] if scope is not None else []
        print_files(groups, [(subject, scope.decide(host, load)) for host, subject in hosts] if scope else [])
        return 0
    knowledge = open_knowledge(request.matrix)
    with progress("reading project files") as tell:
        network = network_of(request, tell)
        if diff or fix:
            from stackcheck.cli import fixing
            from stackcheck.session.repair import Repair

            repair = Repair(groups, requests, knowledge, shown.filters, load, scope, unsafe_fixes)
            first = repair.mend()
            if diff:
                return fixing.show(repair, first, shown, strict=strict)
            load = fixing.keep(repair)
        report = judge(requests, groups, knowledge, load, network, scope)
    return finish(report, shown, load, limits=False, strict=strict)


def preflight(shown: Shown, *, products: Sequence[str], **options: Any) -> int:
    """Whether products can be installed and run together; the exit code."""
    from stackcheck.session.preflight import preflight as judge

    request = replace(request_of(options), wants=tuple(products))
    with progress("looking at this machine") as tell:
        report = judge(request, tell, overview=shown.format_ == "html")
    return finish(report, shown, required=True)


def plan(
    shown: Shown,
    *,
    wishes: Sequence[str] | None = None,
    optional: Sequence[str] = (),
    upgrade: Sequence[str | Path] = (),
    python: str | None = None,
    form: str = "text",
    write: Sequence[str | Path] | None = None,
    force: bool = False,
    keep: bool = False,
    lock: bool = False,
    target: Sequence[str] = (),
    **options: Any,
) -> int:
    """A set of releases that works for each target; 1 where there is none, 3 where nothing is known of a wish."""
    from stackcheck.plan import document, text
    from stackcheck.session import plan as work
    from stackcheck.session.machine import requests_of

    paths = tuple(os.fspath(path) for path in write or ())
    asked = work.Wishes(
        required=tuple(wishes or ()),
        optional=tuple(optional),
        upgrade=tuple(os.fspath(path) for path in upgrade),
        python=python,
        keep=keep,
        lock=lock,
        write=paths,
        force=force,
    )
    if not (asked.required or asked.upgrade):
        raise CannotWorkError("name a WISH: a product, a distribution or a project file; or a file to --upgrade")
    requests = requests_of(request_of(options), target)
    with progress("looking at this machine") as tell:
        found = work.plans(requests, asked, tell)
    if form == "json":
        whole = document.render(found[0]) if len(found) == 1 else document.render_all(found)
    else:
        whole = "\n".join(text.render(one, quiet=shown.quiet) for one in found)
    out(whole, shown.output)
    if any(one.conflict is not None for one in found):
        return 1
    return 3 if any(one.unknown_wishes for one in found) else 0


def diagnose(shown: Shown, *, log: str, **options: Any) -> int:
    """The known error lines of a log; the exit code."""
    from stackcheck.session.diagnose import diagnose as judge

    with progress("looking at this machine") as tell:
        report = judge(request_of(options), log, tell)
    return finish(report, shown)


def fleet(
    shown: Shown,
    *,
    documents: Sequence[str],
    against: str | None = None,
    project: Sequence[str | Path] = (),
    target: Sequence[str] = (),
    strict: bool = False,
    jobs: str | None = None,
    dask: str | None = None,
    **options: Any,
) -> int:
    """Many machines by their documents; the exit code."""
    from stackcheck.cli import fleet as work

    request = replace(request_of(options), files=tuple(os.fspath(path) for path in project))
    return work.fleet(shown, request, documents, against=against, targets=target, strict=strict, jobs=jobs, dask=dask)


def image(shown: Shown, *, path: str, **options: Any) -> int:
    """A container image or root file system, on the machine that is to run it; the exit code."""
    return check(shown, root=path, **options)


ONLY_OF_MANY = frozenset(FLEET_FORMATS) - frozenset(FORMATS)
"""Formats of a report on many machines or repositories alone."""
JUDGING: dict[str, Callable[..., int]] = {
    "check": check,
    "lint": lint,
    "preflight": preflight,
    "plan": plan,
    "diagnose": diagnose,
    "image": image,
    "fleet": fleet,
}


def run_command(name: str, options: dict[str, Any]) -> int:
    """One command with the options of the call; of those that judge, over the project's settings. The exit code."""
    if name not in JUDGING:
        from stackcheck.cli.telling import TELLING

        return TELLING[name](**options)
    takes = {option.dest: option.choices for option in COMMANDS[name].options}
    if options.get("repos"):
        from stackcheck.cli import fleet as work  # the settings of each repository count, not those around the call

        return work.repositories(options, takes)
    options = add_settings(name, options, takes)
    shown = {key: options.pop(key) for key in SHOWN if key in options}
    return JUDGING[name](Shown(**shown), **options)
