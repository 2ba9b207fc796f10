"""Whether what a lock file names can be installed: the tags of its own wheels against the machine, without an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge.laws import wheel_law
from stackcheck.matrix import published
from stackcheck.matrix.releases import of_names
from stackcheck.model import Finding, Fix, Reason
from stackcheck.values import replace
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackcheck.judge.laws.wheel_law import Machine
    from stackcheck.judge.working import Working
    from stackcheck.matrix.releases import Release
    from stackcheck.model import Ask, Severity


def findings(work: Working, said: Sequence[Finding]) -> Iterator[Finding]:
    """What the locks of a stack cannot install on its machine.

    `said` is what rows and records say already: of a project that they speak of, their own words stand.
    """
    locked = [ask for ask in work.stack.asks if ask.locked is not None and ask.applies is not False]
    here = work.machine if locked else None
    if here is None:
        return
    spoken = {finding.subject for finding in said if finding.severity == "error"}
    missing: dict[str, Ask] = {}
    for ask in locked:
        release, subject = of_names(ask.locked or ()), work.store.subject(ask.name)
        result = None if release is None or subject in spoken else wheel_law.fit(release, here)
        if release is not None and isinstance(result, wheel_law.Miss):
            yield _finding(ask, subject, release, result, here)
        elif isinstance(result, frozenset):
            missing |= {name: ask for name in result if name not in missing}
    if missing:
        first = next(iter(missing.values()))
        text = f"Not all wheels of the lock were compared: {few(sorted(missing), 3)} of the machine is not known."
        yield Finding("locks", "locks/target", "unknown", "arch", text, location=first.origin.location)


def _finding(ask: Ask, subject: str, release: Release, miss: wheel_law.Miss, here: Machine) -> Finding:
    tags = [str(some) for some in published.files(release)]
    base = Finding(
        "locks",
        f"locks/{ask.name}",
        "error",
        subject,
        "",
        involves=tuple(sorted((subject, miss.subject))),
        location=ask.origin.location,
        because=(
            Reason(f"{ask} is locked", ask.origin.place),
            Reason(f"its wheels there: {few(tags, 3) if tags else 'none'}", ask.origin.place),
            Reason(f"the target is {here}", "facts"),
        ),
    )
    if release.sdist and not ask.binary:
        text = f"{ask} has no {miss.text} in the lock: it is built from source there."
        return replace(base, severity="note", message=text)
    reason = "which its file does not let be built" if release.sdist else "and no source distribution"
    text = f"{ask} has no {miss.text} in the lock, {reason}: the lock does not install."
    always = ask.applies and ask.group is None and not ask.alternatives
    severity: Severity = "error" if always else "warning"
    fix = Fix("Lock a release that has such a wheel, or let the lock cover this machine too.")
    return replace(base, severity=severity, message=text, fix=fix)
