"""What is never installed together is not judged together: the choices that `[tool.uv] conflicts` keeps apart, and the
extras and groups that a project may be installed without.

Each choice is judged with what counts whatever is chosen. A finding that holds for some choices alone says for which,
and is an error only where every choice has one about the same subject: else there is one that works.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge.asks import ENVIRONMENT
from stackcheck.values import replace
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stackcheck.matrix.store import Store
    from stackcheck.model import Ask, Finding, Stack

MAX_CHOICES = 24
"""Choices that are judged; where there are more, those of one extra or group alone."""
_LISTS = ((" Asked for only with ", " and "), (" Not judged for that: ", ", "))
"""How the list at a message's end begins, and what separates its entries."""
NAMED = 3
"""Choices that one sentence names at most."""


def of(stack: Stack, store: Store) -> tuple[dict[str, Stack], tuple[str, ...]]:
    """The stack of each choice that is judged, of those that differ in what the judge knows ({"": stack} where there
    is none), and the choices that are not."""
    names = dict.fromkeys(name for ask in stack.asks for name in ask.alternatives)
    known = _known(stack, store)
    if not names:
        return _by_extra(stack, known)
    apart: dict[frozenset[int], str] = {}
    for name in sorted(names, key=lambda name: (name.count("+"), name != "")):
        apart.setdefault(frozenset(number for number, ask in enumerate(known) if _counts(ask, name)), name)
    every = apart
    if len(apart) > MAX_CHOICES:
        apart = _fewer(apart)
    # What the judge knows nothing of changes nothing: it is there whatever is chosen, so that each ask is judged once.
    free = set(map(id, stack.asks)) - set(map(id, known))
    stacks = {
        name: replace(stack, asks=tuple(ask for ask in stack.asks if id(ask) in free or _counts(ask, name)))
        for name in apart.values()
    }
    return stacks, tuple(name for name in every.values() if name not in stacks)


def _known(stack: Stack, store: Store) -> list[Ask]:
    """The asks of which the judge may say something: of what it knows, or what is asked for twice."""
    asked: dict[str, int] = {}
    for ask in stack.asks:
        asked[ask.name] = asked.get(ask.name, 0) + 1
    return [ask for ask in stack.asks if asked[ask.name] > 1 or store.by_distribution(ask.name) is not None]


def _by_extra(stack: Stack, known: Sequence[Ask]) -> tuple[dict[str, Stack], tuple[str, ...]]:
    """The project alone, and with each of its extras and groups: what one of them asks for is not there without it.
    Where there are too many, with all of them."""
    optional = dict.fromkeys(ask.group for ask in known if _is_extra(ask) and ask.applies is not False)
    if not optional or (len(optional) == 1 and all(map(_is_extra, known))):
        return {"": stack}, ()
    chosen = [frozenset((group,)) for group in optional] if len(optional) < MAX_CHOICES else [frozenset(optional)]
    free = set(map(id, stack.asks)) - set(map(id, known))

    def having(groups: frozenset[str | None]) -> Stack:
        asks = (ask for ask in stack.asks if id(ask) in free or not _is_extra(ask) or ask.group in groups)
        return replace(stack, asks=tuple(asks))

    every = {"": frozenset[str | None](), **{"+".join(sorted(map(str, groups))): groups for groups in chosen}}
    stacks = {name: having(groups) for name, groups in every.items()}
    return stacks, tuple(group for group in map(str, optional) if group not in stacks)


def _is_extra(ask: Ask) -> bool:
    return ask.group is not None and ask.group.startswith(("extra:", "group:"))


def _fewer(apart: dict[frozenset[int], str]) -> dict[frozenset[int], str]:
    """The choices of one extra or group alone, and others only where they bring an ask that none of those has."""
    seen: set[int] = set()
    kept = {}
    for numbers, name in apart.items():
        if "+" not in name or not numbers <= seen:
            kept[numbers] = name
            seen |= numbers
    return kept


def parts(asks: Sequence[Ask]) -> list[list[Ask]]:
    """The asks for one project, those of each choice together; each set of them once."""
    names = dict.fromkeys(name for ask in asks for name in ask.alternatives)
    found = {tuple(number for number, ask in enumerate(asks) if _counts(ask, name)) for name in names or ("",)}
    return [[asks[number] for number in one] for one in sorted(found) if one]


def _counts(ask: Ask, name: str) -> bool:
    return not ask.alternatives or name in ask.alternatives


def merged(said: Mapping[str, Sequence[Finding]]) -> Iterator[Finding]:
    """What the choices came to, each finding once: where several choices have it, at the first place."""
    if len(said) == 1:
        yield from next(iter(said.values()))
        return
    found: dict[Finding, dict[str, list[Finding]]] = {}
    failing: dict[str, set[str]] = {}
    for name, findings in said.items():
        for finding in findings:
            key = replace(finding, because=(), involves=(), location=None, locations=(), message=_head(finding))
            found.setdefault(key, {}).setdefault(name, []).append(finding)
            if finding.severity == "error":
                failing.setdefault(finding.subject, set()).add(name)
    noted: set[tuple[object, ...]] = set()
    for by_name in found.values():
        same = [finding for findings in by_name.values() for finding in findings]
        finding = replace(same[0], message=_tails(same))
        if finding.severity == "note":
            place = (finding.id, finding.subject, finding.location)
            if place in noted and len(by_name) < len(said):
                continue  # the same of fewer releases, with some choice
            noted.add(place)
        if len(by_name) < len(said) and finding.severity != "unknown":
            everywhere = len(failing.get(finding.subject, ())) == len(said)
            everywhere |= all(name.startswith(ENVIRONMENT) for name in said)
            severity = "warning" if finding.severity == "error" and not everywhere else finding.severity
            finding = replace(finding, severity=severity, message=_only(finding.message, list(by_name), said))
        yield finding


def _head(finding: Finding) -> str:
    """A message without the list at its end, which differs from choice to choice."""
    return next(
        (finding.message.partition(words)[0] for words, _ in _LISTS if words in finding.message), finding.message
    )


def _tails(findings: Sequence[Finding]) -> str:
    """The message of findings that differ in the list at their end alone, with all that their lists name."""
    message = max((one.message for one in findings), key=len)
    if message.endswith(" more."):
        return message
    for words, comma in _LISTS:
        if words in message:
            lists = [one.message.partition(words)[2].removesuffix(".").split(comma) for one in findings]
            names = dict.fromkeys(name for names in lists for name in names)
            ordered = sorted(names) if comma == ", " else names
            return f"{message.partition(words)[0]}{words}{comma.join(ordered)}."
    return message


def _only(message: str, names: Sequence[str], every: Iterable[str]) -> str:
    if "Asked for only with" in message:
        return message
    if list(names) == [""]:
        return f"{message} That is so without {few([shown(name) for name in every if name], NAMED)}."
    return f"{message} That is so with {few([shown(name) for name in names], NAMED)}."


def shown(name: str) -> str:
    """A choice in words: "extra cuda and group dev"."""
    words = [part.replace(":", " ") for part in name.split("+") if part]
    return " and ".join(words) or "none of them"
