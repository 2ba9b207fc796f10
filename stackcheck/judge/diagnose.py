"""What the error lines of a log mean on this stack: cause, whether it is harmless here, and what to do.

Lines are matched to the `symptom` rows of the matrix, and each row is judged like any other: where its `where` does
not hold it is left out, where what it points to fails on this stack the cause is confirmed, and where its `harmless`
holds the line can be left alone. What is not known stays an "if". Where no row tells the cause, the first error of the
log is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge import asks, engine, findings, log, resolver, words
from stackcheck.judge.first_error import first_error
from stackcheck.judge.laws import wheel_tags
from stackcheck.judge.working import Working
from stackcheck.kleene import every, some
from stackcheck.matrix.kinds import SYMPTOMS
from stackcheck.matrix.rows import Symptom
from stackcheck.model import Absent, Ask, Finding, Location, Origin, Reason, Report
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackcheck.judge.catalog import Catalog
    from stackcheck.judge.first_error import FirstError
    from stackcheck.judge.log import Hit, Named
    from stackcheck.judge.resolver import Wanted
    from stackcheck.matrix.rows import Conditions
    from stackcheck.matrix.store import Store
    from stackcheck.model import Fix, Severity, Stack

CONFIRMED, POSSIBLE, HARMLESS, OPEN = range(4)
"""How sure an answer is, surest first: what it points to fails here; nothing speaks against it; its `harmless` holds;
its conditions are not known."""
MAX_CONFIRMING = 3
CONFLICT = "symptoms/resolution-impossible"
"""The row of an installer's words that requirements exclude each other; what they are stands in the lines beside."""


@dataclass(frozen=True)
class _Judged:
    """The stack judged for one of its GPUs: its working state, and what was found wrong."""

    work: Working
    found: tuple[Finding, ...]


@dataclass(frozen=True)
class _Answer:
    """One symptom judged: how sure it is, the findings that confirm it, and the conditions that are not known."""

    hit: Hit
    rank: int
    confirming: tuple[Finding, ...] = ()
    unknown: Conditions = ()


def diagnose(text: str, stack: Stack, store: Store, *, path: str, subject: str = "", version: str = "") -> Report:
    """The report on a log. `path` is what its places are called; `subject` and `version` only label the report.

    The surest answer comes first, and among equals the first of the log: what follows in a traceback follows from it.
    A log without a known symptom gives one note.
    """
    rows = [row for row in store.rows(SYMPTOMS) if isinstance(row, Symptom)]
    text = log.clean(text)
    hits = log.find(text, rows)
    disagreeing = resolver.wanted(text) if any(hit.row.key == CONFLICT for hit in hits) else ()
    detail = " ".join(resolver.conflicts(disagreeing))
    hits = [replace(hit, detail=detail) if hit.row.key == CONFLICT else hit for hit in hits]
    judged = _judge(_with_wanted(_with_named(stack, store, hits, path, text), disagreeing, path), store)
    if not hits:
        first = first_error(log.parted(text), text)
        return Report(subject, version, (_nothing(path) if first is None else _of_first(first, judged, path),), 0)
    answers = _answers(judged, (hit for hit in hits if not hit.row.general))
    spoken = frozenset(answer.hit.line for answer in answers)
    answers += _answers(judged, log.find(text, (row for row in rows if row.general), spoken))
    if not answers:
        return Report(subject, version, tuple(_left_out(hit, path) for hit in hits), 0)
    answers.sort(key=_order)
    found = list(_findings(answers, judged[0].work, path))
    if not any(map(_tells, answers)):
        first = first_error(log.parted(text), text)
        if first is not None and first.line not in {answer.hit.line for answer in answers}:
            failed = any(finding.severity == "error" for finding in found)
            found.insert(0, _of_first(first, judged, path, failed=failed))
    return Report(subject, version, tuple(found), 0, ordered=True)


