"""What to ask a package index about a stack, and what to say of projects of which it has no files or does not answer.

Pure: the index has been asked by others. What it answers becomes a record, which is judged like one that is shipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from stackcheck import versions
from stackcheck.model import Absent, Finding, Reason, Unknown
from stackcheck.values import dataclass, replace
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stackcheck.matrix.records import Record
    from stackcheck.matrix.store import Store
    from stackcheck.model import Ask

Answer: TypeAlias = "Record | Absent | Unknown"
_SAME_MATTER = frozenset(("wheels", "wheel-tag", "builds", "requires", "resolve", "online"))
"""The kinds of findings that say why a resolver could not use a project."""


@dataclass(frozen=True, slots=True)
class Question:
    """A project to ask for. `configured`: on the index that pip uses; `hosts`: host and path of others named; `pins`:
    the releases that lines name, of which what they require counts too."""

    name: str
    configured: bool = True
    hosts: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[str, ...]:
        """The short names of the indexes that are asked."""
        return (*(("pypi",) if self.configured else ()), *self.hosts)


def askable(ask: Ask) -> bool:
    """Whether an index can say something of it: it applies, and is no direct reference."""
    return bool(ask.applies) and ask.url is None and ask.name != "python" and "===" not in ask.specifier


def questions(asks: Iterable[Ask]) -> tuple[Question, ...]:
    """The projects to ask for, once each. Beside indexes that have no address PyPI alone is asked, where it is one."""
    found: dict[str, Question] = {}
    pins: dict[str, dict[str, None]] = {}
    for ask in asks:
        if askable(ask) and ask.specifier.startswith("==") and versions.strict(ask.specifier[2:]) is not None:
            pins.setdefault(ask.name, {})[ask.specifier[2:].strip()] = None
        if askable(ask) and not ask.constraint and ask.name not in found:
            names = ("pypi",) if ask.indexes is None else ask.indexes.names
            hosts = tuple(name for name in names if name != "pypi" and _is_host(name))
            if hosts or "pypi" in names:
                found[ask.name] = Question(ask.name, "pypi" in names, hosts)
    return tuple(replace(question, pins=tuple(pins.get(name, ()))) for name, question in found.items())


def _is_host(name: str) -> bool:
    """Whether an index's short name is its host and path ("index.example/simple"), so that it can be asked."""
    host = name.partition("/")[0]
    return "." in host.strip(".") and not name.startswith(("/", "."))


def findings(asks: Sequence[Ask], answers: Mapping[str, Answer], store: Store) -> Iterator[Finding]:
    """A warning for each project that no index has, and one unknown for all that were not asked for or not answered."""
    first: dict[str, Ask] = {}
    for ask in asks:
        if askable(ask) and not ask.constraint:
            first.setdefault(ask.name, ask)
    reasons: dict[str, list[str]] = {}
    for name, ask in first.items():
        answer = answers.get(name)
        if isinstance(answer, Absent):
            yield _absent(ask, store)
        elif answer is None:
            reasons.setdefault("their index has no address that is known here", []).append(name)
        elif isinstance(answer, Unknown):
            reasons.setdefault(answer.reason, []).append(name)
    for reason, names in reasons.items():
        number = "1 requirement was" if len(names) == 1 else f"{len(names)} requirements were"
        text = f"{number} judged by the matrix alone ({few(names, 5)}): {reason}."
        yield Finding("online", "online/index", "unknown", "index", text, involves=tuple(sorted(names)))


def _absent(ask: Ask, store: Store) -> Finding:
    product = store.by_distribution(ask.name) or ask.name
    return Finding(
        "online",
        f"online/{ask.name}",
        "warning",
        product,
        f"{ask.name} is not on the package index that was asked.",
        involves=(product,),
        location=ask.origin.location,
        because=(Reason(f"{ask} is asked for", ask.origin.place),),
    )


def unresolved(asks: Iterable[Ask], said: Iterable[Finding], store: Store) -> Iterator[Finding]:
    """An error in the resolver's own words for each project that it could not use, unless `said` explains it.

    The text of each ask's origin is the resolver's sentence.
    """
    explained = {
        name
        for finding in said
        if finding.kind in _SAME_MATTER and finding.severity != "unknown"
        for name in (finding.subject, *finding.involves)
    }
    for ask in asks:
        product = store.by_distribution(ask.name) or ask.name
        if product not in explained:
            yield Finding(
                "resolve",
                f"resolve/{ask.name}",
                "error",
                product,
                f"{ask} cannot be resolved: {ask.origin.text}.",
                involves=(product,),
                location=ask.origin.location,
                because=(Reason(f"{ask} is asked for", ask.origin.place),),
            )
