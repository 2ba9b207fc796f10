"""The to-do list of a preflight is a plan's: all that is wanted goes together, in the releases that its commands name.

The judge looks at each subject by itself and says what is missing; the plan says which releases go together, from where
and in which order. Where the two differ in a release, the judge looks again at the plan's.
"""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from stackcheck.judge import todo, words
from stackcheck.judge.findings import in_order
from stackcheck.model import Finding, Fix, Known
from stackcheck.plan import conflict, steps
from stackcheck.plan.answer import Question, answer
from stackcheck.plan.values import COMMAND_LINE, Installed, Wish
from stackcheck.plan.work import Planner
from stackcheck.session.machine import machine_alone
from stackcheck.session.plan_installed import environment
from stackcheck.session.plan_wishes import Asked
from stackcheck.session.trial import verified
from stackcheck.values import replace
from stackcheck.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stackcheck.matrix.store import Store
    from stackcheck.model import Ask, Report, Stack
    from stackcheck.plan.values import Member, Plan, Step
    from stackcheck.plan.work import Found
    from stackcheck.session.knowledge import Knowledge

MOST = 3
"""Lines of project files that do not go with what is wanted, of which a report speaks."""


def planned(report: Report, stack: Stack, knowledge: Knowledge, subject: str) -> Report | None:
    """The report with the to-dos of a plan for all that the stack wants, beside what its project files ask for; None
    where nothing is to be installed, or no plan can say how. What does not go together is an error."""
    if not any(finding.severity == "todo" for finding in report.findings) or not stack.wants:
        return None
    planner = _planner(stack, knowledge)
    wishes, asked = _wishes(stack, knowledge)
    found = planner.find(wishes)
    if not found.works:
        clash = None if report.count("error") else _clash(planner, wishes, found)
        return None if clash is None else verified(_with(report, [clash]), stack, knowledge)
    found, left = _beside(planner, wishes, found, asked)
    pinned = tuple(_pinned(want, found) for want in stack.wants)
    if any(_is_other(want, report) for want in pinned):
        report = knowledge.judge(replace(stack, wants=pinned), subject, preflight=True)
    report = report if report.count("error") else _with(report, _apart(planner, wishes, left))
    question = Question(tuple(wishes), planner.machine, subject, knowledge.store, knowledge.version)
    plan = answer(question, found)
    brought = _brought(found, [want.name for want in stack.wants])
    missing = tuple(one for one in plan.members if one.subject in brought and _is_missing(one, found))
    return replace(report, findings=in_order(_findings(report, plan, missing, found, knowledge.store)))


def _planner(stack: Stack, knowledge: Knowledge) -> Planner:
    """The search on the machine, for the environment that is there if its Python is known."""
    python = stack.facts.get("python")
    there = environment(stack, python, knowledge) if isinstance(python, Known) else Installed()
    alone = replace(machine_alone(stack), wants=(), features=(), asks=())
    judge = partial(knowledge.judge, subject="", remedies=False)
    return Planner(knowledge.store, alone, judge, there.python or None, installed=there)


def _wishes(stack: Stack, knowledge: Knowledge) -> tuple[tuple[Wish, ...], tuple[Wish, ...]]:
    """What is wanted, narrowed by the lines of project files for the same; and what else these ask for. Extras and
    groups are chosen, and what none was chosen for says nothing."""
    asked = Asked(knowledge, stack)
    for want in stack.wants:
        asked.add(_wish(want, knowledge.store))
    asked.asks(ask for ask in stack.asks if ask.group is None or not ask.group.startswith(("extra:", "group:")))
    wanted = {want.name for want in stack.wants}
    wishes = tuple(wish for wish in asked.wishes if wish.subject in wanted)
    return wishes, tuple(wish for wish in asked.wishes if wish.subject not in wanted)


def _wish(want: Ask, store: Store) -> Wish:
    pip = store.product(want.name).pip
    return Wish(want.name, pip[0] if pip else "", want.specifier, want.extras, text=str(want))


def _pinned(want: Ask, found: Found) -> Ask:
    version = found.outcome.pins[want.name].version
    return want if version is None else replace(want, specifier=f"=={version}")


def _is_other(want: Ask, report: Report) -> bool:
    """Whether a report tells to install another release than this one."""
    release = want.specifier.lstrip("=")
    own = [one.message for one in report.findings if one.severity == "todo" and one.subject == want.name]
    return bool(own) and not own[0].endswith(f" {release}.")


def _with(report: Report, findings: Iterable[Finding]) -> Report:
    return replace(report, findings=in_order((*findings, *report.findings)))


