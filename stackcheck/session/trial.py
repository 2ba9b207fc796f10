"""A command that is printed is judged first, as a file with that command would be on the same machine.

What a preflight tells to install follows from the rows of one product; which build of it an installer would then take
follows from the index that the command names. So each command is read back and judged. Where that gives an error,
another index is tried and then an older release that the request allows; where nothing passes, the command is not
printed and the errors stand in its place.
"""

from __future__ import annotations

import re
import shlex
from itertools import islice
from typing import TYPE_CHECKING

from stackcheck import read, versions
from stackcheck.judge import remedy, todo
from stackcheck.judge.coverage import FACTS, INDEX
from stackcheck.judge.domain import by_preference
from stackcheck.judge.findings import in_order
from stackcheck.judge.judge import gpus
from stackcheck.judge.trial import Trial
from stackcheck.judge.working import Working
from stackcheck.model import Ask, Finding, Fix, Known, Origin, Reason
from stackcheck.session.machine import machine_alone
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from packaging.ranges import VersionRange

    from stackcheck.model import Report, Stack
    from stackcheck.session.knowledge import Knowledge

SCRIPT = "preflight.sh"
_ORIGIN = Origin("it is to be installed", "preflight")
_PIP = re.compile(r"\b(?:uv )?pip3? (install|uninstall)\b")
RELEASES = 12
"""Releases of one product that are tried, newest first; the judge takes a few milliseconds for each."""


def verified(report: Report, stack: Stack, knowledge: Knowledge) -> Report:
    """The report with to-dos whose commands give no error where they are linted for the same machine."""
    installs = [finding for finding in report.findings if finding.severity == "todo" and _installs(finding)]
    if not installs:
        return report
    # What the caller wants is the question, and says nothing against a command.
    alone = replace(machine_alone(stack), wants=(), features=(), asks=())
    report = _with_environment(report, installs, alone, knowledge)
    trial = _Trial(_environment(report, alone), knowledge)
    findings: list[Finding] = []
    for finding in report.findings:
        settled = trial.settled(finding, stack) if finding.severity == "todo" and _installs(finding) else [finding]
        # A report that fails has said why; what then stands against a command is mostly the same in other words.
        known = settled[:1] != [finding] and report.count("error")
        findings += [one for one in settled if one.severity == "todo"] if known else settled
    wanted = {want.name for want in stack.wants}
    if not any(finding.severity == "todo" and _installs(finding) and finding.subject in wanted for finding in findings):
        # What is needed for a product that nothing can install is for nothing, and so is its environment.
        findings = [finding for finding in findings if not _serves_an_install(finding)]
    return replace(report, findings=in_order(findings))


def pasteable(report: Report, python: str | None) -> Report:
    """The report with commands that install into its environment: into the one that they make and enter, or that of
    the interpreter that the caller named."""
    made = any(finding.severity == "todo" and finding.subject == "python" for finding in report.findings)
    if not made and python is None:
        return report
    option = "" if made or python is None else f" --python {shlex.quote(python)}"
    return replace(report, findings=tuple(_by_uv(finding, option) for finding in report.findings))


def _by_uv(finding: Finding, option: str) -> Finding:
    """An environment that uv made has no pip of its own: what stands before it would install elsewhere."""
    if finding.severity != "todo" or finding.fix is None:
        return finding
    commands = []
    for command in finding.fix.commands:
        new = _PIP.sub(rf"uv pip \1{option}", command)
        # Of several indexes pip takes the newest release, uv by itself the first index that has the project.
        several = "--extra-index-url" in new and "--index-strategy" not in new and not command.startswith("uv ")
        commands.append(f"{new} --index-strategy unsafe-best-match" if several else new)
    return replace(finding, fix=replace(finding.fix, commands=tuple(commands)))


def _with_environment(report: Report, installs: list[Finding], alone: Stack, knowledge: Knowledge) -> Report:
    """The report with the environment that its installs need, where no row asks for a Python and none is there: with
    the system's own or the first of the usual ones that nothing of it speaks against."""
    known = isinstance(alone.facts.get("python"), Known)
    if known or any(finding.severity == "todo" and finding.subject == "python" for finding in report.findings):
        return report
    step = Finding("todo", "python/environment", "todo", "python", "")
    system = alone.facts.get("system-python")
    first = [
        series for series in todo.USUAL if isinstance(system, Known) and f"{system.value}.".startswith(f"{series}.")
    ]
    usual = list(dict.fromkeys((*first, *todo.USUAL)))
    for python in (*usual, usual[0]):
        message = f"Make an environment with Python {python}."
        step = replace(step, message=message, fix=todo.environment(python), involves=("python",))
        made = replace(report, findings=(step, *report.findings))
        trial = _Trial(_environment(made, alone), knowledge)
        if not any(trial.problems(one.fix.commands, one.subject)[0] for one in installs if one.fix is not None):
            break
    return made


