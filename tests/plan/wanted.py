"""Plans for the tests: what is asked for, by the shipped matrix or one of a test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.model import Known, Origin
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.machine import machine, machine_alone
from stackcheck.session.plan import Wishes, plan
from stackcheck.session.request import Request
from stackcheck.session.trial import problems_of

if TYPE_CHECKING:
    from stackcheck.plan.values import Plan

KNOWLEDGE = open_knowledge()


def planned(target: str, *wishes: str, python: str | None = None, facts: tuple[str, ...] = (), **more: object) -> Plan:
    """A plan for a target; a wish that ends in "?" is an optional one."""
    asked = Wishes(
        required=tuple(wish for wish in wishes if not wish.endswith("?")),
        optional=tuple(wish.rstrip("?") for wish in wishes if wish.endswith("?")),
        python=python,
    )
    return plan(Request(target=target, facts=facts, **more), asked, lambda _: None)  # type: ignore[arg-type]


def releases(made: Plan) -> dict[str, str]:
    """The members that pip installs, each with its release, and its index where that is not PyPI."""
    places = {one.distribution: "" if one.index == "pypi" else f" {one.index}" for one in made.members}
    return {one.distribution: f"{one.version}{places[one.distribution]}" for one in made.members if one.distribution}


def commands(made: Plan) -> list[str]:
    """Every command of the plan, in order."""
    return [command for step in made.steps for command in step.commands]


def refused(made: Plan, target: str, facts: tuple[str, ...] = ()) -> list[str]:
    """What `lint` of the plan's commands calls an error on its own machine."""
    stack = machine_alone(machine(Request(target=target, facts=facts))[0])
    stack = stack.with_facts({"python": Known(made.python, Origin(f"Python {made.python}", "test"))})
    return [f"{one.id}: {one.message}" for one in problems_of(commands(made), stack, KNOWLEDGE)]