def _tells(answer: _Answer) -> bool:
    """Whether an answer names the cause of an error, and not only that something failed or can be left alone."""
    return answer.rank == CONFIRMED or (answer.rank != HARMLESS and not answer.hit.row.follows)


def _order(answer: _Answer) -> tuple[int, bool, bool, int, int]:
    hit, row = answer.hit, answer.hit.row
    untold = row.key == CONFLICT and not hit.detail
    return answer.rank, row.follows, row.general or untold, hit.line, -hit.weight


def _with_named(stack: Stack, store: Store, hits: list[Hit], path: str, text: str) -> Stack:
    """The stack with the distributions that an installer did not get by the log, where nothing else speaks of them. A
    line that names no release means the one that the log has built."""
    known = {ask.name for ask in (*stack.asks, *stack.wants)} | set(stack.packages)
    named: dict[str, Ask] = {}
    for hit in hits:
        if hit.named is None or not hit.row.points or hit.name in known or _product(store, hit.name) in stack.products:
            continue
        place = Location(path, hit.line)
        what = hit.named if hit.named.specifier else replace(hit.named, specifier=log.built(text, hit.named.name))
        named.setdefault(hit.named.name, _asked(what, Origin(hit.text, str(place), place)))
    return stack.with_asks(named.values())


def _with_wanted(stack: Stack, disagreeing: Iterable[Wanted], path: str) -> Stack:
    """The stack with what an installer was asked for by the log, where nothing else speaks of it."""
    known = {ask.name for ask in (*stack.asks, *stack.wants)} | set(stack.packages)
    named = {name: specifier for name, specifier in resolver.releases(disagreeing) if name not in known}
    valid = {name: text for name, text in named.items() if versions.asked_range(text) is not None}
    return stack.with_asks(Ask(name, text, Origin(f"{name}{text} in the log", path)) for name, text in valid.items())


def _asked(named: Named, origin: Origin) -> Ask:
    """What the log asks for: a wheel by its own tags, whatever an index has of the release, or the release."""
    if named.wheel:
        return Ask(named.name, "", origin, url=named.wheel)
    specifier = named.specifier if versions.asked_range(named.specifier) is not None else ""
    return Ask(named.name, specifier, origin)


def _judge(stack: Stack, store: Store) -> tuple[_Judged, ...]:
    gpus = stack.gpus if isinstance(stack.gpus, tuple) else ()
    distinct = tuple({(gpu.name, gpu.capability): gpu for gpu in gpus}.values()) or (None,)
    own = tuple(asks.findings(stack))
    judged = []
    for gpu in distinct:
        work = Working(stack, store, gpu)
        tags = tuple(wheel_tags.findings(work))
        said, _ = findings.of_verdicts(work, engine.solve(work))
        judged.append(_Judged(work, (*own, *tags, *said)))
    return tuple(judged)


def _answers(judged: tuple[_Judged, ...], hits: Iterable[Hit]) -> list[_Answer]:
    return [answer for answer in (_answer(judged, hit) for hit in hits) if answer is not None]


def _answer(judged: tuple[_Judged, ...], hit: Hit) -> _Answer | None:
    """The row judged on this stack; None where its conditions do not hold on any GPU."""
    row = hit.row
    applies = some(_applies(one.work, row) for one in judged)
    if applies is False:
        return None
    confirming = _confirming(judged, hit)
    if confirming and applies:
        return _Answer(hit, CONFIRMED, confirming)
    harmless = every(_meets(one.work, row.harmless) for one in judged) if row.harmless else False
    if harmless and applies:
        return _Answer(hit, HARMLESS)
    if applies is None:
        return _Answer(hit, OPEN, unknown=_unknown(judged, row.where))
    if harmless is None:
        return _Answer(hit, OPEN)
    return _Answer(hit, POSSIBLE)


def _applies(work: Working, row: Symptom) -> bool | None:
    barred = _meets(work, row.unless) if row.unless else False
    return every((_meets(work, row.where), None if barred is None else not barred))


