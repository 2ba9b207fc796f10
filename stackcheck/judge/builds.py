"""`builds`: which build of a release this machine would get, and whether it serves the GPU and the driver.

Which builds come into question says `build_options`; what is wrong with one of them, `build_laws`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge.build_options import has_builds, is_named, of_files, of_release, serves
from stackcheck.judge.check import Check
from stackcheck.judge.laws import build_laws, gpu_code
from stackcheck.matrix.rows import Builds
from stackcheck.model import Code
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.build_options import Options
    from stackcheck.judge.domain import Domain
    from stackcheck.judge.working import Working


def checks(work: Working, domain: Domain, value: str | None, possible: Options | None) -> Iterator[Check]:
    """The laws for one value: at most one check, the worst of the best build."""
    if value is None or not has_builds(work, domain.subject):
        return
    off = _off_index(work, domain, value)
    if off is not None:
        yield off
        return
    if possible is None or _runs_nowhere(work, domain):
        return
    judged = [build_laws.judge(work, domain, value, row, possible) for row in possible.rows]
    for result in ("holds", "unknown"):
        kept = [check for check in judged if check.result == result]
        if kept:
            yield kept[0]
            return
    sure = [check for row, check in zip(possible.rows, judged, strict=True) if work.applies(row)[0] is True]
    if not sure:
        named = is_named(work, domain, value)
        sure = judged if named else ([] if named is False else [replace(check, hard=False) for check in judged])
    if sure:
        # All of the possible builds fail: the mildest failure is what can be said for sure.
        yield min(sure, key=lambda check: check.hard)
        return
    # Whether one of these rows speaks of this machine is not known, and what none of them knows may work.
    missing = frozenset[str]().union(*(work.applies(row)[1] for row in possible.rows))
    yield Check(judged[0].row, "unknown", judged[0].hard, subject=domain.subject, missing=missing)


def _runs_nowhere(work: Working, domain: Domain) -> bool:
    """Whether `code` already says that nothing of it runs on this GPU: what else it needs does not matter then."""
    code, capability = of_files(work, domain), work.domain("compute-capability")
    if not isinstance(code, Code) or capability is None or not capability.values:
        return False
    return gpu_code.by_files(code, capability.values[0]) is False


def _off_index(work: Working, domain: Domain, value: str) -> Check | None:
    """The release is on none of the indexes asked, while others are: an installer never sees it."""
    indexes = work.indexes(domain)
    if indexes is None or domain.presence == "found" or "pypi" in indexes.names or versions.local_label(value):
        return None
    if not any(serves(work, domain, name) for name in indexes.names):
        return None
    names = indexes.names
    if _on(work, domain, value, names) or not any(_on(work, domain, other, names) for other in domain.values):
        return None
    row = work.store.rows_of(domain.subject, Builds)[0]
    text = f"not every release is on the {' or '.join(indexes.names)} index"
    return Check(row, "fails", True, True, subject=domain.subject, message=text, kind="index")


def _on(work: Working, domain: Domain, value: str, names: tuple[str, ...]) -> bool:
    return any(not row.none and set(row.index) & set(names) for row in of_release(work, domain, value))
