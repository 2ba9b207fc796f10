"""A baseline: the findings that an old project starts with, so that only new ones count from then on.

An entry is known by kind, id, subject and file, and by how many there are: not by line or message, since lines move
and a newer matrix words things anew.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeAlias

from stackcheck.judge.findings import in_order
from stackcheck.model import Finding, Fix
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from stackcheck.model import Report

    Relative = Callable[[str], str]

SCHEMA = "stackcheck-baseline/1"
KEYS = ("kind", "id", "subject", "path")

Entry: TypeAlias = "tuple[str, ...]"
"""The values of `KEYS`; the path is "" where the finding has no place."""


class BaselineError(ValueError):
    """A text that is no baseline; says what is wrong."""


def written(report: Report, relative: Relative) -> str:
    """The findings of a report as a baseline, sorted. `relative` gives a path as seen from the baseline's folder."""
    counts = Counter(_entry(finding, relative) for finding in report.findings if finding.severity != "todo")
    findings = [
        {**{key: value for key, value in zip(KEYS, entry, strict=True) if value}, "count": count}
        for entry, count in sorted(counts.items())
    ]
    return json.dumps({"schema": SCHEMA, "matrix": report.matrix, "findings": findings}, indent=1) + "\n"


def read(text: str) -> Counter[Entry]:
    """How many findings of each kind, id, subject and path a baseline holds. Raises `BaselineError`."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BaselineError("is no JSON document") from error
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise BaselineError(f"is no baseline (schema {SCHEMA})")
    findings = document.get("findings")
    if not isinstance(findings, list) or not all(map(_well_formed, findings)):
        raise BaselineError("holds an entry that is none")
    return Counter({tuple(one.get(key, "") for key in KEYS): one["count"] for one in findings})


def _well_formed(entry: Any) -> bool:
    texts = isinstance(entry, dict) and all(isinstance(entry.get(key, ""), str) for key in KEYS)
    return texts and isinstance(entry.get("count"), int) and {"kind", "id"} <= entry.keys()


def without_known(report: Report, known: Counter[Entry], relative: Relative, read_paths: Collection[str]) -> Report:
    """The report with what is not in the baseline. An entry about a file that was read and that does not come up is
    said to be mended, in one note."""
    left = Counter(known)
    kept: list[Finding] = []
    for finding in report.findings:
        entry = _entry(finding, relative)
        if left[entry] > 0:
            left[entry] -= 1
        else:
            kept.append(finding)
    number = len(report.findings) - len(kept)
    here = {relative(path) for path in read_paths}
    gone = sum(count for entry, count in known.items() if left[entry] == count and entry[-1] in here)
    left_out = (*report.left_out, ("in the baseline", number)) if number else report.left_out
    return replace(report, findings=in_order([*kept, *([_gone(gone)] if gone else [])]), left_out=left_out)


def _entry(finding: Finding, relative: Relative) -> Entry:
    path = relative(finding.location.path) if finding.location is not None else ""
    return (finding.kind, finding.id, finding.subject, path)


def _gone(number: int) -> Finding:
    what = "1 finding of the baseline does" if number == 1 else f"{number} findings of the baseline do"
    return Finding(
        kind="ignore",
        id="ignore/baseline",
        severity="note",
        subject="baseline",
        message=f"{what} not come up any more.",
        fix=Fix("Write the baseline anew with --write-baseline, so that they cannot come back unseen."),
    )
