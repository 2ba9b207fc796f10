"""A `wheels` row against the file names of one release: wheels by machine and Python, their glibc, the sdist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.matrix import published, tags

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackcheck.matrix.releases import Release
    from stackcheck.matrix.rows import Row, Wheels

MACHINES = ("x86_64", "aarch64")
"""The architectures on which a row is silent only where there is nothing."""


def differences(row: Wheels, release: Release, others: Sequence[Wheels]) -> Iterator[str]:
    """In how far the index's files of one release are not those that the row states."""
    scope = _scope(row)
    machines = _machines(row)
    for arch in machines:
        there = published.minors(release, arch, musl=_on_musl(row)) & scope
        claimed = _claimed(row, arch)
        missing = (claimed or frozenset()) - there
        if arch in row.arch and (missing or not (there or claimed == frozenset())):
            yield f"{arch}: {pythons(there)}"
            continue
        extra = there - _covered(release, arch, [other for other in others if _on_musl(other) is _on_musl(row)])
        if extra and (arch in row.arch or _speaks_first(row, release, others)):
            yield f"{arch}: {pythons(there)}"
    yield from _glibc_differences(row, release)
    if (row.sdist == "no") == release.sdist:
        yield "has an sdist" if release.sdist else "has no sdist"


def _machines(row: Wheels) -> tuple[str, ...]:
    named = dict(row.where).get("arch")
    every = dict.fromkeys((*row.arch, *(() if "any" in row.arch else MACHINES)))
    return tuple(arch for arch in every if named is None or arch == "any" or named.admits(arch))


def _on_musl(row: Wheels) -> bool:
    named = dict(row.where).get("libc")
    return named is not None and named.admits("musl") is True


def _scope(row: Wheels) -> frozenset[int]:
    """The Pythons that a row's `where` lets it speak of."""
    named = dict(row.where).get("python")
    return frozenset(minor for minor in range(40) if named is None or named.admits(f"3.{minor}"))


def _claimed(row: Wheels, arch: str) -> frozenset[int] | None:
    """The Pythons for which the row states a wheel; None where it leaves them open."""
    if arch not in row.arch:
        return frozenset()
    if row.python is None:
        return None
    top = tags.LAST_MINOR + 1
    return frozenset(minor for minor in range(top) if row.python.admits(f"3.{minor}")) & _scope(row)


def _covered(release: Release, arch: str, rows: Sequence[Wheels]) -> frozenset[int]:
    """The Pythons for which some row states a wheel of this release."""
    covered: set[int] = set()
    for row in rows:
        if in_range(row, release):
            claimed = _claimed(row, arch) if "any" not in row.arch else None
            covered |= _scope(row) if claimed is None else claimed
    return frozenset(covered)


def _speaks_first(row: Wheels, release: Release, rows: Sequence[Wheels]) -> bool:
    same = (other for other in rows if in_range(other, release) and _on_musl(other) is _on_musl(row))
    return next(same, None) is row


def _glibc_differences(row: Wheels, release: Release) -> Iterator[str]:
    if row.glibc is None:
        return
    for arch in _machines(row):
        lowest = published.lowest_glibc(release, arch, _scope(row)) if arch in row.arch else None
        if lowest is not None and f"2.{lowest}" != row.glibc:
            yield f"{arch}: glibc 2.{lowest}"


def stated(row: Wheels) -> str:
    """What the row says, as a phrase."""
    parts = [", ".join(row.arch) or "no machine"]
    parts += [f"Python {row.python}"] * (row.python is not None)
    parts += [f"glibc {row.glibc}"] * (row.glibc is not None)
    return "; ".join([*parts, "no sdist" if row.sdist == "no" else "an sdist"])


def pythons(minors: frozenset[int]) -> str:
    """Minors of Python 3 as a phrase: "Python 3.9 to 3.12"."""
    if not minors:
        return "no wheel"
    ordered = sorted(minors)
    if ordered == list(range(ordered[0], ordered[-1] + 1)) and len(ordered) > 1:
        return f"Python 3.{ordered[0]} to 3.{ordered[-1]}"
    return f"Python {', '.join(f'3.{minor}' for minor in ordered)}"


def in_range(row: Row, release: Release) -> bool:
    """Whether a row speaks of a release, by its range."""
    return row.release is None or row.release.admits(release.version) is True
