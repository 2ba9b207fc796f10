"""`requires`, `pairs` and `conflicts`: what one product says of another subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

from stackcheck import versions
from stackcheck.judge import requirements, words
from stackcheck.judge.check import Check
from stackcheck.judge.domain import Domain, Fit, Step, fit
from stackcheck.matrix.rows import Relation
from stackcheck.model import Absent, Unknown
from stackcheck.subjects import BY_NAME, GPU_SUBJECTS
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.build_options import Options
    from stackcheck.judge.check import Result
    from stackcheck.judge.working import Working
    from stackcheck.matrix.rows import Condition


_ANY_LATER = Version("999999")

FIXED = (*GPU_SUBJECTS, "glibc", "arch", "board", "cuda")
"""What no to-do brings: the machine itself, and what comes with something else."""


MACHINE = frozenset(BY_NAME) - {"path-cudnn", "ros-python", "cuda", "clang", "cmake"}
"""Facts of the machine: not knowing one leaves a pair open. The rest comes and goes with an environment."""


def checks(work: Working, domain: Domain, value: str | None, possible: Options | None) -> Iterator[Check]:
    """Every relation row of the product, judged for one of its values."""
    rows = work.rows_for(domain, Relation, value)
    own = bool(rows) and value is not None and (versions.is_own_build(value) or _is_elsewhere(domain, value))
    for row in rows:
        if own and (row.kind == "pairs" or row.installer):
            continue  # what it was built beside is not known
        applies, missing = work.applies(row, possible.variants if possible is not None else None)
        if applies is False:
            continue
        if applies is None:
            yield Check(row, "unknown", row.hard, row.installer, missing=missing)
            continue
        for subject, condition in row.needs:
            check = _conflict if row.kind == "conflicts" else _need
            made = check(work, domain, value, row, subject, condition)
            yield _unenforced(made) if domain.alone and row.installer else made


def _is_elsewhere(domain: Domain, value: str) -> bool:
    """Whether a line names one wheel by its address, and no label says which build it is: it may be anybody's."""
    urls = [ask.url for ask in domain.asks if not ask.constraint]
    return versions.local_label(value) is None and bool(urls) and all(url and ".whl" in url for url in urls)


def _unenforced(check: Check) -> Check:
    """A pin of what is installed without what it requires: no installer brings or chooses anything for it."""
    result: Result = "narrows" if check.result == "unknown" else check.result
    return replace(check, result=result, installer=False, target=None, condition=None, missing=frozenset())


def _need(work: Working, domain: Domain, value: str | None, row: Relation, subject: str, condition: Condition) -> Check:
    state = work.state(subject)
    if _is_coming(work, state, subject):
        return Check(row, "narrows", row.hard, row.installer, subject=subject)
    if isinstance(state, Domain):
        return _met(work, domain, value, row, state, condition)
    # A pair says nothing of what is not there, nor of a package that nobody spoke of.
    if row.kind == "pairs" and (isinstance(state, Absent) or subject not in MACHINE):
        return Check(row, "narrows", row.hard, row.installer, subject=subject)
    if row.kind == "requires" and _comes_along(work, domain, row, subject, state):
        return Check(row, "narrows", row.hard, row.installer, subject=subject, target=subject, condition=condition)
    if isinstance(state, Unknown):
        return Check(row, "unknown", row.hard, row.installer, subject=subject, missing=frozenset((subject,)))
    return _failure(work, domain, value, row, subject, condition, state)


def _is_coming(work: Working, state: Domain | Absent | Unknown, subject: str) -> bool:
    """Whether a to-do of the preflight already speaks of it: a variable to set, the CUDA of a torch to install."""
    if isinstance(state, Domain):
        return state.presence == "todo" and subject.isupper()
    torch = work.domain("torch") if subject == "cuda" else None
    return torch is not None and torch.presence == "todo"


def _comes_along(work: Working, domain: Domain, row: Relation, subject: str, state: Absent | Unknown) -> bool:
    """Whether installing the product brings the subject, or a preflight tells the user to."""
    if work.preflight and domain.presence in ("wanted", "todo", "asked") and subject not in FIXED:
        # A driver of which nobody knows may well be there: rows about it make it no package.
        return isinstance(state, Absent) or (work.store.knows(subject) and subject != "driver" and not row.installer)
    if not (row.installer and work.store.knows(subject) and work.store.product(subject).pip):
        return False
    return domain.presence in ("asked", "implied", "wanted", "todo") or isinstance(state, Unknown)


