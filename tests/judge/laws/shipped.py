"""Stacks against the shipped matrix, for laws of which the table is the point."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from stackcheck.judge.judge import judge
from stackcheck.matrix.store import Store, shipped_folder
from stackcheck.model import FeatureAsk, Gpu, Known, Origin, Stack

if TYPE_CHECKING:
    from stackcheck.model import Ask, Finding

HERE = Origin("it is stated", "here")


@lru_cache(maxsize=1)
def store() -> Store:
    """The matrix that comes with stackcheck."""
    return Store.from_folders([shipped_folder()])


def machine(
    *,
    gpu: str | None = None,
    capability: str | None = None,
    features: tuple[str, ...] = (),
    asks: tuple[Ask, ...] = (),
    **tables: dict[str, str],
) -> Stack:
    """A Linux machine on x86_64: its GPU by name or capability, and the tables of an environment document."""
    stated = {"arch": "x86_64", "os": "linux", **tables.pop("facts", {})}
    return Stack(
        facts={name: Known(value, HERE) for name, value in stated.items()},
        gpus=(Gpu(gpu, capability, HERE),) if gpu or capability else Stack().gpus,
        features=tuple(FeatureAsk(name, HERE) for name in features),
        asks=asks,
        **{name: {key: Known(value, HERE) for key, value in table.items()} for name, table in tables.items()},
    )


def findings(stack: Stack) -> list[Finding]:
    """Its errors and warnings."""
    report = judge(stack, store(), subject="test", version="1")
    return [finding for finding in report.findings if finding.severity in ("error", "warning")]


def said(stack: Stack) -> list[tuple[str, str, str]]:
    """Severity, kind and id of each error and warning."""
    return [(finding.severity, finding.kind, finding.id) for finding in findings(stack)]
