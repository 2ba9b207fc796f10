"""The Debian packages of a ROS distribution (`ros-humble-…`) against the release of Ubuntu that apt runs on.

Each distribution's packages are built for one release of Ubuntu (REP 2000, "Platforms by target ROS distribution"): on
another one apt does not find them, whatever may be built there from source. The releases are the `ubuntu` conditions of
the `pairs` rows of ros2 and ros1; packages of several distributions on one system, and an end of life, are warnings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge.domain import Domain
from stackcheck.matrix.names import ROS
from stackcheck.matrix.rows import Broken, Relation
from stackcheck.model import APT_SOURCE, Absent, Finding, Fix, Known, Reason
from stackcheck.patterns import pattern
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.working import Working
    from stackcheck.matrix.rows import Condition, Row
    from stackcheck.model import Source

PRODUCTS = ("ros2", "ros1")
NAMED = 3
"""Packages that one sentence names at most."""
_NAME = pattern(r"ros-([a-z]+)-[a-z0-9]")
_FOR_IMAGES = pattern(r"docker|container|singularity|apptainer")


def findings(work: Working) -> Iterator[Finding]:
    """What apt does not find here, and what has reached its end."""
    named = _named(work)
    for (product, distribution), packages in named.items():
        yield from _unreleased(work, product, distribution, packages)
    here_too = {
        key: {name: state for name, state in packages.items() if work.stack.inside or not _elsewhere(state)}
        for key, packages in named.items()
    }
    asked = {key: packages for key, packages in here_too.items() if packages}
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


def _named(work: Working) -> dict[tuple[str, str], dict[str, Known]]:
    """The packages of ROS that apt is asked for, by product and distribution."""
    named: dict[tuple[str, str], dict[str, Known]] = {}
    for name, state in work.stack.apt.items():
        found = _NAME.match(name)
        product = next((one for one in PRODUCTS if found and found[1] in work.store.releases(one)), None)
        if found is not None and product is not None and isinstance(state, Known):
            named.setdefault((product, found[1]), {})[name] = state
    return named


def _unreleased(work: Working, product: str, distribution: str, packages: dict[str, Known]) -> Iterator[Finding]:
    """Packages that other distributions have released, and this one has not (rosdistro). Somebody else's repository
    may have them all the same."""
    names = work.store.store.names(ROS)
    sources = [name for name in work.stack.apt if name.startswith(APT_SOURCE) and "://" in name]
    if names is None or distribution not in names.releases or any("ros" not in name for name in sources):
        return
    at, start = names.releases.index(distribution), len(f"ros-{distribution}-")
    letters = {name: words[0] for name in packages if (words := names.words(name[start:])) is not None}
    missing = [name for name, said in letters.items() if said[at] == "-"]
    if not missing:
        return
    there = [names.releases[other].capitalize() for other, letter in enumerate(letters[missing[0]]) if letter == "a"]
    text = f"ROS {distribution.capitalize()} has released no {few([name[start:] for name in missing], NAMED)}"
    first = f" ({missing[0][start:]} is in {few(there[::-1], NAMED)})"
    ends = ": apt ends in 'Unable to locate package'."
    states = {name: packages[name] for name in missing}
    involves = frozenset((product, "distro"))
    fix = Fix("Take what replaces it in this distribution, or build it from source in a workspace.")
    yield _finding(
        f"{distribution}-{missing[0][start:]}",
        "error",
        text + first + ends,
        states,
        None,
        involves,
        fix=fix,
        sources=(names.source,),
    )


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
    fix: Fix | None = None,
    sources: tuple[Source, ...] = (),
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
        fix=fix or (row.fix if row is not None else Fix("Install the one distribution that is made for this Ubuntu.")),
        sources=sources or (row.sources if row is not None else ()),
    )