def _meets(work: Working, conditions: Conditions) -> bool | None:
    """Whether all conditions hold. What is absent here counts as not known: the log says that it was there."""
    return every(None if isinstance(work.state(pair[0]), Absent) else work.meets((pair,))[0] for pair in conditions)


def _unknown(judged: tuple[_Judged, ...], conditions: Conditions) -> Conditions:
    return tuple(pair for pair in conditions if any(_meets(one.work, (pair,)) is None for one in judged))


# --- what confirms a cause ------------------------------------------------------------------------------------


def _confirming(judged: tuple[_Judged, ...], hit: Hit) -> tuple[Finding, ...]:
    """The failures on this stack that the row points to, errors first. What is absent here does not count: the log says
    that it was there."""
    product = _product(judged[0].work.store, hit.name)
    found = dict.fromkeys(
        finding
        for one in judged
        for finding in one.found
        if finding.severity in ("error", "warning")
        and any(_meant(finding, point, product) for point in hit.row.points)
        and not isinstance(one.work.state(finding.subject), Absent)
    )
    return tuple(sorted(found, key=lambda finding: finding.severity != "error"))[:MAX_CONFIRMING]


def _meant(finding: Finding, point: str, product: str | None) -> bool:
    """Whether a point speaks of this finding: a row by its id, a law by its name and the product that it judged."""
    if "/" in point:
        return finding.id == point
    owner, _, law = point.partition(":")
    if finding.kind != law:
        return False
    owners = {finding.subject, finding.id.partition("/")[0]}
    if owner == "*":
        return product is None or product in owners
    return owner in owners


def _product(store: Store | Catalog, name: str | None) -> str | None:
    return None if name is None else store.by_distribution(name) or name


# --- what is said ---------------------------------------------------------------------------------------------


def _findings(answers: list[_Answer], work: Working, path: str) -> Iterable[Finding]:
    """One answer for each line; what else could be its cause is a note beside it."""
    leading: dict[int, _Answer] = {}
    for answer in answers:
        finding = _finding(answer, work, path)
        if leading.setdefault(answer.hit.line, answer) is not answer and finding.severity == "error":
            finding = replace(finding, severity="note", message=f"Another cause of this line: {finding.message}")
        yield finding


def _finding(answer: _Answer, work: Working, path: str) -> Finding:
    hit, confirming = answer.hit, answer.confirming
    product = _product(work.store, hit.name)
    involved = {*hit.row.about, *(name for name, _ in hit.row.where), *([hit.name, product] if product else [])}
    for finding in confirming:
        involved |= {finding.subject, *finding.involves}
    return Finding(
        kind="symptom",
        id=hit.row.key,
        severity=_severity(answer),
        subject=_subject(answer, product),
        message=_message(answer, work),
        involves=tuple(sorted(name for name in involved if name)),
        location=Location(path, hit.line),
        because=_because(answer, work, path),
        fix=None if answer.rank == HARMLESS else _fix(answer, work),
        sources=tuple(dict.fromkeys((*hit.row.sources, *(source for one in confirming for source in one.sources)))),
    )


def _fix(answer: _Answer, work: Working) -> Fix | None:
    """What to do: by the row for this machine, else by what was found wrong here, else by the row for any machine."""
    own = next((fix for where, fix in answer.hit.row.fixes if _meets(work, where)), None)
    fix = own or next((one.fix for one in answer.confirming if one.fix), answer.hit.row.fix)
    if fix is None or not answer.hit.word:
        return fix
    return replace(fix, commands=tuple(command.replace("NAME", answer.hit.word) for command in fix.commands))


def _severity(answer: _Answer) -> Severity:
    return {HARMLESS: "note", OPEN: "unknown"}.get(answer.rank, "error")  # type: ignore[return-value]


def _subject(answer: _Answer, product: str | None) -> str:
    if product is not None:
        return product
    return answer.confirming[0].subject if answer.confirming else next(iter(answer.hit.row.about), SYMPTOMS)


