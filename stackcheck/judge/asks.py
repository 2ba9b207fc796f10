"""What project files ask for, before any row speaks: lines that exclude each other, indexes that compete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.model import Finding, Fix, Known, Reason
from stackcheck.patterns import pattern
from stackcheck.values import replace
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.judge.domain import Domain
    from stackcheck.model import Ask, Severity, Stack


MAX_OF_ONE = 200
"""Different lines on one project that are held against each other, the first ones."""
ENVIRONMENT = "environment "
"""How the choice of one of several environments begins: there is no choosing among them."""
_METADATA = ("pyproject.toml", "setup.py", "setup.cfg")
_ACCELERATOR = pattern(r"(?:(?:nightly|test)/)?(?:cu\d+|cpu|xpu|rocm[\d.]+)$")


def findings(stack: Stack) -> Iterator[Finding]:
    """Installed versions that do not fit, and what else a line says by itself."""
    by_name = _by_name(stack)
    for name, asks in by_name.items():
        installed = stack.packages.get(name)
        if isinstance(installed, Known):
            yield from _not_met(name, installed, asks)
    yield from _competing_indexes(stack)
    yield from _undecided(stack)


def contradictions(stack: Stack) -> Iterator[Finding]:
    """Lines that exclude each other in what is installed together."""
    for name, asks in _by_name(stack).items():
        pair = _contradiction(asks)
        if pair is not None:
            fix = Fix("Keep one of the two lines, or tell them apart with a marker.")
            yield _excluding(name, *pair, "error", "exclude each other", fix)


def disagreements(stack: Stack) -> Iterator[Finding]:
    """Lines of a project's metadata that a list of requirements beside it contradicts: the one may be an old export of
    the other, and another command installs it."""
    for name, asks in _by_name(stack).items():
        pair = _contradiction(asks)
        if pair is not None and _is_metadata(pair[0]) != _is_metadata(pair[1]):
            fix = Fix("Let the two files agree: make the one from the other.")
            yield _excluding(name, *pair, "warning", "do not agree: what is installed last wins", fix)


def apart(stack: Stack) -> Stack:
    """The stack with the project's metadata and the lists beside it as environments of their own."""
    if any(ask.alternatives for ask in stack.asks):
        return stack

    def placed(ask: Ask) -> Ask:
        if ask.origin.location is None or ask.name == "python":
            return ask
        return replace(ask, alternatives=(f"{ENVIRONMENT}{'metadata' if _is_metadata(ask) else 'requirements'}",))

    return replace(stack, asks=tuple(map(placed, stack.asks)))


def _by_name(stack: Stack) -> dict[str, list[Ask]]:
    by_name: dict[str, list[Ask]] = {}
    for ask in stack.asks:
        if ask.applies:
            by_name.setdefault(ask.name, []).append(ask)
    return by_name


def _contradiction(asks: list[Ask]) -> tuple[Ask, Ask] | None:
    """The first two of the lines on one project that exclude each other."""
    if len(asks) < 2:
        return None
    distinct = list({(ask.specifier, ask.group): ask for ask in reversed(asks)}.values())[::-1]
    for position, later in enumerate(distinct[:MAX_OF_ONE]):
        one = versions.asked_range(later.specifier)
        for earlier in distinct[:position]:
            other = versions.asked_range(earlier.specifier)
            alternatives = _alternatives(earlier.group, later.group)
            if one is not None and other is not None and not alternatives and one.is_disjoint(other):
                return earlier, later
    return None


def _excluding(name: str, earlier: Ask, later: Ask, severity: Severity, verb: str, fix: Fix) -> Finding:
    return Finding(
        kind="asks",
        id=f"asks/{name}",
        severity=severity,
        subject=name,
        involves=(name,),
        message=f"{earlier} ({earlier.origin.place}) and {later} ({later.origin.place}) {verb}.",
        location=later.origin.location,
        because=tuple(Reason(f"{ask} is asked for", ask.origin.place) for ask in (earlier, later)),
        fix=fix,
    )


