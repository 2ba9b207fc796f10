"""The order in which a set is installed, as commands: what the system needs, the environment, each index apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.plan.values import PYPI, Step
from stackcheck.plan.work import CONSTRAINTS, prerequisites

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackcheck.matrix.rows import Install
    from stackcheck.model import Finding
    from stackcheck.plan.supply import Supply
    from stackcheck.plan.values import Candidate, Member
    from stackcheck.plan.work import Found

_VENDOR = re.compile(
    r'pip install "(?P<name>[\w.-]+)\[(?P<extras>[\w.,-]+)\]==\{release\}"(?: --extra-index-url (?P<url>\S+))?'
)
ACTIVATE = "source .venv/bin/activate"


def of(found: Found, members: Sequence[Member]) -> tuple[Step, ...]:
    """The steps of a set."""
    return (
        *_system(found),
        *_outside(found, members),
        *_environment(found, [member for member in members if member.distribution]),
        *_build_tools(found),
        *_installs(found, members),
        *_variables(found),
    )


def _environment(found: Found, members: Sequence[Member]) -> Iterator[Step]:
    """The environment for what a Python installer brings, unless the one that is there serves."""
    if members and found.python != found.supply.installed.python:
        yield Step("Make an environment.", (f"uv venv --python {found.python}", ACTIVATE), ("python",))


def _system(found: Found) -> Iterator[Step]:
    """What is installed beside Python: by the rows that ask for it."""
    fixes = {need.row.fix: need.subject for need in prerequisites(found.outcome)}
    yield from (Step(fix.text, fix.commands, (name,)) for fix, name in fixes.items() if fix is not None)


def _outside(found: Found, members: Sequence[Member]) -> Iterator[Step]:
    """What no Python installer brings."""
    for member in members:
        step = _own_step(found, member) if not member.distribution else None
        if step is not None:
            yield step


def _build_tools(found: Found) -> Iterator[Step]:
    """What holds build tools back for what is built from source."""
    lines = found.build_tools()
    if lines:
        commands = [f'echo "{line}" >> {CONSTRAINTS}' for line in lines]
        export = f"export UV_BUILD_CONSTRAINT={CONSTRAINTS}"
        yield Step("Hold build tools back that became too new.", (*commands, export))


def _installs(found: Found, members: Sequence[Member]) -> Iterator[Step]:
    """One command for each index, torch's first, PyPI last; what is built from source after all else."""
    by_index: dict[str, list[Member]] = {}
    python = [member for member in members if member.distribution]
    own = {member.subject: step for member in python if (step := _own_step(found, member)) is not None}
    for member in python:
        if not member.source and member.subject not in own:
            by_index.setdefault(member.index, []).append(member)
    has_torch = next((name for name, some in by_index.items() if any(one.subject == "torch" for one in some)), "")
    for name in sorted(by_index, key=lambda name: (name != has_torch or name == PYPI, name == PYPI, name)):
        if name == PYPI:
            yield from own.values()
        listed = " ".join(_quoted(member.requirement) for member in by_index[name])
        names = tuple(member.subject for member in by_index[name])
        yield Step(f"From {index_title(name)}.", (f"uv pip install {listed}{_option(name)}",), names)
    yield from own.values() if PYPI not in by_index else ()
    for member in python:
        if member.source and member.subject not in own:
            command = f"uv pip install {_isolation(found, member)}{_quoted(member.requirement)}"
            yield Step("Built from source.", (command,), (member.subject,))


def _own_step(found: Found, member: Member) -> Step | None:
    """How a row has this release of a member installed."""
    one = found.outcome.pins[member.subject]
    row = found.supply.install_row(one)
    return None if row is None else _step(row, member)


def _step(row: Install, member: Member) -> Step | None:
    if row.fix is None:
        return None
    commands = tuple(command.replace("{release}", str(member.version)) for command in row.fix.commands)
    return Step(row.fix.text, commands, (member.subject,))


def ways(found: Found, members: Sequence[Member]) -> tuple[Step, ...]:
    """How the wishes could be had without packages."""
    steps = [
        _step(row, member)
        for member in members
        if member.wish and not member.container
        for row in found.supply.install_rows(member.subject, member.version, instead=True)
    ]
    return tuple(step for step in steps if step is not None)


def vendor(supply: Supply, one: Candidate) -> tuple[frozenset[str], str]:
    """The extras and the further index with which a vendor has a release installed by pip."""
    row = supply.install_row(one)
    for command in row.fix.commands if row is not None and row.fix is not None else ():
        match = _VENDOR.search(command)
        if match is not None and match["name"] == one.distribution:
            return frozenset(match["extras"].split(",")), match["url"] or ""
    return frozenset(), ""


def _isolation(found: Found, member: Member) -> str:
    """The option for what is built beside an installed torch, where its row says so."""
    alone = found.outcome.pins[member.subject].alone
    fix = alone.source.row.fix if alone is not None and alone.source is not None else None
    option = "--no-build-isolation"
    return f"{option} " if fix is not None and any(option in command for command in fix.commands) else ""


def _option(index: str) -> str:
    if index == PYPI:
        return ""
    url = versions.index_url(index)
    # vLLM's index holds vLLM alone, PyTorch's and NVIDIA's what their packages need too.
    option = "--extra-index-url" if "vllm" in index else "--index-url"
    return f" {option} {url}"


def index_title(name: str) -> str:
    """An index as a sentence calls it."""
    if name == PYPI:
        return "PyPI"
    if name.startswith(("jp", "sbsa")):
        return f"NVIDIA's Jetson index {name}"
    return f"vLLM's index {name.rpartition('/')[2]}" if "vllm" in name else f"PyTorch's index {name}"


def _quoted(requirement: str) -> str:
    return f'"{requirement}"' if "[" in requirement else requirement


def _variables(found: Found) -> Iterator[Step]:
    """Environment variables that members ask for."""
    report = found.report
    for finding in report.findings if report is not None else ():
        if is_variable(finding) and finding.fix is not None and finding.fix.commands:
            yield Step(finding.fix.text, finding.fix.commands, tuple(n for n in finding.involves if n.isupper()))


def is_variable(finding: Finding) -> bool:
    """Whether a finding asks for an environment variable to be set."""
    return finding.severity == "warning" and any(name.isupper() for name in finding.involves)
