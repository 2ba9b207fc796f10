"""What a package index says of each requirement: a wheel for the target, a source distribution only, or nothing.

Pure: the index has been asked by others. An installer takes the newest release that it can use at all, and a source
distribution counts as much as a wheel for that; so a newer release without a wheel is built rather than passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from packaging.specifiers import SpecifierSet

from stackcheck import versions
from stackcheck.judge import alternatives
from stackcheck.matrix import published
from stackcheck.matrix.rows import Builds
from stackcheck.model import SEVERITIES, Absent, Finding, Fix, Known, Reason, Unknown
from stackcheck.values import dataclass, replace
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stackcheck.matrix.published import Project, Release, Target
    from stackcheck.matrix.store import Store
    from stackcheck.model import Ask, Severity, Stack

Answer: TypeAlias = "Project | Absent | Unknown"
Kind = Literal["online", "resolve"]
_SAME_MATTER = frozenset(("wheels", "wheel-tag", "builds", "requires", "resolve", "online"))
"""The kinds of findings that may already say what the index says."""


@dataclass(frozen=True, slots=True)
class Question:
    """A project to ask for. `configured`: on the index that pip uses; `hosts`: host and path of others named."""

    name: str
    configured: bool = True
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the index's answers come to: findings, and how many requirements have what they need."""

    findings: tuple[Finding, ...]
    held: int


def target(stack: Stack) -> Target | Unknown:
    """The machine as wheel tags see it; `Unknown` where it is no Linux machine or its architecture is not known."""
    arch, system = stack.state("facts", "arch"), stack.state("facts", "os")
    if not isinstance(arch, Known):
        return Unknown("the target's architecture is not known")
    if isinstance(system, Known) and system.value != "linux":
        return Unknown(f"the target runs {system.value}, and only Linux wheels are compared")
    glibc, python = (stack.state("facts", name) for name in ("glibc", "python"))
    return published.Target(
        arch.value,
        _minor(glibc.value, 2) if isinstance(glibc, Known) else None,
        _plain(python.value) if isinstance(python, Known) else None,
        _on_musl(stack),
    )


def _on_musl(stack: Stack) -> bool:
    libc, distro = (stack.state("facts", name) for name in ("libc", "distro"))
    known = libc if isinstance(libc, Known) else distro
    return isinstance(known, Known) and known.value in ("musl", "alpine")


def _minor(text: str, major: int) -> int | None:
    version = versions.parse(text)
    return version.minor if version is not None and version.major == major else None


def _plain(text: str) -> str | None:
    """A CPython 3 version without what distributions append; None for anything else."""
    version = versions.parse(text)
    return None if version is None or version.major != 3 or len(version.release) < 2 else version.base_version


def askable(ask: Ask) -> bool:
    """Whether an index can say something of it: it applies, and is no direct reference."""
    return bool(ask.applies) and ask.url is None and ask.name != "python" and "===" not in ask.specifier


def questions(asks: Iterable[Ask]) -> tuple[Question, ...]:
    """The projects to ask for, once each. Beside indexes that have no address PyPI alone is asked, where it is one."""
    found: dict[str, Question] = {}
    for ask in asks:
        if askable(ask) and not ask.constraint and ask.name not in found:
            names = ("pypi",) if ask.indexes is None else ask.indexes.names
            hosts = tuple(name for name in names if name != "pypi" and _is_host(name))
            if "pypi" in names or not unasked(ask):
                found[ask.name] = Question(ask.name, "pypi" in names, hosts)
    return tuple(found.values())


def unasked(ask: Ask) -> tuple[str, ...]:
    """The indexes of a line that have no address here: what they hold is not known."""
    names = () if ask.indexes is None else ask.indexes.names
    return tuple(name for name in names if name != "pypi" and not _is_host(name))


def _less_sure(finding: Finding, asks: Iterable[Ask]) -> Finding:
    """What PyPI has not may be on an index that was not asked."""
    others = list(dict.fromkeys(name for ask in asks for name in unasked(ask)))
    if finding.severity != "error" or not others:
        return finding
    return replace(finding, severity="warning", message=f"{finding.message} {few(others, 2)} was not asked.")


def _is_host(name: str) -> bool:
    """Whether an index's short name is its host and path ("index.example/simple"), so that it can be asked."""
    host = name.partition("/")[0]
    return "." in host.strip(".") and not name.startswith(("/", "."))


