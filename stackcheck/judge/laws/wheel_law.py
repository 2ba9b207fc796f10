"""Which machines and Pythons the files of one release serve, by its line in a record.

Wheel tags are PyPA's platform compatibility tags (PEP 425, 600 for manylinux), and requires-python counts per file as
it does for an installer (PEP 503). What is not known of the machine is looked at in every way that it may be: only
what fails in each of them fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge import wheels, words
from stackcheck.judge.check import Check
from stackcheck.judge.domain import Domain
from stackcheck.matrix import published, tags
from stackcheck.matrix.rows import Condition, Wheels
from stackcheck.model import Absent, Fix, Source
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from packaging.version import Version

    from stackcheck.judge.working import Working
    from stackcheck.matrix.records import Record
    from stackcheck.matrix.releases import Release
    from stackcheck.model import Severity

ARCHITECTURES = ("aarch64", "x86_64")
"""What a machine may be of which nothing is said."""
OLD_GLIBC = 17
"""The minor of 2.x that every Linux in use has: a wheel for it needs no fact."""
FIRST_MINOR, LAST_MINOR = 9, tags.LAST_MINOR
EVERY_PYTHON = tuple(f"3.{minor}" for minor in range(FIRST_MINOR, LAST_MINOR + 1))
"""The Pythons that an environment may have of which nothing is said: those that are still in use."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A Linux machine as wheel tags see it. `arches` and `pythons` (versions or series, "3.12") are all that it may be;
    `glibc` is the minor of 2.x, None: not known, and then any will do. With `musl` it has none. `unsure`: what is not
    known of it."""

    arches: tuple[str, ...]
    pythons: tuple[str, ...]
    glibc: int | None = None
    unsure: frozenset[str] = frozenset()
    musl: bool = False

    def __str__(self) -> str:
        arch = f"linux_{self.arches[0]}" if len(self.arches) == 1 else "Linux"
        libc = ", musl" if self.musl else "" if self.glibc is None else f", glibc 2.{self.glibc}"
        return f"{arch}{libc}, CPython {self.pythons[0] if len(self.pythons) == 1 else '3'}"


@dataclass(frozen=True, slots=True)
class Miss:
    """What is in the way: a phrase ("wheel for aarch64"), and the subject that it is about."""

    text: str
    subject: str


def machine(work: Working) -> Machine | None:
    """The machine of a stack; None for one that takes no wheel for Linux."""
    system, glibc, arch, python = (work.state(name) for name in ("os", "glibc", "arch", "python"))
    libc = work.domain("libc")
    musl = wheels.on_musl(work)
    if isinstance(system, Domain) and system.values != ("linux",):
        return None
    if not musl and (isinstance(glibc, Absent) or (libc is not None and libc.values != ("glibc",))):
        return None
    known = versions.parse(glibc.values[0]) if isinstance(glibc, Domain) and len(glibc.values) == 1 else None
    if known is not None and known.major != 2:
        return None
    arches = arch.values if isinstance(arch, Domain) and arch.values else ARCHITECTURES
    pythons, sure = _pythons(python if isinstance(python, Domain) else None)
    if not pythons:
        return None
    unsure = {"python": sure, "arch": isinstance(arch, Domain), "glibc": known is not None or musl}
    open_ = frozenset(name for name, is_sure in unsure.items() if not is_sure)
    return Machine(arches, pythons, None if known is None or musl else known.minor, open_, musl)


def _pythons(python: Domain | None) -> tuple[tuple[str, ...], bool]:
    """The Pythons that there may be, and whether it is one; none for what is no CPython 3."""
    if python is None:
        return EVERY_PYTHON, False
    if python.values:
        parsed = [versions.parse(value) for value in python.values]
        if any(one is None or one.major != 3 or len(one.release) < 2 for one in parsed):
            return (), False
        return tuple(one.base_version for one in parsed if one is not None), len(parsed) == 1
    allowed = python.range
    if allowed is None:
        return EVERY_PYTHON, False
    kept = tuple(one for one in EVERY_PYTHON if any(allowed.contains(f"{one}.{patch}") for patch in (0, 5, 99)))
    return kept, len(kept) == 1


def checks(
    work: Working, domain: Domain, value: str, record: Record, stated: frozenset[str] = frozenset()
) -> Iterator[Check]:
    """What an installer would find of one release; nothing where its line is not there or was not read.

    `stated` are the facts of which rows say for which of them there are wheels: the rows go before the record there.
    """
    here = work.machine
    if here is None:
        return
    memory, key = work.store.store.memory, (checks, record.path, domain.subject, value, here)
    if key in memory:
        yield memory[key]
        return
    release, result = fit_of(work, record, value, here)
    if release is None or (
        stated and not (isinstance(result, Miss) and (not result.text or result.subject not in stated))
    ):
        return
    row = row_of(domain, record, release.version)
    if isinstance(result, Miss):
        yield _miss(work, domain, value, record, release, row, result, here)
        return
    # What holds is asked again in every round; what fails says why by the chain of the moment.
    missing = result or frozenset()
    memory[key] = Check(row, "unknown" if missing else "holds", installer=True, subject=domain.subject, missing=missing)
    yield memory[key]


def fit_of(
    work: Working, record: Record, value: str, here: Machine
) -> tuple[Release | None, Miss | frozenset[str] | None]:
    """A release of a record and what `fit` says of it; worked out once, whatever is judged."""
    memory, key = work.store.store.memory, (record.path, value, here)
    if key not in memory:
        release = record.release(value)
        memory[key] = release, None if release is None else fit(release, here)
    found: tuple[Release | None, Miss | frozenset[str] | None] = memory[key]
    return found


def fit(release: Release, here: Machine) -> Miss | frozenset[str] | None:
    """None where a wheel serves, what is in the way where none does, else the facts that would decide it.

    Of several Pythons one is enough: which one the project takes is still to be chosen.
    """
    served = [_for_some_python(release, here, arch, here.glibc) for arch in here.arches]
    if not any(served):
        return _cause(release, here)
    if not all(served):
        return frozenset(("arch",))
    known = here.glibc is not None or here.musl
    old = known or all(_for_some_python(release, here, arch, OLD_GLIBC) for arch in here.arches)
    return None if old else frozenset(("glibc",))


def _for_some_python(release: Release, here: Machine, arch: str, glibc: int | None) -> bool:
    found = (published.needed_glibc(release, arch, python, musl=here.musl) for python in here.pythons)
    return any(needed is not None and (glibc is None or needed <= glibc) for needed in found)


def served(release: Release, pythons: Sequence[str]) -> Iterator[Condition]:
    """The Pythons (series) that some file of a release serves, on each architecture and by its source distribution."""
    for arch in ARCHITECTURES:
        way = tuple(python for python in pythons if published.needed_glibc(release, arch, python) is not None)
        if way:
            yield Condition(way)
    built = tuple(python for python in pythons if published.buildable(release, [python]))
    if built:
        yield Condition(built)


def _cause(release: Release, here: Machine) -> Miss:
    """What about the machine is in the way: requires-python, its architecture, its Python or its glibc."""
    if not published.open_to(release, here.pythons):
        return Miss("", "python")
    if not any(published.minors(release, arch, musl=here.musl) for arch in here.arches):
        arch = here.arches[0] if len(here.arches) == 1 else "Linux"
        return Miss(f"wheel for {'musl on ' if here.musl else ''}{arch}", "libc" if here.musl else "arch")
    if not any(_for_some_python(release, here, arch, None) for arch in here.arches):
        return Miss(f"wheel for {_python(here)}", "python")
    ways = (published.needed_glibc(release, arch, python) for arch in here.arches for python in here.pythons)
    needed = min(need for need in ways if need is not None)
    return Miss(f"wheel for glibc 2.{here.glibc} (they need 2.{needed})", "glibc")


def _python(here: Machine) -> str:
    if "python" not in here.unsure:
        return f"Python {here.pythons[0]}"
    return "the Python that is asked for" if len(here.pythons) < len(EVERY_PYTHON) else "a Python in use"


def row_of(domain: Domain, record: Record, version: str | None) -> Wheels:
    """The line of a release, or the record, as a row: what reports show as its source."""
    at = "" if version is None else f"@{version}"
    if "pypi" not in record.places:
        at = f"{at}?repository_url=https://{record.places[0]}"  # package URL, type pypi
    source = Source(f"pkg:pypi/{record.project}{at}", record.read, "observed")
    return Wheels(kind="wheels", id="files", product=domain.subject, sources=(source,), place=record.path)


def _miss(
    work: Working,
    domain: Domain,
    value: str,
    record: Record,
    release: Release,
    row: Wheels,
    miss: Miss,
    here: Machine,
) -> Check:
    who = words.named(domain, value, work.store)
    source, beside = published.buildable(release, here.pythons), wheels.beside(work, domain)
    refused = source and wheels.wheels_alone(domain)
    hard = not source or refused or not miss.text
    severity: Severity | None = None
    if not miss.text:
        text = f"{who} needs Python {release.python or 'another version'}; {words.has('python', work.state('python'))}"
    elif refused:
        text = f"{who} has no {miss.text}, and {wheels.ALONE}"
    elif source:
        text = f"{who} has no {miss.text}, so it is built from source"
        severity = "note" if built_everywhere(record, release) else "warning"
    else:
        text = f"{who} has no {miss.text}{' on PyPI' if beside else ''}, and no source distribution"
    if hard and beside:
        text, severity = f"{text}; whether {beside} has one is not known", "warning"
    other = work.domain(miss.subject)
    return Check(
        row,
        "fails",
        hard,
        hard,
        subject=domain.subject,
        message=f"{text}.",
        because=(*domain.steps, *(other.steps if other else ())),
        involves=domain.involved | {miss.subject},
        fix=_known_fix(work, domain, value, record, here) if severity == "warning" or len(domain.values) == 1 else None,
        severity=severity,
    )


def built_everywhere(record: Record, release: Release) -> bool:
    """Whether it is built on every Linux machine alike, mostly without a compiler: no wheel of it is for any."""
    return record.only_pure or not any(
        "linux" in platform for some in published.files(release) for platform in some.platforms
    )


def _may_be(domain: Domain, version: Version) -> bool:
    """Whether the lines let an installer take a release, or name another one alone, which is theirs to change."""
    allowed = [versions.asked_range(ask.specifier) for ask in domain.asks if not ask.specifier.startswith("==")]
    return all(one is None or one.contains(version, prereleases=True) for one in allowed)


def _known_fix(work: Working, domain: Domain, value: str, record: Record, here: Machine) -> Fix | None:
    asked = tuple(ask.specifier for ask in domain.asks)
    memory, key = work.store.store.memory, (_fix, record.path, domain.subject, value, here, asked)
    if key not in memory:
        memory[key] = _fix(work, domain, value, record, here)
    known: Fix | None = memory[key]
    return known


def _fix(work: Working, domain: Domain, value: str, record: Record, here: Machine) -> Fix | None:
    """The next release that has a wheel for this machine, or the newest one before it."""
    own = versions.strict(value)
    who = f"linux_{here.arches[0]}" if len(here.arches) == 1 else "Linux"
    older: str | None = None
    newer: str | None = None
    for release in record.having(b"any", *(arch.encode() for arch in here.arches)):
        version = versions.strict(release.version)
        if version is None or own is None or version == own or version.is_prerelease or release.yanked:
            continue
        if not any(_for_some_python(release, here, arch, here.glibc) for arch in here.arches):
            continue
        if version > own:
            newer = release.version
        else:
            older = release.version if _may_be(domain, version) else None
            break
    title = words.title(domain.subject, work.store)
    if newer is not None:
        return Fix(f"{title} {newer} is the next release with a wheel for this machine ({who}).")
    return None if older is None else Fix(f"{title} {older} is the newest release before it with a wheel for {who}.")
