"""The commands of a finding's fix are judged before they are printed, as a file with them would be on the same machine.

A row's commands are the same for every machine. Those that would give an error on this one are left out; the sentence
stays, which says what is to be done in words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.model import Fix
from stackcheck.session.machine import machine_alone
from stackcheck.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackcheck.model import Ask, Finding, Report, Stack
    from stackcheck.session.knowledge import Knowledge

INSTALLS = re.compile(r"\bpip3? install\b")
_INDEX = ("--index-url", "--extra-index-url")


@dataclass(frozen=True)
class Remedies:
    """The commands of one run; what was judged once for a machine is remembered."""

    knowledge: Knowledge
    _good: dict[tuple[int, tuple[str, ...]], bool] = field(default_factory=dict)
    _machines: list[Stack] = field(default_factory=list)

    def checked(self, report: Report, stack: Stack) -> Report:
        """The report without commands of fixes that would give an error on the stack's machine."""
        if not any(_installs(finding) for finding in report.findings):
            return report
        number = self._number(
            replace(machine_alone(stack), wants=(), features=(), asks=(), unread=(), images={}, labels={})
        )
        return replace(report, findings=tuple(self._fitted(finding, number) for finding in report.findings))

    def _number(self, alone: Stack) -> int:
        if alone not in self._machines:
            self._machines.append(alone)
        return self._machines.index(alone)

    def _fitted(self, finding: Finding, machine: int) -> Finding:
        if finding.fix is None or not _installs(finding):
            return finding
        key = (machine, finding.fix.commands)
        if key not in self._good:
            self._good[key] = self._works(finding.fix.commands, self._machines[machine])
        return finding if self._good[key] else replace(finding, fix=Fix(finding.fix.text, judged=True))

    def _works(self, commands: Sequence[str], machine: Stack) -> bool:
        asks = [ask for command in commands for ask in _asks(command, machine)]
        return not self.knowledge.judge(machine.with_asks(asks), "", remedies=False).count("error")


def _installs(finding: Finding) -> bool:
    """Whether its fix installs something that was not judged yet. A to-do's commands are judged with the preflight
    that they belong to."""
    fix = finding.fix if finding.severity != "todo" else None
    commands = fix.commands if fix is not None and not fix.judged else ()
    return any(INSTALLS.search(command) for command in commands)


def _asks(command: str, machine: Stack) -> tuple[Ask, ...]:
    """What a plain command of a row asks for. A row writes no shell; a whole reading of one would cost a lint more than
    all else that it does."""
    import shlex  # only where a command is tried

    from stackcheck import read

    head, found, tail = command.partition(" install ")
    if not found or not head.endswith(("pip", "pip3")):
        return ()
    words = iter(shlex.split(tail))
    lines = [f"{word} {next(words, '')}" if word in _INDEX else word for word in words]
    text = "".join(f"{line}\n" for line in lines if not line.startswith("-") or line.startswith(_INDEX))
    return read.read_project(["fix.txt"], machine, lambda _: text.encode()).asks