def findings(
    asks: Sequence[Ask],
    answers: Mapping[str, Answer],
    machine: Target | Unknown,
    said: Sequence[Finding],
    store: Store,
    kind: Kind = "online",
) -> Outcome:
    """What to say of these requirements, beside what `said` says already."""
    by_name: dict[str, list[Ask]] = {}
    for ask in asks:
        if askable(ask):
            by_name.setdefault(ask.name, []).append(ask)
    by_name = {name: group for name, group in by_name.items() if any(not ask.constraint for ask in group)}
    if isinstance(machine, Unknown):
        text = f"The package index was not asked: {machine.reason}."
        return Outcome((_unknown(text, sorted(by_name)),) if by_name else (), 0)
    # Of a project with builds of its own there, PyPI's answer decides nothing.
    built = {name for name, group in by_name.items() if _has_builds(name, store) and any(map(unasked, group))}
    answers = {name: answer for name, answer in answers.items() if name not in built}
    found: list[Finding] = []
    held = 0
    for name, group in by_name.items():
        answer = answers.get(name)
        if answer is None or isinstance(answer, Unknown):
            continue
        choices = [part for part in alternatives.parts(group) if any(not ask.constraint for ask in part)]
        own = [_of_project(name, part, answer, machine, store, kind) for part in choices]
        held += own == [None] * len(own)
        sure = [_less_sure(finding, group) for finding in own if finding is not None]
        found += [finding for finding in sure if not _already(finding, said)]
    return Outcome((*found, *_silent(by_name, answers)), held)


def _has_builds(name: str, store: Store) -> bool:
    product = store.by_distribution(name)
    return product is not None and bool(store.rows_of(product, Builds))


def _silent(by_name: Mapping[str, list[Ask]], answers: Mapping[str, Answer]) -> Iterator[Finding]:
    """One finding for everything that the index was not asked or did not answer: the offline verdict stands."""
    reasons: dict[str, list[str]] = {}
    for name in by_name:
        answer = answers.get(name)
        if answer is None:
            reasons.setdefault("their index has no address that is known here", []).append(name)
        elif isinstance(answer, Unknown):
            reasons.setdefault(answer.reason, []).append(name)
    for reason, names in reasons.items():
        number = "1 requirement was" if len(names) == 1 else f"{len(names)} requirements were"
        yield _unknown(f"{number} judged by the matrix alone ({few(names, 5)}): {reason}.", names)


def _unknown(text: str, names: Sequence[str]) -> Finding:
    return Finding("online", "online/index", "unknown", "index", text, involves=tuple(sorted(names)))


def _of_project(
    name: str, asks: list[Ask], answer: Project | Absent, machine: Target, store: Store, kind: Kind
) -> Finding | None:
    first = next(ask for ask in asks if not ask.constraint)
    product = store.by_distribution(name) or name
    base = Finding(
        kind,
        f"{kind}/{name}",
        "error",
        product,
        "",
        involves=(product,),
        location=first.origin.location,
        because=tuple(Reason(f"{ask} is asked for", ask.origin.place) for ask in asks),
    )
    if isinstance(answer, Absent):
        text = f"{name} is not on the package index that was asked."
        return replace(base, severity="warning", message=text)
    releases = published.releases(answer)
    allowed = _allowed(releases, asks)
    if not allowed:
        text = f"{first} matches none of the {_count(releases)} on the package index{_span(releases)}."
        return replace(base, message=text)
    usable = [release for release in allowed if published.open_to(release, machine)]
    if not usable:
        text = f"{first} cannot be installed: {name} {allowed[-1].version} needs {_python_of(allowed[-1])}"
        text = f"{text}; the target has Python {machine.python}."
        return replace(base, message=text, involves=(product, "python"))
    return _of_allowed(base, first, _Case(name, releases, usable, machine))


def _python_of(release: Release) -> str:
    """What a release asks of Python, in its own words."""
    says = [wheel.requires_python for wheel in release.wheels] + list(release.sdists)
    return f"Python {' or '.join(sorted({text for text in says if text}))}"


@dataclass(frozen=True, slots=True)
class _Case:
    """A project's releases, those that the lines allow, and the machine."""

    name: str
    releases: Sequence[Release]
    allowed: Sequence[Release]
    machine: Target

    @property
    def wheel(self) -> Release | None:
        """The newest allowed release with a wheel for the machine."""
        return next((one for one in reversed(self.allowed) if published.serving(one, self.machine)), None)

    @property
    def source(self) -> Release | None:
        """The newest allowed release with a source distribution for this Python."""
        return next((one for one in reversed(self.allowed) if published.buildable(one, self.machine)), None)

    @property
    def cause(self) -> str:
        """What about the machine is in the way: its architecture, its Python or its glibc."""
        newest = self.allowed[-1]
        if not published.minors(newest, self.machine.arch):
            return "arch"
        any_python = replace(self.machine, python=None)
        return "python" if self.machine.python and published.serving(newest, any_python) else "glibc"


