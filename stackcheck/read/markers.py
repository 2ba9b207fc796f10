"""Environment markers (PEP 508) for the judged machine, never for the one that stackcheck runs on.

Three values: what depends on a fact that is not known is neither true nor false.
"""

from __future__ import annotations

import operator
from functools import lru_cache
from typing import TYPE_CHECKING

from stackcheck.kleene import every, some
from stackcheck.model import Known
from stackcheck.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stackcheck.model import Stack

_SYSTEMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "darwin": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}
# `platform.machine()` where it differs from what `uname -m` prints on Linux.
_MACHINES = {
    ("windows", "x86_64"): "AMD64",
    ("windows", "aarch64"): "ARM64",
    ("darwin", "aarch64"): "arm64",
}
_PYTHON = pattern(r"(\d+)\.(\d+)(\.\d+.*)?")
_SERIES = pattern(r"(\d+)\.(\d+)(\.\d+|\.\*)?")
_ORDER: dict[str, Callable[[tuple[int, int], tuple[int, int]], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TOKEN = pattern(r""""[^"]*"|'[^']*'|[()]|[^\s()"']+""")
_VARIABLES = frozenset(
    (
        "python_version",
        "python_full_version",
        "os_name",
        "sys_platform",
        "platform_release",
        "platform_system",
        "platform_version",
        "platform_machine",
        "platform_python_implementation",
        "implementation_name",
        "implementation_version",
        "extra",
        "extras",
        "dependency_groups",
    )
)


def marker_environment(stack: Stack) -> dict[str, str]:
    """The marker variables that the stack's facts decide; what is not known is left out.

    A Python is taken to be CPython. `python_full_version` needs a patch release: the fact "3.11" gives
    `python_version` alone.
    """
    facts = {name: state.value for name, state in stack.facts.items() if isinstance(state, Known)}
    environment = {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
    system = facts.get("os", "")
    environment.update(_SYSTEMS.get(system, {}))
    if facts.get("arch", "*") != "*":
        environment["platform_machine"] = _MACHINES.get((system, facts["arch"]), facts["arch"])
    if facts.get("kernel", "*") != "*":
        environment["platform_release"] = facts["kernel"]
    python = _PYTHON.fullmatch(facts.get("python", ""))
    if python:
        environment["python_version"] = f"{python[1]}.{python[2]}"
        if python[3]:
            environment["python_full_version"] = environment["implementation_version"] = python[0]
    return environment


@lru_cache(maxsize=4096)
def normal_marker(text: str) -> str:
    """A marker as packaging writes it. Raises `packaging.markers.InvalidMarker`."""
    from packaging.markers import InvalidMarker, Marker

    try:
        return str(Marker(text))
    except RecursionError as error:
        raise InvalidMarker("the marker is nested too deep") from error


def applies(marker: str | None, environment: Mapping[str, str]) -> bool | None:
    """Whether a requirement with this marker counts; None where that depends on a variable not in `environment`.

    `False and unknown` is false and `True or unknown` is true (Kleene). Put "extra" into the environment: ""
    where none is asked for; with a comma in it, it holds several, and is equal to each of them. A comparison that
    PEP 508 leaves undefined is None. Raises `packaging.markers.InvalidMarker` for text that is no marker.
    """
    try:
        return True if marker is None else _applies(marker, frozenset(environment.items()))
    except RecursionError:
        return None


@lru_cache(maxsize=4096)
def _applies(marker: str, items: frozenset[tuple[str, str]]) -> bool | None:
    tokens = _TOKEN.findall(normal_marker(marker))
    tokens.reverse()
    return _any(tokens, dict(items))


# The grammar over packaging's own normal form, where `and` binds closer than `or`. `tokens` is a stack.


def _any(tokens: list[str], environment: dict[str, str]) -> bool | None:
    parts = [_all(tokens, environment)]
    while tokens and tokens[-1] == "or":
        tokens.pop()
        parts.append(_all(tokens, environment))
    return some(parts)


def _all(tokens: list[str], environment: dict[str, str]) -> bool | None:
    parts = [_one(tokens, environment)]
    while tokens and tokens[-1] == "and":
        tokens.pop()
        parts.append(_one(tokens, environment))
    return every(parts)


def _one(tokens: list[str], environment: dict[str, str]) -> bool | None:
    if tokens[-1] == "(":
        tokens.pop()
        value = _any(tokens, environment)
        tokens.pop()
        return value
    comparison: list[str] = []
    while tokens and tokens[-1] not in ("and", "or", ")"):
        comparison.append(tokens.pop())
    return _compare(comparison, environment)


def _compare(comparison: list[str], environment: dict[str, str]) -> bool | None:
    if any(word in _VARIABLES and word not in environment for word in comparison):
        if len(comparison) == 3 and comparison[0] == "python_full_version" and "python_version" in environment:
            return _of_series(comparison[1], comparison[2], environment["python_version"])
        return None
    if comparison[:1] == ["extra"] and "," in environment["extra"]:
        return (comparison[2].strip("'\"") in environment["extra"].split(",")) == (comparison[1] == "==")
    from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName

    try:
        return Marker(" ".join(comparison)).evaluate(environment, context="requirement")
    except (UndefinedComparison, UndefinedEnvironmentName, ValueError):  # also of thousands of digits
        return None


def _of_series(sign: str, literal: str, series: str) -> bool | None:
    """Whether every release of a Python's series ("3.12") compares like this, or none does; None for some of them."""
    asked = _SERIES.fullmatch(literal.strip("'\""))
    if asked is None or sign not in _ORDER:
        return None
    major, _, minor = series.partition(".")
    own, other = (int(major), int(minor)), (int(asked[1]), int(asked[2]))
    if own != other:
        return _ORDER[sign](own, other)
    if asked[3] == ".*":
        return {"==": True, "!=": False}.get(sign)
    return {">=": True, "<": False}.get(sign) if asked[3] in (None, ".0") else None
