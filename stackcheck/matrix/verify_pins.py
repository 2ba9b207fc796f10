"""What an installer enforces, as a row says it, against one release: requires-python, and what its wheels require."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from stackcheck import versions
from stackcheck.matrix import published, tags
from stackcheck.matrix.releases import ANY
from stackcheck.matrix.verify_wheels import MACHINES, pythons
from stackcheck.model import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

    from stackcheck.matrix.releases import Metadata, Release
    from stackcheck.matrix.rows import Condition, Relation, Row
    from stackcheck.matrix.store import Store

_EXTRA = re.compile(r"""extra == ["']([^"']+)["']""")


def python_difference(condition: Condition, release: Release) -> str | None:
    """requires-python, or what is left of it by the wheels where nothing else can be installed."""
    every = frozenset(range(tags.LAST_MINOR + 1))
    stated = frozenset(minor for minor in every if condition.admits(f"3.{minor}") or condition.admits(f"3.{minor}.99"))
    asked = published.asked_pythons(release)
    served = frozenset().union(*(published.minors(release, arch) for arch in (*MACHINES, "any")))
    in_use = every - frozenset(range(6))  # an index's ">=3.5" and a row's ">=3.6" are one thing today
    if stated & in_use in (asked & in_use, served & in_use):
        return None
    return pythons(asked)


def asked(
    release: Release, row: Relation, names: tuple[str, ...], families: Sequence[tuple[str, Sequence[Release]]]
) -> list[SpecifierSet] | Unknown:
    """What a release asks of a project, as clauses; what it asks for with an extra alone where there is nothing else.

    A pin may stand in any distribution of its product.
    """
    always: list[SpecifierSet] = []
    with_extra: list[SpecifierSet] = []
    wheels = 0
    for distribution, same in same_release(release, families):
        arch = _arch(same, row)
        if arch is None:
            continue
        wheels += 1
        said = same.metadata(arch)
        if said is None:
            return Unknown(f"does not tell: the metadata of {distribution} {same.version} was not read")
        environment = _environment(row, same, arch)
        for requirement in _requirements(said, names):
            marker = requirement.marker
            if marker is None or marker.evaluate(environment):
                always.append(requirement.specifier)
            elif any(marker.evaluate({**environment, "extra": extra}) for extra in _EXTRA.findall(str(marker))):
                with_extra.append(requirement.specifier)
    return (always or with_extra) if wheels else Unknown("has no wheel of it")


def _requirements(metadata: Metadata, names: tuple[str, ...]) -> Iterator[Requirement]:
    for text in metadata.requires:
        try:
            requirement = Requirement(text)
        except ValueError:
            continue  # installers refuse such a wheel; that it asks for nothing else is still true
        if canonicalize_name(requirement.name) in names:
            yield requirement


def difference(store: Store, subject: str, condition: Condition, asked: list[SpecifierSet]) -> str | None:
    """In how far a row's condition on a project is not what the wheels ask for; None where the two are one."""
    if not asked:
        return "asks for none"
    for version in _candidates(store, subject, condition, asked):
        admitted = all(clauses.contains(version, prereleases=True) for clauses in asked)
        if admitted != condition.admits(str(version)):
            return f"asks for {' and '.join(str(clauses) or 'any' for clauses in asked)}"
    return None


def _candidates(store: Store, subject: str, condition: Condition, asked: Iterable[SpecifierSet]) -> list[Version]:
    """The versions on which the two are compared: the known releases, and those that either of them names."""
    texts = [*store.product(subject).releases, *(clause.version for clauses in asked for clause in clauses)]
    texts += [part.strip(" <>=!~") for text in condition.texts for part in text.split(",")]
    parsed = (versions.strict(text.removesuffix(".*")) for text in texts)
    return [version for version in parsed if version is not None]


def same_release(release: Release, families: Sequence[tuple[str, Sequence[Release]]]) -> Iterator[tuple[str, Release]]:
    """The release in each distribution of its product that has it."""
    own = versions.strict(release.version)
    for distribution, releases in families:
        yield from ((distribution, other) for other in releases if versions.strict(other.version) == own)


def _arch(release: Release, row: Row) -> str | None:
    """The architecture whose wheel stands for the release: one of the row's, Arm before the other; None without any."""
    named = dict(row.where).get("arch")
    machines = [arch for arch in ("aarch64", "x86_64") if named is None or named.admits(arch)]
    return next((arch for arch in machines if published.minors(release, arch)), None)


def _environment(row: Relation, release: Release, arch: str) -> dict[str, str]:
    """The marker environment of a Linux machine on which the row applies and a wheel is installed: the newest Python
    of both. A pure wheel is looked at on x86_64, which most markers mean."""
    where = dict(row.where)
    minors = published.minors(release, arch)
    pure = minors <= published.minors(release, ANY)
    if pure and "arch" not in where:
        arch = "x86_64"
    pythons = [minor for minor in sorted(minors) if "python" not in where or where["python"].admits(f"3.{minor}")]
    python = "3.12" if not pythons or (pure and 12 in pythons) else f"3.{pythons[-1]}"
    return {
        "extra": "",
        "os_name": "posix",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": arch,
        "platform_release": "",
        "platform_version": "",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "python_version": python,
        "python_full_version": f"{python}.0",
    }
