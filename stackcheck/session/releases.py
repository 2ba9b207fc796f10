"""The release that mends an error where no row names one: that of a plan with what the line has to go with.

The judge says that two lines do not go together; which release of one goes with the other, on this machine, a search
says. What it finds is tried on the judge beside all else that is asked for, and is stated only where the error is gone.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackcheck.judge.catalog import Catalog
from stackcheck.matrix.rows import Relation
from stackcheck.model import Fix, Known
from stackcheck.plan.values import Installed
from stackcheck.plan.work import Planner
from stackcheck.session.machine import machine_alone
from stackcheck.session.plan_wishes import Asked
from stackcheck.values import replace
from stackcheck.wording import listed

if TYPE_CHECKING:
    from stackcheck.model import Ask, Finding, Report, Stack
    from stackcheck.session.knowledge import Knowledge

MOST = 3
"""Errors of one report for which a release is looked for."""


def without_remedy(report: Report) -> list[Finding]:
    """The errors of lines that nothing says how to mend, and that involve another subject than their own."""
    errors = (one for one in report.findings if one.severity == "error" and one.location is not None)
    return [one for one in errors if one.fix is None and set(one.involves) - {one.subject}][:MOST]


def add_releases(report: Report, stack: Stack, knowledge: Knowledge) -> Report:
    """The report with a release as the remedy of such errors, where there is one."""
    loose = without_remedy(report)
    if not loose:
        return report
    search = _Search(report, stack, knowledge)
    fixes = {id(one): fix for one in loose if (fix := search.fix(one)) is not None}
    return replace(
        report,
        findings=tuple(replace(one, fix=fixes[id(one)]) if id(one) in fixes else one for one in report.findings),
    )


class _Search:
    """The search for the releases of one report's lines."""

    def __init__(self, report: Report, stack: Stack, knowledge: Knowledge) -> None:
        self.report, self.stack, self.knowledge = report, stack, knowledge
        self.catalog = Catalog(knowledge.store)
        python = stack.facts.get("python")
        series = ".".join(python.value.split(".")[:2]) if isinstance(python, Known) else None
        alone = replace(machine_alone(stack), wants=(), features=(), asks=())
        judge = partial(knowledge.judge, subject="", remedies=False)
        self.planner = Planner(knowledge.store, alone, judge, series, installed=Installed())

    def fix(self, finding: Finding) -> Fix | None:
        """Another release for the line of an error; None where none is known to work."""
        own = [ask for ask in self.stack.asks if ask.applies is not False and ask.origin.location == finding.location]
        if len(own) != 1 or own[0].url is not None or own[0].locked is not None:
            return None
        (ask,) = own
        others = [
            one for one in self.stack.asks if one is not ask and self.catalog.subject(one.name) in finding.involves
        ]
        asked = Asked(self.knowledge, self.stack)
        asked.asks([*others, replace(ask, specifier="")])
        found = self.planner.find(asked.wishes)
        pins = found.outcome.pins if found.works else {}
        version = pins[subject].version if (subject := self.catalog.subject(ask.name)) in pins else None
        if version is None or not self._is_known(ask, version, finding) or self._is_wrong(ask, version, finding):
            return None
        beside = listed([str(one) for one in others])
        return Fix(f"Take {ask.name} {version}, which goes with {beside}.", judged=True)

    def _is_known(self, ask: Ask, version: str, finding: Finding) -> bool:
        """Whether anything says what this release requires: of one of which nobody knows, nothing speaks against it."""
        subject = self.catalog.subject(ask.name)
        rows = self.catalog.rows_at(subject, Relation, version) if self.catalog.store.knows(subject) else ()
        if any(name in finding.involves for row in rows for name, _ in row.needs):
            return True
        records = filter(None, map(self.catalog.record, self.catalog.distributions(subject)))
        read = [line.main for record in records if (line := record.release(version)) is not None]
        return any(said is not None and not (said.core and ask.extras) for said in read)

    def _is_wrong(self, own: Ask, version: str, finding: Finding) -> bool:
        """Whether the judge, with this release in the line's place, has the same against it, or more."""
        asks = tuple(replace(ask, specifier=f"=={version}") if ask is own else ask for ask in self.stack.asks)
        report = self.knowledge.judge(replace(self.stack, asks=asks), "", remedies=False)
        errors = [one for one in report.findings if one.severity == "error"]
        return len(errors) >= self.report.count("error") or any(one.location == finding.location for one in errors)
