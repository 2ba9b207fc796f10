"""One release by itself on one machine: what rules it out, what is not known of it, and what it asks of others.

The engine judges a whole stack; a search for a set that works asks this of each release, and keeps the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge import build_options
from stackcheck.judge.engine import KINDS
from stackcheck.judge.laws import wheel_law
from stackcheck.matrix.rows import Relation, Wheels
from stackcheck.subjects import BY_NAME
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from stackcheck.judge.check import Check
    from stackcheck.judge.domain import Domain
    from stackcheck.judge.working import Working
    from stackcheck.matrix.records import Record
    from stackcheck.matrix.rows import Condition

LAWS_ON_BUILDS = frozenset(("builds", "gpu-code", "compilers", "assembler", "driver"))
"""A build that fails one of them is none that works, however sure the failure is."""


@dataclass(frozen=True, eq=False)
class Need:
    """What a release asks of another subject by a row: "requires" brings it along, "pairs" speaks only where it is
    there, "conflicts" excludes it. `soft`: it is recommended, no more."""

    subject: str
    condition: Condition
    row: Relation
    soft: bool


@dataclass(frozen=True, eq=False)
class Alone:
    """What the judge says of one release. `failures` rule it out, `doubts` are rows that could not be judged, `remarks`
    are failures that rule nothing out, `source` is the check by which it would be built from source."""

    failures: tuple[Check, ...] = ()
    doubts: tuple[Check, ...] = ()
    remarks: tuple[Check, ...] = ()
    source: Check | None = None
    needs: tuple[Need, ...] = ()


def alone(work: Working, subject: str, version: str, record: Record | None) -> Alone:
    """One release of a subject that `work` asks for. `record` is PyPI's, None where another index counts."""
    domain = work.domain(subject)
    if domain is None:
        return Alone()
    domain = replace(domain, values=(version,))
    possible = build_options.options(work, domain, version) if build_options.has_builds(work, subject) else None
    checks = [check for kind in KINDS for check in kind(work, domain, version, possible)]
    if record is not None and not _typed(work, domain, version):
        checks += wheel_law.checks(work, domain, version, record)
    failing = [check for check in checks if check.result == "fails"]
    source = next((check for check in failing if check.row.kind == "wheels" and not check.hard), None)
    failures = tuple(check for check in failing if check.hard or check.kind in LAWS_ON_BUILDS)
    remarks = tuple(check for check in failing if check not in failures and check is not source)
    doubts = tuple(check for check in checks if check.result == "unknown")
    return Alone(
        failures, doubts, remarks, source, _needs(work, domain, version, possible.variants if possible else None)
    )


def _typed(work: Working, domain: Domain, version: str) -> bool:
    """Whether a row says which wheels there are."""
    return any(work.applies(row)[0] is True for row in work.rows_for(domain, Wheels, version))


def _needs(work: Working, domain: Domain, version: str, variants: frozenset[str] | None) -> tuple[Need, ...]:
    """What the rows of a release ask of subjects other than the machine."""
    return tuple(
        Need(subject, condition, row, soft=not row.hard and not row.installer)
        for row in work.rows_for(domain, Relation, version)
        if work.applies(row, variants)[0] is True
        for subject, condition in row.needs
        if subject == "cuda" or (subject not in BY_NAME and not subject.isupper())
    )
