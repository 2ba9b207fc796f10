"""Names that stand for something of certain architectures alone: Debian packages that apt is asked for, images, and the
labels of CI runners that a workflow's jobs ask for.

Packages: a repository lists them by architecture (Debian policy, "Architecture"). Images: a registry has a manifest for
each platform; only those of which it is known that there is one alone are in the table. Runners: docs.github.com,
"Choosing the runner for a job"; a label that looks like GitHub's own and is none is a mistake, unless its owner has a
runner of that name (larger runners), so it is a warning.
"""

from __future__ import annotations

from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from stackcheck.judge.domain import Domain
from stackcheck.judge.laws import listed
from stackcheck.matrix.kinds import APT, IMAGES, RUNNERS
from stackcheck.matrix.rows import OnlyFor
from stackcheck.model import APT_SOURCE, EMULATED, PUBLISHED, Finding, Fix, Known, Reason
from stackcheck.patterns import pattern
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.working import Working
    from stackcheck.model import Severity, Source

NAMED = 5
"""Packages that one sentence names at most."""
_HOSTED = pattern(r"(?:ubuntu|macos|windows)-?(?:latest|slim|\d+(?:\.\d+)?)(?:-(?:arm|arm64|aarch64|x64|amd64|intel))?")
"""A label as GitHub makes them: a system, its version and perhaps an architecture. "ubuntu-24.04-8core" is a name of an
owner's choice."""


def findings(work: Working) -> Iterator[Finding]:
    """What apt, images and the jobs of workflows are asked for by name and does not exist."""
    yield from _packages(work)
    yield from _images(work)
    yield from _runners(work)


def _packages(work: Working) -> Iterator[Finding]:
    """Debian packages that apt is asked for and that do not exist for this architecture, one finding for each row."""
    arch = _arch(work)
    rows = work.store.rows_of(APT, OnlyFor) if work.store.knows(APT) else ()
    asked = [(name, state) for name, state in work.stack.apt.items() if isinstance(state, Known)]
    said: set[str] = set()
    for row in rows:
        missing = [(name, state) for name, state in asked if _names(row, name)]
        found = list(_of_row(work, row, missing, arch)) if missing else []
        said |= {name for finding in found for name in finding.involves}
        yield from found
    unsaid = {name: state for name, state in asked if name not in said}
    if unsaid:
        yield from listed.packages(work, unsaid)


def _of_row(work: Working, row: OnlyFor, missing: list[tuple[str, Known]], arch: str | None) -> Iterator[Finding]:
    if not row.arch:
        yield from _gone(work, row, missing)
    if not row.arch or arch is None or arch in row.arch:
        return
    names = [name for name, _ in missing]
    sources = [name.removeprefix(APT_SOURCE) for name in names if name.startswith(APT_SOURCE)]
    exists = "exists" if len(names) == 1 else "exist"
    what = f"The apt repository {sources[0]} has packages" if sources else f"{few(names, NAMED)} {exists}"
    text = f"{what} for {' and '.join(row.arch)} alone; this machine is {arch}."
    states = [state for _, state in missing]
    severity: Severity = "error" if row.hard else "warning"
    yield _finding(("arch", *names), names[0], text, severity, row.why, row.fix, row.sources, states)


def _gone(work: Working, row: OnlyFor, missing: list[tuple[str, Known]]) -> Iterator[Finding]:
    """Packages that a release of a distribution does not have any more, by the row's `where`."""
    # A workflow's job runs on a machine of its own, of which the system is not known here.
    missing = [(name, state) for name, state in missing if ".github/" not in state.origin.place]
    if not missing or work.applies(row)[0] is not True:
        return
    names = [name for name, _ in missing]
    distro, version = work.domain("distro"), work.domain("distro-version")
    known = [domain.values[0] for domain in (distro, version) if domain is not None and domain.values]
    where = " ".join(known).capitalize() or "this distribution"
    text = f"{where} has no {few(names, NAMED)}: apt ends in 'no installation candidate' or 'Unable to locate package'."
    severity: Severity = "error" if row.hard else "warning"
    involves = ("distro", "distro-version", *names)
    states = [state for _, state in missing]
    yield _finding(involves, names[0], text, severity, row.why, row.fix, row.sources, states)


def _images(work: Working) -> Iterator[Finding]:
    """Images that are published for other architectures alone."""
    arch = _arch(work)
    rows = work.store.rows_of(IMAGES, OnlyFor) if work.store.knows(IMAGES) else ()
    unsaid: dict[str, Known] = {}
    for name, state in work.stack.images.items() if arch is not None else ():
        if not isinstance(state, Known) or f"{EMULATED}{name}" in work.stack.settings:
            continue
        own = work.stack.settings.get(f"{PUBLISHED}{name}")
        if isinstance(own, Known):
            text = f"The project publishes the image {name} for other machines alone; this machine is {arch}."
            fix = Fix("Add this machine's platform to the workflow that publishes it, or build it here.")
            yield _finding(("arch", "image", name), name, text, "error", None, fix, (), [state, own])
            continue
        named = name if state.value == "*" else f"{name}:{state.value}"
        row = next((row for row in rows if arch not in row.arch and (_names(row, named) or _names(row, name))), None)
        if row is not None:
            text = f"The image {named} exists for {' and '.join(row.arch)} alone; this machine is {arch}."
            severity: Severity = "error" if row.hard else "warning"
            yield _finding(("arch", "image", name), name, text, severity, row.why, row.fix, row.sources, [state])
        else:
            unsaid[name] = state
    if unsaid:
        yield from listed.images(work, unsaid)


def _runners(work: Working) -> Iterator[Finding]:
    """Labels that look like those of runners that GitHub hosts, and are none."""
    rows = work.store.rows_of(RUNNERS, OnlyFor) if work.store.knows(RUNNERS) else ()
    there = [name for row in rows if row.arch for name in row.names]
    for label, state in work.stack.runners.items():
        if not isinstance(state, Known) or not there or label.lower() in there:
            continue
        gone = next((row for row in rows if not row.arch and _names(row, label.lower())), None)
        if gone is None and not _HOSTED.fullmatch(label.lower()):
            continue
        near = get_close_matches(label.lower(), there, 1, 0)
        reach = f"Take {near[0]}, or the name of a runner of your own." if near else "Take a label that exists."
        text = (
            f"GitHub has no runner {label} any more" if gone is not None else f"GitHub has no runner {label}"
        ) + ": the job waits for one that never comes, unless a runner of your own has that name."
        sources = tuple(dict.fromkeys(source for row in rows for source in (gone or row).sources))
        yield _finding((label, "runner"), label, text, "warning", None, Fix(reach), sources, [state])


def _arch(work: Working) -> str | None:
    state = work.state("arch")
    return state.values[0] if isinstance(state, Domain) and state.values else None


def _names(row: OnlyFor, text: str) -> bool:
    return any(fnmatchcase(text, name) for name in row.names)


def _finding(
    involves: tuple[str, ...],
    name: str,
    text: str,
    severity: Severity,
    why: str | None,
    fix: Fix | None,
    sources: tuple[Source, ...],
    states: list[Known],
) -> Finding:
    return Finding(
        kind="only-for",
        id=f"only-for/{name}",
        severity=severity,
        subject=name,
        message=text + (f" {why}" if why else ""),
        involves=tuple(sorted(involves)),
        location=states[0].origin.location,
        because=tuple(Reason(state.origin.text, state.origin.place) for state in states[:NAMED]),
        fix=fix,
        sources=sources,
    )