def _is_metadata(ask: Ask) -> bool:
    """Whether a line stands in a project's own metadata."""
    place = ask.origin.location
    return place is not None and place.path.replace("\\", "/").rpartition("/")[2] in _METADATA


def _alternatives(one: str | None, other: str | None) -> bool:
    """Whether two groups need not be installed together: extras and groups of two names, and whole environments."""
    named = (one or "", other or "")
    return one != other and (all(named) or any(group.startswith("environment:") for group in named))


def _not_met(name: str, installed: Known, asks: Iterable[Ask]) -> Iterator[Finding]:
    version = versions.strict(installed.value)
    for ask in asks:
        always = ask.group is None and not ask.alternatives  # an extra may not be installed
        allowed = versions.asked_range(ask.specifier) if always else None
        if version is None or allowed is None or allowed.contains(version, prereleases=True):
            continue
        what = f"{name} {installed.value} is installed, and {ask} is asked for"
        if versions.is_preview(installed.value):
            text = f"{what}: to an installer a preview is older than its release, so it would replace this build."
        else:
            text = f"{what}: installing the file would replace it."
        yield Finding(
            kind="asks",
            id=f"asks/{name}-installed",
            severity="warning",
            subject=name,
            involves=(name,),
            message=text,
            location=ask.origin.location,
            because=(
                Reason(f"{name} {installed.value} is installed", installed.origin.place),
                Reason(f"{ask} is asked for", ask.origin.place),
            ),
        )
        return


def wrong_python(stack: Stack, python: Domain | None) -> Iterator[Finding]:
    """requires-python is what an installer refuses by, so an interpreter that it bars is an error. `python` is what the
    environment or its image has."""
    value = python.values[0] if python is not None and python.presence == "found" else ""
    version = versions.strict(value)
    for ask in stack.asks:
        allowed = versions.asked_range(ask.specifier) if ask.name == "python" and ask.applies else None
        if version is None or allowed is None or python is None:
            continue
        if not allowed.contains(version, prereleases=True):
            yield Finding(
                kind="asks",
                id="asks/python",
                severity="error",
                subject="python",
                involves=("python",),
                message=f"The project requires Python {ask.specifier}; this environment has {value}.",
                location=ask.origin.location,
                because=(
                    Reason(f"requires-python is {ask.specifier}", ask.origin.place),
                    *(Reason(step.text, step.origin) for step in python.steps),
                ),
                fix=Fix("Create an environment with a Python that the project allows."),
            )


def _competing_indexes(stack: Stack) -> Iterator[Finding]:
    """Indexes of several accelerators at once: pip takes the newest version of all, whichever build that is."""
    for ask in stack.asks:
        if ask.name != "torch" or not ask.applies or ask.indexes is None or ask.indexes.strategy != "best":
            continue
        if len(ask.indexes.names) < 2:
            continue
        names = [name for name in ask.indexes.names if _ACCELERATOR.match(name)]
        if len(names) < 2 or "+" in ask.specifier:
            continue
        yield Finding(
            kind="indexes",
            id="indexes/torch",
            severity="warning",
            subject=ask.name,
            involves=(ask.name,),
            message=(
                f"{ask} is looked for on the {', '.join(names[:-1])} and {names[-1]} indexes at once: pip takes the "
                "newest version of them all, whichever accelerator that is built for."
            ),
            location=ask.origin.location,
            because=(Reason(f"{ask} is asked for", ask.origin.place),),
            fix=Fix(f"Name one of the indexes, or the build itself: {ask.name}==…+{names[0].rpartition('/')[2]}."),
        )
        return


def _undecided(stack: Stack) -> Iterator[Finding]:
    lines = [ask for ask in stack.asks if ask.applies is None]
    if lines:
        places = few([f"{ask.name} ({ask.origin.place})" for ask in lines], 5)
        yield Finding(
            kind="markers",
            id="markers/undecided",
            severity="unknown",
            subject="marker",
            involves=tuple(sorted({ask.name for ask in lines})),
            message=f"The markers of {places} depend on facts that are not known, so they were not judged.",
            location=lines[0].origin.location,
        )
