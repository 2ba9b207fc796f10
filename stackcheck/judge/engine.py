"""The judge: narrows every subject by every row until nothing changes, then says what holds and what does not.

Two rounds. First only what an installer enforces by itself (pins in metadata, requires-python, wheel tags), in
silence: it decides which release would be taken (the pick). Then every row. A value that a row bars is taken out of
its domain; a domain of which every value is barred stays as it was, and the rows that bar the pick are the failures.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from packaging.ranges import VersionRange

from stackcheck import versions
from stackcheck.judge import build_options, builds, known_bad, recorded, relations, wheels, words
from stackcheck.judge.domain import Domain, Step, pick
from stackcheck.judge.laws import drivers, run_time, toolkit
from stackcheck.matrix.rows import Broken, Loads, Relation, Unsupported, Wheels
from stackcheck.model import Absent
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackcheck.judge.build_options import Options
    from stackcheck.judge.check import Check
    from stackcheck.judge.domain import State
    from stackcheck.judge.working import Working
    from stackcheck.matrix.rows import Condition, Row

    Kind = Callable[[Working, Domain, "str | None", "Options | None"], Iterator[Check]]

KINDS: tuple[Kind, ...] = (
    wheels.checks,
    builds.checks,
    toolkit.checks,
    drivers.checks,
    run_time.checks,
    relations.checks,
    known_bad.checks,
)
ABOUT_RELEASES = (Wheels, Loads, Relation, Broken, Unsupported)
"""The classes of rows of which the laws want one: laws on builds and toolkits aside, they say nothing of a release of
which none speaks."""
MAX_ROUNDS = 100
"""Far above what a matrix needs: each round takes at least one value out of a finite list."""


Allowed: TypeAlias = "list[list[tuple[Row, Condition]]]"
"""What each remaining value of one product allows of another subject: rows with their conditions, value by value."""


@dataclass(frozen=True, eq=False, repr=False)
class Verdict:
    """What one product came to: its domain, the checks of the value that counts, and of the other values."""

    domain: Domain
    checks: tuple[Check, ...]
    failing: bool
    others: tuple[tuple[Check, ...], ...] = ()


def solve(work: Working) -> list[Verdict]:
    """Judges every product that comes up. `work` holds the narrowed domains afterwards."""
    _settle(work, installer_only=True)
    work.first = {name: _pick_of(work, name) for name in work.active()}
    return _settle(work, installer_only=False)


def _settle(work: Working, *, installer_only: bool) -> list[Verdict]:
    """Rounds until one changes nothing; the verdicts of that one."""
    verdicts: list[Verdict] = []
    for _ in range(MAX_ROUNDS):
        changed, verdicts = _round(work, installer_only=installer_only)
        if not changed:
            return verdicts
    work.settled = False
    return verdicts


def _pick_of(work: Working, name: str) -> str | None:
    domain = work.domain(name)
    return domain.pick if domain else None


def _round(work: Working, *, installer_only: bool) -> tuple[bool, list[Verdict]]:
    changed, verdicts = False, []
    for name in work.active():
        verdict, effect = work.remembered((name, installer_only), partial(_turn, work, name, installer_only))
        if verdict is not None:
            verdicts.append(verdict)
            changed |= effect
    return changed, verdicts


def _turn(work: Working, name: str, installer_only: bool) -> tuple[Verdict | None, bool]:
    verdict = _examine(work, name, installer_only=installer_only)
    if verdict is None:
        return None, False
    if verdict.failing and not (installer_only or work.preflight):
        work.failed.add(name)
    return verdict, _apply(work, verdict)


def _examine(work: Working, name: str, *, installer_only: bool = False) -> Verdict | None:
    domain = work.domain(name)
    if domain is None:
        return None
    per = _per_value(work, domain, installer_only=installer_only)
    kept = {value: found for value, found in per.items() if not found or not any(check.bars for check in found)}
    failing = not kept
    # What is on no index that is asked explains less than what is there and fails.
    there = kept or [value for value, found in per.items() if not any(check.kind == "index" for check in found)]
    counted = pick(tuple(value for value in (there or per) if value is not None))
    others = tuple(found for value, found in per.items() if value != counted and (failing or value in kept))
    barred = {value: found for value, found in per.items() if value not in kept and value is not None}
    if barred and not failing:
        domain = _without(domain, barred)
    checks = tuple(per[counted])
    return Verdict(domain, _as_taken(domain, checks) if failing else checks, failing, others)


def _as_taken(domain: Domain, checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """The checks of a pick that an installer itself does not take. Where all that it would take was ruled out before,
    that is what fails: the newest of it by the last step that says so."""
    step = next((one for one in reversed(domain.steps) if one.row is not None and not one.quiet), None)
    barring = [check for check in checks if check.bars]
    if step is None or step.row is None or step.row.product != domain.subject or not barring:
        return checks
    if not all(check.installer and check.kind is None and check.row.recorded for check in barring):
        return checks
    message = f"{step.text} It is what an installer takes here, since {barring[0].message}"
    taken = replace(
        barring[0], row=step.row, installer=False, message=message, fix=getattr(step.row, "fix", None), condition=None
    )
    return (*(check for check in checks if not check.bars), taken)


def _per_value(work: Working, domain: Domain, *, installer_only: bool) -> dict[str | None, tuple[Check, ...]]:
    """For each value what rows and records say of it."""
    values: tuple[str | None, ...] = domain.values or (None,)
    rows = work.store.store.knows(domain.subject)
    per: dict[str | None, tuple[Check, ...]] = dict.fromkeys(values, ())
    if rows:
        by_rows = work.remembered((domain.subject,), partial(_by_rows, work, domain.subject))
        per |= _of_installer(by_rows) if installer_only else by_rows
    recorded.add(work, domain, per)
    return _of_installer(per) if installer_only else per


def _by_rows(work: Working, subject: str) -> dict[str | None, tuple[Check, ...]]:
    domain = work.domain(subject)
    assert domain is not None  # noqa: S101 - it is looked up to be remembered by, and is there
    builds = build_options.has_builds(work, subject)
    if builds or subject == "cuda-toolkit" or len(domain.values) < 2:
        return {value: _checks(work, domain, value, builds=builds) for value in domain.values or (None,)}
    kinds = [kind for kind in ABOUT_RELEASES if work.store.rows_of(subject, kind)]
    told = {value: any(work.store.rows_at(subject, kind, value) for kind in kinds) for value in domain.values}
    return {value: _checks(work, domain, value, builds=False) if told[value] else () for value in domain.values}


def _of_installer(per: dict[str | None, tuple[Check, ...]]) -> dict[str | None, tuple[Check, ...]]:
    """The checks of each value that an installer makes by itself."""
    return {value: checks and tuple(check for check in checks if check.installer) for value, checks in per.items()}


def _checks(work: Working, domain: Domain, value: str | None, *, builds: bool) -> tuple[Check, ...]:
    possible = build_options.options(work, domain, value) if builds else _labelled(value)
    return tuple(_as_sure(work, domain, check) for kind in KINDS for check in kind(work, domain, value, possible))


def _labelled(value: str | None) -> Options | None:
    """The build that a value's own label names, of a product of whose builds nothing else is known."""
    label = versions.local_label(value) if value is not None else None
    return None if label is None else build_options.Options((), f"the label +{label}", label=label)


