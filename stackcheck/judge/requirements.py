"""What a certain release requires of another one (Requires-Dist in its record), compared as an installer would.

A requirement counts where the other one is asked for, or is a product of the matrix: what is neither is a resolver's.
Markers are evaluated for the machine, and one that depends on what is not known says nothing; the extras are those that
the lines name (PEP 508, PEP 685). What is installed already is what `pip check` speaks of.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from stackcheck import versions
from stackcheck.judge import requires_dist, wheels, words
from stackcheck.judge.build_options import has_builds
from stackcheck.judge.check import Check
from stackcheck.judge.domain import Domain, Fit, Step, fit, within
from stackcheck.matrix.rows import Condition, Relation
from stackcheck.model import Source
from stackcheck.patterns import pattern
from stackcheck.values import replace
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.working import Working
    from stackcheck.matrix.records import Record
    from stackcheck.matrix.releases import Metadata
    from stackcheck.model import Ask


MOST_FOLLOWED = 100
"""Releases that are read of all that one release pins, far more than any of its kind pins."""
_PIN = pattern(r"\s*==\s*([0-9][0-9A-Za-z.!+-]*)\s*")


def of_pypi(work: Working, domain: Domain) -> bool:
    """Whether what is taken is PyPI's own file: another index has builds that require something else."""
    indexes = work.indexes(domain)
    if indexes is None or indexes.names == ("pypi",):
        return True
    return not has_builds(work, domain.subject) and not wheels.beside(work, domain)


def checks(work: Working, domain: Domain, value: str, record: Record) -> Iterator[Check]:
    """What one release requires of the rest of the stack; nothing where its metadata was not read."""
    key = (record.path, domain.subject, value)
    if key not in work.required or work.required[key][0] is not work.markers:
        work.required[key] = (work.markers, *_rows(work, domain, value, record))
    _, lacking, rows = work.required[key]
    yield from lacking
    if domain.alone:
        return  # pip's --no-deps does not even read them
    own = []
    for row in rows:
        subject, condition = row.needs[0]
        check = _check(work, domain, value, row, subject, condition)
        if check is not None:
            own.append(check)
    failing = [check for check in own if check.bars]
    yield from (_one(work, failing),) if failing else own


def _rows(work: Working, domain: Domain, value: str, record: Record) -> tuple[list[Check], list[Relation]]:
    """The extras that a release lacks, and a row for each of its requirements that counts in this stack."""
    said = metadata(work, record, value)
    if said is None:
        return [], []
    extras = _extras(domain, record.project)
    offered = {requires_dist.distribution_name(extra) for extra in said.extras}
    missing = set() if said.core else extras - offered
    source = _source(record, value)
    lacking = [_no_extra(work, domain, value, record, sorted(missing), said, source)] if missing else []
    stated = _typed(work, domain, value)
    rows = []
    for name, specifier, source, why in _with_pinned(work, record, value, frozenset(extras)):
        subject = work.store.subject(name)
        if subject == domain.subject or subject in stated or not _counts(work, subject):
            continue
        condition = _condition(specifier)
        if condition is not None:
            rows.append(
                Relation(
                    kind="requires",
                    id=f"requires-{name}",
                    product=domain.subject,
                    needs=((subject, condition),),
                    installer=True,
                    sources=(source,),
                    place=record.path,
                    why=why,
                )
            )
    return lacking, rows


def _source(record: Record, value: str) -> Source:
    return Source(f"pkg:pypi/{record.project}@{value}", record.read, "observed")