def _beside(
    planner: Planner, wishes: tuple[Wish, ...], found: Found, asked: Sequence[Wish]
) -> tuple[Found, list[tuple[Wish, Found]]]:
    """A set that also has what project files ask for; and what stands in its way. A line for what the wishes bring
    along is tried by itself, since a search that fails takes longer than many that do not; the others together."""
    kept, left = list(wishes), []
    brought = _brought(found, [wish.subject for wish in wishes])
    rest = [wish for wish in asked if wish.subject not in brought]
    todo = [[wish] for wish in asked if wish.subject in brought] + ([rest] if rest else [])
    while todo:
        part = todo.pop(0)
        other = planner.find((*kept, *part))
        if other.works:
            kept, found = [*kept, *part], other
        elif len(part) == 1:
            left.append((part[0], other))
        else:
            todo[:0] = [part[: len(part) // 2], part[len(part) // 2 :]]
    return found, left


def _apart(planner: Planner, wishes: tuple[Wish, ...], left: Iterable[tuple[Wish, Found]]) -> Iterator[Finding]:
    """What is to say of lines of project files that no set has beside what is wanted. What cannot be had by itself, the
    judge speaks of."""
    for wish, other in islice(left, MOST):
        clash = _clash(planner, (*wishes, wish), other)
        if clash is not None:
            yield clash
        elif planner.find((wish,)).works:
            names = listed([*(one.text for one in wishes), _placed(wish)])
            text = f"Whether {names} go together is not known: the search was given up at its bound."
            yield Finding("plan", "plan/bound", "unknown", wish.subject, text)


def _placed(wish: Wish) -> str:
    return wish.text if wish.place == COMMAND_LINE else f"{wish.text} ({wish.place})"


def _clash(planner: Planner, wishes: Sequence[Wish], found: Found) -> Finding | None:
    """Why no set of releases has all that is wanted; None where that is not known, or one cannot be had by itself."""
    if found.outcome.gave_up or len(wishes) < 2:
        return None
    why = conflict.explain(planner, wishes, found)
    group = [wish for wish in wishes if wish.text in why.group]
    if why.gave_up or len(group) < 2:
        return None
    names = tuple(sorted(wish.subject for wish in group))
    text = (
        f"No set of releases has {listed([_placed(wish) for wish in group])} in one environment. {' '.join(why.chains)}"
    )
    fix = Fix("Give each an environment of its own.")
    return Finding("plan", "plan/conflict", "error", names[0], text, involves=names, fix=fix)


def _findings(report: Report, plan: Plan, missing: tuple[Member, ...], found: Found, store: Store) -> Iterator[Finding]:
    """The report's findings with the plan's steps for what is missing in the place of its to-dos; what no step brings
    is kept."""
    own = [finding for finding in report.findings if finding.severity == "todo"]
    wanted = [step for step in steps.of(found, missing) if step.commands]
    covered = {name for step in wanted for name in step.subjects}
    named = {member.subject for member in plan.members if member.version is not None}
    for finding in report.findings:
        if finding.severity != "todo":
            yield finding
    later = [finding for finding in own if finding.subject.isupper()]
    yield from (one for one in own if one.subject not in covered | named and one not in later)
    yield from (_todo(step, own, missing, store) for step in wanted if not _is_variable(step))
    yield from later


def _brought(found: Found, wanted: Iterable[str]) -> set[str]:
    """The subjects that what is wanted brings along, and these themselves; not what only project files ask for."""
    brought, before = set(wanted), 0
    while len(brought) > before:
        before = len(brought)
        for name, sides in found.outcome.required.items():
            if any(parent is not None and parent.subject in brought for _, parent in sides):
                brought.add(name)
    return brought


def _is_missing(member: Member, found: Found) -> bool:
    """Whether a member is not installed yet, in this release."""
    return found.supply.installed.release(member.subject) != member.version


def _is_variable(step: Step) -> bool:
    return bool(step.subjects) and all(name.isupper() for name in step.subjects)


def _todo(step: Step, own: Sequence[Finding], members: Sequence[Member], store: Store) -> Finding:
    """A step as a to-do, with what the judge's to-dos for the same subjects rest on."""
    same = [finding for finding in own if finding.subject in step.subjects]
    subject = step.subjects[0] if step.subjects else "python"
    if subject == "python" and step.subjects:
        series = step.commands[0].rpartition(" ")[2]
        kind, message, fix = "environment", f"Make an environment with Python {series}.", todo.environment(series)
    else:
        titles = [_named(name, members, store) for name in step.subjects]
        kind, message = "install", f"Install {listed(titles)}." if titles else step.text
        fix = Fix(step.text if titles else "Else what has no wheel does not build.", step.commands, judged=True)
    return Finding(
        "todo",
        same[0].id if same else f"{subject}/{kind}",
        "todo",
        subject,
        message,
        involves=tuple(sorted({*step.subjects, *(name for one in same for name in one.involves)})),
        because=tuple(dict.fromkeys(reason for one in same for reason in one.because)),
        fix=fix,
        sources=tuple(dict.fromkeys(source for one in same for source in one.sources)),
    )


def _named(subject: str, members: Sequence[Member], store: Store) -> str:
    version = next((member.version for member in members if member.subject == subject), None)
    return f"{words.title(subject, store)} {version or ''}".strip()
