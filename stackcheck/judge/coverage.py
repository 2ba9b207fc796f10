"""What was judged and what was not: each requirement, feature and index is one of the two, and never neither.

A requirement is judged where a row or a law decided something of it: it held, it failed, or it narrowed another. What
only might have been decided, had more been known, is not judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge.alternatives import shown
from stackcheck.judge.build_options import has_builds, has_list, options, serves
from stackcheck.judge.domain import Fit, within
from stackcheck.judge.relations import MACHINE
from stackcheck.judge.wheels import on_musl, speaks_of_musl
from stackcheck.matrix.rows import Builds, Compilers, Wheels
from stackcheck.model import UNKNOWN_INDEX, Coverage, Finding, Judged, Known
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stackcheck.judge.check import Check
    from stackcheck.judge.domain import Domain
    from stackcheck.judge.engine import Verdict
    from stackcheck.judge.working import Working
    from stackcheck.model import Ask, Stack

NO_RECORD, NEWER, INDEX, FEATURE, FACTS, IMAGE, CHOICES = (
    f"coverage/{name}" for name in ("no-record", "newer", "index", "feature", "facts", "image", "choices")
)
_DECIDED = ("holds", "fails", "narrows", "limit")
_MACHINE = MACHINE - {"python", "os"}
"""Facts by which one machine differs from another; any Python can be had on most, and nearly all run Linux."""
_OF_FILES = frozenset(("asks", "locks", "wheel-tag", "code", "labels", "online"))
"""Kinds of findings that judge a requirement by what its own line or file says."""


def coverage(work: Working, verdicts: Sequence[Verdict], findings: Iterable[Finding]) -> Coverage:
    """What one run of the engine judged. `findings` are those that it came to."""
    found = tuple(findings)
    judged = _judged(verdicts, found)
    asks = _asks(work.stack)
    needed = _needed(verdicts)
    missing = [entry for ask in asks for entry in _not_judged(work, ask, judged, needed)]
    missing += [entry for name in sorted(work.features) for entry in _feature(work, name)]
    missing += _images(work, found)
    named = {_product(work, ask) or ask.name for ask in asks}
    return Coverage(tuple(judged[name] for name in sorted(judged) if name in named), tuple(dict.fromkeys(missing)))


def joined(parts: Iterable[Coverage]) -> Coverage:
    """The coverage of several runs: what one of them did not judge was not judged."""
    judged: dict[str, Judged] = {}
    missing: dict[Finding, None] = {}
    for part in parts:
        for entry in part.judged:
            other = judged.get(entry.subject)
            judged[entry.subject] = entry if other is None else _more(entry, other)
        missing |= dict.fromkeys(part.not_judged)
    return Coverage(tuple(judged[name] for name in sorted(judged)), tuple(missing))


def of_choices(stack: Stack, left_out: Sequence[str], judged: int) -> Coverage:
    """Choices of extras and groups that are too many to be judged each by itself: what each asks for was judged in
    another choice, and what only the two together would give was not."""
    if not left_out:
        return Coverage()
    names = few([shown(name) for name in left_out], 3)
    text = f"{len(left_out)} of {len(left_out) + judged} choices of extras and groups by themselves ({names})"
    place = next((ask.origin.location for ask in stack.asks if ask.alternatives or ask.group), None)
    return Coverage((), (Finding("coverage", CHOICES, "unknown", "choices", text, ("choices",), location=place),))


def _more(one: Judged, other: Judged) -> Judged:
    counts = {key: max(getattr(one, key), getattr(other, key)) for key in ("rows", "records", "laws", "machine")}
    return Judged(one.subject, **counts, open=tuple(sorted({*one.open, *other.open})))


def _asks(stack: Stack) -> list[Ask]:
    asks = [ask for ask in (*stack.wants, *stack.asks) if ask.applies and not ask.constraint and ask.name != "python"]
    return list({(ask.name, ask.specifier, ask.origin.location): ask for ask in asks}.values())


def _product(work: Working, ask: Ask) -> str | None:
    if ask in work.stack.wants and work.store.knows(ask.name):
        return ask.name
    return work.store.by_distribution(ask.name)


def _judged(verdicts: Sequence[Verdict], findings: Iterable[Finding]) -> dict[str, Judged]:
    """For each subject how many rows, records and laws decided something."""
    rows: dict[str, set[str]] = {}
    laws: dict[str, set[str]] = {}
    records: dict[str, set[str]] = {}
    tables = {"rows": rows, "laws": laws, "records": records}
    for kind, subject, key in (found for verdict in verdicts for found in _decided(verdict)):
        tables[kind].setdefault(subject, set()).add(key)
    for finding in (finding for finding in findings if finding.kind in _OF_FILES):
        for subject in (finding.subject, *finding.involves):
            laws.setdefault(subject, set()).add(finding.id)
    machine = _keys(verdicts, _speaks_of_machine)
    unsure = _keys(verdicts, lambda check: check.result == "unknown" and isinstance(check.row, Builds))

    def judged(name: str) -> Judged:
        rows_, records_, laws_, machine_ = (len(table.get(name, ())) for table in (rows, records, laws, machine))
        return Judged(name, rows_, records_, laws_, machine_, tuple(sorted(unsure.get(name, ()))))

    return {name: judged(name) for name in sorted({*rows, *records, *laws})}


def _decided(verdict: Verdict) -> Iterator[tuple[str, str, str]]:
    """What decided something of which subject: as what it counts, the subject, its key."""
    for check in _checks(verdict):
        if check.result in _DECIDED:
            subjects = filter(None, (verdict.domain.subject, check.target))
            yield from ((kind, subject, key) for subject in subjects for kind, key in _counted(check))
    for step in verdict.domain.steps:
        if step.row is not None and not step.row.recorded:
            yield "rows", verdict.domain.subject, step.row.key


def _counted(check: Check) -> Iterator[tuple[str, str]]:
    """As what a check counts: a law, a row, a record; the law of wheels on the line of a record is both."""
    law = isinstance(check.row, Builds | Wheels | Compilers)
    if check.row.recorded:
        yield "records", check.row.place
    if law or not check.row.recorded:
        yield "laws" if law else "rows", check.row.key


def _checks(verdict: Verdict) -> Iterator[Check]:
    yield from verdict.checks
    for others in verdict.others:
        yield from others


def _keys(verdicts: Iterable[Verdict], counts: Callable[[Check], bool]) -> dict[str, set[str]]:
    """For each product the rows of which some check counts."""
    keys: dict[str, set[str]] = {}
    for verdict in verdicts:
        found = {check.row.key for check in _checks(verdict) if counts(check)}
        if found:
            keys.setdefault(verdict.domain.subject, set()).update(found)
    return keys


def _speaks_of_machine(check: Check) -> bool:
    """Whether what was decided rests on a fact of the machine: one that the row asks for, or where it applies."""
    if check.result not in _DECIDED:
        return False
    if check.row.kind in ("unsupported", "broken") and check.result != "fails":
        return False  # that one thing is not known to be bad says nothing of the rest
    asked = {check.subject, check.target} if check.result != "narrows" or check.target is not None else set()
    return bool(_MACHINE & {*asked, *(name for name, _ in check.row.where)})


def _needed(verdicts: Iterable[Verdict]) -> dict[str, tuple[str, ...]]:
    """For each subject the facts of the machine that would decide something of it, were they known."""
    return {
        verdict.domain.subject: tuple(sorted({name for check in verdict.checks for name in check.missing}))
        for verdict in verdicts
    }


def _not_judged(
    work: Working, ask: Ask, judged: dict[str, Judged], needed: dict[str, tuple[str, ...]]
) -> Iterator[Finding]:
    product = _product(work, ask)
    if product is None:
        if ask.name not in judged:
            yield _entry(work, ask, ask.name, NO_RECORD, f"nothing is known of {ask.name}")
        return
    domain = work.domain(product)
    newest = None if work.store.is_current(product) else _newer_than(work, product, domain)
    if newest is not None:
        title = work.store.product(product).title
        release = domain.values[-1] if domain and domain.values else ask.specifier
        yield _entry(work, ask, product, NEWER, f"{title} {release} is newer than what is known (up to {newest})")
        return
    recorded = product in judged and judged[product].records
    if on_musl(work) and not recorded and domain is not None and domain.presence in ("asked", "wanted", "implied"):
        rows = [row for row in work.store.rows_of(product, Wheels) if work.applies(row)[0] is not False]
        if not any(speaks_of_musl(row) and within(domain, row.release, domain.pick) is not Fit.NONE for row in rows):
            yield _entry(work, ask, product, NO_RECORD, f"whether there is a wheel of {ask.name} for musl is not known")
            return
    index = _unknown_index(work, product, domain, ask)
    if index is not None:
        yield _entry(work, ask, product, INDEX, index)
    elif product not in judged and ask.name not in judged:
        facts = needed.get(product, ())
        if facts:
            yield _entry(work, ask, product, FACTS, f"{ask.name} depends on {few(facts, 3)}, which is not known")
        else:
            yield _entry(work, ask, product, NO_RECORD, _unrecorded(work, ask, product))


def _unrecorded(work: Working, ask: Ask, product: str) -> str:
    """Why nothing is known of what a line asks for: its release is not in the record, or there is none."""
    record = work.store.record(ask.name) if work.store.knows(product) else None
    domain = work.domain(product)
    pick = None if domain is None else domain.pick
    standing = "there" if record is None or pick is None else record.standing(pick)
    if record is not None and standing == "below":
        return f"the record of {ask.name} begins at {record.files_from}"
    if standing == "no line":
        return f"the record of {ask.name} has no release {pick}"
    return f"nothing is known of {ask} on this machine"


def _newer_than(work: Working, product: str, domain: Domain | None) -> str | None:
    """The newest release that is known, where every one that is asked for is newer."""
    header = work.store.product(product)
    known = work.store.newest(product)
    newest = None if known is None else versions.parse(known)
    if domain is None or newest is None or header.compare == "words":
        return None
    if domain.values:
        oldest = versions.parse(domain.values[0])
        newer = oldest is not None and oldest > newest and oldest.base_version != newest.base_version
        return known if newer else None
    beyond = versions.to_range(f">{newest.base_version}")
    return known if domain.range is not None and domain.range.is_subset(beyond) else None


def _unknown_index(work: Working, product: str, domain: Domain | None, ask: Ask) -> str | None:
    """Why the index that a release comes from tells nothing: its address or what is on it is not known."""
    if domain is None or domain.presence not in ("asked", "wanted") or ask.url is not None or ask in work.stack.wants:
        return None
    indexes = work.indexes(domain)
    if indexes is None or (indexes.names and all(name.startswith("${") for name in indexes.names)):
        return f"where {ask.name} comes from is not known"
    names = indexes.names
    if any(name in names for name in work.store.places(product)):
        return None
    if "pypi" not in names and not (has_builds(work, product) and any(serves(work, domain, name) for name in names)):
        return f"what {_index(names)} holds of {ask.name} is not known"
    if domain.pick is None and not any(has_list(name) for name in names):
        return f"which release of {ask.name} {_index(names)} gives is not known"
    if (
        not on_musl(work)
        and has_builds(work, product)
        and domain.pick is not None
        and options(work, domain, domain.pick) is None
    ):
        return f"which build of {ask.name} {domain.pick} {_index(names)} gives on this machine is not known"
    return None


def _index(names: Sequence[str]) -> str:
    shown = {"pypi": "PyPI", UNKNOWN_INDEX: "an index that is not known"}
    return few([shown.get(name, f"the {name} index") for name in names], 2)


def _images(work: Working, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The images of which neither a row nor their own name says anything: for which machines they are, what is in
    them."""
    images = {name: state.origin for name, state in work.stack.images.items() if isinstance(state, Known)}
    said = {state.origin.location for state in work.stack.facts.values() if isinstance(state, Known)}
    said |= {origin.location for name, origin in images.items() if work.store.by_image(name) is not None}
    said |= {finding.location for finding in findings if not images.keys().isdisjoint(finding.involves)}
    for name, origin in sorted(images.items()):
        if origin.location not in said:
            text = f"nothing is known of the image {name}"
            yield Finding("coverage", IMAGE, "unknown", name, text, (name,), location=origin.location)


