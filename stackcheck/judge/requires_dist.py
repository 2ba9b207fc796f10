"""Requires-Dist and Requires-Python as metadata writes them: their names, markers and specifiers, in one environment.

Nothing is said of what does not parse or depends on what is not known.
"""

from __future__ import annotations

import re
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from stackcheck import versions
from stackcheck.model import Known
from stackcheck.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from packaging.specifiers import Specifier

    from stackcheck.model import Stack

_SYSTEMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "darwin": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}
_PLAIN = pattern(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?:\(?([^@()]*)\)?|@.*)", re.DOTALL)
_CLAUSE = pattern(r"""\s*(\w+)\s*([=!]=|[<>]=?)\s*["']([^"']*)["']\s*""")
_NUMBERS_ALONE = pattern(r"\s*(>=|<=|==|!=|<|>)\s*([0-9.]+)\s*")
_LONGEST = 100
"""Characters of a version that are read here; nobody writes more."""
_COMPARE = {">=": ge, "<=": le, "==": eq, "!=": ne, "<": lt, ">": gt}
_LETTERS = {True: "T", False: "F", None: "U"}
_NESTED = pattern(r"\s*\(([TFU](?:(?:and|or)[TFU])*)\)\s*")
_NESTED_AT_MOST = 20
_FLAT = pattern(r"[TFU](?:(?:and|or)[TFU])*")

# A plain text: `re` compiles it when it is first needed, which in a sound environment is never.
_MARKER_NAME = r"\b(?:python_|os_|sys_|platform_|implementation_)\w+"