def _as_sure(work: Working, domain: Domain, check: Check) -> Check:
    """A failure that rests on the build of another product, which is only likely, or on the absence of an exception of
    which nothing is known, rules nothing out."""
    if not check.bars:
        return check
    if check.row.unless and work.unsure(check.row):
        return replace(check, hard=False)
    subjects = {check.subject, *(name for name, _ in (*check.row.where, *check.row.unless))} - {
        domain.subject,
        "variant",
    }
    guessed = any(state is not None and state.assumed for state in map(work.domain, subjects))
    return replace(check, hard=False) if guessed else check


def _without(domain: Domain, barred: dict[str, tuple[Check, ...]]) -> Domain:
    """The domain without its barred values, one step for each row that bars some."""
    by_row: dict[str, list[str]] = {}
    first: dict[str, Check] = {}
    for value, found in barred.items():
        check = next(check for check in found if check.bars)
        by_row.setdefault(check.row.key, []).append(value)
        first[check.row.key] = check
    for key, values in by_row.items():
        check = first[key]
        left = tuple(value for value in domain.values if value not in values)
        origin = "index" if check.kind == "index" else key
        step = Step(check.message, origin, check.involves, None, (), check.row, quiet=check.installer)
        domain = domain.narrowed(left, step)
    return domain


def _apply(work: Working, verdict: Verdict) -> bool:
    """Writes a verdict's narrowings into the working state; whether anything changed."""
    changed = verdict.domain is not work.domain(verdict.domain.subject)
    if changed:
        work.put(verdict.domain)
    for subject, per_value in _allowed(verdict, preflight=work.preflight).items():
        changed |= _narrow(work, verdict, subject, per_value)
    if verdict.domain.subject == "torch":
        state = build_options.cuda_state(work, verdict.domain)
        if _says_more(state, work.state("cuda")):
            work.put_state("cuda", state)
            changed = True
    return changed


def _says_more(new: State, old: State) -> bool:
    """Whether it excludes something; what others have excluded since stays out."""
    if isinstance(new, Domain):
        return not isinstance(old, Domain) or not (old.values and set(old.values) <= set(new.values))
    return new != old