def _of_allowed(base: Finding, ask: Ask, case: _Case) -> Finding | None:
    newest, wheel, source = case.allowed[-1], case.wheel, case.source
    if wheel is newest:
        return None
    fix = _fix(case, wheel)
    involves = (base.subject, case.cause)
    if wheel is not None and (source is None or source.version <= wheel.version):
        text = (
            f"{ask} allows {case.name} {newest.version}, which has {_lack(newest, case.machine)}; "
            f"an installer takes {wheel.version}."
        )
        return replace(base, severity="note", message=text, involves=involves)
    if source is None:
        text = f"{ask} cannot be installed: {case.name} {newest.version} has {_lack(newest, case.machine)}"
        return replace(base, message=f"{text}, and no source distribution.", involves=involves, fix=fix)
    text = f"{ask} is built from source: {case.name} {source.version} has {_lack(source, case.machine)}."
    if wheel is not None:
        fix = Fix(f"Ask for {case.name}=={wheel.version}, the newest that has a wheel.")
    return replace(base, severity="warning", message=text, involves=involves, fix=fix)


def _lack(release: Release, machine: Target) -> str:
    if not release.wheels:
        return "no wheel at all (a source distribution only)"
    return f"no wheel for {machine} (its wheels: {published.shown(release)})"


def _fix(case: _Case, wheel: Release | None) -> Fix | None:
    """From which release on there is a wheel for this machine, where there is one."""
    if wheel is not None:
        return None
    serving = [one for one in case.releases if not one.yanked and published.serving(one, case.machine)]
    finals = [one for one in serving if not one.version.is_prerelease]
    if not serving:
        return Fix(f"No release of {case.name} has a wheel for {case.machine}.")
    newer = [one for one in finals or serving if one.version > case.allowed[-1].version]
    which, one = ("next", newer[0]) if newer else ("newest", (finals or serving)[-1])
    release = "pre-release" if one.version.is_prerelease else "release"
    return Fix(f"{case.name} {one.version} is the {which} {release} with a wheel for {case.machine}.")


def _allowed(releases: Sequence[Release], asks: Iterable[Ask]) -> list[Release]:
    """The releases that all lines admit, with the rule on pre-releases (PEP 440) and on yanked ones (PEP 592)."""
    try:
        clauses = SpecifierSet(",".join(ask.specifier for ask in asks if ask.specifier))
    except ValueError:
        return list(releases)
    by_version = {release.version: release for release in releases}
    usual = [by_version[version] for version in clauses.filter(one.version for one in releases if not one.yanked)]
    pinned = any(clause.operator == "==" and not clause.version.endswith("*") for clause in clauses)
    return usual or ([by_version[one] for one in clauses.filter(by_version)] if pinned else [])


def _count(releases: Sequence[Release]) -> str:
    return "1 release" if len(releases) == 1 else f"{len(releases)} releases"


def _span(releases: Sequence[Release]) -> str:
    return f" ({releases[0].version} to {releases[-1].version})" if len(releases) > 1 else ""


def _already(finding: Finding, said: Iterable[Finding]) -> bool:
    """Whether something at least as grave already says it: of the same subject, or of what is in the way."""
    rank: dict[Severity, int] = {severity: number for number, severity in enumerate(SEVERITIES)}
    return any(
        one.kind in _SAME_MATTER
        and rank[one.severity] <= rank[finding.severity]
        and (one.subject == finding.subject or (finding.subject in one.involves and one.subject in finding.involves))
        for one in said
    )


def unresolved(
    asks: Sequence[Ask],
    answers: Mapping[str, Answer],
    machine: Target | Unknown,
    said: Sequence[Finding],
    store: Store,
) -> tuple[Finding, ...]:
    """What to say of projects that a resolver could not use: the index's words where they explain it, else its own.

    The text of each ask's origin is the resolver's sentence.
    """
    found: list[Finding] = []
    for ask in asks:
        answer = answers.get(ask.name, Unknown("it was not asked for"))
        explained = findings([ask], {ask.name: answer}, machine, (), store, "resolve").findings
        own = [finding for finding in explained if finding.severity in ("error", "warning")]
        reason = Reason(ask.origin.text, "uv")
        if own:
            finding = replace(own[0], because=(*own[0].because, reason))
        else:
            product = store.by_distribution(ask.name) or ask.name
            finding = Finding(
                "resolve",
                f"resolve/{ask.name}",
                "error",
                product,
                f"{ask} cannot be resolved: {ask.origin.text}.",
                involves=(product,),
                location=ask.origin.location,
                because=(Reason(f"{ask} is asked for", ask.origin.place),),
            )
        if not _already(finding, said):
            found.append(finding)
    return tuple(found)
