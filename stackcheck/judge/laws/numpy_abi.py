"""Compiled code that is made for NumPy 1 beside NumPy 2: of wheels and of the distribution's own packages.

Code compiled against NumPy 2 runs with NumPy 1 too; what was compiled against NumPy 1 asks for `numpy.core.multiarray`
as it was, and does not run with NumPy 2 (numpy.org, "For downstream package authors"). Metadata of releases from before
NumPy 2 mostly has no upper bound, so an installer puts the two together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.matrix.rows import NumpyAbi, Relation
from stackcheck.model import Finding, Fix, Known, Reason, Source
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.domain import Domain
    from stackcheck.judge.working import Working
    from stackcheck.model import Location, Severity

TABLE = "numpy-abi"
NAMED = 4
"""Packages that one sentence names at most."""
RULE = Source("https://numpy.org/doc/2.3/dev/depending_on_numpy.html", "2026-11-28", "official")


def findings(work: Working) -> Iterator[Finding]:
    """What of the stack is made for NumPy 1 alone. Call it after the engine."""
    numpy = work.domain("numpy")
    if numpy is None or not numpy.values:
        return
    major = versions.parse(numpy.pick or numpy.values[-1])
    if major is None or major.major < 2:
        return
    names = {*work.stack.packages, *(ask.name for ask in work.stack.asks), *work.stack.system_packages}
    rows = work.store.rows_naming(TABLE, NumpyAbi, names)
    yield from _wheels(work, numpy, rows)
    yield from _debian(work, numpy, rows)


def _wheels(work: Working, numpy: Domain, rows: tuple[NumpyAbi, ...]) -> Iterator[Finding]:
    since = {name: row for row in rows for name in row.projects}
    # A pin on both sides cannot be mended by an installer; what it chooses itself it might choose otherwise.
    fixed = numpy.presence == "found" or all(_at_least_two(value) for value in numpy.values)
    for name in sorted(since.keys() & {*work.stack.packages, *(ask.name for ask in work.stack.asks)}):
        row, subject = since[name], work.store.subject(name)
        if _spoken(work, subject):
            continue
        version, origin, place = _release(work, name, subject)
        if version is None or not _before(version, row.since) or (row.release and not row.release.admits(version)):
            continue
        if not fixed and not _says_requirements(work, name, version):
            continue  # it may hold NumPy back itself
        first = row.since if row.since and _is_released(work, name, row.since) else None
        later = f"{name} {first} is the first release made for NumPy 2" if first else "no release is yet"
        has = "is here" if numpy.presence == "found" else "is asked for" if numpy.asks else "is what an installer takes"
        text = (
            f"{name} {version} is compiled against NumPy 1, and NumPy {numpy.pick or numpy.values[-1]} {has}: it does "
            f"not run with it ('A module that was compiled using NumPy 1.x cannot be run in NumPy 2'); {later}."
        )
        severity: Severity = "error" if fixed and row.hard and numpy.presence != "implied" else "warning"
        newer = f", or take {name} {first} or newer" if first else ""
        yield _finding(
            name,
            text,
            severity,
            place,
            (Reason(f"{name} {version}", origin), *(Reason(step.text, step.origin) for step in numpy.steps)),
            Fix(f"Hold NumPy below 2{newer}.", ("pip install 'numpy<2'",)),
            (*row.sources, RULE),
        )


def _is_released(work: Working, name: str, version: str) -> bool:
    """Whether this distribution has got as far; several of one product end before the others."""
    record, first = work.store.record(name), versions.parse(version)
    newest = versions.parse(record.newest) if record is not None and record.newest else None
    return newest is None or first is None or newest >= first


def _says_requirements(work: Working, name: str, version: str) -> bool:
    """Whether what a release requires is known: an installer takes the NumPy that it admits."""
    record = work.store.record(name)
    line = record.release(version) if record is not None else None
    return line is not None and line.main is not None


def _debian(work: Working, numpy: Domain, rows: tuple[NumpyAbi, ...]) -> Iterator[Finding]:
    """Debian's packages beside a NumPy that pip installed into the same Python."""
    if numpy.presence != "found":
        return
    python, own = work.domain("python"), work.domain("system-python")
    if python is not None and own is not None and _series(python) != _series(own):
        return
    for row in rows:
        there = [name for name in row.apt if isinstance(work.stack.system_packages.get(name), Known)]
        if not there or work.applies(row)[0] is not True:
            continue
        text = (
            f"{few(there, NAMED)} of the distribution {_are(there)} compiled against NumPy 1; "
            f"the NumPy {numpy.values[-1]} that pip installed comes first: their import ends in "
            "'numpy.core.multiarray failed to import'."
        )
        reasons = [
            Reason(state.origin.text, state.origin.place)
            for name in there
            if isinstance(state := work.stack.system_packages[name], Known)
        ]
        yield _finding(
            there[0],
            text,
            "error",
            None,
            (*reasons, *(Reason(step.text, step.origin) for step in numpy.steps)),
            Fix(
                "Hold pip's NumPy below 2 in this Python, or keep what pip installs in an environment of its own, "
                "without the system's.",
                ("pip install 'numpy<2'",),
            ),
            (*row.sources, RULE),
            tuple(there),
        )


def _are(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _release(work: Working, name: str, subject: str) -> tuple[str | None, str, Location | None]:
    """The release that is here or would be taken, where that is said, and the line."""
    state = work.stack.packages.get(name)
    domain = work.domain(subject) if work.store.knows(subject) else None
    if isinstance(state, Known) and (domain is None or domain.presence == "found"):
        return (None if state.value == "*" else state.value), state.origin.place, state.origin.location
    if domain is not None and domain.pick is not None and not work.passes_over(domain):
        return domain.pick, domain.steps[0].origin if domain.steps else "files", domain.location
    pins = [ask for ask in work.stack.asks if ask.name == name and ask.applies and ask.specifier.startswith("==")]
    for ask in pins:
        if ask.url is None and "*" not in ask.specifier and "," not in ask.specifier:
            return ask.specifier.lstrip("= "), ask.origin.place, ask.origin.location
    return None, "", None


def _before(version: str, since: str | None) -> bool:
    found, first = versions.parse(version), versions.parse(since) if since else None
    return found is not None and not versions.is_own_build(version) and (first is None or found < first)


def _at_least_two(value: str) -> bool:
    found = versions.parse(value)
    return found is not None and found.major >= 2


def _spoken(work: Working, subject: str) -> bool:
    """Whether a row of the matrix says already which NumPy goes with it."""
    rows = work.store.rows_of(subject, Relation) if work.store.store.knows(subject) else ()
    return any(name == "numpy" for row in rows for name, _ in row.needs)


def _series(domain: Domain) -> list[str]:
    return domain.values[0].split(".")[:2] if domain.values else []


def _finding(
    name: str,
    text: str,
    severity: Severity,
    place: Location | None,
    reasons: tuple[Reason, ...],
    fix: Fix,
    sources: tuple[Source, ...],
    more: tuple[str, ...] = (),
) -> Finding:
    return Finding(
        kind="numpy-abi",
        id=f"numpy-abi/{name}",
        severity=severity,
        subject=name,
        message=text,
        involves=tuple(sorted({name, "numpy", *more})),
        location=place,
        because=tuple(dict.fromkeys(reasons)),
        fix=fix,
        sources=sources,
    )