def _allowed(verdict: Verdict, *, preflight: bool) -> dict[str, Allowed]:
    """For each other subject, what each remaining value allows of it; subjects that some value leaves free are out.

    A preflight goes on with the pick of a product that fails, to say all that is wrong with it at once.
    """
    values = (verdict.checks,) if verdict.failing and preflight else (verdict.checks, *verdict.others)
    per: dict[str, Allowed] = {}
    for checks in values:
        found: dict[str, list[tuple[Row, Condition]]] = {}
        for check in checks:
            if check.target is not None and check.condition is not None and check.result in ("holds", "narrows"):
                found.setdefault(check.target, []).append((check.row, check.condition))
        for subject, conditions in found.items():
            per.setdefault(subject, []).append(conditions)
    return {subject: lists for subject, lists in per.items() if len(lists) == len(values)}


def _narrow(work: Working, verdict: Verdict, subject: str, per_value: Allowed) -> bool:
    state = work.state(subject)
    if not isinstance(state, Domain):
        return _create(work, verdict, subject, per_value)
    if state.presence in ("found", "some") and state.subject != "cuda":
        return False
    if subject in work.failed:
        return False  # that less of it is left explains nothing: the release that an installer takes is the one to name
    soft = state.presence == "todo"
    lists = [[pair for pair in pairs if pair[0].hard or soft] for pairs in per_value]
    rows = tuple(dict.fromkeys(row for pairs in lists for row, _ in pairs))
    if not rows:
        return False
    joined = _join_rows(state, rows) if soft else state
    step = _step(work, verdict, subject, rows)
    narrowed = _made(joined, lists, step)
    if narrowed is state:
        return False
    work.put(narrowed)
    return True


def _join_rows(state: Domain, rows: tuple[Row, ...]) -> Domain:
    added = tuple(row for row in rows if row not in state.rows)
    return replace(state, rows=(*state.rows, *added)) if added else state


def _made(whole: Domain, lists: Allowed, step: Step) -> Domain:
    return _by_values(whole, lists, step) if whole.values else _by_range(whole, lists, step)


def _by_values(state: Domain, lists: Allowed, step: Step) -> Domain:
    kept = tuple(
        value
        for value in state.values
        if any(all(condition.admits(value) is not False for _, condition in pairs) for pairs in lists)
    )
    if not kept or kept == state.values:
        return state
    return state.narrowed(kept, step)


def _by_range(state: Domain, lists: Allowed, step: Step) -> Domain:
    if state.range is None:
        return state
    union = VersionRange.empty(prereleases=True)
    for pairs in lists:
        allowed = state.range
        for _, condition in pairs:
            allowed = allowed & condition.range if condition.match == "version" else allowed
        union |= allowed
    if union.is_empty or state.range.is_subset(union):
        return state
    return replace(state, range=union, steps=(*state.steps, step))


def _step(work: Working, verdict: Verdict, subject: str, rows: tuple[Row, ...]) -> Step:
    """The reason for a narrowing: the row that counts for the pick, as a sentence."""
    own = [check for check in verdict.checks if check.target == subject and check.row in rows]
    row = own[0].row if own else rows[0]
    value = verdict.domain.pick if verdict.domain.values else None
    who = words.named(verdict.domain, value, work.store)
    what = ", ".join(str(check.condition) for check in own) or "some releases alone"
    text = words.sentence(f"{who} {words.verb(row.level)} {words.title(subject, work.store)} {what}", row)
    return Step(text, row.key, verdict.domain.involved, row=row, quiet=all(check.installer for check in own))


def _create(work: Working, verdict: Verdict, subject: str, per_value: Allowed) -> bool:
    """A subject that an installer would bring, or that a preflight tells to install."""
    lists = [[pair for pair in pairs if isinstance(pair[0], Relation)] for pairs in per_value]
    rows = tuple(dict.fromkeys(row for pairs in lists for row, _ in pairs))
    absent = isinstance(work.state(subject), Absent)
    todo = work.preflight and verdict.domain.presence in ("wanted", "todo", "asked")
    if not rows or (not todo and all(row.kind == "pairs" for row in rows)):
        return False
    releases = work.store.releases(subject)
    whole = Domain(subject, "todo" if todo else "implied", releases, versions.ANY, verdict.domain.steps, (), rows)
    step = _step(work, verdict, subject, rows)
    made = _made(whole, lists, step)
    if made is whole:
        # What is only recommended does not stand in the way of what is required.
        made = _made(whole, [[pair for pair in pairs if pair[0].hard] for pairs in lists], step)
    if not absent and not work.store.knows(subject) and not any(row.recorded for row in rows):
        return False
    work.put(made if made.steps != whole.steps else replace(made, steps=(*made.steps, step)))
    return True
