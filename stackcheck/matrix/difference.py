"""What changed between the records of two matrix folders: releases, wheels, pins. Pure apart from opening records."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from packaging.requirements import InvalidRequirement, Requirement

from stackcheck.matrix.records import Wheels
from stackcheck.values import dataclass
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stackcheck.matrix.records import Record, Records, Release

SCHEMA = "stackcheck-diff/1"


@dataclass(frozen=True, slots=True)
class Change:
    """What is different for one project. `what` is one of `KINDS`; `text` is a phrase for people."""

    index: str
    project: str
    what: str
    release: str
    text: str


KINDS = {
    "record-new": "new records",
    "record-gone": "records that are gone",
    "release-new": "new releases",
    "release-gone": "releases that are gone",
    "yanked": "yanked, or no longer",
    "wheels-new": "new wheels of known releases",
    "wheels-gone": "wheels that are gone",
    "sdist": "source distributions",
    "python": "other Pythons",
    "pin": "requirements of the newest release",
}
"""What can have changed, in the order in which it is said."""


def changes(old: Records, new: Records) -> tuple[Change, ...]:
    """What the new records say otherwise than the old ones, by index and project. Raises `MatrixError`."""
    found: list[Change] = []
    for index in sorted({*old.indexes(), *new.indexes()}):
        for project in sorted({*old.projects(index), *new.projects(index)}):
            before, after = old.record(project, index), new.record(project, index)
            if before is None or after is None:
                there = before or after
                what = "record-new" if before is None else "record-gone"
                text = f"{len(there)} releases, up to {next(iter(there.versions), 'none')}" if there else ""
                found.append(Change(index, project, what, "", text))
            elif before.data.partition(b"\n")[2] != after.data.partition(b"\n")[2]:
                found += (Change(index, project, *change) for change in _of_project(before, after))
    order = list(KINDS)
    return tuple(sorted(found, key=lambda one: (one.index, order.index(one.what), one.project)))


def _of_project(before: Record, after: Record) -> Iterator[tuple[str, str, str]]:
    """Kind, release and phrase of each change."""
    for version in after.versions:
        release = after.release(version)
        known = before.release(version)
        if release is None:
            continue
        if known is None:
            yield "release-new", version, "; ".join(_wheels(release.wheels)) or "no wheel"
        else:
            yield from _of_release(known, release)
    gone = [version for version in before.versions if after.release(version) is None]
    yield from (("release-gone", version, "") for version in gone)
    yield from _pins(_newest(before), _newest(after))


def _of_release(known: Release, release: Release) -> Iterator[tuple[str, str, str]]:
    if known.yanked != release.yanked:
        yield "yanked", release.version, "yanked" if release.yanked else "no longer yanked"
    was, now = _pairs(known), _pairs(release)
    for what, pairs in (("wheels-new", now - was), ("wheels-gone", was - now)):
        if pairs:
            yield what, release.version, "; ".join(_wheels(_grouped(pairs)))
    if known.sdist != release.sdist:
        yield "sdist", release.version, "there now" if release.sdist else "gone"
    if known.python != release.python:
        yield "python", release.version, f"{known.python or 'any'} → {release.python or 'any'}"


def _pairs(release: Release) -> set[tuple[str, str]]:
    return {(python, platform) for some in release.wheels for python in some.pythons for platform in some.platforms}


def _grouped(pairs: Iterable[tuple[str, str]]) -> tuple[Wheels, ...]:
    by_platform: dict[str, list[str]] = {}
    for python, platform in sorted(pairs):
        by_platform.setdefault(platform, []).append(python)
    by_pythons: dict[tuple[str, ...], list[str]] = {}
    for platform, pythons in by_platform.items():
        by_pythons.setdefault(tuple(pythons), []).append(platform)
    return tuple(Wheels(pythons, tuple(platforms)) for pythons, platforms in by_pythons.items())


def _wheels(wheels: Sequence[Wheels]) -> list[str]:
    return [str(Wheels(some.pythons, some.platforms)) for some in wheels]


def _newest(record: Record) -> Release | None:
    """The newest release of which metadata is known."""
    return next((release for release in record if release.main is not None), None)


def _pins(before: Release | None, after: Release | None) -> Iterator[tuple[str, str, str]]:
    """What the newest release asks of others otherwise than the newest did."""
    if before is None or after is None or before.main is None or after.main is None:
        return
    was, now = _by_name(before.main.requires), _by_name(after.main.requires)
    for name in sorted(was.keys() | now.keys()):
        old, new = was.get(name, ""), now.get(name, "")
        if old != new:
            text = f"{old} → {new}" if old and new else f"{new} (new)" if new else f"{old} (gone)"
            yield "pin", after.version, text if before.version == after.version else f"{text}, since {before.version}"


def _by_name(requires: Sequence[str]) -> dict[str, str]:
    """The requirements on each project that stand without an extra, as one text."""
    found: dict[str, list[str]] = {}
    for text in requires:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        if requirement.marker is None or "extra" not in str(requirement.marker):
            found.setdefault(requirement.name, []).append(text)
    return {name: ", ".join(sorted(texts)) for name, texts in found.items()}


# --- how it is said ------------------------------------------------------------------------------------------------


def _sections(found: Sequence[Change]) -> Iterator[tuple[str, list[Change]]]:
    for what, title in KINDS.items():
        here = [change for change in found if change.what == what]
        if here:
            yield title, here


def _line(change: Change) -> str:
    name = f"{change.project} {change.release}".rstrip()
    return f"{name}: {change.text}" if change.text else name


def text(found: Sequence[Change]) -> str:
    """For people."""
    lines = []
    for title, here in _sections(found):
        lines += [f"{title}:", *(f"  {_line(change)}" for change in here)]
    return "\n".join([*lines, _counts(found)]) + "\n"


def markdown(found: Sequence[Change]) -> str:
    """For a pull request."""
    lines = [_counts(found), ""]
    for title, here in _sections(found):
        lines += [f"### {title[0].upper()}{title[1:]}", "", *(f"- `{_line(change)}`" for change in here), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def document(found: Sequence[Change]) -> str:
    """As JSON (`stackcheck-diff/1`)."""
    changed: list[dict[str, Any]] = [
        {"index": one.index, "project": one.project, "what": one.what, "release": one.release, "text": one.text}
        for one in found
    ]
    return json.dumps({"schema": SCHEMA, "changes": changed}, indent=2) + "\n"


def _counts(found: Sequence[Change]) -> str:
    projects = sorted({change.project for change in found})
    if not projects:
        return "no record changed"
    return (
        f"{len(found)} change{'s' * (len(found) != 1)} in {len(projects)} project{'s' * (len(projects) != 1)}: "
        + few(projects, 6)
    )
