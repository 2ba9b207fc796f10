"""What conda is asked for, against this machine's platform: names, build strings and platforms of files.

conda calls a platform by its own name (CEP "subdir": linux-64, linux-aarch64, osx-arm64, win-64) and takes packages of
that one and of `noarch` alone. A build string ends in a hash of what the package was built with, which differs from
platform to platform, so a file that was exported with builds is one platform's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge.domain import Domain
from stackcheck.matrix.names import CONDA_FORGE
from stackcheck.matrix.rows import CondaPackage
from stackcheck.model import Finding, Fix, Known, Reason
from stackcheck.patterns import pattern
from stackcheck.values import dataclass
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.judge.working import Working
    from stackcheck.model import Location, Severity, Source

TABLE = "conda"
NAMED = 5
"""Packages that one sentence names at most."""
LISTS = "platforms:"
"""Before a file's path, under which its platforms stand in `Stack.conda`."""
_PIN = pattern(r"={0,2}(\d+(?:\.\d+)*)(?:\.?\*)?")
_BESIDE = ("bioconda", "pytorch", "nvidia", "nodefaults", "robostack", "robostack-staging")
"""Channels that are made to stand beside conda-forge."""
_WORDS = pattern(r"h[0-9a-f]{7}(?=_|$)|mkl")
_SYSTEMS = {
    ("linux", "x86_64"): "linux-64",
    ("linux", "aarch64"): "linux-aarch64",
    ("linux", "ppc64le"): "linux-ppc64le",
    ("darwin", "x86_64"): "osx-64",
    ("darwin", "aarch64"): "osx-arm64",
    ("darwin", "arm64"): "osx-arm64",
    ("windows", "x86_64"): "win-64",
}


@dataclass(frozen=True, eq=False, repr=False)
class Package:
    """One package that conda is asked for."""

    name: str
    channels: tuple[str, ...]
    version: str
    build: str
    state: Known


def findings(work: Working) -> Iterator[Finding]:
    """What conda does not have for this machine. Nothing where its platform is not known."""
    here = _platform(work)
    if here is None or not work.stack.conda:
        return
    packages, files = _asked(work.stack.conda.items())
    rows = work.store.rows_of(TABLE, CondaPackage) if work.store.knows(TABLE) else ()
    said = list(_names(packages, rows, here))
    yield from said
    named = {name for finding in said for name in finding.involves}
    yield from _listed(work, [package for package in packages if package.name not in named], here)
    yield from _builds(packages, rows, here)
    for path, state in files:
        if here not in state.value.split():
            yield _of_file(path, state, here)


def _platform(work: Working) -> str | None:
    arch, system = work.state("arch"), work.state("os")
    if not isinstance(arch, Domain) or not arch.values:
        return None
    named = system.values[0] if isinstance(system, Domain) and system.values else "linux"
    return _SYSTEMS.get((named, arch.values[0]))


def _asked(items: Iterable[tuple[str, object]]) -> tuple[list[Package], list[tuple[str, Known]]]:
    packages, files = [], []
    for name, state in items:
        if not isinstance(state, Known):
            continue
        if name.startswith(LISTS):
            files.append((name.removeprefix(LISTS), state))
            continue
        channels, _, spec = state.value.partition("::")
        version, _, build = spec.rpartition("=")
        packages.append(Package(name, tuple(channels.split(",")), version, build, state))
    return packages, files


def _names(packages: list[Package], rows: tuple[CondaPackage, ...], here: str) -> Iterator[Finding]:
    """Packages that the channels have for other platforms alone, one finding for each row."""
    for row in rows:
        missing = [package for package in packages if row.packages and _speaks_of(row, package)]
        if not missing or here in row.platforms:
            continue
        names = [package.name for package in missing]
        where = f"the channels {', '.join(row.channels)} have" if row.channels else "conda has"
        text = (
            f"{few(names, NAMED)}: {where} {'it' if len(names) == 1 else 'them'} for {', '.join(row.platforms)} alone; "
            f"this machine is {here}."
        )
        fix = row.fix or Fix("Take what this platform has in its place, or leave it out.")
        yield _finding(
            names[0],
            text + (f" {row.why}" if row.why else ""),
            "error" if row.hard else "warning",
            missing,
            fix,
            row.sources,
        )


