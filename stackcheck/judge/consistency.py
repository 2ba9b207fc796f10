"""Whether the installed distributions agree with each other by their own metadata, as `pip check` asks, with reasons.

Every finding is about one distribution: missing, in a version that others exclude, made for another machine or Python,
there twice, or sharing its files with another. What is not right by the letter and works all the same stays quiet: a
wheel's tags alone prove nothing (pip's false alarms: no tag, musl beside glibc, "cp39" on pure Python), so a wheel
counts as one of another machine only where the compiled files that it lists are for another one too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from stackcheck import versions
from stackcheck.model import Absent, Finding, Fix, Known, Reason, Unknown
from stackcheck.values import dataclass
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from packaging.specifiers import Specifier

    from stackcheck.model import Severity, Stack, Unread

SYSTEM_FOLDERS = ("/usr/lib/python3/dist-packages", "/usr/lib/python3.")
"""Folders whose distributions the system's package manager keeps consistent, by its own rules."""

_SYSTEMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "darwin": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}
_PLAIN = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?:\(?([^@()]*)\)?|@.*)", re.DOTALL)
_CLAUSE = re.compile(r"""\s*(\w+)\s*([=!]=|[<>]=?)\s*["']([^"']*)["']\s*""")
_MANYLINUX = re.compile(r"manylinux_(\d+)_(\d+)_")
_MANYLINUX_OLD = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}

# Plain texts: `re` compiles them when they are first needed, which in a sound environment is never.
_MARKER_NAME = r"\b(?:python_|os_|sys_|platform_|implementation_)\w+"
_COMPILED = r"\.(?:so(?:\.[0-9.]+)?|pyd|dylib)$"
_MACHINE_WORD = r"(x86_64|aarch64|i386|i686|armv7l|arm64|ppc64le|s390x|riscv64)[-_.]"
_PYTHON_WORD = r"\.cpython-(\d)(\d+)"
_OF_NOBODY = r"\.dist-info/|__pycache__/|^\.\./"
NAMED = 5
"""Names or versions that one sentence lists at most."""


class Requirement(Protocol):
    """One Requires-Dist as it is written, and its line."""

    @property
    def text(self) -> str:
        """The requirement as the metadata states it."""
        ...

    @property
    def line(self) -> int:
        """Its line in the file, from 1."""
        ...


class Distribution(Protocol):
    """One record of an installed distribution, as `scan.metadata` reads it (rooms do not import each other)."""

    @property
    def name(self) -> str:
        """The normalised name."""
        ...

    @property
    def version(self) -> str:
        """The version that its metadata states."""
        ...

    @property
    def folder(self) -> str:
        """The folder of the search path that it lies in."""
        ...

    @property
    def path(self) -> str:
        """The file that says this."""
        ...

    @property
    def requires(self) -> Sequence[Requirement]:
        """What it requires, extras included."""
        ...

    @property
    def requires_python(self) -> str | None:
        """The Pythons that it is for."""
        ...

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of its wheel."""
        ...

    @property
    def files(self) -> tuple[tuple[str, str], ...] | None:
        """Path and hash of its files, None where they were not read."""
        ...


@dataclass(frozen=True, slots=True)
class _Wish:
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


def findings(stack: Stack, distributions: Iterable[Distribution], unread: Iterable[Unread] = ()) -> Iterator[Finding]:
    """What the metadata of the distributions contradicts, and what of it could not be read.

    `stack` says which of several records of a name is the one in use.
    """
    every = list(distributions)
    used = [one for one in every if stack.uses(one.name, one.folder)]
    yield from _requirements(stack, used)
    for one in used:
        yield from _python(stack, one)
        yield from _machine(stack, one)
    yield from _twice(stack, every)
    yield from _shared(used)
    for place in unread:
        yield Finding("reading", "reading/unread", place.severity, "file", place.reason, location=place.location)


# --- requirements ---------------------------------------------------------------------------------------------


def _requirements(stack: Stack, used: list[Distribution]) -> Iterator[Finding]:
    environment = _environment(stack)
    held = {one.name: one.version for one in used}
    wishes: defaultdict[str, list[tuple[_Wish, str | None]]] = defaultdict(list)
    unmet: dict[str, None] = {}
    for one in used:
        for requirement in one.requires:
            parsed = _parse(requirement.text)
            if parsed is None:
                continue
            name, specifier, marker = parsed
            wishes[name].append((_Wish(one, requirement, specifier), marker))
            version = _version(stack, held, name)
            # Only what is not met needs its marker looked at: most are, and reading markers is what takes long.
            if (version is None or not _allows(specifier, version)) and _applies(marker, environment):
                unmet[name] = None
    for name in sorted(unmet):
        applying = [wish for wish, marker in wishes[name] if _applies(marker, environment)]
        yield _unmet(name, _version(stack, held, name), applying)


def _parse(text: str) -> tuple[str, str, str | None] | None:
    """Name, versions and marker of a requirement; None for one that does not parse.

    Metadata is written by machines, so a pattern is enough where `packaging.Requirement` takes five times as long.
    """
    body, semicolon, marker = text.partition(";")
    match = _PLAIN.fullmatch(body)
    if match is None:
        return None
    specifier = (match[2] or "").strip()
    return distribution_name(match[1]), specifier, marker if semicolon else None


@lru_cache(maxsize=4096)
def distribution_name(name: str) -> str:
    """A distribution's name as the index compares it (PEP 503)."""
    return versions.project_name(name)


