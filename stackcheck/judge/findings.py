"""From verdicts to findings: severity, chain, place, and what is left unsaid.

All of a set fits: held. None fits: an error. Some fits: the pick decides (DESIGN §1): a note where the newest
release that an installer would take works, a warning with the bound where it does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge import wheels, words
from stackcheck.judge.build_options import of_files, on_jetson, options
from stackcheck.judge.coverage import known_features
from stackcheck.judge.domain import Domain, Step, by_preference
from stackcheck.matrix.rows import Wheels
from stackcheck.model import SEVERITIES, Finding, Fix, Reason, Unknown
from stackcheck.subjects import BY_NAME
from stackcheck.values import replace
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackcheck.judge.check import Check
    from stackcheck.judge.engine import Verdict
    from stackcheck.judge.working import Working
    from stackcheck.matrix.rows import Row
    from stackcheck.model import Location, Severity

_OF_HOST = frozenset(("driver", "cuda-driver", "forward-compatibility", "compute-capability"))
"""What an image asks of the machine that it will run on: where nobody described one, that is no gap."""
TRIED = 3
"""Releases that are judged, newest first, to name one that works."""
_OF_RUNNING = frozenset(("builds", "gpu-code", "compilers", "driver", "broken"))
"""Kinds that speak of what happens once a release is installed."""


def of_verdicts(
    work: Working, verdicts: list[Verdict], works: Callable[[str, str], bool] | None = None
) -> tuple[list[Finding], set[str]]:
    """Every finding of one run of the engine, and the keys of the rows that held.

    `works` says whether a release of a subject works with all else that is asked for; without it none is said to."""
    found: list[Finding] = []
    held: set[str] = set()
    for verdict in verdicts:
        found += _of_verdict(work, verdict, works)
        held |= {check.row.key for check in verdict.checks if check.result == "holds"}
    found += _unknowns(work, verdicts)
    found += _unsettled(work)
    found += _unknown_build(work)
    found += _features(work)
    failed = {finding.id for finding in found if finding.severity in ("error", "warning")}
    return _merge_same_need(found), held - failed


def _of_verdict(work: Working, verdict: Verdict, works: Callable[[str, str], bool] | None) -> Iterator[Finding]:
    domain = verdict.domain
    passed_over = not verdict.failing and work.passes_over(domain)
    for check in _of_what_is_there(verdict):
        severity = _severity(verdict, check, certain=_certain(work, domain))
        if severity is not None and not (severity == "warning" and passed_over):
            yield _finding(work, domain, check, severity)
    if domain.presence in ("asked", "wanted") and not verdict.failing:
        yield from _partly(work, domain, works)


def _of_what_is_there(verdict: Verdict) -> Iterator[Check]:
    """The checks of a release; of one without any file for the machine, none on how it would run there."""
    none = any(isinstance(check.row, Wheels) and check.bars and check.installer for check in verdict.checks)
    for check in verdict.checks:
        if not none or (check.kind or check.row.kind) not in _OF_RUNNING:
            yield check


def _severity(verdict: Verdict, check: Check, *, certain: bool) -> Severity | None:
    """How loud a check is; None for one that says nothing. `certain`: what others bring comes from PyPI."""
    everywhere = all(_same(check, other) for other in verdict.others)
    sure = verdict.domain.presence in ("found", "asked", "wanted", "todo") or everywhere
    if check.result == "limit":
        return "note" if sure else None
    if check.result != "fails":
        return None
    if check.severity is not None:
        return check.severity if sure else None
    if check.hard:
        mild = _optional(verdict.domain) or (_by_record(verdict.domain) and not check.installer and not certain)
        loud: Severity = "warning" if mild else "error"
        return loud if verdict.failing else None
    if _by_record(verdict.domain) and not (certain and check.kind in _OF_RUNNING):
        return None
    if everywhere or verdict.domain.presence in ("wanted", "todo"):
        return "warning"  # a preflight installs the pick, so what speaks of the pick counts
    return "note" if verdict.domain.presence == "asked" else None


def _certain(work: Working, domain: Domain) -> bool:
    """Whether all that is left is known, and PyPI alone gives it."""
    indexes = work.indexes(domain)
    return bool(domain.values) and indexes is not None and indexes.names == ("pypi",)


def _by_record(domain: Domain) -> bool:
    """Whether no line asks for it, and the metadata of something else brings it: which build comes is less sure."""
    return domain.presence == "implied" and any(step.row is not None and step.row.recorded for step in domain.steps)


def _optional(domain: Domain) -> tuple[str, ...]:
    """The extras and groups that alone ask for it: another one may be the one for this machine."""
    asks = [ask for ask in domain.asks if not ask.constraint]
    groups = tuple(dict.fromkeys(ask.group for ask in asks if ask.group is not None))
    alone = domain.presence == "asked" and asks and all(ask.group is not None for ask in asks)
    return groups if alone else ()


def _same(check: Check, others: tuple[Check, ...]) -> bool:
    """Whether another value has the same trouble: by the same row, or for want of a wheel whoever says it."""
    return any(
        other.result == check.result
        and (other.row.key == check.row.key or check.row.kind == other.row.kind == "wheels")
        for other in others
    )


def _finding(work: Working, domain: Domain, check: Check, severity: Severity) -> Finding:
    fix = check.fix
    if check.kind in (None, "builds") and severity in ("error", "warning"):
        fix = wheels.replacement(work, domain.subject) or fix
    return Finding(
        kind=check.kind or check.row.kind,
        id=check.row.key,
        severity=severity,
        subject=check.subject,
        message=_only_with(check.message, _optional(domain)),
        involves=tuple(sorted(check.involves | {check.subject})),
        location=_location(domain, check),
        because=_reasons(check.because),
        fix=fix,
        sources=check.row.sources,
        limit=check.result == "limit",
        locations=_locations(domain),
    )


def _only_with(message: str, groups: tuple[str, ...]) -> str:
    if not groups:
        return message
    return f"{message} Asked for only with {' and '.join(group.replace(':', ' ') for group in groups)}."


def _location(domain: Domain, check: Check) -> Location | None:
    own = domain.location
    return own if own is not None else next((step.location for step in check.because if step.location), None)


def _locations(domain: Domain) -> tuple[Location, ...]:
    """The places that ask for it, where there are several."""
    places = [ask.origin.location for ask in domain.asks if not ask.constraint and ask.origin.location is not None]
    lines = {(place.path, place.line): place for place in reversed(places)}
    return tuple(reversed(lines.values())) if len(lines) > 1 and domain.location in places else ()


def _reasons(steps: Iterable[Step]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(Reason(step.text, step.origin) for step in steps))


def _partly(work: Working, domain: Domain, works: Callable[[str, str], bool] | None) -> Iterator[Finding]:
    """What a line also allows and what does not work here: one finding, a warning where it is the pick."""
    steps = [step for step in domain.steps if step.removed and not step.quiet and step.row is not None]
    if not steps:
        return
    first = work.first.get(domain.subject)
    bad_pick = next((step for step in steps if first in step.removed), None)
    if bad_pick is None:
        # No installer goes back to releases that have nothing for this Python.
        steps = [step for step in steps if not (isinstance(step.row, Wheels) and wheels.misses_python(work, step.row))]
    if not steps:
        return
    step = bad_pick or steps[-1]
    removed = [value for value in _in_order(work, domain) if any(value in one.removed for one in steps)]
    ask = next((ask for ask in domain.asks if not ask.constraint), None)
    line = str(ask) if ask else domain.subject
    title = words.title(domain.subject, work.store)
    if bad_pick is not None:
        tried = (value for value, _ in zip(by_preference(domain.values), range(TRIED), strict=False))
        newest = next((value for value in tried if works is not None and works(domain.subject, value)), None)
        text = f"{line} would install {title} {first}, which does not work here"
        text += f"; the newest that does is {newest}. {step.text}" if newest is not None else f". {step.text}"
    else:
        text = f"{line} also allows {_span(removed)}, which {_does(removed)} not work here. {step.text}"
    row = step.row
    assert row is not None  # noqa: S101 - the steps were chosen by it
    yield Finding(
        kind=row.kind,
        id=row.key,
        severity="warning" if bad_pick is not None else "note",
        subject=domain.subject,
        message=text,
        involves=tuple(sorted(domain.involved | step.subjects)),
        location=domain.location,
        because=_reasons(domain.steps),
        fix=row.fix,
        sources=row.sources,
        locations=_locations(domain),
    )


def _in_order(work: Working, domain: Domain) -> tuple[str, ...]:
    return work.store.releases(domain.subject) or domain.values


def _span(values: list[str]) -> str:
    return values[0] if len(values) == 1 else f"{values[0]} to {values[-1]}"


def _does(values: list[str]) -> str:
    return "does" if len(values) == 1 else "do"


def _unknown_build(work: Working) -> Iterator[Finding]:
    """torch without a label where several kinds of it are about: whether it has CUDA, and for which GPUs, is open."""
    domain = work.domain("torch")
    if domain is None or domain.presence != "found" or not domain.values or not on_jetson(work):
        return
    known = of_files(work, domain) is not None or options(work, domain, domain.values[0]) is not None
    if known or work.domain("compute-capability") is None or versions.local_label(domain.values[0]):
        return
    yield Finding(
        kind="unknown",
        id="unknown/torch-build",
        severity="unknown",
        subject="torch",
        message=(
            f"Which build PyTorch {domain.values[0]} is is not known: on a Jetson one without a label may be NVIDIA's, "
            "or PyPI's without CUDA. Its GPU code was not judged."
        ),
        involves=("torch",),
        because=_reasons(domain.steps),
        fix=Fix("Ask torch itself.", ("stackcheck check --deep",)),
    )


def _unknowns(work: Working, verdicts: list[Verdict]) -> Iterator[Finding]:
    """One finding for each subject that is not known, with the rows that could not be judged for it."""
    rows: dict[str, dict[str, Row]] = {}
    needed: set[str] = set()
    images = {work.store.by_image(name) for name in work.stack.images}
    for verdict in verdicts:
        if verdict.domain.presence in ("some", "implied"):
            continue
        for check in verdict.checks:
            if check.result != "unknown" or check.installer:
                continue
            # What a fact of the machine asks of another one stands in the way of nothing that is to come, and is not
            # spoken of where nobody looked at the other one.
            machines_own = verdict.domain.presence == "found" and verdict.domain.subject in BY_NAME
            hosts = verdict.domain.subject in images
            for subject in check.missing:
                if hosts and subject in _OF_HOST and subject not in work.stack.facts:
                    continue
                if machines_own and subject not in work.stack.facts:
                    continue
                rows.setdefault(subject, {})[check.row.key] = check.row
                if check.hard and check.row.kind in ("requires", "pairs", "builds") and not machines_own:
                    needed.add(subject)
    for subject, found in sorted(rows.items()):
        state = work.state(subject)
        reason = state.reason if isinstance(state, Unknown) else "no single value"
        keys = sorted(found)
        shown = few(keys, 3)
        products = {row.product for row in found.values()}
        what = words.title(subject, work.store)
        yield Finding(
            kind="unknown",
            id=f"unknown/{subject}",
            severity="unknown",
            subject=subject,
            message=f"{what[:1].upper()}{what[1:]} is not known: {reason}. Not judged for that: {shown}.",
            involves=tuple(sorted(products | {subject})),
            required=subject in needed,
        )


def _unsettled(work: Working) -> Iterator[Finding]:
    """That the rows had not come to an end when the engine stopped."""
    if not work.settled:
        yield Finding(
            kind="unknown",
            id="unknown/rounds",
            severity="unknown",
            subject="stack",
            message="Rows and records narrow one another without end here: what is said may not be all of it.",
            required=True,
        )


def _features(work: Working) -> Iterator[Finding]:
    for name in sorted(work.features):
        product, _, feature = name.partition(":")
        state = work.state(product)
        if feature not in known_features(work, product) or isinstance(state, Domain):
            continue
        reason = state.reason if isinstance(state, Unknown) else "it is not there"
        text = f"{name} is asked for, but nothing says which release of {product}: {reason}."
        yield _feature_finding(name, product, text)


def _feature_finding(name: str, product: str, text: str) -> Finding:
    return Finding(
        kind="feature", id=f"feature/{name}", severity="unknown", subject=name, message=text, involves=(name, product)
    )


def _merge_same_need(found: list[Finding]) -> list[Finding]:
    """Several products that need the same of one subject are one problem: the first says it, the others back it."""
    kept: dict[tuple[object, ...], Finding] = {}
    for finding in found:
        relation = finding.kind in ("requires", "pairs")
        need = finding.message.partition("; ")[0].partition(" needs ")[2] if relation else ""
        key = (finding.severity, finding.subject, need or finding.message, "" if need else finding.kind)
        first = kept.get(key)
        if first is None:
            kept[key] = finding
            continue
        because = (*first.because, *(Reason(finding.message, finding.id),))
        involves = tuple(sorted({*first.involves, *finding.involves}))
        kept[key] = replace(first, because=tuple(dict.fromkeys(because)), involves=involves)
    return list(kept.values())


def in_order(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors first; within a severity by place, then by id. To-dos stay in the order in which they are done."""
    unique = list(dict.fromkeys(found))

    def key(numbered: tuple[int, Finding]) -> tuple[object, ...]:
        number, finding = numbered
        if finding.severity == "todo":
            return (SEVERITIES.index("todo"), "", number, "")
        place = finding.location
        return (
            SEVERITIES.index(finding.severity),
            place.path if place else "",
            (place.line or 0) if place else 0,
            finding.id,
        )

    return tuple(finding for _, finding in sorted(enumerate(unique), key=key))
