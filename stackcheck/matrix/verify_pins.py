"""What an installer enforces, as a row says it, against one release: requires-python, and what its wheels require."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from stackcheck import versions
from stackcheck.matrix import published
from stackcheck.matrix.verify_wheels import MACHINES, pythons
from stackcheck.model import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

    from stackcheck.matrix.published import Release, Wheel
    from stackcheck.matrix.rows import Condition, Relation, Row
    from stackcheck.matrix.store import Store

_EXTRA = re.compile(r"""extra == ["']([^"']+)["']""")


class Metadata(Protocol):
    """What one wheel's METADATA says."""

    @property
    def requires_dist(self) -> Sequence[str]: ...


def python_difference(condition: Condition, release: Release) -> str | None:
    """requires-python, or what is left of it by the wheels where nothing else can be installed."""
    every = frozenset(range(published.LAST_MINOR + 1))
    stated = frozenset(minor for minor in every if condition.admits(f"3.{minor}") or condition.admits(f"3.{minor}.99"))
    asked = published.asked_pythons(release)
    served = frozenset().union(*(published.minors(release, arch) for arch in (*MACHINES, "any")))
    in_use = every - frozenset(range(6))  # an index's ">=3.5" and a row's ">=3.6" are one thing today
    if stated & in_use in (asked & in_use, served & in_use):
        return None
    return pythons(asked)


def asked(
    wheels: Sequence[Wheel], row: Relation, names: tuple[str, ...], metadata: Mapping[str, Metadata | Unknown]
) -> list[SpecifierSet] | Unknown:
    """What wheels ask of a project, as clauses; what they ask for with an extra alone where there is nothing else."""
    if not wheels:
        return Unknown("has no wheel of it")
    always: list[SpecifierSet] = []
    with_extra: list[SpecifierSet] = []
    for wheel in wheels:
        own = metadata.get(wheel.file.filename, Unknown(f"was not asked for {wheel.file.filename}"))
        if isinstance(own, Unknown):
            return Unknown(f"does not tell: {own.reason}")
        environment = _environment(row, wheel)
        for requirement in _requirements(own, names):
            marker = requirement.marker
            if marker is None or marker.evaluate(environment):
                always.append(requirement.specifier)
            elif any(marker.evaluate({**environment, "extra": extra}) for extra in _EXTRA.findall(str(marker))):
                with_extra.append(requirement.specifier)
    return always or with_extra


def _requirements(metadata: Metadata, names: tuple[str, ...]) -> Iterator[Requirement]:
    for text in metadata.requires_dist:
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


def wheels_of(release: Release, row: Row, families: Sequence[Sequence[Release]]) -> list[Wheel]:
    """One wheel of the release for each distribution of its product: a pin may stand in any of them."""
    same = [next((other for other in family if other.version == release.version), None) for family in families]
    wheels = [_wheel_of(other, row) for other in same if other is not None]
    return [wheel for wheel in wheels if wheel is not None]


def _wheel_of(release: Release, row: Row) -> Wheel | None:
    """The wheel whose metadata stands for the release: one for the row's machine, an Arm one before others."""
    named = dict(row.where).get("arch")
    machines = [arch for arch in ("aarch64", "x86_64") if named is None or named.admits(arch)]
    for arch in machines:
        for wheel in reversed(release.wheels):
            platforms = {tag.platform for tag in wheel.tags}
            if any(name == "any" or ("linux" in name and name.endswith(f"_{arch}")) for name in platforms):
                return wheel
    return None


def _environment(row: Row, wheel: Wheel) -> dict[str, str]:
    """The marker environment of a Linux machine on which the row applies and the wheel is installed."""
    named = dict(row.where).get("arch")
    by_wheel = any(tag.platform.endswith("_aarch64") for tag in wheel.tags)
    arch = "x86_64" if (named is not None and not named.admits("aarch64")) or not by_wheel else "aarch64"
    numbers = [int(tag.interpreter[3:]) for tag in wheel.tags if tag.interpreter[:3] == "cp3" and tag.interpreter[3:]]
    python = f"3.{max(numbers, default=12)}"
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