def _listed(work: Working, packages: list[Package], here: str) -> Iterator[Finding]:
    """Packages that conda-forge has never built for this machine, or only in later versions."""
    names = work.store.store.names(CONDA_FORGE) if here == "linux-aarch64" else None
    for package in packages if names is not None else ():
        words = names.words(package.name) if names is not None and CONDA_FORGE in package.channels else None
        pin = _PIN.fullmatch(package.version)
        if names is None or words is None or (words[0] != "-" and (pin is None or not _below(pin[1], words[0]))):
            continue
        text = f"{package.name}: conda-forge has it for linux-64, and nothing for {here}."
        fix = Fix("Take what this platform has in its place, or leave it out.")
        if words[0] != "-":
            text = f"{package.name} {package.version}: conda-forge has it for {here} from {words[0]} on."
            fix = Fix(f"Take {package.name} {words[0]} or newer.")
        # Another channel may have builds of its own; these leave to conda-forge what conda-forge has.
        others = set(package.channels) - {CONDA_FORGE, *_BESIDE}
        if others:
            text += f" What {few(sorted(others), 3)} has of it is not known here."
        yield _finding(package.name, text, "warning" if others else "error", [package], fix, (names.source,))


def _below(pin: str, first: str) -> bool:
    """Whether all that a pin admits ("3.5" is 3.5.x too) comes before a version."""
    wanted, since = versions.parse(pin), versions.parse(first)
    return wanted is not None and since is not None and wanted < since and not f"{first}.".startswith(f"{pin}.")


def _speaks_of(row: CondaPackage, package: Package) -> bool:
    if not any(_matches(name, package.name) for name in row.packages):
        return False
    if row.release is not None and (package.version == "*" or row.release.admits(_number(package.version)) is not True):
        return False
    # Of a channel that the row does not name nobody knows what it has.
    return not row.channels or all(any(_matches(name, one) for name in row.channels) for one in package.channels)


def _matches(wanted: str, text: str) -> bool:
    if wanted.startswith("*"):
        return text.endswith(wanted[1:])
    return text.startswith(wanted[:-1]) if wanted.endswith("*") else text == wanted


def _number(version: str) -> str:
    return version.lstrip("=<>!~ ").partition(",")[0].rstrip(".*")


def _builds(packages: list[Package], rows: tuple[CondaPackage, ...], here: str) -> Iterator[Finding]:
    """Build strings with hashes of another platform."""
    foreign: dict[tuple[str, ...], list[Package]] = {}
    sources: dict[tuple[str, ...], tuple[Source, ...]] = {}
    for package in packages:
        found = _WORDS.search(package.build)
        for row in rows if found is not None else ():
            if found is not None and found[0] in row.builds and here not in row.platforms:
                foreign.setdefault(row.platforms, []).append(package)
                sources[row.platforms] = row.sources
    for platforms, named in foreign.items():
        shown = few([f"{one.name}={one.version}={one.build}" for one in named], 3)
        text = (
            f"{shown}: {'this build string is' if len(named) == 1 else 'these build strings are'} of {platforms[0]}; "
            f"{here} has no such builds, and conda ends in ResolvePackageNotFound."
        )
        fix = Fix(
            "Export without build strings, and without what only one platform has.",
            ("conda env export --from-history > environment.yml",),
        )
        yield _finding(named[0].name, text, "error", named, fix, sources[platforms], what="builds")


def _of_file(path: str, state: Known, here: str) -> Finding:
    names = state.value.split()
    text = f"{path} is for {few(names, NAMED)}; this machine is {here}, for which it has no packages."
    fix = Fix(
        f"Add {here} to its platforms and lock again.",
        (f"conda-lock --platform {here} {' '.join(f'--platform {name}' for name in names[:3])}",),
    )
    place = state.origin.location
    return Finding(
        "conda-package",
        "conda-package/platforms",
        "error",
        "arch",
        text,
        involves=("arch",),
        location=place,
        because=(Reason(state.origin.text, state.origin.place),),
        fix=fix,
    )


def _finding(
    name: str,
    text: str,
    severity: Severity,
    packages: list[Package],
    fix: Fix,
    sources: tuple[Source, ...],
    what: str = "platform",
) -> Finding:
    place: Location | None = packages[0].state.origin.location
    return Finding(
        kind="conda-package",
        id=f"conda-package/{name}-{what}",
        severity=severity,
        subject=name,
        message=text,
        involves=tuple(sorted({"arch", *(package.name for package in packages)})),
        location=place,
        because=tuple(Reason(one.state.origin.text, one.state.origin.place) for one in packages[:NAMED]),
        fix=fix,
        sources=sources,
    )
