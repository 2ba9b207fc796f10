"""How the judge says things: titles, and the sentences that rows become."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.model import Absent, Unknown
from stackcheck.subjects import BY_NAME, GPU_SUBJECTS

if TYPE_CHECKING:
    from stackcheck.judge.catalog import Catalog
    from stackcheck.judge.domain import Domain, State
    from stackcheck.matrix.rows import Condition, Conditions, Level, Row
    from stackcheck.matrix.store import Store
    from stackcheck.model import Ask

_VERB: dict[Level, str] = {
    "required": "needs",
    "unsupported": "needs",
    "recommended": "recommends",
    "validated": "was validated with",
    "unvalidated": "was validated only with",
    "reported": "is reported to need",
}


def title(subject: str, store: Store | Catalog) -> str:
    """How a sentence calls a subject."""
    if subject in BY_NAME:
        return BY_NAME[subject].title
    return store.product(subject).title if store.knows(subject) else subject


def named(domain: Domain, value: str | None, store: Store | Catalog) -> str:
    """A product with its version: "Isaac Lab 2.3.2", "Isaac Lab" where the version is not known."""
    name = title(domain.subject, store)
    if domain.presence == "some" and value is not None:
        return f"{name} (any release)"
    shown = value if value is not None else (domain.values[0] if len(domain.values) == 1 else None)
    return name if shown in (None, "*") else f"{name} {shown}"


def has(subject: str, state: State, condition: Condition | None = None) -> str:
    """What there is instead of what a condition admits, as the second half of a sentence."""
    place = "this machine" if subject in BY_NAME and subject not in ("python", "cuda") else "this environment"
    if isinstance(state, Absent):
        return f"{place} has none" if subject in BY_NAME else "it is not there"
    if isinstance(state, Unknown):
        return f"it is not known ({state.reason})"
    if state.presence in ("asked", "wanted", "implied", "todo"):
        ask = _against(state, condition)
        if ask is not None:
            return f"{ask.origin.place} asks for {ask}"
        if state.values:
            return f"it would be {state.values[-1]}"
        return f"{state.steps[0].origin}: {state.steps[0].text}" if state.steps else "no such release is allowed"
    found = state.values[0] if state.values else "another version"
    if subject in GPU_SUBJECTS:
        return f"this GPU has {'none' if found == 'no' else found}" if subject != "gpu" else f"it is {found}"
    return f"{place} has {found}"


def _against(state: Domain, condition: Condition | None) -> Ask | None:
    """The line that stands against a condition by itself; else a pin, else the first that says a version."""
    asks = [ask for ask in state.asks if ask.specifier]
    if condition is not None and condition.match == "version":
        for ask in asks:
            own = versions.asked_range(ask.specifier)
            if own is not None and own.is_disjoint(condition.range):
                return ask
    return min(asks, key=lambda ask: not is_pin(ask), default=None)


def is_pin(ask: Ask) -> bool:
    """Whether a line names one release."""
    return ask.specifier.startswith("==") and "," not in ask.specifier and not ask.specifier.endswith("*")


def sentence(text: str, row: Row) -> str:
    """A row's own message or the one made for it, and its reason."""
    said = row.message or text
    said = said if said.endswith((".", "!", "?")) else f"{said}."
    return f"{said} {row.why}" if row.why else said


def verb(level: Level) -> str:
    """How binding a row is, as a verb: "needs", "recommends"."""
    return _VERB[level]


def needs(who: str, level: Level, what: str, condition: str, instead: str) -> str:
    """ "Isaac Sim 5.1.0 needs Python 3.11; this environment has 3.12.3"."""
    wanted = what if condition in ("any version", "yes") else f"{what} {condition}"
    return f"{who} {_VERB[level]} {wanted}; {instead}"


def circumstances(where: Conditions, store: Store | Catalog) -> str:
    """The conditions of a row as a phrase: "on dgx-spark", "with the NVIDIA driver >=595,<600"."""
    parts = []
    for subject, condition in where:
        if subject in ("board", "arch", "os", "distro"):
            parts.append(f"on {condition}")
        elif subject == "gpu":
            parts.append(f"on a GPU of the kind {condition}")
        elif subject == "variant":
            parts.append(f"in the {condition} build")
        else:
            parts.append(f"with {title(subject, store)} {condition}")
    return " ".join(parts)
