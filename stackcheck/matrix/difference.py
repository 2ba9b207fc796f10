"""What changed between two matrix folders: products and rows; releases, wheels and pins of records. Pure apart from
opening records."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from packaging.requirements import InvalidRequirement, Requirement

from stackcheck.matrix.records import Wheels
from stackcheck.matrix.show import details
from stackcheck.values import dataclass
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stackcheck.matrix.records import Record, Records, Release
    from stackcheck.matrix.rows import Product, Row

SCHEMA = "stackcheck-diff/1"


@dataclass(frozen=True, slots=True)
class Change:
    """What is different for one project of an index; where `index` is "", for a product of the matrix and one of its
    rows, whose id is the `release`. `what` is one of `KINDS`; `text` is a phrase for people."""

    index: str
    project: str
    what: str
    release: str
    text: str


KINDS = {
    "product-new": "new products",
    "product-gone": "products that are gone",
    "product": "products that are told otherwise",
    "row-new": "new rows",
    "row-gone": "rows that are gone",
    "row": "rows that say something else",
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


_TITLE = ("id", "place")
"""Fields of a product that say nothing of it."""
_LONG = ("message", "why", "fix")
"""Fields of a row of which only is said that they are others: sentences."""


def row_changes(
    old: tuple[Iterable[Product], Iterable[Row]], new: tuple[Iterable[Product], Iterable[Row]]
) -> tuple[Change, ...]:
    """What the new products and rows say otherwise than the old ones. The day on which a source was read again, and the
    file that a row stands in, are no difference."""
    found: list[Change] = []
    products, later = ({one.id: one for one in products} for products, _ in (old, new))
    for name in sorted(products.keys() | later.keys()):
        was, now = products.get(name), later.get(name)
        if was is None or now is None:
            there = was or now
            found.append(
                Change("", name, f"product-{'new' if was is None else 'gone'}", "", there.title if there else "")
            )
        elif text := _told(was, now):
            found.append(Change("", name, "product", "", text))
    rows, newer = ({one.key: one for one in rows} for _, rows in (old, new))
    for key in sorted(rows.keys() | newer.keys()):
        before, after = rows.get(key), newer.get(key)
        product, _, name = key.partition("/")
        if before is None or after is None:
            one = before or after
            text = "; ".join(f"{field} {value}" for field, value in details(one)) if one else ""
            found.append(Change("", product, f"row-{'new' if before is None else 'gone'}", name, text))
        elif text := _other(_said(before), _said(after)):
            found.append(Change("", product, "row", name, text))
    return tuple(sorted(found, key=lambda one: list(KINDS).index(one.what)))


def _told(was: Product, now: Product) -> str:
    """What a header says otherwise, as a phrase; of lists only what came and what went."""
    parts = []
    for name, old in vars(was).items():
        new = getattr(now, name)
        if name in _TITLE or old == new:
            continue
        if not isinstance(old, tuple):
            parts.append(_arrow(name, str(old or ""), str(new or "")))
            continue
        lists = ((set(new) - set(old), new, "new"), (set(old) - set(new), old, "gone"))
        parts += [
            f"{name} {', '.join(_item(one) for one in held if one in only)} ({word})"
            for only, held, word in lists
            if only
        ]
    return "; ".join(parts)


def _item(value: str | tuple[str, tuple[str, ...]]) -> str:
    """One member of a header's list: a word, or a feature with its signs."""
    return value if isinstance(value, str) else f"{value[0]}: {' '.join(value[1])}"


def _arrow(name: str, old: str, new: str) -> str:
    return f"{name} {old} → {new}" if old and new else f"{name} {old or new} ({'gone' if old else 'new'})"


def _said(row: Row) -> dict[str, str]:
    """What a row says, field by field."""
    fix = "" if row.fix is None else "\n".join((row.fix.text, *row.fix.commands))
    sources = ", ".join(sorted(f"{source.url} ({source.confidence})" for source in row.sources))
    texts = {"message": row.message, "why": row.why, "fix": fix, "until": row.until, "source": sources}
    return {"kind": row.kind, **dict(details(row)), **{name: text or "" for name, text in texts.items()}}


def _other(was: Mapping[str, str], now: Mapping[str, str]) -> str:
    """The fields that differ, as a phrase; "" where none does."""
    parts = []
    for name in dict.fromkeys((*was, *now)):
        old, new = was.get(name, ""), now.get(name, "")
        if old == new:
            continue
        if name in _LONG:
            parts.append(f"{name} is {'another' if old and new else 'new' if new else 'gone'}")
        else:
            parts.append(_arrow(name, old, new))
    return "; ".join(parts)


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
    if not change.index and change.release:
        name = f"{change.project}/{change.release}"
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
        return "nothing changed"
    rows = sum(not change.index for change in found)
    names = "project" if not rows else "product" if rows == len(found) else "product or project"
    plural = names.replace(" or", "s or") + "s" if len(projects) != 1 else names
    return f"{len(found)} change{'s' * (len(found) != 1)} in {len(projects)} {plural}: " + few(projects, 6)
