"""A command that is printed is judged first, as a file with that command would be on the same machine.

What a preflight tells to install follows from the rows of one product; which build of it an installer would then take
follows from the index that the command names. So each command is read back and judged. Where that gives an error,
another index is tried and then an older release that the request allows; where nothing passes, the command is not
printed and the errors stand in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import read, versions
from stackcheck.judge.coverage import FACTS
from stackcheck.judge.findings import in_order
from stackcheck.matrix.rows import Builds
from stackcheck.model import Finding, Fix, Known, Origin, Reason
from stackcheck.session.machine import machine_alone
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackcheck.model import Report, Stack
    from stackcheck.session.knowledge import Knowledge

SCRIPT = "preflight.sh"
RELEASES = 12
"""Releases of one product that are tried, newest first; the judge takes a few milliseconds for each."""


def verified(report: Report, stack: Stack, knowledge: Knowledge) -> Report:
    """The report with to-dos whose commands give no error where they are linted for the same machine."""
    if not any(finding.severity == "todo" and _installs(finding) for finding in report.findings):
        return report
    # What the caller wants is the question, and says nothing against a command.
    alone = replace(machine_alone(stack), wants=(), features=(), asks=())
    trial = _Trial(_environment(report, alone), knowledge)
    findings: list[Finding] = []
    for finding in report.findings:
        settled = trial.settled(finding, stack) if finding.severity == "todo" and _installs(finding) else [finding]
        # A report that fails has said why; what then stands against a command is mostly the same in other words.
        findings += settled[:1] if report.count("error") else settled
    return replace(report, findings=in_order(findings))


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
            if finding.subject == product and finding.severity in ("warning", "unknown") and finding.id != FACTS
        ]
        return errors, not errors and not doubts

    def settled(self, todo: Finding, stack: Stack) -> list[Finding]:
        """The to-do as it can be done; where it cannot, what stands against it."""
        errors, _ = self.problems(todo.fix.commands if todo.fix is not None else (), todo.subject)
        if not errors:
            return [todo]
        reason = Reason(errors[0].message, errors[0].id)
        for release, command in self._candidates(todo.subject, stack):
            if self.problems((command,), todo.subject)[1]:
                title = self.knowledge.store.product(todo.subject).title
                fix = Fix("Install it with pip, into that environment.", (command,))
                because = (*todo.because, reason)
                return [replace(todo, message=f"Install {title} {release}.", fix=fix, because=because)]
        return [replace(todo, fix=None, because=(*todo.because, reason)), *errors]

    def _candidates(self, product: str, stack: Stack) -> Iterator[tuple[str, str]]:
        """Releases that the request allows, newest first, each with a command for every index that has a build."""
        header = self.knowledge.store.product(product)
        if not header.pip:
            return
        wanted = [versions.asked_range(want.specifier) for want in stack.wants if want.name == product]
        tried = 0
        for release in reversed(header.releases):
            version = versions.parse(release)
            if version is None or version.is_prerelease or any(r is not None and version not in r for r in wanted):
                continue
            tried += 1
            if tried > RELEASES:
                return
            install = f"pip install {header.pip[0]}=={release}"
            yield release, install
            for name in self._indexes(product, release):
                url = versions.index_url(name)
                if url is not None:
                    yield release, f"{install} --index-url {url}"

    def _indexes(self, product: str, release: str) -> list[str]:
        rows = self.knowledge.store.rows_of(product, Builds)
        fitting = [row for row in rows if not row.none and (row.release is None or row.release.admits(release))]
        names = {name for row in fitting for name in row.index}
        # The newest CUDA first: what else the machine needs is made for it.
        return sorted(names, key=lambda name: (name.rpartition("cu")[2], name), reverse=True)


def problems_of(commands: Sequence[str], stack: Stack, knowledge: Knowledge) -> list[Finding]:
    """What `lint` of a script with these commands calls an error on a machine, by a knowledge."""
    return _Trial(stack, knowledge).problems(tuple(commands), "")[0]
