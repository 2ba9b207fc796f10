"""One finding for each cause, and first what is to be done first.

What the judge finds at several places, on several targets or in several ways is said once, with the rest under it
(`Finding.also`). Nothing is judged here, and nothing is lost: ignores and baselines come before, finding by finding.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from stackcheck.model import SEVERITIES
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stackcheck.model import Finding, Report

BUILD = ("wheels", "builds", "gpu-code", "libraries", "compilers", "driver")
"""Kinds that speak of the one file that an installer takes for a line, the root first: another file answers all."""
BY_MESSAGE = frozenset(("file", "marker", "baseline"))
"""Subjects of findings that have an id in common and nothing else: only equal messages are one cause."""
WORDS = 6
"""Words in which two messages of one cause may differ and still be said as one: "12.1 (NVIDIA GB10) or 8.7 (…)"."""
ALTERNATIVES = 6
"""So many of them are named in one sentence."""
MACHINE = frozenset(("arch", "os", "libc", "board"))
DRIVER = ("driver", "cuda-driver")
MOOT = frozenset(("arch", "cuda", "cuda-toolkit", "compute-capability", *DRIVER))
"""Facts that count no more for what has no file for the machine."""
STAGES = (
    frozenset(("wheels", "wheel-tag", "index", "locks", "online")),
    frozenset(("builds", "gpu-code", "libraries", "compilers", "label")),
)
"""Kinds in the order in which they are mended: no file for the machine, then a wrong one."""


def merged(report: Report) -> Report:
    """The report with one finding for each cause, in the order in which they are mended if they have none of their own;
    steps of a preflight stay as they are."""
    steps = tuple(finding for finding in report.findings if finding.severity == "todo")
    others = [
        member
        for finding in report.findings
        if finding.severity != "todo"
        for member in ((replace(finding, also=()), *finding.also) if finding.also else (finding,))
    ]
    if len(others) < 2:
        return report
    joined = map(_joined, _by_cause(_by_build(others)))
    return replace(report, findings=(*joined, *steps) if report.ordered else in_order((*joined, *steps)))


def in_order(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """By severity; then the machine and its Python, files that are missing, wrong builds, what does not go together,
    drivers. Among equals what most others speak of comes first, then the place. To-dos keep their order."""
    loud = [finding for finding in findings if finding.severity in ("error", "warning")]
    speaking = Counter(name for finding in loud for name in {finding.subject, *finding.involves})

    def key(finding: Finding) -> tuple[object, ...]:
        severity = SEVERITIES.index(finding.severity)
        if finding.severity == "todo":
            return (severity,)
        place = finding.location
        where = (place.path, place.line or 0) if place else ("", 0)
        return (severity, _stage(finding), -speaking[finding.subject], *where, finding.id)

    return tuple(sorted(findings, key=key))


def _stage(finding: Finding) -> int:
    if finding.kind == "reading":
        return 0
    if finding.subject in MACHINE:
        return 1
    if finding.subject in ("python", "system-python"):
        return 2
    if finding.kind == "driver" or finding.subject in DRIVER:
        return 6
    return next((number for number, kinds in enumerate(STAGES, start=3) if finding.kind in kinds), 5)


def _by_build(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Errors and warnings on the file of one line on one target together; the loudest first, then the root. So are
    those of a product that a driver is too old for: its release and the CUDA that it serves are one cause. Where no
    file serves the machine, what else of it stands against the product, and that its sources do not build, says no
    more."""
    missing = {_line(one, one.subject) for one in findings if _has_no_file(one)}
    groups: dict[object, list[Finding]] = {}
    for number, finding in enumerate(findings):
        loud = finding.severity in ("error", "warning") and not finding.limit
        product = finding.id.partition("/")[0] if finding.subject in MOOT else finding.subject
        key: object = number
        if loud and finding.kind in BUILD:
            key = _line(finding, finding.subject)
        elif loud and _line(finding, product) in missing and _is_moot(finding):
            key = _line(finding, product)
        elif loud and finding.subject in DRIVER:
            key = ("driver", finding.target, finding.id.partition("/")[0], finding.location)
        groups.setdefault(key, []).append(finding)
    return [sorted(group, key=_root) for group in groups.values()]


def _has_no_file(finding: Finding) -> bool:
    """Whether there is no file for such machines at all; with another Python or glibc there is one."""
    return finding.kind == "wheels" and finding.severity == "error" and {"python", "glibc"}.isdisjoint(finding.involves)


def _is_moot(finding: Finding) -> bool:
    return finding.kind == "source-build" or not MOOT.isdisjoint((finding.subject, *finding.involves))