def _serves_an_install(finding: Finding) -> bool:
    """Whether a to-do installs something, makes the environment for it or sets a variable to run it."""
    return finding.severity == "todo" and (
        _installs(finding) or finding.subject == "python" or finding.subject.isupper()
    )


def _installs(finding: Finding) -> bool:
    return finding.fix is not None and any("pip install" in command for command in finding.fix.commands)


def _environment(report: Report, stack: Stack) -> Stack:
    """The machine with the Python of the environment that the report tells to make."""
    steps = [finding for finding in report.findings if finding.severity == "todo" and finding.subject == "python"]
    commands = [command for finding in steps if finding.fix for command in finding.fix.commands]
    series = next((command.rpartition("--python ")[2] for command in commands if "--python " in command), "")
    if versions.parse(series) is None:
        return stack
    return stack.with_facts({"python": Known(series, Origin(f"the environment has Python {series}", "preflight"))})


@dataclass(frozen=True)
class _Trial:
    """Commands on one machine, by one knowledge."""

    stack: Stack
    knowledge: Knowledge

    def problems(self, commands: tuple[str, ...], product: str) -> tuple[list[Finding], bool]:
        """What `lint` of a script with these commands calls an error; and whether nothing at all speaks against the
        product: no warning, and it was judged."""
        script = "".join(f"{command}\n" for command in commands).encode()
        project = read.read_project([SCRIPT], self.stack, lambda _: script)
        stack = self.stack.with_stated(project.stated).with_asks((*project.asks, *project.python), project.unread)
        report = self.knowledge.judge(stack, SCRIPT)
        errors = [replace(finding, location=None) for finding in report.findings if finding.severity == "error"]
        doubts = [
            finding
            for finding in (*report.findings, *report.coverage.not_judged)
            if finding.subject == product
            and finding.severity in ("warning", "unknown")
            and finding.id not in (FACTS, INDEX)
        ]
        return errors, not errors and not doubts

    def settled(self, step: Finding, stack: Stack) -> list[Finding]:
        """The to-do as it can be done; where it cannot, what stands against it in its place."""
        errors, _ = self.problems(step.fix.commands if step.fix is not None else (), step.subject)
        if not errors:
            return [step]
        reason = Reason(errors[0].message, errors[0].id)
        for release, command in self._candidates(step.subject, stack):
            if self.problems((command,), step.subject)[1]:
                title = self.knowledge.store.product(step.subject).title
                fix = Fix("Install it with pip, into that environment.", (command,))
                because = (*step.because, reason)
                return [replace(step, message=f"Install {f'{title} {release}'.strip()}.", fix=fix, because=because)]
        return errors

    def _candidates(self, product: str, stack: Stack) -> Iterator[tuple[str, str]]:
        """The best build for this machine with what has to go with it; then the releases that the request allows,
        newest first, as PyPI has them."""
        header = self.knowledge.store.product(product)
        if not header.pip:
            return
        own = [want for want in stack.wants if want.name == product]
        store, every = self.knowledge.store, gpus(self.stack)
        wanted = replace(self.stack, wants=tuple(own) or (Ask(product, "", _ORIGIN, indexes=None, transitive=None),))
        pins = remedy.way(Working(wanted, store, every[0]), product, Trial(wanted, store, every), inside=True)
        if pins:
            yield next((pin.release for pin in pins if pin.name in header.pip), None) or "", remedy.command(pins)
        ranges = [versions.asked_range(want.specifier) for want in own]
        allowed = (value for value in by_preference(header.releases) if _admitted(value, ranges))
        for value in islice(allowed, RELEASES):
            yield value, header.command(value) or ""


def _admitted(value: str, ranges: list[VersionRange | None]) -> bool:
    version = versions.parse(value)
    return version is not None and not version.is_prerelease and all(r is None or version in r for r in ranges)


def problems_of(commands: Sequence[str], stack: Stack, knowledge: Knowledge) -> list[Finding]:
    """What `lint` of a script with these commands calls an error on a machine, by a knowledge."""
    return _Trial(stack, knowledge).problems(tuple(commands), "")[0]
