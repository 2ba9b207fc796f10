"""Rows of the matrix against what a package index says: what agrees, what differs, what is newer. Pure.

An index can confirm `wheels` rows (file names: PEP 427 tags, sdists), `requires` and `pairs` rows with
`installer = true` (requires-python, PEP 503; Requires-Dist of one wheel, PEP 658) and lists of releases. Everything
else in the matrix needs a wheel opened or a machine, and is not spoken of.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from stackcheck import versions
from stackcheck.matrix import published
from stackcheck.matrix.rows import Relation, Wheels
from stackcheck.model import Absent, Unknown
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

    from stackcheck.matrix.published import File, Project, Release, Wheel
    from stackcheck.matrix.rows import Condition, Product, Row
    from stackcheck.matrix.store import Store

Result = Literal["agrees", "differs", "newer", "not confirmable"]
RESULTS: tuple[Result, ...] = ("agrees", "differs", "newer", "not confirmable")
Answer: TypeAlias = "Project | Absent | Unknown"

_EXTRA = re.compile(r"""extra == ["']([^"']+)["']""")
_MACHINES = ("x86_64", "aarch64")
"""The architectures on which a row is silent only where there is nothing."""


class Metadata(Protocol):
    """What one wheel's METADATA says."""

    @property
    def requires_dist(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the index says to one row. `row` and `index` are phrases; `place` is the row's file."""

    key: str
    result: Result
    row: str
    index: str
    place: str


@dataclass(frozen=True)
class Published:
    """What was asked of the index: projects by distribution name, and metadata by the wheel's file name."""

    projects: Mapping[str, Answer]
    metadata: Mapping[str, Metadata | Unknown]


def distributions(product: Product) -> tuple[str, ...]:
    """The distributions that are the product, the one whose releases count first; none that pip installs: empty."""
    return () if product.compare == "words" else tuple(canonicalize_name(name) for name in product.pip)


def wheels_to_read(store: Store, products: Iterable[str], projects: Mapping[str, Answer]) -> tuple[File, ...]:
    """The wheels whose metadata `verify` needs: one for each release that a row on other projects speaks of."""
    found: dict[str, File] = {}
    for name in products:
        families = _families(store, name, projects)
        for row, subject, _ in _pins(store, name):
            if subject == "python" or not families:
                continue
            for release in _spoken_of(store, row, families[0]):
                found.update((wheel.file.filename, wheel.file) for wheel in _wheels_of(release, row, families))
    return tuple(found.values())


def verify(store: Store, products: Iterable[str], index: Published) -> tuple[Outcome, ...]:
    """What the index says to every row of these products that it can confirm, in the order of the files."""
    return tuple(outcome for name in products for outcome in _of_product(store, name, index))


def _of_product(store: Store, name: str, index: Published) -> Iterator[Outcome]:
    product = store.product(name)
    names = distributions(product)
    if not names:
        why = "is not asked: pip does not install it under a name that the matrix knows"
        yield Outcome(name, "not confirmable", "its rows", why, product.place)
        return
    answer = index.projects.get(names[0], Unknown("it was not asked for"))
    if isinstance(answer, (Absent, Unknown)):
        why = f"does not answer: {answer.reason}" if isinstance(answer, Unknown) else f"knows no {names[0]}"
        yield Outcome(name, "not confirmable", "its rows", why, product.place)
        return
    families = _families(store, name, index.projects)
    yield _of_list(product, families[0])
    for row in store.rows(name):
        if isinstance(row, Wheels):
            yield _of_wheels(store, row, families[0])
    for pin in _pins(store, name):
        yield _of_pin(store, pin, families, index)


def _families(store: Store, name: str, projects: Mapping[str, Answer]) -> tuple[tuple[Release, ...], ...]:
    """The releases of each distribution of a product that the index knows; the one that counts first."""
    answers = [projects.get(one) for one in distributions(store.product(name))]
    if not answers or answers[0] is None or isinstance(answers[0], (Absent, Unknown)):
        return ()
    known = (answer for answer in answers if answer is not None and not isinstance(answer, (Absent, Unknown)))
    return tuple(published.releases(answer) for answer in known)


# --- lists of releases -------------------------------------------------------------------------------------------


def _of_list(product: Product, releases: Sequence[Release]) -> Outcome:
    """The product's own list: whether the index has newer releases."""
    key = f"{product.id}/releases"
    finals = [one.version for one in releases if not one.version.is_prerelease and not one.yanked]
    if not product.releases:
        return Outcome(key, "not confirmable", "no list", f"{len(finals)} releases", product.place)
    listed = [version for text in product.releases if (version := versions.parse(text)) is not None]
    says = f"up to {product.releases[-1]}"
    there = {release.version: release for release in releases}
    newer = [str(version) for version in finals if version > max(listed)]
    if newer:
        return Outcome(key, "newer", says, f"also has {_few(newer)}", product.place)
    # A product has releases that were never uploaded, and a list may begin late: neither makes it wrong.
    notes = {
        "also has": [str(version) for version in finals if version not in listed and version > min(listed)],
        "does not have": [str(version) for version in listed if version not in there],
        "has yanked": [str(version) for version in listed if version in there and there[version].yanked],
    }
    said = ", ".join(f"{what} {_few(found)}" for what, found in notes.items() if found)
    return Outcome(key, "agrees", says, said or "has the same", product.place)


def _few(texts: Sequence[str]) -> str:
    return ", ".join(texts) if len(texts) <= 6 else f"{', '.join(texts[:5])} and {len(texts) - 5} more"


# --- wheels rows -------------------------------------------------------------------------------------------------


def _of_wheels(store: Store, row: Wheels, releases: Sequence[Release]) -> Outcome:
    """A `wheels` row against the file names of every release it speaks of."""
    others = [one for one in store.rows(row.product) if isinstance(one, Wheels)]
    spoken_of = _spoken_of(store, row, releases)
    differences = [
        (release, difference) for release in spoken_of for difference in _wheel_differences(row, release, others)
    ]
    return _outcome(row, row.key, _say_wheels(row), differences, spoken_of)


def _outcome(
    row: Row, key: str, says: str, differences: list[tuple[Release, str]], confirmed: Sequence[Release]
) -> Outcome:
    if not confirmed:
        return Outcome(key, "not confirmable", says, "has no release that the row speaks of", row.place)
    if not differences:
        span = _few([str(release.version) for release in confirmed])
        return Outcome(key, "agrees", says, f"says so of {span}", row.place)
    grouped: dict[str, list[str]] = {}
    for release, difference in differences:
        grouped.setdefault(difference, []).append(str(release.version))
    said = "; ".join(f"{difference} ({_few(found)})" for difference, found in grouped.items())
    return Outcome(key, "differs", says, said, row.place)


def _wheel_differences(row: Wheels, release: Release, others: Sequence[Wheels]) -> Iterator[str]:
    """In how far the index's files of one release are not those that the row states."""
    scope = _scope(row)
    machines = _machines(row)
    for arch in machines:
        there = published.minors(release, arch) & scope
        claimed = _claimed(row, arch)
        missing = (claimed or frozenset()) - there
        if arch in row.arch and (missing or not (there or claimed == frozenset())):
            yield f"{arch}: {_pythons(there)}"
            continue
        extra = there - _covered(release, arch, others)
        if extra and (arch in row.arch or _speaks_first(row, release, others)):
            yield f"{arch}: {_pythons(there)}"
    yield from _glibc_differences(row, release)
    if (row.sdist == "no") == bool(release.sdists):
        yield "has an sdist" if release.sdists else "has no sdist"


def _machines(row: Wheels) -> tuple[str, ...]:
    named = dict(row.where).get("arch")
    every = dict.fromkeys((*row.arch, *(() if "any" in row.arch else _MACHINES)))
    return tuple(arch for arch in every if named is None or arch == "any" or named.admits(arch))


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
    top = published.LAST_MINOR + 1
    return frozenset(minor for minor in range(top) if row.python.admits(f"3.{minor}")) & _scope(row)


def _covered(release: Release, arch: str, rows: Sequence[Wheels]) -> frozenset[int]:
    """The Pythons for which some row states a wheel of this release."""
    found: set[int] = set()
    for row in rows:
        if _in_range(row, release):
            claimed = _claimed(row, arch) if "any" not in row.arch else None
            found |= _scope(row) if claimed is None else claimed
    return frozenset(found)


def _speaks_first(row: Wheels, release: Release, rows: Sequence[Wheels]) -> bool:
    return next((one for one in rows if _in_range(one, release)), None) is row


def _glibc_differences(row: Wheels, release: Release) -> Iterator[str]:
    if row.glibc is None:
        return
    for arch in _machines(row):
        lowest = published.lowest_glibc(release, arch) if arch in row.arch else None
        if lowest is not None and f"2.{lowest}" != row.glibc:
            yield f"{arch}: glibc 2.{lowest}"


def _say_wheels(row: Wheels) -> str:
    parts = [", ".join(row.arch) or "no machine"]
    parts += [f"Python {row.python}"] * (row.python is not None)
    parts += [f"glibc {row.glibc}"] * (row.glibc is not None)
    return "; ".join([*parts, "no sdist" if row.sdist == "no" else "an sdist"])


def _pythons(minors: frozenset[int]) -> str:
    if not minors:
        return "no wheel"
    ordered = sorted(minors)
    if ordered == list(range(ordered[0], ordered[-1] + 1)) and len(ordered) > 1:
        return f"Python 3.{ordered[0]} to 3.{ordered[-1]}"
    return f"Python {', '.join(f'3.{minor}' for minor in ordered)}"


# --- what an installer enforces ----------------------------------------------------------------------------------


Pin: TypeAlias = "tuple[Relation, str, Condition]"


def _pins(store: Store, name: str) -> Iterator[Pin]:
    for row in store.rows(name):
        if isinstance(row, Relation) and row.installer:
            for subject, condition in row.needs:
                yield row, subject, condition


def _of_pin(store: Store, pin: Pin, families: Sequence[Sequence[Release]], index: Published) -> Outcome:
    row, subject, condition = pin
    says = f"{subject} {condition}"
    key = row.key if len(row.needs) == 1 else f"{row.key}#{subject}"
    spoken_of = _spoken_of(store, row, families[0])
    if subject == "python":
        differences = [(one, text) for one in spoken_of if (text := _python_difference(condition, one)) is not None]
        return _outcome(row, key, says, differences, spoken_of)
    names = tuple(canonicalize_name(name) for name in store.product(subject).pip) if store.knows(subject) else ()
    if not names:
        return Outcome(key, "not confirmable", says, f"{subject} is nothing that a wheel can ask for", row.place)
    confirmed, differences, reason = [], [], "has no release that the row speaks of"
    for release in spoken_of:
        asked = _asked(_wheels_of(release, row, families), row, names, index)
        if isinstance(asked, Unknown):
            reason = asked.reason
            continue
        confirmed.append(release)
        text = _pin_difference(condition, asked, _candidates(store, subject, condition, asked))
        differences += [] if text is None else [(release, text)]
    if not confirmed:
        return Outcome(key, "not confirmable", says, reason, row.place)
    return _outcome(row, key, says, differences, confirmed)


def _python_difference(condition: Condition, release: Release) -> str | None:
    """requires-python, or what is left of it by the wheels where nothing else can be installed."""
    every = frozenset(range(published.LAST_MINOR + 1))
    stated = frozenset(minor for minor in every if condition.admits(f"3.{minor}") or condition.admits(f"3.{minor}.99"))
    asked = published.asked_pythons(release)
    served = frozenset().union(*(published.minors(release, arch) for arch in (*_MACHINES, "any")))
    in_use = every - frozenset(range(6))  # an index's ">=3.5" and a row's ">=3.6" are one thing today
    if stated & in_use in (asked & in_use, served & in_use):
        return None
    return _pythons(asked)


def _asked(
    wheels: Sequence[Wheel], row: Relation, names: tuple[str, ...], index: Published
) -> list[SpecifierSet] | Unknown:
    """What wheels ask of a project, as clauses; what they ask for with an extra alone where there is nothing else."""
    if not wheels:
        return Unknown("has no wheel of it")
    always: list[SpecifierSet] = []
    with_extra: list[SpecifierSet] = []
    for wheel in wheels:
        metadata = index.metadata.get(wheel.file.filename, Unknown(f"was not asked for {wheel.file.filename}"))
        if isinstance(metadata, Unknown):
            return Unknown(f"does not tell: {metadata.reason}")
        environment = _environment(row, wheel)
        for requirement in _requirements(metadata, names):
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
        except InvalidRequirement:
            continue  # installers refuse such a wheel; that it asks for nothing else is still true
        if canonicalize_name(requirement.name) in names:
            yield requirement


def _pin_difference(condition: Condition, asked: list[SpecifierSet], candidates: Iterable[Version]) -> str | None:
    if not asked:
        return "asks for none"
    for version in candidates:
        admitted = all(clauses.contains(version, prereleases=True) for clauses in asked)
        if admitted != condition.admits(str(version)):
            return f"asks for {' and '.join(str(clauses) or 'any' for clauses in asked)}"
    return None


def _candidates(store: Store, subject: str, condition: Condition, asked: Iterable[SpecifierSet]) -> list[Version]:
    """The versions on which the two are compared: the known releases, and those that either of them names."""
    texts = [*store.product(subject).releases, *(clause.version for clauses in asked for clause in clauses)]
    texts += [part.strip(" <>=!~") for text in condition.texts for part in text.split(",")]
    found = (versions.strict(text.removesuffix(".*")) for text in texts)
    return [version for version in found if version is not None]


def _wheels_of(release: Release, row: Row, families: Sequence[Sequence[Release]]) -> list[Wheel]:
    """One wheel of the release for each distribution of its product: a pin may stand in any of them."""
    same = [next((one for one in family if one.version == release.version), None) for family in families]
    wheels = [_one_wheel(one, row) for one in same if one is not None]
    return [wheel for wheel in wheels if wheel is not None]


def _one_wheel(release: Release, row: Row) -> Wheel | None:
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


# --- which releases a row speaks of ------------------------------------------------------------------------------


def _spoken_of(store: Store, row: Row, releases: Sequence[Release]) -> list[Release]:
    """The index's releases that are in the row's range and in the product's list; without a list, the final ones."""
    product = store.product(row.product)
    listed = {version for text in product.releases if (version := versions.parse(text)) is not None}
    return [
        release
        for release in releases
        if (release.version in listed if listed else not release.version.is_prerelease and not release.yanked)
        and _in_range(row, release)
    ]


def _in_range(row: Row, release: Release) -> bool:
    return row.release is None or row.release.admits(str(release.version)) is True


# --- saying it ---------------------------------------------------------------------------------------------------


def text(outcomes: Sequence[Outcome], *, every: bool = False) -> str:
    """A line for each row that differs or is behind, and the counts; with `every`, a line for each row."""
    lines = []
    for outcome in outcomes:
        if every or outcome.result in ("differs", "newer"):
            lines.append(f"{outcome.result}: {outcome.key} ({outcome.place})")
            lines += [f"  the row says: {outcome.row}", f"  the index {outcome.index}"]
    reasons: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome.result == "not confirmable" and not every:
            reasons.setdefault(outcome.index, []).append(outcome.key)
    lines += [f"not confirmable, the index {reason}: {_few(keys)}" for reason, keys in reasons.items()]
    return "\n".join([*lines, counts(outcomes)]) + "\n"


def counts(outcomes: Sequence[Outcome]) -> str:
    """How many rows agree, differ, are behind, cannot be confirmed."""
    number = {result: sum(outcome.result == result for outcome in outcomes) for result in RESULTS}
    return (
        f"{number['agrees']} agree, {number['differs']} differ, {number['newer']} behind the index, "
        f"{number['not confirmable']} not confirmable"
    )


def document(outcomes: Sequence[Outcome]) -> str:
    """The same as JSON (`stackcheck-verify/1`)."""
    summary = {result: sum(outcome.result == result for outcome in outcomes) for result in RESULTS}
    rows = [
        {"id": one.key, "result": one.result, "row": one.row, "index": one.index, "place": one.place}
        for one in outcomes
    ]
    return json.dumps({"schema": "stackcheck-verify/1", "summary": summary, "rows": rows}, indent=2) + "\n"
