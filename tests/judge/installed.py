"""Installed distributions for tests, and a machine on which they lie."""

from __future__ import annotations

from dataclasses import dataclass

from stackcheck.judge.consistency import findings
from stackcheck.model import Finding, Known, Origin, Stack
from stackcheck.scan import metadata

SITE = "/env/lib/python3.11/site-packages"
FACTS = {"arch": "aarch64", "os": "linux", "python": "3.11.9", "glibc": "2.35"}


@dataclass(frozen=True)
class Dist:
    """One installed distribution."""

    name: str
    version: str = "1.0"
    requires: tuple[metadata.Requirement, ...] = ()
    requires_python: str | None = None
    tags: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] | None = None
    folder: str = SITE

    @property
    def path(self) -> str:
        """Its metadata file."""
        return f"{self.folder}/{self.name}-{self.version}.dist-info/METADATA"


def dist(name: str, version: str = "1.0", *requires: str, **more: object) -> Dist:
    """A distribution with its requirements, one a line from line 10 on."""
    texts = tuple(metadata.Requirement(text, 10 + number) for number, text in enumerate(requires))
    return Dist(name, version, texts, **more)  # type: ignore[arg-type]


def stack(*dists: Dist, facts: dict[str, str] | None = None, complete: bool = True) -> Stack:
    """The machine on which these are installed; the first of a name is in use."""
    packages = {each.name: Known(each.version, Origin("installed", each.folder)) for each in reversed(dists)}
    known = {name: Known(value, Origin(f"{name} is {value}", "probe")) for name, value in (facts or FACTS).items()}
    return Stack(facts=known, packages=packages, complete=frozenset(("packages",) if complete else ()))


def findings_of(*dists: Dist, facts: dict[str, str] | None = None) -> list[Finding]:
    """What is said of these distributions."""
    return list(findings(stack(*dists, facts=facts), dists))