def _environment(stack: Stack) -> dict[str, str]:
    """The marker variables that the stack's facts decide; CPython is taken for granted."""
    facts = {name: state.value for name, state in stack.facts.items() if isinstance(state, Known)}
    environment = {"implementation_name": "cpython", "platform_python_implementation": "CPython", "extra": ""}
    environment.update(_SYSTEMS.get(facts.get("os", ""), {}))
    if "arch" in facts:
        environment["platform_machine"] = facts["arch"]
    if "kernel" in facts:
        environment["platform_release"] = facts["kernel"]
    python = facts.get("python", "").split(".")
    if len(python) >= 2:
        environment["python_version"] = ".".join(python[:2])
    if len(python) >= 3:
        environment["python_full_version"] = environment["implementation_version"] = ".".join(python)
    return environment


def _applies(marker: str | None, environment: Mapping[str, str]) -> bool:
    """Whether a marker is known to hold: what depends on a fact that is not known accuses nobody."""
    return marker is None or _evaluated(marker, tuple(environment.items()))


@lru_cache(maxsize=4096)
def _evaluated(marker: str, items: tuple[tuple[str, str], ...]) -> bool:
    environment = dict(items)
    quick = _simple(marker, environment)
    if quick is not None:
        return quick
    # Imported here: its tokenizer takes longer to build than all that a sound environment asks of this module.
    from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

    if any(name not in environment for name in re.findall(_MARKER_NAME, marker)):
        return False
    try:
        return Marker(marker).evaluate(environment)
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName, RecursionError):
        return False


def _simple(marker: str, environment: Mapping[str, str]) -> bool | None:
    """What a plain conjunction such as `python_version < "3.11" and os_name == "nt"` comes to; None for any other."""
    if "(" in marker or " or " in marker:
        return None
    clauses = [_CLAUSE.fullmatch(part) for part in marker.split(" and ")]
    verdicts = [_clause(match[1], match[2], match[3], environment) if match else None for match in clauses]
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _clause(name: str, operator: str, value: str, environment: Mapping[str, str]) -> bool | None:
    own = environment.get(name)
    if own is None:
        return None
    if name in ("python_version", "python_full_version", "implementation_version"):
        try:
            return _clauses(f"{operator}{value}").contains(own, prereleases=True)
        except InvalidSpecifier:
            return None
    return (own == value) is (operator == "==") if operator in ("==", "!=") else None


