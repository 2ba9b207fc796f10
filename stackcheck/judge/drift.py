"""How a machine differs from what is expected of it, from a reference machine, or from itself before.

Nothing is judged by the matrix here: what nobody knows is not known, and what differs is said, whether it works or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from stackcheck.matrix.rows import Condition
from stackcheck.model import TABLES, Absent, Finding, Known, Origin, Unknown
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stackcheck.model import Severity, Stack, State


@dataclass(frozen=True, slots=True)
class Expected:
    """One thing that is expected: of a subject of a table one of some ranges, or words; of none it must not be there.
    `compared` says how: as releases, or as words."""

    table: str
    name: str
    texts: tuple[str, ...]
    compared: Literal["version", "word"] = "version"

    def __str__(self) -> str:
        said = (text.removeprefix("==") if text.endswith(".*") else text for text in self.texts)
        return " or ".join(said) or "absent"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of the machines that meet every condition of `where`, each of a fact or of a label."""

    where: tuple[Expected, ...]
    things: tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One subject that is not the same; of what is only not known any more, `new` is unknown."""

    table: str
    name: str
    old: State
    new: State


def differences(old: Stack, new: Stack) -> Iterator[Difference]:
    """What is different in a second stack, in the order of its tables; what the first does not know is no
    difference."""
    for table in TABLES:
        for name in sorted({*old.table(table), *new.table(table)}):
            yield from _difference(table, name, old.state(table, name), new.state(table, name))
    yield from _difference("gpus", "GPUs", _gpus(old), _gpus(new))


def _difference(table: str, name: str, old: State, new: State) -> Iterator[Difference]:
    if isinstance(old, Unknown) or (isinstance(old, Absent) and not isinstance(new, Known)):
        return
    if not (isinstance(old, Known) and isinstance(new, Known) and old.value == new.value):
        yield Difference(table, name, old, new)


def _gpus(stack: Stack) -> State:
    if not isinstance(stack.gpus, tuple):
        return stack.gpus
    names = sorted(gpu.name or f"compute capability {gpu.capability}" for gpu in stack.gpus)
    return Known(", ".join(names), Origin("", ""))


def said(state: State) -> str:
    """A state in a word."""
    if isinstance(state, Known):
        return "there" if state.value == "*" else state.value
    return "not there" if isinstance(state, Absent) else "not known"


def from_reference(stack: Stack, reference: Stack, name: str) -> Iterator[Finding]:
    """What is otherwise than on a machine that the others are to be like. `name` is what it is called."""
    for one in differences(reference, stack):
        unknown = isinstance(one.new, Unknown)
        text = f"{one.name} is {said(one.new)}; {name} has {said(one.old)}."
        if isinstance(one.old, Absent):
            text = f"{one.name} {said(one.new)} is there; {name} has none."
        yield _finding(one.name, "unknown" if unknown else "warning", text)


def since(stack: Stack, before: Stack) -> Iterator[Finding]:
    """What became otherwise on a machine."""
    for one in differences(before, stack):
        severity: Severity = "unknown" if isinstance(one.new, Unknown) else "warning"
        yield _finding(one.name, severity, f"{one.name} was {said(one.old)}, and is {said(one.new)} now.")


def changes(old: Iterable[Finding], new: Iterable[Finding]) -> Iterator[Finding]:
    """Errors and warnings that came or went with it."""
    before = {(one.kind, one.id, one.subject): one for one in old if one.severity in ("error", "warning")}
    after = {(one.kind, one.id, one.subject): one for one in new if one.severity in ("error", "warning")}
    for key, finding in after.items():
        if key not in before:
            yield _finding(finding.subject, "warning", f"New: {finding.message}", f"drift/new:{finding.id}")
    for key, finding in before.items():
        if key not in after:
            yield _finding(finding.subject, "note", f"Gone: {finding.message}", f"drift/gone:{finding.id}")


def from_expectations(
    stack: Stack, labels: Mapping[str, str], expectations: Iterable[Expectation]
) -> Iterator[Finding]:
    """What is not as it is expected of such a machine."""
    for expectation in expectations:
        if all(_meets(_of_label(stack, labels, one), one) is True for one in expectation.where):
            for thing in expectation.things:
                state = stack.state(thing.table, thing.name)
                if _meets(state, thing) is False:
                    there = isinstance(state, Known) and not thing.texts
                    text = f"{thing.name} {said(state)} is there" if there else f"{thing.name} is {said(state)}"
                    yield _finding(thing.name, "error", f"{text}; {thing} is expected.")
                elif _meets(state, thing) is None:
                    yield _finding(thing.name, "unknown", f"{thing.name} is not known; {thing} is expected.")


def _of_label(stack: Stack, labels: Mapping[str, str], one: Expected) -> State:
    if one.table != "labels":
        return stack.state(one.table, one.name)
    return Known(labels[one.name], Origin("", "")) if one.name in labels else Absent(Origin("", ""))


def _meets(state: State, one: Expected) -> bool | None:
    """Whether what is there is what is expected; None where nobody knows it."""
    if isinstance(state, Unknown):
        return None
    if isinstance(state, Absent):
        return not one.texts
    return bool(one.texts) and Condition(one.texts, one.compared).admits(state.value)


def _finding(subject: str, severity: Severity, text: str, name: str | None = None) -> Finding:
    return Finding("drift", name or f"drift/{subject}", severity, subject, text, involves=(subject,))