def _with_pinned(
    work: Working, record: Record, value: str, extras: frozenset[str]
) -> Iterator[tuple[str, str, Source, str | None]]:
    """Name and versions of what a release requires, and of what the releases require that it pins: those come along
    whatever else is chosen. What lines ask for, and what the matrix knows, is judged by itself and not followed."""
    environment = tuple(sorted(work.markers.items()))
    waiting: list[tuple[Record, str, frozenset[str], str]] = [(record, value, extras, "")]
    followed, told = {record.project}, set[tuple[str, str]]()
    for project, release, named, chain in waiting:
        said = metadata(work, project, release)
        if said is None:
            continue
        source = _source(project, release)
        for name, specifier, own in requires_dist.applying(project.project, said.requires, named, environment):
            if specifier and (name, specifier) not in told:
                told.add((name, specifier))
                yield name, specifier, source, f"{chain}, which requires {name}{specifier}." if chain else None
            pin = _PIN.fullmatch(specifier)
            if pin is None or name in followed or len(followed) > MOST_FOLLOWED or _is_judged(work, name):
                continue
            followed.add(name)
            other = work.store.record(name)
            if other is not None:
                chained = f"{chain}, which pins" if chain else "It pins"
                waiting.append((other, pin[1], frozenset(own), f"{chained} {name} {pin[1]}"))


def _is_judged(work: Working, name: str) -> bool:
    """Whether a distribution is one of which lines or the matrix say more than what pins it."""
    subject = work.store.subject(name)
    return subject in work.asks or work.store.store.knows(subject)


def _extras(domain: Domain, project: str) -> set[str]:
    """The extras that the lines name of this distribution."""
    asks = [ask for ask in domain.asks if not ask.constraint and ask.name in (project, domain.subject)]
    return {requires_dist.distribution_name(extra) for ask in asks for extra in ask.extras}


def _typed(work: Working, domain: Domain, value: str) -> set[str]:
    """The subjects of which a row of the matrix says already what this release needs."""
    return {
        subject
        for row in work.rows_for(domain, Relation, value)
        if row.kind != "conflicts"
        for subject, _ in row.needs
        if work.applies(row)[0] is not False
    }


def _counts(work: Working, subject: str) -> bool:
    """Whether the stack speaks of it, or the matrix does, or two of its releases require it."""
    known = subject in work.asks or subject in work.installed or work.store.store.knows(subject)
    return known or subject in work.shared


def shared(work: Working) -> frozenset[str]:
    """What two or more releases require that lines pin: their requirements must agree whatever it is."""
    once: set[str] = set()
    twice: set[str] = set()
    for name in work.asks:
        domain = work.domain(name)
        if domain is None or domain.presence not in ("asked", "wanted") or domain.alone or len(domain.values) != 1:
            continue
        required: set[str] = set()
        for distribution in work.store.distributions(name):
            record = work.store.record(distribution)
            said = None if record is None else metadata(work, record, domain.values[0])
            if said is not None:
                pairs = _applying(work, distribution, said, frozenset(_extras(domain, distribution)))
                required |= {work.store.subject(each) for each, _ in pairs}
        twice |= once & required
        once |= required
    return frozenset(twice)


def metadata(work: Working, record: Record, value: str) -> Metadata | None:
    """What the wheel for this machine says; None where it was not read."""
    release, arch = record.release(value), work.domain("arch")
    return None if release is None else release.metadata(arch.values[0] if arch and len(arch.values) == 1 else None)


def required(work: Working, domain: Domain, value: str, record: Record) -> frozenset[str] | None:
    """The distributions that an installer brings along with a release; None where its metadata was not read."""
    said = metadata(work, record, value)
    if said is None:
        return None
    extras, environment = frozenset(_extras(domain, record.project)), tuple(sorted(work.markers.items()))
    return frozenset(name for name, *_ in requires_dist.applying(record.project, said.requires, extras, environment))


def _applying(work: Working, project: str, said: Metadata, extras: frozenset[str]) -> list[tuple[str, str]]:
    """Names and versions of the requirements that are known to apply on this machine, with these extras."""
    environment = tuple(sorted(work.markers.items()))
    applying = requires_dist.applying(project, said.requires, extras, environment)
    return list(dict.fromkeys((name, specifier) for name, specifier, _ in applying if specifier))


@lru_cache(maxsize=4096)
def _condition(specifier: str) -> Condition | None:
    """The versions of a requirement as a condition; None for text that is no set of versions."""
    if "===" in specifier:
        return None
    text = ",".join(part.strip() for part in specifier.split(",") if part.strip())
    try:
        if versions.clauses(text) is None:
            versions.to_range(text)
    except versions.ConditionError:
        return None
    return Condition((text,))


def _check(
    work: Working, domain: Domain, value: str, row: Relation, subject: str, condition: Condition
) -> Check | None:
    state = work.state(subject)
    if not isinstance(state, Domain):
        pin = _pinned_by_another(work, domain, subject, condition)
        if pin is not None:
            return _against(work, domain, value, row, pin, condition)
        # An installer brings what the matrix knows; a preflight says itself what is to be installed.
        known = work.store.store.knows(subject) and work.store.product(subject).pip
        brought = not work.preflight and (known or subject in work.shared)
        return _result("narrows", domain, row, subject, condition) if brought else None
    if any(ask.url is not None or "===" in ask.specifier for ask in state.asks):
        return None
    found = fit(state, condition)
    if state.presence in ("found", "some"):
        # What is installed is replaced, and that is silent; but not where the build is another one afterwards.
        replaced = found is Fit.NONE and has_builds(work, subject)
        return _failure(work, domain, value, row, state, condition, hard=False) if replaced else None
    if found is Fit.UNKNOWN:
        return None
    if found is not Fit.NONE:
        pin = _pinned_by_another(work, domain, subject, condition)
        if pin is not None:
            return _against(work, domain, value, row, pin, condition)
        return _result("holds" if found is Fit.ALL else "narrows", domain, row, subject, condition)
    own, others = groups(domain.asks), groups(state.asks)
    if own and others and not own & others:
        return None  # two extras or groups that need not be installed together
    return _failure(work, domain, value, row, state, condition, hard=together(domain, state))


def together(one: Domain, other: Domain) -> bool:
    """Whether an installer that sees the lines for the one sees those for the other too."""
    own, others = groups(one.asks), groups(other.asks)
    return (not others or bool(own & others)) and _one_command(one, other)


RESOLVED = (".txt", ".in", ".toml", ".lock", ".cfg", ".py", ".pip", "-")
"""How the names of files end whose lines an installer takes all at once; "-" is standard input."""
Pin: TypeAlias = "tuple[Domain, Relation, Condition]"
"""What a release that is asked for pins by its metadata, though it is known to work with others too."""


def pins(work: Working) -> dict[str, list[Pin]]:
    """For each subject such pins of rows; an installer enforces them all the same."""
    found: dict[str, list[Pin]] = {}
    for name in work.asks:
        domain = work.domain(name) if work.store.store.knows(name) else None
        if domain is None or domain.presence not in ("asked", "wanted") or domain.alone or len(domain.values) != 1:
            continue
        for row in work.store.rows_of(name, Relation):
            soft = row.installer and not row.hard and within(domain, row.release, domain.values[0]) is Fit.ALL
            if soft and work.applies(row)[0] is True:
                for subject, condition in row.needs:
                    found.setdefault(subject, []).append((domain, row, condition))
    return found


def _pinned_by_another(work: Working, domain: Domain, subject: str, condition: Condition) -> Pin | None:
    others = work.pins.get(subject, ())
    return next((pin for pin in others if pin[0].subject != domain.subject and _apart(pin[2], condition)), None)


def _apart(one: Condition, other: Condition) -> bool:
    return one.match == other.match == "version" and one.range.is_disjoint(other.range)


