"""A plain call read without typer, whose loading costs more than the work of most calls.

Only what is beyond doubt is read here: known options with their values. Help, mistakes and everything else are
typer's, which defines the options; a test compares this table with it.
"""

from __future__ import annotations

from typing import Any, Literal

Kind = Literal["text", "texts", "flag"]

_COMMON: dict[str, tuple[str, Kind]] = {
    "--env": ("env", "text"),
    "--feature": ("feature", "texts"),
    "--fact": ("fact", "texts"),
    "--matrix": ("matrix", "texts"),
    "--format": ("format_", "text"),
    "--output": ("output", "text"),
    "--fail-on": ("fail_on", "text"),
    "--select": ("select", "texts"),
    "--ignore": ("ignore", "texts"),
    "--quiet": ("quiet", "flag"),
    "-q": ("quiet", "flag"),
}
_ONE: dict[str, tuple[str, Kind]] = {"--target": ("target", "text"), "--python": ("python", "text")}
_FILES: dict[str, tuple[str, Kind]] = {
    "--online": ("online", "flag"),
    "--resolve": ("resolve", "flag"),
    "--cache": ("cache", "text"),
    "--strict": ("strict", "flag"),
    "--want": ("want", "texts"),
    "--baseline": ("baseline", "text"),
    "--write-baseline": ("write_baseline", "text"),
}
_FIXES: dict[str, tuple[str, Kind]] = {
    "--diff": ("diff", "flag"),
    "--fix": ("fix", "flag"),
    "--unsafe-fixes": ("unsafe_fixes", "flag"),
}
_IMAGE: dict[str, tuple[str, Kind]] = {
    "--platform": ("platform", "text"),
    **{name: _FILES[name] for name in ("--strict", "--want", "--baseline", "--write-baseline")},
}
OPTIONS: dict[str, dict[str, tuple[str, Kind]]] = {
    "check": {**_COMMON, **_ONE, **_FILES, "--deep": ("deep", "flag"), "--root": ("root", "text")},
    "lint": {**_COMMON, **_FILES, **_FIXES, "--target": ("target", "texts"), "--list-files": ("list_files", "flag")},
    "preflight": {**_COMMON, **_ONE},
    "diagnose": {**_COMMON, **_ONE},
    "image": {**_COMMON, **_ONE, **_IMAGE},
}
ARGUMENTS: dict[str, tuple[str, int]] = {
    "check": ("files", -1),
    "lint": ("paths", -1),
    "preflight": ("product", 1),
    "diagnose": ("log", 1),
    "image": ("path", 1),
}
"""The argument of each command, and how many it takes (-1: any number)."""

FORMATS = ("text", "json", "sarif", "junit", "github", "gitlab", "markdown", "html")
CHOICES = {"format_": FORMATS, "fail_on": ("error", "warning", "note")}


def parse(argv: list[str]) -> tuple[str, dict[str, Any]] | None:
    """The command and its options; None where typer must have a look."""
    if not argv or argv[0] not in OPTIONS:
        return None
    found: dict[str, Any] = {}
    names: list[str] = []
    rest = iter(argv[1:])
    for word in rest:
        if word == "-" or not word.startswith("-"):
            names.append(word)
            continue
        option, equals, value = word.partition("=")
        dest, kind = OPTIONS[argv[0]].get(option, ("", "text"))
        given = value if equals else ("" if kind == "flag" else next(rest, ""))
        if not dest or (kind == "flag") == bool(given) or _doubtful(given) or not _put(found, dest, kind, given):
            return None
    return _with_arguments(argv[0], names, found)


def _doubtful(value: str) -> bool:
    """Whether a value looks like an option, so that one may have been forgotten."""
    return value.startswith("-") and value != "-"


def _put(found: dict[str, Any], dest: str, kind: Kind, value: str) -> bool:
    if dest in CHOICES and value not in CHOICES[dest]:
        return False
    if kind == "flag":
        found[dest] = True
    elif kind == "texts":
        found.setdefault(dest, []).append(value)
    else:
        found[dest] = value
    return True


def _with_arguments(command: str, names: list[str], found: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    dest, count = ARGUMENTS[command]
    if count == -1:
        return command, {**found, dest: names or None}
    if len(names) != count:
        return None
    return command, {**found, dest: names[0]}
