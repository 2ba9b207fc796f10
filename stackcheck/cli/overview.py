"""`matrix show`: one product's releases against the shipped targets, judged as a preflight would."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from stackcheck.cli import run
from stackcheck.model import Ask, Origin
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackcheck.matrix.store import Store
    from stackcheck.model import Report

MARKS = (("error", "✗"), ("warning", "!"), ("unknown", "?"))
WIDTH = 100


def table(store: Store, version: str, product: str, tell: Callable[[str], None]) -> str:
    """Releases down, targets across; a number in a cell is the reason listed below."""
    header = store.product(product)
    names = run.target_names()
    reasons: dict[str, tuple[int, str]] = {}
    rows = []
    for release in reversed(header.releases):
        tell(f"judging {header.title} {release}")
        cells = [_cell(_judged(store, version, product, release, name), reasons) for name in names]
        rows.append([release, *cells])
    lines = [f"{header.title} on the shipped targets (matrix {version})", ""]
    lines += _aligned([["", *names], *rows])
    lines += ["", "✓ nothing against it   ! with a warning   ? something is not known   ✗ does not work", ""]
    for key, (number, message) in reasons.items():
        said, first = f"{message} ({key})", f"{number:>3} "
        lines += textwrap.wrap(said, WIDTH, initial_indent=first, subsequent_indent="    ", break_on_hyphens=False)
    return "\n".join(lines).rstrip() + "\n"


def _judged(store: Store, version: str, product: str, release: str, target: str) -> Report:
    origin = Origin(f"{product} {release}", "command line")
    want = Ask(product, f"=={release}", origin, indexes=None, transitive=None)
    stack = replace(run.target_stack(target), wants=(want,))
    return run.evaluate(stack, store, target, version, preflight=True)


def _cell(report: Report, reasons: dict[str, tuple[int, str]]) -> str:
    """The worst that is said, and the rows that say it; a row is explained once, by the newest release."""
    for severity, mark in MARKS:
        found = [finding for finding in report.findings if finding.severity == severity]
        if severity == "unknown":
            found = [finding for finding in found if finding.required]
        if found:
            keyed = [reasons.setdefault(finding.id, (len(reasons) + 1, finding.message)) for finding in found]
            return mark + ",".join(str(number) for number, _ in sorted(keyed))
    return "✓"


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
