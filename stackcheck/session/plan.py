"""`plan`: wishes and a machine become a set of releases that works together, ready to install."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from stackcheck.patterns import pattern
from stackcheck.plan import conflict
from stackcheck.plan.answer import Question, answer, moves
from stackcheck.plan.search import VIRTUAL
from stackcheck.plan.values import COMMAND_LINE, LeftOut, Plan, Wish
from stackcheck.plan.work import PYTHONS, Planner
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.machine import machine, machine_alone
from stackcheck.session.plan_installed import beside, installed
from stackcheck.session.plan_wishes import Asked
from stackcheck.session.project import add_wants
from stackcheck.values import dataclass, replace
from stackcheck.versions import project_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from stackcheck.model import Stack
    from stackcheck.plan.work import Found
    from stackcheck.session.files import Loader
    from stackcheck.session.knowledge import Knowledge
    from stackcheck.session.request import Request


_NAME = pattern(r"\s*[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a plan is asked for: products and distributions, and the project files that are named among them or as
    `files`, which `loader` reads; what the files of `upgrade` ask for counts in any release. `python` is the series
    that the environment must have ("3.12"), None: any; `keep`: what is installed stays as it is; `lock`: uv resolves
    all that it brings. `write` are files to write it to, of which those that are there are replaced with `force`
    alone."""

    required: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    loader: Loader | None = None
    optional: tuple[str, ...] = ()
    upgrade: tuple[str, ...] = ()
    python: str | None = None
    keep: bool = False
    lock: bool = False
    write: tuple[str, ...] = ()
    force: bool = False


def plan(request: Request, wishes: Wishes, tell: Callable[[str], None]) -> Plan:
    """The plan for a machine; one with a conflict where there is no set. Files that are asked for are written.

    Raises the errors of `session.errors.expected`.
    """
    return plan_by(open_knowledge(request.matrix), request, wishes, tell)


def plan_by(knowledge: Knowledge, request: Request, wishes: Wishes, tell: Callable[[str], None]) -> Plan:
    """The plan for a machine by a knowledge that is open already."""
    return plans_by(knowledge, [request], wishes, tell)[0]


def plans(requests: Sequence[Request], wishes: Wishes, tell: Callable[[str], None]) -> tuple[Plan, ...]:
    """The plans for several machines; files are written where there is one for each of them, and say which is which.

    Raises the errors of `session.errors.expected`.
    """
    return plans_by(open_knowledge(requests[0].matrix), requests, wishes, tell)


def plans_by(
    knowledge: Knowledge, requests: Sequence[Request], wishes: Wishes, tell: Callable[[str], None]
) -> tuple[Plan, ...]:
    """The plans for several machines by a knowledge that is open already."""
    plan_one = _planned if not requests[0].online else _online(requests[0], knowledge, tell)
    made = [plan_one(knowledge, request, wishes, tell) for request in requests]
    if wishes.lock and all(one.plan.conflict is None for one in made):
        from stackcheck.session.plan_lock import locked

        made = [replace(one, plan=replace(one.plan, lock=locked(one, knowledge, tell))) for one in made]
    every = tuple(one.plan for one in made)
    if not wishes.write or any(one.conflict is not None for one in every):
        return every
    from stackcheck.session.plan_files import write

    load = wishes.loader.load if wishes.loader is not None else None
    paths = write(made, wishes.write, knowledge, force=wishes.force, load=load)
    return (*every[:-1], replace(every[-1], written=tuple(paths)))


@dataclass(frozen=True)
class Planned:
    """A plan with the machine that it is for; `names` are the distributions that it came to."""

    plan: Plan
    request: Request
    stack: Stack
    found: Found
    names: frozenset[str] = frozenset()


def _online(
    request: Request, knowledge: Knowledge, tell: Callable[[str], None]
) -> Callable[[Knowledge, Request, Wishes, Callable[[str], None]], Planned]:
    """Makes plans with what the index has now: again, as long as one comes to what was not asked for yet."""
    from stackcheck.session.plan_online import ROUNDS, Online

    online = Online(request, knowledge, tell)

    def plan_one(knowledge: Knowledge, request: Request, wishes: Wishes, tell: Callable[[str], None]) -> Planned:
        words = [text for text in (*wishes.required, *wishes.optional) if not os.path.isfile(text)]
        named = {project_name(match[0].strip()) for text in words if (match := _NAME.match(text))}
        named = {name for name in named if not knowledge.store.knows(name) or knowledge.records.record(name)}
        online.asked(named)
        for name in sorted(named):
            if online.absent(name) and knowledge.records.record(name) is None:
                raise CannotWorkError(f"{name} is not on the package index that was asked")
        made = _planned(online.over(knowledge), request, wishes, tell)
        for _ in range(ROUNDS):
            if not online.asked(made.names):
                break
            made = _planned(online.over(knowledge), request, wishes, tell)
        return replace(made, plan=replace(made.plan, unknown=(*made.plan.unknown, *online.unanswered())))

    return plan_one