def _against(work: Working, domain: Domain, value: str, row: Relation, pin: Pin, condition: Condition) -> Check:
    other, pinning, pinned = pin
    who, what = words.named(domain, value, work.store), words.title(row.needs[0][0], work.store)
    place = f" ({other.location})" if other.location else ""
    them = words.named(other, other.values[0], work.store)
    hard = together(domain, other)
    return Check(
        row,
        "fails",
        hard,
        hard,
        subject=domain.subject,
        message=f"{who} needs {what} {condition}; {them} needs {what} {pinned}{place}.{_by_pins(row)}",
        because=(*domain.steps, *other.steps, Step(pinning.why or f"{them} needs {what} {pinned}", pinning.key)),
        involves=domain.involved | other.involved | {row.needs[0][0]},
        condition=condition,
    )


def _one_command(one: Domain, other: Domain) -> bool:
    """Whether one installer sees both: what two commands of a script install is not resolved together."""
    places = [step.location for domain in (one, other) for step in domain.steps if step.location is not None]
    scripts = [place for place in places if not place.path.endswith(RESOLVED)]
    return not scripts or len({(place.path, place.line) for place in places}) == 1


def groups(asks: tuple[Ask, ...]) -> frozenset[str]:
    """The extras and groups that alone ask for something; none where a plain line does."""
    named = [ask.group for ask in asks if not ask.constraint]
    return frozenset() if None in named else frozenset(group for group in named if group is not None)


def _result(result: str, domain: Domain, row: Relation, subject: str, condition: Condition) -> Check:
    return Check(row, result, True, True, subject=domain.subject, target=subject, condition=condition)  # type: ignore[arg-type]


def _failure(
    work: Working, domain: Domain, value: str, row: Relation, state: Domain, condition: Condition, *, hard: bool
) -> Check:
    who, what = words.named(domain, value, work.store), words.title(state.subject, work.store)
    return Check(
        row,
        "fails",
        hard,
        hard,
        subject=domain.subject,
        message=f"{who} needs {what} {condition}; {_instead(state, condition)}.{_by_pins(row)}",
        because=(*domain.steps, *state.steps),
        involves=domain.involved | state.involved,
        condition=condition,
    )


def _by_pins(row: Relation) -> str:
    """The releases by which a requirement comes, where it is none of the release's own."""
    return f" {row.why}" if row.why else ""


def _instead(state: Domain, condition: Condition) -> str:
    """What stands against it: a line, or what something else requires."""
    for step in state.steps:
        needs = step.row.needs if isinstance(step.row, Relation) else ()
        if any(name == state.subject and other.range.is_disjoint(condition.range) for name, other in needs):
            place = f" ({step.location or _place(state, step)})" if _place(state, step) else ""
            return f"{step.text.rstrip('.')}{place}"
    return words.has(state.subject, state, condition)


def _place(state: Domain, step: Step) -> str:
    """The line that asked for what a step speaks of: the last one before it in the chain."""
    before = state.steps[: state.steps.index(step)]
    return next((str(one.location) for one in reversed(before) if one.location is not None), "")


def _one(work: Working, failing: list[Check]) -> Check:
    """One cause, one finding: the first conflict, with the other ones as reasons."""
    first, *others = failing
    if not others:
        return first
    steps = tuple(Step(check.message.rstrip("."), check.row.sources[0].url, check.involves) for check in others)
    rows = [check.row for check in others]
    names = few(
        [words.title(name, work.store) for row in rows if isinstance(row, Relation) for name, _ in row.needs], 4
    )
    message = f"{first.message} Nor do they agree on {names}."
    involves = first.involves.union(*(check.involves for check in others))
    return replace(first, message=message, because=(*first.because, *steps), involves=involves)


def _no_extra(
    work: Working, domain: Domain, value: str, record: Record, extras: list[str], said: Metadata, source: Source
) -> Check:
    row = Relation(
        kind="requires", id="extras", product=domain.subject, installer=True, sources=(source,), place=record.path
    )
    offered = f"it offers {few(sorted(said.extras), 8)}" if said.extras else "it offers none"
    text = f"{words.named(domain, value, work.store)} has no extra {' or '.join(extras)}; {offered}."
    return Check(
        row, "fails", False, False, subject=domain.subject, message=text, because=domain.steps, involves=domain.involved
    )