def _line(finding: Finding, product: str) -> object:
    return ("build", finding.target, product, finding.location)


def _root(finding: Finding) -> tuple[int, int]:
    place = {**{kind: number for number, kind in enumerate(BUILD)}, "source-build": len(BUILD)}.get(finding.kind, 0)
    return (SEVERITIES.index(finding.severity), -1 if finding.subject == "arch" else place)


def _by_cause(groups: Iterable[list[Finding]]) -> list[list[Finding]]:
    """Groups that start with findings of one row or law on one subject as one, whatever the place and the target."""
    found: dict[object, list[list[Finding]]] = {}
    for group in groups:
        first = group[0]
        same = found.setdefault((first.severity, first.kind, first.id, first.subject, first.limit), [])
        joined = next((other for other in same if _one_cause(other[0], first)), None)
        if joined is None:
            same.append(list(group))
        else:
            joined += group
    return [group for same in found.values() for group in same]


def _one_cause(first: Finding, other: Finding) -> bool:
    if first.message == other.message:
        return True
    if first.subject in BY_MESSAGE:
        return False
    return first.location == other.location or not first.id.startswith(f"{first.kind}/")


def _joined(group: Sequence[Finding]) -> Finding:
    """The first of a group, with the others under it."""
    if len(group) == 1:
        return group[0]
    same = _worded([member for member in group if member.id == group[0].id])
    members = [*same, *(member for member in group if member.id != group[0].id)]
    return replace(
        members[0],
        involves=tuple(sorted({name for member in members for name in member.involves})),
        sources=tuple(dict.fromkeys(source for member in members for source in member.sources)),
        required=any(member.required for member in members),
        also=tuple(dict.fromkeys(members[1:])),
    )


def _worded(group: Sequence[Finding]) -> list[Finding]:
    """The findings with one message for those that differ in a few words alone, in which it names what each has: first
    over the targets of one place, then over the places."""
    messages = list(dict.fromkeys(finding.message for finding in group))
    if len(messages) == 1:
        return list(group)
    by_place: dict[object, dict[str, None]] = {}
    for finding in group:
        by_place.setdefault(finding.location, {})[finding.message] = None
    # A place that says no more than another one says it in the same words.
    most = {place: max(by_place.values(), key=lambda other: _more(other, own)) for place, own in by_place.items()}
    at = {place: _said(list(most[place])) for place in by_place}
    over = _said(list(dict.fromkeys(at[finding.location][finding.message] for finding in group)))
    return [replace(finding, message=over[at[finding.location][finding.message]]) for finding in group]


def _more(messages: Mapping[str, None], own: Mapping[str, None]) -> int:
    """How many messages there are where they hold all of one's own; else none count."""
    return len(messages) if own.keys() <= messages.keys() else 0


def _said(messages: Sequence[str]) -> dict[str, str]:
    """What is said in place of each message: of the first and those that can be said with it one sentence."""
    covered, text = [messages[0]], messages[0]
    for message in messages[1:]:
        both = _either([*covered, message])
        if both:
            covered.append(message)
            text = both
    return {message: text if message in covered else message for message in messages}


def _either(messages: Sequence[str]) -> str:
    """Messages that differ at one place as one: "… needs 12.1 or 8.7 there"; "" where they differ in more."""
    split = [message.split(" ") for message in messages]
    shortest = min(map(len, split))
    before = next((n for n in range(shortest) if len({tuple(words[: n + 1]) for words in split}) > 1), shortest)
    left = shortest - before
    after = next((n for n in range(left) if len({tuple(words[len(words) - n - 1 :]) for words in split}) > 1), left)
    middles = [" ".join(words[before : len(words) - after]) for words in split]
    if any(not middle or len(middle.split(" ")) > WORDS for middle in middles):
        return ""
    end = _shared_end(middles)
    middles = [middle.removesuffix(end) for middle in middles]
    last = middles[-1] if len(middles) <= ALTERNATIVES else f"{len(middles) - ALTERNATIVES + 1} more"
    said = " or ".join((", ".join(middles[: min(len(middles), ALTERNATIVES) - 1]), last))
    return " ".join((*split[0][:before], f"{said}{end}", *split[0][len(split[0]) - after :]))


def _shared_end(texts: Sequence[str]) -> str:
    """The punctuation that all texts end with: a bracket only where none of them opens it."""
    end = ""
    while len({text[: len(text) - len(end)][-1:] for text in texts}) == 1:
        last = texts[0][: len(texts[0]) - len(end)][-1:]
        if last not in (":", ";", ",", ".", ")") or (last == ")" and any("(" in text for text in texts)):
            break
        end = last + end
    return end
