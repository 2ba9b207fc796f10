"""Distributions that are there twice, and files that several own."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from stackcheck.judge.distributions import NAMED, listed
from stackcheck.model import Finding, Fix, Reason, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.distributions import Distribution
    from stackcheck.model import Stack

_OF_NOBODY = r"\.dist-info/|__pycache__/|^\.\./"
"""Files that every distribution has of its own, or that Python makes; a plain text, compiled when first needed."""


def twice(stack: Stack, records: list[Distribution]) -> Iterator[Finding]:
    """Two records in one folder are what a broken update left; two folders with one name hide each other."""
    by_name: defaultdict[str, list[Distribution]] = defaultdict(list)
    for record in records:
        by_name[record.name].append(record)
    hidden: list[tuple[Distribution, Distribution]] = []
    for name, same in sorted(by_name.items()):
        state = stack.packages.get(name)
        if len({record.version for record in same}) < 2:
            continue
        if isinstance(state, Unknown):
            yield _left_over(name, same)
        else:
            used = next((record for record in same if stack.uses(record.name, record.folder)), same[0])
            others = (record for record in same if record.folder != used.folder)
            hidden += [(used, record) for record in others if record.version != used.version]
    if hidden:
        yield _hidden(hidden)


def _left_over(name: str, records: list[Distribution]) -> Finding:
    recorded = listed([record.version for record in records])
    return Finding(
        kind="consistency",
        id=f"consistency/twice-{name}",
        severity="warning",
        subject=name,
        message=f"{name} has several records ({recorded}): which of them its files belong to cannot be told.",
        involves=(name,),
        because=tuple(Reason(f"{name} {record.version} is recorded", record.path) for record in records),
        fix=Fix(
            f"Remove {name} until none is left, then install it again.",
            (f"pip uninstall -y {name}", f"pip uninstall -y {name}", f"pip install {name}"),
        ),
    )


def _hidden(pairs: list[tuple[Distribution, Distribution]]) -> Finding:
    names = [f"{used.name} {used.version} (not {other.version})" for used, other in pairs]
    number = len(names)
    reasons = (
        Reason(f"{used.name} {used.version} comes before {other.version} on the path", f"{used.folder}, {other.folder}")
        for used, other in pairs[:NAMED]
    )
    return Finding(
        kind="consistency",
        id="consistency/hidden",
        severity="note",
        subject="packages",
        message=f"{number} distribution{'s are' if number > 1 else ' is'} on the path in two versions; "
        f"the first one counts: {listed(names)}.",
        involves=tuple(sorted({used.name for used, _ in pairs})),
        because=tuple(reasons),
    )


def shared(used: list[Distribution]) -> Iterator[Finding]:
    """Distributions that own the same files with different content: the one installed last wins."""
    owners: defaultdict[tuple[str, str], list[tuple[Distribution, str]]] = defaultdict(list)
    for distribution in used:
        for path, digest in distribution.files or ():
            if not re.search(_OF_NOBODY, path):
                owners[distribution.folder, path].append((distribution, digest))
    clashes: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    records = {distribution.name: distribution for distribution in used}
    for (_, path), owned in owners.items():
        if len({owner.name for owner, _ in owned}) > 1 and len({digest for _, digest in owned}) > 1:
            clashes[tuple(sorted({owner.name for owner, _ in owned}))].append(path)
    for names, paths in sorted(clashes.items()):
        yield _overwritten([records[name] for name in names], paths)


def _overwritten(owners: list[Distribution], paths: list[str]) -> Finding:
    named = " and ".join(f"{owner.name} {owner.version}" for owner in owners)
    files = f"the same {len(paths)} files ({paths[0]}, …)" if len(paths) > 1 else f"the same file ({paths[0]})"
    names = " ".join(owner.name for owner in owners)
    return Finding(
        kind="consistency",
        id=f"consistency/files-{owners[0].name}",
        severity="warning",
        subject=owners[0].name,
        message=f"{named} own {files} with different content; what was installed last is there.",
        involves=tuple(sorted(owner.name for owner in owners)),
        because=tuple(
            Reason(f"{owner.name} {owner.version} lists {paths[0]} in its RECORD", owner.path) for owner in owners
        ),
        fix=Fix(
            "Remove all of them, then install the one that is needed.",
            (f"pip uninstall -y {names}", f"pip install {owners[0].name}"),
        ),
    )
