"""Whether what a lock file names can be installed: the tags of its own wheels against the target, without an index.

The rules are those of an installer: PyPA's platform compatibility tags, and PEP 600 for glibc.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge import online
from stackcheck.matrix import published
from stackcheck.model import Finding, Fix, Reason, Unknown
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackcheck.matrix.published import Target
    from stackcheck.matrix.store import Store
    from stackcheck.model import Ask, Severity, Stack


def findings(stack: Stack, store: Store, said: Sequence[Finding]) -> Iterator[Finding]:
    """What the locks of a stack cannot install on its machine.

    `said` is what the matrix says already: of a project that it speaks of, its own words stand.
    """
    locked = [ask for ask in stack.asks if ask.locked is not None and ask.applies is not False]
    machine = online.target(stack) if locked else None
    if machine is None or isinstance(machine, Unknown):
        if isinstance(machine, Unknown):
            yield _unknown(locked[0], machine.reason)
        return
    spoken = {finding.subject for finding in said if finding.severity == "error"}
    for ask in locked:
        product = store.by_distribution(ask.name) or ask.name
        finding = None if product in spoken else _of(ask, product, machine)
        if finding is not None:
            yield finding


def _of(ask: Ask, product: str, machine: Target) -> Finding | None:
    release = published.of_names(ask.locked or ())
    if release is None or published.serving(release, machine) is not None:
        return None
    base = Finding(
        "locks",
        f"locks/{ask.name}",
        "error",
        product,
        "",
        involves=(product, "arch"),
        location=ask.origin.location,
        because=(
            Reason(f"{ask} is locked", ask.origin.place),
            Reason(f"its wheels there: {published.shown(release)}", ask.origin.place),
            Reason(f"the target is {machine}", "facts"),
        ),
    )
    if release.sdists:
        text = f"{ask} has no wheel for {machine} in the lock: it is built from source there."
        return replace(base, severity="note", message=text)
    text = f"{ask} has no wheel for {machine} in the lock, and no source distribution: the lock does not install."
    always = ask.applies and ask.group is None and not ask.alternatives
    severity: Severity = "error" if always else "warning"
    fix = Fix("Lock a release that has such a wheel, or let the lock cover this machine too.")
    return replace(base, severity=severity, message=text, fix=fix)


def _unknown(ask: Ask, reason: str) -> Finding:
    text = f"The wheels of the lock were not compared: {reason}."
    return Finding("locks", "locks/target", "unknown", "arch", text, location=ask.origin.location)
