"""Entries of locks that nothing on this machine can be installed by: without files, or without the hash that counts.

uv, Poetry and PDM install what the lock names and nothing else, and compare every file with its hash; pip does so from
the first `--hash` on (pip's "Secure installs"). A lock that was resolved on another machine may name an entry and none
of its files, or the hashes of that machine's file alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge.laws import wheel_law
from stackcheck.matrix.releases import of_names
from stackcheck.model import Finding, Fix, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.working import Working
    from stackcheck.model import Ask, Severity

_HERE = (
    "Lock again so that this machine is covered (uv: required-environments; Poetry and PDM: lock on such a machine)."
)


def findings(work: Working) -> Iterator[Finding]:
    """What the entries of a stack's locks lack for its machine."""
    for ask in work.stack.asks:
        if ask.applies is False or ask.constraint:
            continue
        if ask.locked == () and ask.url is None:
            yield _no_file(work, ask)
        elif ask.unhashed:
            yield from _no_hash(work, ask)
        elif ask.hashes == 1:
            yield from _one_hash(work, ask)


def _no_file(work: Working, ask: Ask) -> Finding:
    text = (
        f"The lock asks for {ask} here and names no file of it: an installer ends in 'doesn't have a source "
        "distribution or wheel for the current platform'."
    )
    always = ask.applies and ask.group is None and not ask.alternatives
    return _finding(work, ask, "error" if always else "warning", text)


def _no_hash(work: Working, ask: Ask) -> Iterator[Finding]:
    """The file that this machine takes has no hash, and others of the release have one."""
    here, names = work.machine, ask.locked or ()
    whole, hashed = of_names(names), of_names(name for name in names if name not in ask.unhashed)
    if here is None or whole is None or isinstance(wheel_law.fit(whole, here), wheel_law.Miss):
        return
    if hashed is not None and not isinstance(wheel_law.fit(hashed, here), wheel_law.Miss):
        return
    text = (
        f"The lock has hashes of {ask}, and none of the file that this machine takes: an installer compares it with "
        "the others and ends in 'Hash mismatch', or takes it unchecked."
    )
    yield _finding(work, ask, "warning", text)


def _one_hash(work: Working, ask: Ask) -> Iterator[Finding]:
    """One hash of a release that has a file for each machine and Python."""
    pin = ask.specifier[2:] if ask.specifier.startswith("==") else None
    record = work.store.record(ask.name)
    release = record.release(pin) if record is not None and pin is not None else None
    if release is None:
        return
    files = sum(len(some.pythons) * len(some.platforms) for some in release.wheels) + release.sdist
    if files < 2 or any("any" in some.platforms for some in release.wheels):
        return
    text = (
        f"There is one hash of {ask}, and PyPI has {files} files of it, one for each machine and Python: what was "
        "locked on another one is refused here ('THESE PACKAGES DO NOT MATCH THE HASHES')."
    )
    yield _finding(work, ask, "warning", text)


def _finding(work: Working, ask: Ask, severity: Severity, text: str) -> Finding:
    subject = work.store.subject(ask.name)
    return Finding(
        "locks",
        f"locks/{ask.name}-entry",
        severity,
        subject,
        text,
        involves=tuple(sorted({subject, ask.name, "arch"})),
        location=ask.origin.location,
        because=(Reason(f"{ask} is locked", ask.origin.place),),
        fix=Fix(_HERE),
    )
