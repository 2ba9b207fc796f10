"""A machine of which the GPU is known and the architecture is not: what fails on each of them fails for sure.

A discrete GPU stands in machines of both, and each has its own wheels and its own builds. What fails on one alone stays
not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.model import Known, Origin
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from stackcheck.model import Finding, Stack

ARCHITECTURES = ("x86_64", "aarch64")


def decided(found: Sequence[Finding], stack: Stack, judged: Callable[[Stack], Iterable[Finding]]) -> list[Finding]:
    """What was found without the architecture, and what is an error on the same line on each of them. `judged`: what is
    found of a stack."""
    said = {(one.subject, one.location) for one in found if one.severity == "error"}
    first, second = (_errors(judged(_on(stack, arch))) for arch in ARCHITECTURES)
    both = [_both(one, second[key]) for key, one in first.items() if key in second and key not in said]
    subjects = {one.subject for one in both} | {"arch"}
    return [*(one for one in found if one.id != "unknown/arch" or not subjects.issuperset(one.involves)), *both]


def _on(stack: Stack, arch: str) -> Stack:
    origin = Origin(f"on {arch}", "either architecture")
    return replace(stack, facts={**stack.facts, "arch": Known(arch, origin)})


def _errors(found: Iterable[Finding]) -> dict[object, Finding]:
    """The first error on each line about each subject."""
    errors: dict[object, Finding] = {}
    for one in found:
        if one.severity == "error" and one.location is not None:
            errors.setdefault((one.subject, one.location), one)
    return errors


def _both(one: Finding, other: Finding) -> Finding:
    """The errors of one line on either architecture, as one."""
    if one.message == other.message:
        return one
    named = [f"On {arch}: {finding.message}" for arch, finding in zip(ARCHITECTURES, (one, other), strict=True)]
    return replace(
        one,
        message=" ".join(named),
        involves=tuple(sorted({*one.involves, *other.involves})),
        because=tuple(dict.fromkeys((*one.because, *other.because))),
        sources=tuple(dict.fromkeys((*one.sources, *other.sources))),
        fix=one.fix if one.fix == other.fix else None,
    )
