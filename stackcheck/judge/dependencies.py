"""What installed distributions require of each other, as `pip check` asks, with reasons."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from stackcheck.judge import requires_dist
from stackcheck.judge.distributions import SYSTEM_FOLDERS, listed
from stackcheck.judge.requires_dist import allows, applies, parse
from stackcheck.model import Absent, Finding, Fix, Known, Reason
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackcheck.judge.distributions import Distribution, Requirement
    from stackcheck.model import Stack


@dataclass(frozen=True, slots=True)
class _Dependency:
    """What one installed distribution requires of another."""

    by: Distribution
    requirement: Requirement
    specifier: str

    @property
    def who(self) -> str:
        return f"{self.by.name} {self.by.version}"

    @property
    def wanted(self) -> str:
        return self.requirement.text.partition(";")[0].strip()

    @property
    def reason(self) -> Reason:
        return Reason(f"{self.who} requires {self.requirement.text}", f"{self.by.path}:{self.requirement.line}")


def findings(stack: Stack, used: list[Distribution]) -> Iterator[Finding]:
    """A distribution that is missing, or in a version that others exclude: one finding for each."""
    environment = requires_dist.environment(stack)
    held = {distribution.name: distribution.version for distribution in used}
    dependencies: defaultdict[str, list[tuple[_Dependency, str | None]]] = defaultdict(list)
    unmet: dict[str, None] = {}
    for distribution in used:
        for requirement in distribution.requires:
            parsed = parse(requirement.text)
            if parsed is None:
                continue
            name, specifier, marker = parsed
            dependencies[name].append((_Dependency(distribution, requirement, specifier), marker))
            version = _version(stack, held, name)
            # Only what is not met needs its marker looked at: most are, and reading markers is what takes long.
            if (version is None or not allows(specifier, version)) and applies(marker, environment):
                unmet[name] = None
    for name in sorted(unmet):
        applying = [dep for dep, marker in dependencies[name] if applies(marker, environment)]
        yield _unmet(name, _version(stack, held, name), applying)


def _version(stack: Stack, held: Mapping[str, str], name: str) -> str | None:
    """The version in use; "" where it is there in some version, None where it is missing."""
    if name in held:
        return held[name]
    state = stack.packages.get(name)
    if isinstance(state, Known):
        return "" if state.value == "*" else state.value
    known = "packages" in stack.complete and state is None
    return None if known or isinstance(state, Absent) else ""


def _unmet(name: str, version: str | None, dependencies: list[_Dependency]) -> Finding:
    """One finding for a distribution, however many others miss it or exclude its version."""
    against = [dep for dep in dependencies if version is None or not allows(dep.specifier, version)]
    asked = listed([f"{dep.who} ({dep.wanted})" for dep in against])
    if version is None:
        kind, text = "missing", f"{name} is not installed, and is required by {asked}."
    else:
        kind, text = "conflict", f"{name} {version} is installed, and excluded by {asked}."
    together = requires_dist.together([dep.specifier for dep in dependencies])
    told = against if together is not None else [*against, *(dep for dep in dependencies if dep not in against)]
    return Finding(
        kind="consistency",
        id=f"consistency/{kind}-{name}",
        severity="note" if all(dep.by.folder.startswith(SYSTEM_FOLDERS) for dep in against) else "warning",
        subject=name,
        message=text,
        involves=tuple(sorted({name, *(dep.by.name for dep in told)})),
        because=tuple(dep.reason for dep in told),
        fix=_fix(name, together),
    )


def _fix(name: str, together: str | None) -> Fix:
    if together is None:
        return Fix(
            f"No {name} meets all that require it: take other releases of them, or an environment for each of them."
        )
    import shlex  # not worth its time at every start

    command = f"pip install {shlex.quote(name + together)}"
    return Fix(f"Install a {name} that all who require it allow.", (command,))
