"""The Debian packages of a ROS distribution (`ros-humble-…`) against the release of Ubuntu that apt runs on.

Each distribution's packages are built for one release of Ubuntu (REP 2000, "Platforms by target ROS distribution"): on
another one apt does not find them, whatever may be built there from source. The releases are the `ubuntu` conditions of
the `pairs` rows of ros2 and ros1; packages of several distributions on one system, and an end of life, are warnings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge.domain import Domain
from stackcheck.matrix.rows import Broken, Relation
from stackcheck.model import Absent, Finding, Fix, Known, Reason
from stackcheck.patterns import pattern
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.working import Working
    from stackcheck.matrix.rows import Condition, Row

PRODUCTS = ("ros2", "ros1")
NAMED = 3
"""Packages that one sentence names at most."""
_NAME = pattern(r"ros-([a-z]+)-[a-z0-9]")
_FOR_IMAGES = pattern(r"docker|container|singularity|apptainer")


def findings(work: Working) -> Iterator[Finding]:
    """What apt does not find here, and what has reached its end."""
    asked: dict[tuple[str, str], dict[str, Known]] = {}
    for name, state in work.stack.apt.items():
        found = _NAME.match(name)
        product = next((one for one in PRODUCTS if found and found[1] in work.store.releases(one)), None)
        if found is None or product is None or not isinstance(state, Known):
            continue
        if work.stack.inside or not _elsewhere(state):
            asked.setdefault((product, found[1]), {})[name] = state
    if not asked:
        return
    here = work.state("ubuntu")
    for (product, distribution), packages in asked.items():
        row = made_for(work, product, distribution)
        if row is None:
            continue
        wanted = dict(row.needs)["ubuntu"]
        if isinstance(here, Domain) and here.values and not any(wanted.admits(value) for value in here.values):
            yield _missing(work, distribution, packages, row, wanted, f"Ubuntu {here.values[0]}", sure=True)
        elif isinstance(here, Absent):
            yield _missing(work, distribution, packages, row, wanted, "another distribution", sure=False)
        else:
            yield from _ended(work, product, distribution, packages)
    if len(asked) > 1:
        yield _mixed(asked)


def _elsewhere(state: Known) -> bool:
    """Whether it is installed where the Ubuntu is not known: by a script that, by its name, runs while an image is
    built, or on the runner of a workflow's job."""
    path = "" if state.origin.location is None else state.origin.location.path.lower()
    return path.endswith((".yml", ".yaml")) or (path.endswith(".sh") and _FOR_IMAGES.search(path) is not None)


def made_for(work: Working, product: str, distribution: str) -> Relation | None:
    """The row that says for which Ubuntu the packages of a distribution are."""
    return next(
        (
            row
            for row in work.store.rows_of(product, Relation)
            if row.release is not None and row.release.admits(distribution) and "ubuntu" in dict(row.needs)
        ),
        None,
    )


def _missing(
    work: Working,
    distribution: str,
    packages: dict[str, Known],
    row: Relation,
    wanted: Condition,
    here: str,
    *,
    sure: bool,
) -> Finding:
    made = f"packages of ROS {distribution.capitalize()} exist for Ubuntu {wanted}"
    text = f"{few(list(packages), NAMED)}: {made}; apt runs on {here}."
    return _finding(
        f"{distribution}-ubuntu",
        "error" if sure and row.level != "recommended" else "warning",
        text,
        packages,
        row,
        frozenset(("ubuntu", row.product)),
        tuple(Reason(step.text, step.origin) for step in work.why((("ubuntu", wanted),))),
    )


def _ended(work: Working, product: str, distribution: str, packages: dict[str, Known]) -> Iterator[Finding]:
    """Distributions past their end of life: `broken` rows."""
    for row in work.store.rows_of(product, Broken):
        if row.release is not None and row.release.admits(distribution) and not row.where:
            text = f"{few(list(packages), NAMED)}: {row.message or row.why}"
            yield _finding(f"{distribution}-end-of-life", "warning", text, packages, row, frozenset((product,)))


def _mixed(asked: dict[tuple[str, str], dict[str, Known]]) -> Finding:
    names = [distribution.capitalize() for _, distribution in asked]
    packages = {name: state for found in asked.values() for name, state in list(found.items())[:1]}
    text = (
        f"Packages of ROS {' and '.join(names)} are installed on one system: each distribution is built for an Ubuntu "
        "of its own, and what one of them compiled does not load beside the other."
    )
    products = frozenset(product for product, _ in asked)
    return _finding("mixed", "warning", text, packages, None, products)


def _finding(
    name: str,
    severity: str,
    text: str,
    packages: dict[str, Known],
    row: Row | None,
    involves: frozenset[str],
    more: tuple[Reason, ...] = (),
) -> Finding:
    states = list(packages.values())
    own = tuple(Reason(state.origin.text, state.origin.place) for state in states[:NAMED])
    return Finding(
        kind="ros-packages",
        id=f"ros-packages/{name}",
        severity="error" if severity == "error" else "warning",
        subject=row.product if row is not None else "ros2",
        message=text,
        involves=tuple(sorted({*involves, *packages})),
        location=states[0].origin.location,
        because=(*own, *more),
        fix=row.fix if row is not None else Fix("Install one distribution, the one that is made for this Ubuntu."),
        sources=row.sources if row is not None else (),
    )