def _version(stack: Stack, held: Mapping[str, str], name: str) -> str | None:
    """The version in use; "" where it is there in some version, None where it is missing."""
    if name in held:
        return held[name]
    state = stack.packages.get(name)
    if isinstance(state, Known):
        return "" if state.value == "*" else state.value
    known = "packages" in stack.complete and state is None
    return None if known or isinstance(state, Absent) else ""


@lru_cache(maxsize=8192)
def _allows(specifier: str, version: str) -> bool:
    """Whether an installer would take the version for the specifier; a preview of NVIDIA's counts as its release."""
    if not specifier or not version:
        return True
    try:
        clauses = _clauses(specifier)
    except InvalidSpecifier:
        return True
    strict = versions.strict(version)
    if strict is None or clauses.contains(strict, prereleases=True):
        return True
    release = versions.parse(version) if versions.is_preview(version) else None
    return release is not None and clauses.contains(release, prereleases=True)


@lru_cache(maxsize=4096)
def _clauses(specifier: str) -> SpecifierSet:
    return SpecifierSet(specifier)


def _unmet(name: str, version: str | None, wishes: list[_Wish]) -> Finding:
    """One finding for a distribution, however many others miss it or exclude its version."""
    against = [wish for wish in wishes if version is None or not _allows(wish.specifier, version)]
    asked = _listed([f"{wish.who} ({wish.wanted})" for wish in against])
    if version is None:
        kind, text = "missing", f"{name} is not installed, and is required by {asked}."
    else:
        kind, text = "conflict", f"{name} {version} is installed, and excluded by {asked}."
    together = _together([wish.specifier for wish in wishes])
    told = against if together is not None else [*against, *(wish for wish in wishes if wish not in against)]
    return Finding(
        kind="consistency",
        id=f"consistency/{kind}-{name}",
        severity="note" if all(wish.by.folder.startswith(SYSTEM_FOLDERS) for wish in against) else "warning",
        subject=name,
        message=text,
        involves=tuple(sorted({name, *(wish.by.name for wish in told)})),
        because=tuple(wish.reason for wish in told),
        fix=_fix(name, together),
    )


def _together(specifiers: Iterable[str]) -> str | None:
    """The clauses of all who require it, also of those that are content: None where no version meets them all."""
    joined = ",".join(dict.fromkeys(text.strip().rstrip(",") for text in specifiers if text.strip()))
    try:
        clauses = SpecifierSet(joined)
        return None if clauses.is_unsatisfiable() else _shortest(clauses)
    except InvalidSpecifier:
        return ""


def _shortest(clauses: SpecifierSet) -> str:
    """The clauses with the highest `>=` and the lowest `<` alone: what the others say follows from them."""
    bounds = {
        operator: strongest((one for one in clauses if one.operator == operator), key=_bound, default=None)
        for operator, strongest in ((">=", max), ("<", min))
    }
    kept = [one for one in clauses if bounds.get(one.operator, one) is one]
    return ",".join(sorted(str(one) for one in kept))


def _bound(clause: Specifier) -> Version:
    return Version(clause.version)


def _fix(name: str, together: str | None) -> Fix:
    if together is None:
        return Fix(
            f"No {name} meets all that require it: take other releases of them, or an environment for each of them."
        )
    import shlex  # not worth its time at every start

    command = f"pip install {shlex.quote(name + together)}"
    return Fix(f"Install a {name} that all who require it allow.", (command,))


def _listed(names: Sequence[str]) -> str:
    return few(tuple(dict.fromkeys(names)), NAMED)


# --- machine and Python ---------------------------------------------------------------------------------------