def _names(planner: Planner, wanted: Iterable[Wish], found: Found) -> frozenset[str]:
    """The distributions that a search came to: the set, or what stood in its way."""
    subjects = {wish.subject for wish in wanted} | set(found.outcome.pins)
    for clash in found.outcome.clashes:
        subjects |= {clash.subject, *(parent.subject for _, parent in clash.sides if parent is not None)}
    names = (planner.supply(found.python).distribution(name) for name in subjects - set(VIRTUAL))
    return frozenset(project_name(name) for name in names if name)


def _planned(knowledge: Knowledge, request: Request, wishes: Wishes, tell: Callable[[str], None]) -> Planned:
    whole, subject = machine(request, tell)
    there = installed(whole, knowledge, request, keep=wishes.keep)
    python = _series(wishes.python)
    if wishes.keep and python not in (None, there.python):
        raise CannotWorkError(f"--keep: the environment has Python {there.python}, which --python {python} replaces")
    stack = add_wants(machine_alone(whole), knowledge, replace(request, wants=()))
    asked = Asked(knowledge, stack)
    asked.take(wishes)
    wanted = asked.wishes
    if not wanted:
        raise CannotWorkError("name what the plan is for: a product, a distribution or a project file")
    tell("searching a set that works")
    judge = partial(knowledge.judge, subject=subject)
    planner = Planner(knowledge.store, stack, judge, there.python if wishes.keep else python, asked.pythons, there)
    _check_python(planner, wanted)
    question = Question(wanted, stack, subject, knowledge.store, knowledge.version)
    found, left = planner.with_optional(wanted)
    supply = planner.supply(found.python)
    unknown = tuple(wish.text for wish in wanted if wish.place == COMMAND_LINE and not supply.known(wish.subject))
    if not found.works:
        why = conflict.explain(planner, wanted, found)
        if wishes.keep:
            free = Planner(knowledge.store, stack, judge, python, asked.pythons, replace(there, keep=False))
            why = conflict.with_change(why, "not all that is installed kept", free, wanted)
        none = Plan(subject=subject, matrix=knowledge.version, conflict=why, unknown_wishes=unknown)
        return Planned(none, request, stack, found, _names(planner, wanted, found))
    left_out = [_left_out(planner, wish, found, other) for wish, other in left]
    made = replace(answer(question, found, left_out), unknown_wishes=unknown)
    remarks = (*made.remarks, *beside(whole, found, judge))
    made = replace(made, remarks=remarks, moves=moves(made.members, asked.before))
    return Planned(made, request, stack, found, _names(planner, wanted, found))


def _series(python: str | None) -> str | None:
    """The series of a Python ("3.12" of 3.12.4). Raises `CannotWorkError` for what is none."""
    if python is None:
        return None
    parts = python.strip().split(".")
    if len(parts) not in (2, 3) or parts[0] != "3" or not all(part.isascii() and part.isdigit() for part in parts):
        raise CannotWorkError(f"--python {python}: name a Python such as 3.12")
    return ".".join(parts[:2])


def _check_python(planner: Planner, wishes: Iterable[Wish]) -> None:
    """Raises `CannotWorkError` for a wish that the Python asked for excludes, and another would not."""
    if planner.python is None:
        return
    for wish in wishes:
        if wish.optional or planner.best(wish, planner.python) is not None:
            continue
        others = [python for python in PYTHONS if planner.best(wish, python) is not None]
        if others:
            names = ", ".join(sorted(others, key=lambda python: int(python.partition(".")[2])))
            raise CannotWorkError(f"{wish.text} does not go with --python {planner.python}; it works with {names}")


def _left_out(planner: Planner, wish: Wish, found: Found, other: Found) -> LeftOut:
    """An optional wish that is not in the set, with the reason and what does its work."""
    return LeftOut(wish.text, *conflict.reason(planner, _required(found), wish, other))


def _required(found: Found) -> list[Wish]:
    """What is in a set, as wishes for these releases."""
    pins = found.outcome.pins
    return [
        Wish(name, one.distribution, f"=={one.version}", text=f"{one.distribution} {one.version}")
        for name, one in pins.items()
        if any(asked.wish for asked, _ in found.outcome.required[name])
    ]
