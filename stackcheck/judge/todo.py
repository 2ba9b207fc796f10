"""What a preflight tells to do, in the order in which it is done: what a product needs comes before the product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge import words
from stackcheck.judge.findings import _reasons
from stackcheck.matrix.rows import Install, Relation
from stackcheck.model import Finding, Fix

USUAL = ("3.12", "3.11", "3.13", "3.10", "3.14", "3.9", "3.8")
"""The Pythons of an environment that is to be made, the one for which most projects have wheels first."""

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.domain import Domain
    from stackcheck.judge.working import Working
    from stackcheck.matrix.rows import Row


def findings(work: Working) -> Iterator[Finding]:
    """One to-do for each subject that is not there yet, dependencies first."""
    done: set[str] = set()
    asked = [name for name in work.active() if (domain := work.domain(name)) and domain.presence == "asked"]
    steps = [step for name in (*(want.name for want in work.stack.wants), *asked) for step in _visit(work, name, done)]
    # A variable is for running, not for installing: a library that is preloaded may not even be there yet.
    yield from sorted(steps, key=lambda step: step.subject.isupper())


def _visit(work: Working, subject: str, done: set[str]) -> Iterator[Finding]:
    domain = work.domain(subject)
    if subject in done or domain is None or domain.presence not in ("wanted", "todo", "asked"):
        return
    done.add(subject)
    for row in work.store.rows_of(subject, Relation):
        if row.kind == "requires":
            for needed, _ in row.needs:
                yield from _visit(work, needed, done)
    if domain.presence == "wanted" or (domain.presence == "todo" and _is_for_the_user(domain)):
        yield _todo(work, domain)


def _is_for_the_user(domain: Domain) -> bool:
    """What an installer brings by itself, and nothing more is said of, is nobody's work."""
    return any(not (isinstance(row, Relation) and row.installer) or row.fix is not None for row in domain.rows)


def _todo(work: Working, domain: Domain) -> Finding:
    rows = [row for row in domain.rows if row.fix is not None]
    row = next((row for row in reversed(rows) if row.fix and row.fix.commands), rows[-1] if rows else None)
    sources = row.sources if row is not None else ()
    what = f"{words.title(domain.subject, work.store)} {_version(domain)}".strip()
    verb = "Make an environment with" if domain.subject == "python" else "Install"
    verb = "Set" if domain.subject.isupper() else verb
    return Finding(
        kind="todo",
        id=row.key if row else f"{domain.subject}/install",
        severity="todo",
        subject=domain.subject,
        message=f"{verb} {what}.",
        involves=tuple(sorted(domain.involved)),
        because=_reasons(domain.steps),
        fix=_fix(work, domain, row),
        sources=sources,
    )


def environment(python: str) -> Fix:
    """How an environment with a Python is made, and entered."""
    commands = (f"uv venv --python {python}", ". .venv/bin/activate")
    return Fix(f"Create an environment with Python {python}, and enter it.", commands)


def _python(domain: Domain) -> str | None:
    """The series that goes with every row that asks for one, the most usual first."""
    conditions = [
        condition
        for row in domain.rows
        if isinstance(row, Relation)
        for subject, condition in row.needs
        if subject == "python"
    ]
    fitting = (
        series
        for series in USUAL
        if all(condition.admits(series) is not False for condition in conditions)
        and (domain.range is None or (version := versions.parse(f"{series}.99")) is None or version in domain.range)
    )
    return next(fitting, None)


def _version(domain: Domain) -> str:
    own = _python(domain) if domain.subject == "python" else None
    if own is not None:
        return own
    if domain.pick is not None:
        return domain.pick
    if domain.subject.isupper():
        return ""
    conditions = [
        condition
        for row in domain.rows
        if isinstance(row, Relation)
        for subject, condition in row.needs
        if subject == domain.subject and not condition.any
    ]
    # A series ("3.11") says more than the bounds that it lies within ("3.10 or newer").
    series = [one for one in conditions if len(one.texts) == 1 and one.texts[0][:1].isdigit()]
    return str((series or conditions)[0]) if conditions else ""


def _fix(work: Working, domain: Domain, row: Row | None) -> Fix | None:
    if domain.subject == "python":
        # Several rows may ask for a Python, of which one fix names another release's.
        return environment(_version(domain))
    if row is not None and row.fix is not None:
        return row.fix
    if not work.store.knows(domain.subject):
        return None
    if not work.store.product(domain.subject).pip:
        rows = [row for row in work.store.rows_of(domain.subject, Install) if not row.instead and row.fix is not None]
        return next((row.fix for row in reversed(rows) if work.applies(row)[0] is True), None)
    if domain.pick:
        command = work.store.product(domain.subject).command(domain.pick)
        return None if command is None else Fix("Install it with pip, into that environment.", (command,))
    return None