def _python(stack: Stack, one: Distribution) -> Iterator[Finding]:
    """A distribution that excludes this Python, or whose compiled modules are all for another one."""
    python = stack.facts.get("python")
    if not isinstance(python, Known) or one.folder.startswith(SYSTEM_FOLDERS):
        return
    here = f"this environment has {python.value}"
    reason = Reason(python.origin.text, python.origin.place)
    if one.requires_python and not _allows(one.requires_python, python.value):
        text = f"{one.name} {one.version} is for Python {one.requires_python}; {here}."
        said = Reason(f"{one.name} {one.version} has Requires-Python: {one.requires_python}", one.path)
        yield _about(one, "python", "warning", text, (said, reason))
        return
    others = _built_for(one)
    if others and ".".join(python.value.split(".")[:2]) not in others:
        built = _listed(sorted(others))
        text = f"{one.name} {one.version} has compiled modules for Python {built} alone; {here}."
        yield _about(one, "python", "warning", text, (*_tags(one), reason))


def _built_for(one: Distribution) -> set[str]:
    """The Pythons that its compiled modules are for; none where they are for any (the stable ABI) or not known."""
    files = one.files or ()
    if any(".abi3." in path for path, _ in files):
        return set()
    return {f"{major}.{minor}" for path, _ in files for major, minor in re.findall(_PYTHON_WORD, path)}


def _machine(stack: Stack, one: Distribution) -> Iterator[Finding]:
    """A wheel that was made for another CPU or a newer glibc than this machine's."""
    arch, system = stack.facts.get("arch"), stack.facts.get("os")
    if not isinstance(arch, Known) or not isinstance(system, Known) or system.value != "linux" or not one.tags:
        return
    platforms = sorted({tag.rpartition("-")[2] for tag in one.tags})
    own = [platform for platform in platforms if platform == "any" or platform.endswith(f"_{arch.value}")]
    reason = Reason(arch.origin.text, arch.origin.place)
    if own:
        yield from _glibc(stack, one, own)
        return
    compiled = [path for path, _ in one.files or () if re.search(_COMPILED, path)]
    words = {word for path in compiled for word in re.findall(_MACHINE_WORD, path.rpartition("/")[2])}
    if not compiled or arch.value in words:
        return
    text = (
        f"{one.name} {one.version} is a wheel for {_listed(platforms)}; this machine is linux_{arch.value}, where its "
        f"compiled files ({_listed([path.rpartition('/')[2] for path in compiled[:1]])}) do not load."
    )
    yield _about(one, "arch", "error", text, (*_tags(one), reason))


def _glibc(stack: Stack, one: Distribution, platforms: list[str]) -> Iterator[Finding]:
    glibc = stack.facts.get("glibc")
    if not isinstance(glibc, Known):
        return
    needed = [_glibc_of(platform) for platform in platforms]
    has = versions.parse(glibc.value)
    lowest = min((need for need in needed if need is not None), default=None)
    if None in needed or lowest is None or has is None or lowest <= has.release[:2]:
        return
    needs = f"glibc {lowest[0]}.{lowest[1]} or newer"
    text = f"{one.name} {one.version} is a wheel for {needs}; this machine has {glibc.value}."
    yield _about(one, "glibc", "warning", text, (*_tags(one), Reason(glibc.origin.text, glibc.origin.place)))


def _glibc_of(platform: str) -> tuple[int, int] | None:
    """The glibc of a manylinux tag (PEP 600); None for a tag that needs none, or says none."""
    match = _MANYLINUX.match(platform)
    if match:
        return int(match[1]), int(match[2])
    return _MANYLINUX_OLD.get(platform.partition("_")[0])


def _tags(one: Distribution) -> tuple[Reason, ...]:
    return (Reason(f"{one.name} {one.version} has the wheel tags {_listed(one.tags)}", one.path),)


def _about(one: Distribution, subject: str, severity: Severity, text: str, because: tuple[Reason, ...]) -> Finding:
    """A finding on a distribution that does not suit `subject`: "python", "arch" or "glibc"."""
    command = f"pip install --force-reinstall --no-deps --no-cache-dir {one.name}"
    return Finding(
        kind="consistency",
        id=f"consistency/{subject}-{one.name}",
        severity=severity,
        subject=one.name,
        message=text,
        involves=tuple(sorted((one.name, subject))),
        because=because,
        fix=Fix(f"Install {one.name} again, for this environment.", (command,)),
    )