def _feature(work: Working, name: str) -> Iterator[Finding]:
    """A feature that no row speaks of, with those that come nearest."""
    product, _, feature = name.partition(":")
    known = known_features(work, product)
    if feature in known:
        return
    import difflib

    every = [f"{product}:{other}" for other in known] or [f"{other}:…" for other in work.store.products]
    near = difflib.get_close_matches(name, every, 3, 0.5) or (sorted(every)[:3] if known else [])
    hint = f" (known: {', '.join(near)})" if near else ""
    places = [ask.origin.location for ask in work.stack.features if ask.name == name]
    reason = f"nothing is known of the feature {name}{hint}"
    yield Finding(
        "coverage", FEATURE, "unknown", name, reason, (name, product), location=next(iter(places), None), required=True
    )


def known_features(work: Working, product: str) -> set[str]:
    """The features of a product that the matrix knows."""
    if not work.store.knows(product):
        return set()
    rows = {row.feature for row in work.store.rows(product) if row.feature}
    header = work.store.product(product)
    return rows | set(header.features) | {feature for feature, _ in header.signs}


def _entry(work: Working, ask: Ask, subject: str, key: str, reason: str) -> Finding:
    return Finding(
        "coverage",
        key,
        "unknown",
        subject,
        reason,
        tuple(sorted({subject, ask.name})),
        location=ask.origin.location,
        required=ask in work.stack.wants,
    )