def _met(work: Working, domain: Domain, value: str | None, row: Relation, state: Domain, condition: Condition) -> Check:
    found = fit(state, condition)
    if found is Fit.NONE:
        return _failure(work, domain, value, row, state.subject, condition, state)
    if found is Fit.UNKNOWN:
        if row.kind == "pairs":
            return Check(row, "narrows", row.hard, row.installer, subject=state.subject)
        missing = frozenset((state.subject,))
        return Check(row, "unknown", row.hard, row.installer, subject=state.subject, missing=missing)
    if not row.hard and found is Fit.SOME and _pick_misses(state, condition):
        return _failure(work, domain, value, row, state.subject, condition, state)
    result: Result = "holds" if found is Fit.ALL else "narrows"
    return Check(row, result, row.hard, row.installer, subject=state.subject, target=state.subject, condition=condition)


def _pick_misses(state: Domain, condition: Condition) -> bool:
    """Whether what an installer would take of a set that is asked for does not fit, though older releases would. Where
    nobody knows the newest release, a set without an upper end takes in what does not fit."""
    if state.presence != "asked" or state.subject == "python":
        return False  # of the Pythons that a project allows, whoever makes the environment chooses
    if state.pick is not None:
        return condition.admits(state.pick) is False
    if state.range is None or condition.match != "version":
        return False
    return _ANY_LATER in state.range and _ANY_LATER not in condition.range


def _failure(
    work: Working,
    domain: Domain,
    value: str | None,
    row: Relation,
    subject: str,
    condition: Condition,
    state: Domain | Absent | Unknown,
) -> Check:
    who = words.named(domain, value, work.store)
    what = words.title(subject, work.store)
    other = state if isinstance(state, Domain) else None
    refused = row.installer and not row.hard and other is not None and _asked_together(domain, other)
    level = "required" if refused else row.level
    text = words.needs(who, level, what, str(condition), words.has(subject, state, condition))
    # Two things that somebody installed side by side against a pin may well work; what breaks is in `why`.
    by_hand = row.installer and row.why is None and domain.presence == "found" == (other.presence if other else "")
    involves = domain.involved | {subject} | frozenset(name for name, _ in row.where)
    return Check(
        row,
        "fails",
        refused or (row.hard and not by_hand),
        row.installer,
        subject=subject,
        condition=condition,
        message=words.sentence(text, row),
        because=(*domain.steps, *_used(work, row), *(other.steps if other else ()), *work.why(row.where)),
        involves=involves | (other.involved if other else frozenset()),
        fix=row.fix,
    )


def _asked_together(domain: Domain, other: Domain) -> bool:
    """Whether an installer has both to choose at once, so that it takes what the one pins or nothing at all, however
    well another release would do. A line that only narrows (uv's overrides, pip's -c) may have let it off."""
    asked = domain.presence == other.presence == "asked" and not domain.alone
    return asked and not any(ask.constraint for ask in other.asks) and requirements.together(domain, other)


def _used(work: Working, row: Relation) -> tuple[Step, ...]:
    """What says that the feature is used of which a row speaks, where a command or a variable does."""
    ask = work.features.get(f"{row.product}:{row.feature}") if row.feature else None
    if ask is None or ask.origin.location is None:
        return ()
    return (Step(ask.origin.text, ask.origin.place, frozenset((row.product,)), ask.origin.location),)


def _conflict(
    work: Working, domain: Domain, value: str | None, row: Relation, subject: str, condition: Condition
) -> Check:
    state = work.domain(subject)
    if state is None or fit(state, condition) is not Fit.ALL:
        return Check(row, "holds" if state is None else "narrows", row.hard, subject=subject)
    one, other = words.named(domain, value, work.store), words.named(state, None, work.store)
    return Check(
        row,
        "fails",
        row.hard,
        subject=domain.subject,
        message=words.sentence(f"{one} and {other} do not go together in one environment", row),
        because=(*domain.steps, *state.steps),
        involves=domain.involved | state.involved,
        fix=row.fix,
    )
