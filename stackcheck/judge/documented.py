"""What a document says is installed, held against what the records say that it requires: `pip check` where there are no
files to read.

Only releases whose metadata was read count, and only PyPI's own: a local label names another build. What a row, a law
or a record says of the same two is not said again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge import dependencies
from stackcheck.model import Known
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.judge.distributions import Distribution, Requirement
    from stackcheck.matrix.store import Store
    from stackcheck.model import Finding, Stack


@dataclass(frozen=True, slots=True)
class Required:
    """One Requires-Dist of a record; the line is that of a release, of which there is one."""

    text: str
    line: int = 1


@dataclass(frozen=True, slots=True)
class Documented:
    """A distribution of a document with what the record of its release says (see `distributions.Distribution`)."""

    name: str
    version: str
    path: str
    requires: tuple[Requirement, ...]
    folder: str = ""
    requires_python: str | None = None
    tags: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] | None = None


def findings(stack: Stack, store: Store, said: Iterable[Finding]) -> Iterator[Finding]:
    """What is installed and excluded by something else that is; `said` are the findings that there are already."""
    there: list[Distribution] = list(_distributions(stack, store))
    told = [finding for finding in said if finding.severity in ("error", "warning")]
    for finding in dependencies.findings(stack, there) if there else ():
        others = set(finding.involves) - {finding.subject}
        again = any(finding.subject in one.involves and not others.isdisjoint(one.involves) for one in told)
        if finding.id.startswith("consistency/conflict-") and not again:
            yield finding


def _distributions(stack: Stack, store: Store) -> Iterator[Documented]:
    arch = stack.facts.get("arch")
    if store.records is None:
        return
    for name, state in stack.packages.items():
        if not isinstance(state, Known) or versions.local_label(state.value) is not None:
            continue
        record = store.records.record(name)
        release = record.release(state.value) if record is not None else None
        said = release.metadata(arch.value if isinstance(arch, Known) else None) if release is not None else None
        if said is not None and said.requires:
            path = f"pkg:pypi/{name}@{state.value}"
            yield Documented(name, state.value, path, tuple(map(Required, said.requires)))