def parse(text: str) -> tuple[str, str, str | None] | None:
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
def applying(
    project: str, texts: tuple[str, ...], extras: frozenset[str], environment: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """The requirements of a project with these extras that are known to apply there: name, versions and extras, each
    once. An extra that is made of others (`all = ["project[a,b]"]`) brings theirs."""
    variables = dict(environment)
    parsed = [(one, text) for text in texts if (one := parse(text)) is not None]
    found: dict[tuple[str, str, tuple[str, ...]], None] = {}
    followed: set[str] = set()
    waiting = {"", *extras}
    while waiting:
        extra = waiting.pop()
        followed.add(extra)
        for (name, specifier, marker), text in parsed:
            if extra and (marker is None or "extra" not in marker):
                continue
            if not applies(marker, {**variables, "extra": extra}):
                continue
            named = _named_extras(text)
            if name == project:
                waiting |= set(named) - followed
            else:
                found[name, specifier, named] = None
    return tuple(found)


def _named_extras(text: str) -> tuple[str, ...]:
    """The extras in the brackets of a requirement's text, sorted."""
    inside = text.partition(";")[0].partition("[")[2].partition("]")[0]
    return tuple(sorted({distribution_name(extra.strip()) for extra in inside.split(",") if extra.strip()}))


def forget() -> None:
    """Forgets what was worked out for machines that will not be asked about again."""
    applying.cache_clear()
    _evaluated.cache_clear()


@lru_cache(maxsize=4096)
def distribution_name(name: str) -> str:
    """A distribution's name as the index compares it (PEP 503)."""
    return versions.project_name(name)


def environment(stack: Stack) -> dict[str, str]:
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


def applies(marker: str | None, environment: Mapping[str, str]) -> bool:
    """Whether a marker is known to hold: what depends on a fact that is not known accuses nobody."""
    return marker is None or _evaluated(marker, tuple(environment.items()))


@lru_cache(maxsize=4096)
def _evaluated(marker: str, items: tuple[tuple[str, str], ...]) -> bool:
    environment = dict(items)
    quick = _simple(marker, environment)
    if quick is not None:
        return quick
    if any(name not in environment for name in re.findall(_MARKER_NAME, marker)):
        return False
    # Imported here: its tokenizer takes longer to build than all that a sound environment asks of this module.
    from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName

    try:
        return Marker(marker).evaluate(environment)
    except (ValueError, UndefinedComparison, UndefinedEnvironmentName, RecursionError):
        return False


def _simple(marker: str, environment: Mapping[str, str]) -> bool | None:
    """What plain clauses (`python_version < "3.11" and (os_name == "nt" or …)`) come to; None for any other marker."""

    def verdict(match: re.Match[str]) -> str:
        return _LETTERS[_clause(match[1], match[2], match[3], environment)]

    text, count = _CLAUSE.subn(verdict, marker)
    if sum(map(text.count, "TFU")) != count or text.count("(") > _NESTED_AT_MOST:
        return None  # a letter that stood there before is no marker
    inner = None
    while text != inner:
        # The innermost parentheses come to one letter, until none are left.
        text, inner = _NESTED.sub(lambda match: _joined(match[1]), text), text
    return {"T": True, "F": False}.get(_joined(text)) if _FLAT.fullmatch(text) else None


def _joined(text: str) -> str:
    """The letter (true, false, unknown) of "TandForU", where `and` binds closer than `or`."""
    parts = ["F" if "F" in part else "U" if "U" in part else "T" for part in text.split("or")]
    return "U" if "U" in parts else "T" if "T" in parts else "F"


def _clause(name: str, operator: str, value: str, environment: Mapping[str, str]) -> bool | None:
    own = environment.get(name)
    if own is None:
        return None
    if name in ("python_version", "python_full_version", "implementation_version"):
        try:
            return _clauses(f"{operator}{value}").contains(own, prereleases=True)
        except ValueError:
            return None
    return (own == value) is (operator == "==") if operator in ("==", "!=") else None


@lru_cache(maxsize=8192)
def allows(specifier: str, version: str) -> bool:
    """Whether an installer would take the version for the specifier; a preview of NVIDIA's counts as its release."""
    if not specifier or not version:
        return True
    quick = _by_numbers(specifier, version)
    if quick is not None:
        return quick
    try:
        clauses = _clauses(specifier)
        strict = versions.strict(version)
        if strict is None or clauses.contains(strict, prereleases=True):
            return True
        release = versions.parse(version) if versions.is_preview(version) else None
        return release is not None and clauses.contains(release, prereleases=True)
    except ValueError:  # InvalidSpecifier, or a number of more than 4,300 digits
        return True


def _by_numbers(specifier: str, version: str) -> bool | None:
    """What clauses of numbers alone (">=2.3, <3") say of such a version; None for others.

    Most of an environment's are: parsing and comparing them as sets takes ten times as long.
    """
    own = _numbers(version)
    if own is None:
        return None
    holds = True
    for clause in specifier.split(","):
        match = _NUMBERS_ALONE.fullmatch(clause)
        bound = None if match is None else _numbers(match[2])
        if match is None or bound is None:
            return None
        holds = holds and _COMPARE[match[1]](own, bound)
    return holds


@lru_cache(maxsize=4096)
def _numbers(text: str) -> tuple[int, ...] | None:
    """The numbers of a version that has nothing else, without the zeros at its end; None for any other."""
    parts = text.split(".")
    if len(text) > _LONGEST or not text.isascii() or not all(map(str.isdigit, parts)):
        return None
    while len(parts) > 1 and not parts[-1].strip("0"):
        parts.pop()
    return tuple(map(int, parts))


@lru_cache(maxsize=4096)
def _clauses(specifier: str) -> SpecifierSet:
    return SpecifierSet(specifier)


def together(specifiers: Iterable[str]) -> str | None:
    """The clauses of all who require it, also of those that are content: None where no version meets them all."""
    joined = ",".join(dict.fromkeys(text.strip().rstrip(",") for text in specifiers if text.strip()))
    try:
        clauses = SpecifierSet(joined)
        return None if clauses.is_unsatisfiable() else _shortest(clauses)
    except ValueError:
        return ""


def _shortest(clauses: SpecifierSet) -> str:
    """The clauses with the highest `>=` and the lowest `<` alone: what the others say follows from them."""
    bounds = {
        operator: strongest((clause for clause in clauses if clause.operator == operator), key=_bound, default=None)
        for operator, strongest in ((">=", max), ("<", min))
    }
    kept = [clause for clause in clauses if bounds.get(clause.operator, clause) is clause]
    return ",".join(sorted(map(str, kept)))


def _bound(clause: Specifier) -> Version:
    return Version(clause.version)
