"""A machine of which the GPU is known and the architecture is not: what fails on each of them fails for sure.

A discrete GPU stands in machines of both, and each has its own wheels and its own builds. What fails on one alone stays
not known. What is installed may say which it is: where its release has wheels for one of them only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.matrix.records import ARCHITECTURES
from stackcheck.model import Known, Origin
from stackcheck.subjects import WITH_GPU_CODE
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from stackcheck.matrix.store import Store
    from stackcheck.model import Finding, Stack

_LOUD = ("warning", "error")
"""The severities that are compared, the milder first."""


def decided(
    found: Sequence[Finding], stack: Stack, store: Store, judged: Callable[[Stack], Iterable[Finding]]
) -> list[Finding]:
    """What was found without the architecture, and what fails on the same line on each that the machine may have, as
    mildly as on one of them. `judged`: what is found of a stack."""
    said = _worst(found)
    runs = [_worst(judged(_on(stack, arch))) for arch in _possible(stack, store)]
    both = [_joined([run[key] for run in runs]) for key in runs[0] if all(key in run for run in runs)]
    if len(runs) < len(ARCHITECTURES):  # what is installed may have been built by hand for the other
        both = [replace(one, severity="warning") for one in both]
    both = [one for one in both if _rank(one) > _rank(said.get((one.subject, one.location)))]
    subjects = {one.subject for one in both} | {"arch"}
    louder = {one.id for one in both}
    return [
        *(
            one
            for one in found
            if one.id not in louder and (one.id != "unknown/arch" or not subjects.issuperset(one.involves))
        ),
        *both,
    ]


def _possible(stack: Stack, store: Store) -> tuple[str, ...]:
    """The architectures for which all that is installed has wheels on PyPI; each, where none has all."""
    left = set(ARCHITECTURES)
    for name in sorted(WITH_GPU_CODE & stack.packages.keys()) if store.records is not None else ():
        state = stack.packages[name]
        record = store.records.record(name) if store.records is not None else None
        if isinstance(state, Known) and record is not None and versions.local_label(state.value) is None:
            left &= set(record.architectures(state.value) or ARCHITECTURES)
    return tuple(arch for arch in reversed(ARCHITECTURES) if arch in (left or ARCHITECTURES))


def _on(stack: Stack, arch: str) -> Stack:
    origin = Origin(f"on {arch}", "either architecture")
    return replace(stack, facts={**stack.facts, "arch": Known(arch, origin)})


def _worst(found: Iterable[Finding]) -> dict[object, Finding]:
    """The first of the loudest findings on each line about each subject."""
    worst: dict[object, Finding] = {}
    for one in found:
        key = (one.subject, one.location)
        if _rank(one) > _rank(worst.get(key)):
            worst[key] = one
    return worst


def _rank(one: Finding | None) -> int:
    return _LOUD.index(one.severity) if one is not None and one.severity in _LOUD else -1


def _joined(each: list[Finding]) -> Finding:
    """What fails on one line on every architecture, as one."""
    mildest = min(each, key=_rank)
    if len({one.message for one in each}) == 1:
        return mildest
    named = [f"On {arch}: {one.message}" for arch, one in zip(reversed(ARCHITECTURES), each, strict=True)]
    return replace(
        each[0],
        severity=mildest.severity,
        message=" ".join(named),
        involves=tuple(sorted({name for one in each for name in one.involves})),
        because=tuple(dict.fromkeys(reason for one in each for reason in one.because)),
        sources=tuple(dict.fromkeys(source for one in each for source in one.sources)),
        fix=each[0].fix if all(one.fix == each[0].fix for one in each) else None,
    )