# --- there twice ----------------------------------------------------------------------------------------------


def _twice(stack: Stack, every: list[Distribution]) -> Iterator[Finding]:
    """Two records in one folder are what a broken update left; two folders with one name hide each other."""
    by_name: defaultdict[str, list[Distribution]] = defaultdict(list)
    for one in every:
        by_name[one.name].append(one)
    hidden: list[tuple[Distribution, Distribution]] = []
    for name, records in sorted(by_name.items()):
        state = stack.packages.get(name)
        if len({one.version for one in records}) < 2:
            continue
        if isinstance(state, Unknown):
            yield _left_over(name, records)
        else:
            used = next((one for one in records if stack.uses(one.name, one.folder)), records[0])
            hidden += [(used, one) for one in records if one.folder != used.folder and one.version != used.version]
    if hidden:
        yield _hidden(hidden)


def _left_over(name: str, records: list[Distribution]) -> Finding:
    found = _listed([one.version for one in records])
    return Finding(
        kind="consistency",
        id=f"consistency/twice-{name}",
        severity="warning",
        subject=name,
        message=f"{name} has several records ({found}): which of them its files belong to cannot be told.",
        involves=(name,),
        because=tuple(Reason(f"{name} {one.version} is recorded", one.path) for one in records),
        fix=Fix(
            f"Remove {name} until none is left, then install it again.",
            (f"pip uninstall -y {name}", f"pip uninstall -y {name}", f"pip install {name}"),
        ),
    )


def _hidden(pairs: list[tuple[Distribution, Distribution]]) -> Finding:
    names = [f"{used.name} {used.version} (not {other.version})" for used, other in pairs]
    number = len(names)
    reasons = (
        Reason(f"{used.name} {used.version} comes before {other.version} on the path", f"{used.folder}, {other.folder}")
        for used, other in pairs[:NAMED]
    )
    return Finding(
        kind="consistency",
        id="consistency/hidden",
        severity="note",
        subject="packages",
        message=f"{number} distribution{'s are' if number > 1 else ' is'} on the path in two versions; "
        f"the first one counts: {_listed(names)}.",
        involves=tuple(sorted({used.name for used, _ in pairs})),
        because=tuple(reasons),
    )


def _shared(used: list[Distribution]) -> Iterator[Finding]:
    """Distributions that own the same files with different content: the one installed last wins."""
    owners: defaultdict[tuple[str, str], list[tuple[Distribution, str]]] = defaultdict(list)
    for one in used:
        for path, digest in one.files or ():
            if not re.search(_OF_NOBODY, path):
                owners[one.folder, path].append((one, digest))
    clashes: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    records = {one.name: one for one in used}
    for (_, path), owned in owners.items():
        if len({one.name for one, _ in owned}) > 1 and len({digest for _, digest in owned}) > 1:
            clashes[tuple(sorted({one.name for one, _ in owned}))].append(path)
    for names, paths in sorted(clashes.items()):
        yield _overwritten([records[name] for name in names], paths)


def _overwritten(owners: list[Distribution], paths: list[str]) -> Finding:
    said = " and ".join(f"{one.name} {one.version}" for one in owners)
    files = f"the same {len(paths)} files ({paths[0]}, …)" if len(paths) > 1 else f"the same file ({paths[0]})"
    names = " ".join(one.name for one in owners)
    return Finding(
        kind="consistency",
        id=f"consistency/files-{owners[0].name}",
        severity="warning",
        subject=owners[0].name,
        message=f"{said} own {files} with different content; what was installed last is there.",
        involves=tuple(sorted(one.name for one in owners)),
        because=tuple(Reason(f"{one.name} {one.version} lists {paths[0]} in its RECORD", one.path) for one in owners),
        fix=Fix(
            "Remove all of them, then install the one that is needed.",
            (f"pip uninstall -y {names}", f"pip install {owners[0].name}"),
        ),
    )