def _message(answer: _Answer, work: Working) -> str:
    """The cause, with what makes it certain or open."""
    row, name = answer.hit.row, answer.hit.name
    cause = " ".join(filter(None, (f"{name}: {row.cause}" if name else row.cause, answer.hit.detail)))
    if answer.rank == CONFIRMED:
        return f"{cause} Here: {answer.confirming[0].message}"
    if answer.rank == HARMLESS:
        return f"Harmless here: {row.harmless_why}"
    if answer.rank == OPEN and answer.unknown:
        return f"If {_conditions(answer.unknown, work)}: {cause}"
    if answer.rank == OPEN:
        return f"{cause} If {_conditions(row.harmless, work)}, it is harmless: {row.harmless_why}"
    return f"{cause} {row.why}" if row.why else cause


def _conditions(conditions: Conditions, work: Working) -> str:
    """Conditions as half a sentence: "the compute capability is 12.1 and torch's CUDA is 12.8 or newer"."""
    return " and ".join(
        f"{words.title(name, work.store)} is {'there' if condition.any else condition}"
        for name, condition in conditions
    )


def _because(answer: _Answer, work: Working, path: str) -> tuple[Reason, ...]:
    hit = answer.hit
    more = f" (and on {hit.count - 1} more line{'s' if hit.count > 2 else ''})" if hit.count > 1 else ""
    reasons = [Reason(f"{hit.text}{more}", f"{path}:{hit.line}")]
    conditions = hit.row.harmless if answer.rank == HARMLESS else hit.row.where
    reasons += [Reason(step.text, step.origin) for step in work.why(conditions)]
    for finding in answer.confirming:
        reasons.append(Reason(finding.message, finding.id))
        reasons += finding.because
    if answer.rank == POSSIBLE and hit.row.points:
        reasons.append(Reason("nothing that is known of this stack confirms or contradicts it", hit.row.key))
    return tuple(dict.fromkeys(reasons))


def _nothing(path: str) -> Finding:
    text = "No known symptom is in this log. `stackcheck check` judges the machine itself."
    return Finding("symptom", "symptom/none", "note", "log", text, location=Location(path))


def _of_first(first: FirstError, judged: tuple[_Judged, ...], path: str, *, failed: bool = False) -> Finding:
    """An error line that no row speaks of: where it was raised, and what is wrong with that package on this machine.
    `failed`: a row speaks of an error that follows from it."""
    text = f"No known symptom tells the cause. The first error is line {first.line}: {log.cut(first.text)}"
    product = _product(judged[0].work.store, first.package.replace("_", "-").lower()) if first.package else None
    confirming = tuple(
        finding
        for one in judged
        for finding in one.found
        if finding.severity == "error" and product in (finding.subject, finding.id.partition("/")[0])
    )[:MAX_CONFIRMING]
    if product is not None:
        text += f" It was raised in {first.package}" + (f", and here: {confirming[0].message}" if confirming else ".")
    place = Location(path, first.line)
    return Finding(
        kind="symptom",
        id="symptom/first-error",
        severity="error" if confirming or failed else "note",
        subject=product or "log",
        message=text,
        involves=(product,) if product is not None else (),
        location=place,
        because=(Reason(log.cut(first.text), str(place)), *(Reason(one.message, one.id) for one in confirming)),
        fix=next((one.fix for one in confirming if one.fix), None),
        sources=tuple(dict.fromkeys(source for one in confirming for source in one.sources)),
    )


def _left_out(hit: Hit, path: str) -> Finding:
    text = f"This line is known, but what is known to cause it does not hold here: {hit.row.cause}"
    reason = Reason(hit.text, f"{path}:{hit.line}")
    return Finding(
        kind="symptom",
        id=hit.row.key,
        severity="note",
        subject=next(iter(hit.row.about), SYMPTOMS),
        message=text,
        involves=tuple(sorted(hit.row.about)),
        location=Location(path, hit.line),
        because=(reason,),
        sources=hit.row.sources,
    )
