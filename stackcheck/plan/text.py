"""A plan as text for people: 80 columns, the set first, the commands in one block that can be pasted."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from stackcheck.plan.steps import index_title
from stackcheck.wording import command_lines, few, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.plan.values import Conflict, Member, Plan, Step

WIDTH = 80
NAMED = 8
"""Names in one line; JSON has all."""


def render(plan: Plan, *, quiet: bool = False) -> str:
    """The plan as text that ends in a newline. `quiet`: the set and the commands alone."""
    lines = list(_no_set(plan) if plan.conflict is not None else _set(plan, quiet=quiet))
    lines += ["", *_age(plan)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _set(plan: Plan, *, quiet: bool) -> Iterator[str]:
    why = f" ({plan.python_why})" if plan.python_why else ""
    yield f"Plan for {plan.subject}: Python {plan.python}{why}"
    yield ""
    yield from _table([_row(member) for member in plan.members])
    if plan.brought and not quiet:
        more = f"{len(plan.brought)} more that these bring along"
        plain = " (Python alone, for any machine)"
        built = [f"{one}{plain}" if one.partition(" ")[0] in plan.of_python else one for one in plan.built]
        yield from _wrap(f"{more}; built from source: {few(built, NAMED)}" if built else more, "  ", "    ")
    held = "Held back" if plan.moves else "Not chosen"
    blocks = {
        "Can move": [f"{one.name}: {one.before.lstrip('=')} → {one.after}" for one in plan.moves if not one.stays],
        "Stays": _staying(plan),
        "Left out": [f"{one.name}: {one.reason} {one.instead}".rstrip() for one in plan.left_out],
        held: [_not_chosen(one.name, one.version, one.index, one.reason) for one in plan.not_chosen],
        "Mind": plan.remarks,
    }
    for title, texts in blocks.items():
        if texts and not (quiet and title not in ("Left out", "Can move")):
            yield from _block(title, texts)
    yield from _steps("Install, in this order", plan.steps, quiet=quiet)
    yield from _steps("Other ways", () if quiet else plan.ways, quiet=False)
    yield from _lock(plan)
    if plan.written:
        yield from _block("Written", plan.written)
    unknown = list(_unknown(plan))
    if unknown and not quiet:
        yield from _block("Not known", unknown)


def _staying(plan: Plan) -> list[str]:
    names = [f"{one.name} {one.after}" for one in plan.moves if one.stays]
    return [", ".join(names)] if names else []


def _lock(plan: Plan) -> Iterator[str]:
    if plan.lock is not None:
        texts = [f"{len(plan.lock.pins)} releases with their hashes, by uv, from wheels."]
        yield from _block(
            "Locked",
            [*texts, *plan.lock.refused, *(f"Not in it, nor what it alone brings: {text}" for text in plan.lock.left)],
        )


def _steps(title: str, steps: Iterable[Step], *, quiet: bool) -> Iterator[str]:
    for number, step in enumerate(steps):
        if not number:
            yield from ("", title)
        if not quiet:
            yield from _wrap(step.text, "  # ", "  # ")
        for command in step.commands:
            first, *rest = command_lines(command, WIDTH - 2, WIDTH - 8)
            yield f"  {first}"
            yield from (f"      {line}" for line in rest)


def _row(member: Member) -> tuple[str, str, str, str]:
    name = member.distribution or member.title
    name += f"[{','.join(member.extras)}]" if member.extras else ""
    source = index_title(member.index) if member.index else ""
    if member.cuda is not None:
        source = f"{source}, CUDA {member.cuda}"
    source = "container" if member.container else "built from source" if member.source else source
    return name, member.version or "", source, member.why


def _table(rows: list[tuple[str, str, str, str]]) -> Iterator[str]:
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    for row in rows:
        start = "  " + "  ".join(text.ljust(width) for text, width in zip(row[:3], widths, strict=True)) + "  "
        rest = WIDTH - len(start)
        if len(row[3]) <= rest or rest > WIDTH // 3:
            first, *more = textwrap.wrap(row[3], max(rest, 20)) or [""]
            yield f"{start}{first}"
            yield from (f"{' ' * len(start)}{line}" for line in more)
        else:
            yield start
            yield from _wrap(row[3], "      ", "      ")


def _not_chosen(name: str, version: str, index: str, reason: str) -> str:
    place = f" from {index_title(index)}" if index else ""
    return f"{name} {version}{place}: {reason}"


def _unknown(plan: Plan) -> Iterator[str]:
    for name in plan.unknown_wishes:
        yield f"Nothing is known of {name} here: whatever the index gives is taken."
    yield from dict.fromkeys(plan.unknown)
    if plan.no_record:
        yield f"{len(plan.no_record)} of what is brought along has no record: {few(plan.no_record, NAMED)}."


def _no_set(plan: Plan) -> Iterator[str]:
    conflict = plan.conflict
    assert conflict is not None  # noqa: S101 - the caller asked
    yield from _wrap(f"No plan for {plan.subject}: no set of releases meets {listed(conflict.group)}.", "", "  ")
    yield ""
    for chain in conflict.chains:
        yield from _wrap(chain, "  ", "    ")
    yield from _nearest(conflict)
    if conflict.gave_up:
        yield ""
        yield from _wrap("The search was given up at its bound: there may be a set all the same.", "", "")


def _nearest(conflict: Conflict) -> Iterator[str]:
    if len(conflict.group) > 1 and not conflict.gave_up:
        yield ""
        tried = "" if all("==" in wish for wish in conflict.group) else "Other releases were tried too. "
        yield f"{tried}Without any one of them there is a set."
    if conflict.nearest:
        yield from _block("Nearest", [f"{what}: {', '.join(members)}" for what, members in conflict.nearest])


def _age(plan: Plan) -> Iterator[str]:
    text = f"Facts: matrix {plan.matrix}"
    if plan.read:
        days = plan.read[0] if len(plan.read) == 1 else f"{plan.read[0]} to {plan.read[-1]}"
        text += f"; PyPI as of {days}"
    yield from _wrap(f"{text}.", "", "  ")


def _block(title: str, texts: Iterable[str]) -> Iterator[str]:
    yield ""
    yield title
    for text in texts:
        yield from _wrap(text, "  ", "    ")


def _wrap(text: str, first: str, later: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )
