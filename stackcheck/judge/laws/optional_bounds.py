"""Versions that a project states for what it uses where it is there: the bounds of its extras.

`mmdet 3.3.0` names mmcv below 2.2.0 and `transformers 5` torch from 2.4 on in an extra alone. Who installs the two by
separate lines is told nothing by an installer, and by the project when it is imported.
"""

from __future__ import annotations

from itertools import filterfalse
from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge import requirements, requires_dist
from stackcheck.matrix.rows import Relation
from stackcheck.model import Finding, Fix, Known, Reason, Source
from stackcheck.patterns import pattern
from stackcheck.values import dataclass
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.working import Working
    from stackcheck.matrix.records import Record
    from stackcheck.model import Location

RULE = Source("https://packaging.python.org/en/latest/specifications/core-metadata/#provides-extra-multiple-use",
              "2026-11-28", "official")  # fmt: skip
_EXTRA = pattern(r"extra == '([^']*)'")
_EXACT = pattern(r"(?:==|~=|!=)")
"""Clauses that say what a project was tested with, and no bound."""
_DEVELOPERS = pattern(
    r"(?:^|-)(?:tests?|testing|dev|devel|develop|development|docs?|documentation|lint|linting|quality|style|format"
    r"|typing|types|mypy|build|release|ci|bench|benchmarks?|examples?|notebooks?|tutorials?|contrib|deploy)(?:-|$)"
)
"""Extras by which a project is tested, documented or checked: their bounds are those of its workshop."""
NAMED = 3


@dataclass(frozen=True, slots=True)
class Held:
    """A release that is here or pinned."""

    version: str
    origin: str
    location: Location | None


def findings(work: Working) -> Iterator[Finding]:
    """What is here or pinned, and outside of all the bounds that another release states for it in its extras."""
    held = _held(work)
    asked = {ask.name for ask in work.stack.asks}
    for name, own in sorted(held.items()):
        # To open the records of all that is installed takes too long: of that the products of the matrix speak.
        speaks = name in asked or work.store.store.by_distribution(name) is not None
        record = work.store.record(name) if speaks else None
        said = None if record is None else requirements.metadata(work, record, own.version)
        if record is None or said is None or said.core:
            continue
        always = {
            parsed[0] for text in said.requires if "extra ==" not in text and (parsed := requires_dist.parse(text))
        }
        bounds: dict[str, dict[str, list[str]]] = {}
        for text in said.requires:
            parsed = requires_dist.parse(text) if "extra ==" in text else None
            if parsed is not None and parsed[0] in held and parsed[0] not in always and parsed[0] != name:
                for extra in filterfalse(_DEVELOPERS.search, _EXTRA.findall(parsed[2] or "")):
                    if requires_dist.applies(parsed[2], {**work.markers, "extra": extra}):
                        bounds.setdefault(parsed[0], {}).setdefault(parsed[1], []).append(extra)
        for other, stated in sorted(bounds.items()):
            there = held[other]
            if all(_outside(specifier, there.version) for specifier in stated) and not _spoken(work, name, other):
                yield _finding(work, name, own, other, there, stated, record)


def _held(work: Working) -> dict[str, Held]:
    """What is pinned, else installed, as far as its version is a release."""
    found: dict[str, Held] = {}
    for name, state in work.stack.packages.items():
        if (
            isinstance(state, Known)
            and versions.strict(state.value) is not None
            and not versions.is_preview(state.value)
        ):
            found[name] = Held(state.value.partition("+")[0], state.origin.place, state.origin.location)
    for ask in work.stack.asks:
        domain = work.domain(work.store.subject(ask.name)) if ask.applies and ask.url is None else None
        taken = domain is not None and domain.presence == "asked" and not ask.constraint and ask.group is None
        if domain is not None and taken and domain.pick is not None:
            found[ask.name] = Held(domain.pick.partition("+")[0], ask.origin.place, ask.origin.location)
    return found


def _outside(specifier: str, version: str) -> bool:
    """Whether bounds, and nothing that is exact, shut a version out."""
    return bool(specifier) and not _EXACT.search(specifier) and not requires_dist.allows(specifier, version)


def _spoken(work: Working, name: str, other: str) -> bool:
    """Whether a row of the matrix says what of the other goes with it."""
    subject = work.store.subject(name)
    rows = work.store.rows_of(subject, Relation) if work.store.store.knows(subject) else ()
    return any(needed == work.store.subject(other) for row in rows for needed, _ in row.needs)


def _finding(
    work: Working, name: str, own: Held, other: str, there: Held, stated: dict[str, list[str]], record: Record
) -> Finding:
    extras = few(sorted({extra for names in stated.values() for extra in names}), NAMED)
    bounds = few([f"{other}{specifier}" for specifier in stated], NAMED)
    subjects = sorted({work.store.subject(name), work.store.subject(other)})
    return Finding(
        "pairs",
        f"pairs/{name}-{other}-optional",
        "warning",
        work.store.subject(name),
        f"{name} {own.version} uses {other} where it is there, and is made for {bounds} (its extra {extras}); here it "
        f"is {there.version}, of which an installer says nothing.",
        involves=tuple(sorted({*subjects, name, other})),
        location=there.location or own.location,
        because=(Reason(f"{name} {own.version}", own.origin), Reason(f"{other} {there.version}", there.origin)),
        fix=Fix(f"Take {bounds}, or another release of {name}."),
        sources=(Source(f"pkg:pypi/{record.project}@{own.version}", record.read, "observed"), RULE),
    )
