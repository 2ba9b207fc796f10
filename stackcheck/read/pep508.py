"""One requirement's text to its parts, for every file format that writes PEP 508, pip's additions included."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet

from stackcheck import versions
from stackcheck.model import Ask, Origin
from stackcheck.patterns import pattern
from stackcheck.read.indexes import url_path
from stackcheck.read.markers import normal_marker
from stackcheck.read.quote import shown
from stackcheck.read.template import mark_of
from stackcheck.redact import redact
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from packaging.requirements import InvalidRequirement

    from stackcheck.model import Location, Severity

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_CLAUSE = r"(?:~=|==|!=|<=|>=|<|>)[ \t]*[A-Za-z0-9.*+!_-]+"
# What nearly every line is. Its clauses are checked by packaging; anything else goes to packaging as a whole.
# No two neighbours of it can match the same blanks: that would take time with the square of their number.
_PLAIN = pattern(
    rf"(?P<name>{_NAME})(?:[ \t]*\[(?P<extras>[A-Za-z0-9._, \t-]*)\])?"
    rf"(?:[ \t]*(?P<clauses>{_CLAUSE}(?:[ \t]*,[ \t]*{_CLAUSE})*))?[ \t]*(?:;(?P<marker>.*))?"
)
_WHOLE_NAME = pattern(_NAME)
_URL = pattern(r"(?:https?|file|ftp|(?:git|hg|svn|bzr)\+[a-z-]+):", re.IGNORECASE)
_NAMED_URL = pattern(rf"{_NAME}\s*(?:\[[^\[\]]*\]\s*)?@")
_EGG = pattern(r"[#&]egg=([^&]*)")
_REPOSITORY = pattern(r"(?:git|hg|svn|bzr)\+[a-z-]+:", re.IGNORECASE)
_EDITABLE = pattern(r"(?:file|(?:git|hg|svn|bzr)\+[a-z-]+):", re.IGNORECASE)
_PATH = pattern(r"\.{0,2}/.*|\.{1,2}|[^\s<>|*?\"'=;:/]+/[^\s<>|*?\"'=;]*")
# The file names that pip takes for archives.
_ARCHIVES = (
    *(".whl", ".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz"),
    *(".tar.xz", ".txz", ".tlz", ".tar.lz", ".tar.lzma"),
)


@dataclass(frozen=True, slots=True)
class Requested:
    """The parts of one requirement.

    `name` is normalised. `specifier` is as written, without white space; a wheel's file name makes it
    "==version". `marker` is in packaging's normal form. `url` is without credentials, for a local path as
    written. `refused` is a sentence where pip does not take it, though what it asks for is plain.
    """

    name: str
    specifier: str = ""
    extras: tuple[str, ...] = ()
    marker: str | None = None
    url: str | None = None
    refused: str = ""


class NotAskedError(ValueError):
    """No project can be read from a text; the message is a sentence and `severity` says how much that matters."""

    def __init__(self, sentence: str, severity: Severity = "unknown") -> None:
        super().__init__(sentence)
        self.severity: Severity = severity


def parse_requirement(text: str) -> Requested:
    """A PEP 508 requirement, as pyproject.toml writes it. Raises `NotAskedError` where it is none."""
    plain = _PLAIN.fullmatch(text.strip(" \t"))
    return (plain and _plain(plain)) or _by_packaging(text)


def parse_pip(text: str) -> Requested:
    """A requirement as a line of pip's format writes it: PEP 508, a URL or a local path, each with its marker.

    Text is split where pip splits it: at the first ";", for a bare URL at the first "; ". Raises `NotAskedError`
    where no project's name is in it.
    """
    plain = _PLAIN.fullmatch(text)
    if plain is not None and not text.endswith(_ARCHIVES):
        requested = _plain(plain)
        if requested is not None:
            return requested
    bare_url = _URL.match(text) is not None
    head, _, marker = text.partition("; " if bare_url else ";")
    head = head.strip()
    if bare_url:
        requested = _direct(head)
    elif _is_path(head):
        requested = _local(head)
    else:
        requested = _by_packaging(head)
    return replace(requested, marker=_marker(marker)) if marker.strip() else requested


def parse_editable(text: str) -> Requested:
    """The value of pip's `-e`: a version-control URL, `name @ URL`, or a local project. Raises `NotAskedError`."""
    named = _by_packaging(text) if _NAMED_URL.match(text) else None
    url = text if named is None else named.url or ""
    requested = named or (_direct(text) if _URL.match(text) else _local(text))
    if (_URL.match(url) and not _EDITABLE.match(url)) or (named is None and text.lower().endswith(_ARCHIVES)):
        return replace(requested, refused=f"pip refuses `-e` before {shown(text)}: it takes a folder or a repository.")
    return requested


def python_ask(text: str | None, said: str, place: Location) -> Ask | None:
    """What a file demands of the Python itself: an ask for "python". `said` is how it puts it.

    None for what is no version specifier.
    """
    if text is None:
        return None
    try:
        SpecifierSet(text)
    except ValueError:
        return None
    return Ask("python", "".join(text.split()), Origin(said, str(place), place), indexes=None, transitive=None)


def wheel_version(url: str) -> tuple[str, str] | None:
    """Normalised name and version that a wheel's file name states, at the end of a URL or path; None for others."""
    from urllib.parse import unquote

    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        path = url_path(url) if "//" in url else url.partition("#")[0]
        name, version, _, _ = parse_wheel_filename(unquote(path).rstrip("/").rpartition("/")[2])
    except (InvalidWheelFilename, ValueError):
        return None
    return name, str(version)


def _plain(found: re.Match[str]) -> Requested | None:
    """The parts of a plain requirement, or None where packaging has to say what is wrong with it."""
    clauses = found["clauses"] or ""
    extras: tuple[str, ...] = ()
    marker = found["marker"]
    try:
        if clauses:
            SpecifierSet(clauses)
            if " " in clauses or "\t" in clauses:
                clauses = re.sub(r"[ \t]+", "", clauses)
        if found["extras"]:
            extras = _extras(found["extras"])
        if marker is not None:
            marker = normal_marker(marker.strip())
    except ValueError:
        return None
    return Requested(versions.project_name(found["name"]), clauses, extras, marker)


def _extras(text: str) -> tuple[str, ...]:
    """The extras between brackets, normalised and sorted. Raises `ValueError` where one is no name."""
    if not text.strip():
        return ()
    names = [name.strip() for name in text.split(",")]
    if not all(_WHOLE_NAME.fullmatch(name) for name in names):
        raise ValueError(text)
    return tuple(sorted({versions.project_name(name) for name in names}))


def _by_packaging(text: str) -> Requested:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        found = Requirement(text)
    except InvalidRequirement as error:
        raise NotAskedError(_sentence(text, error)) from error
    except RecursionError as error:
        raise NotAskedError(f"{shown(text)} is nested too deep to read.") from error
    name = versions.project_name(found.name)
    specifier = str(found.specifier)
    url = found.url
    if url is not None:
        wheel = wheel_version(url)
        if wheel is not None and wheel[0] == name:
            specifier = f"=={wheel[1]}"
        url = redact(url)
    extras = tuple(sorted({versions.project_name(extra) for extra in found.extras}))
    return Requested(name, specifier, extras, None if found.marker is None else str(found.marker), url)


def _sentence(text: str, error: InvalidRequirement) -> str:
    if mark_of(text):
        return f"{shown(text)} is text of a template: what it asks for is not known before it is filled in."
    clauses = text.partition(";")[0]
    if "=" in clauses and not any(sign in clauses for sign in ("==", "~=", "!=", "<", ">", "/")):
        return f"{shown(text)} is not a requirement: `=` is no operator, use `==`."
    reason = redact(str(error).partition("\n")[0]).rstrip(".:")
    return f"{shown(text)} is not a requirement: {reason[:1].lower()}{reason[1:]}."


def _marker(text: str) -> str:
    from packaging.markers import InvalidMarker

    try:
        return normal_marker(text.strip())
    except InvalidMarker as error:
        raise NotAskedError(f"{shown(text)} is not an environment marker.") from error


def _is_path(text: str) -> bool:
    path, _ = _split_extras(text)
    return not _NAMED_URL.match(text) and (_PATH.fullmatch(path) is not None or path.lower().endswith(_ARCHIVES))


def _split_extras(path: str) -> tuple[str, str]:
    """`./pkg[dev]` → `./pkg` and `dev`."""
    if not path.endswith("]") or "[" not in path:
        return path, ""
    path, _, extras = path[:-1].rpartition("[")
    return path.rstrip(), extras


def _direct(url: str) -> Requested:
    """A bare URL: a wheel names its project itself, anything else by `#egg=name`; of that pip takes the name alone."""
    from urllib.parse import unquote

    wheel = wheel_version(url)
    egg = _EGG.search(url)
    named = _PLAIN.fullmatch(unquote(egg[1])) if egg else None
    requested = None if named is None or named["clauses"] or named["marker"] else _plain(named)
    refused = ""
    if egg and egg[1] and not _WHOLE_NAME.fullmatch(unquote(egg[1])):
        refused = f"pip refuses {shown(url)}: behind `#egg=` stands a name alone. Write `name[extra] @ URL`."
    if wheel is not None:
        return Requested(wheel[0], f"=={wheel[1]}", (), None, redact(url), refused)
    if requested is not None:
        return replace(requested, url=redact(url), refused=refused)
    if refused:
        raise NotAskedError(refused, "warning")
    if url.lower().startswith("file:"):
        return _local(url)
    repository = repository_name(url)
    if repository is not None:
        return Requested(repository, url=redact(url))
    raise NotAskedError(f"{shown(url)} names no project; write `name @ URL`, so that it can be checked.")


def repository_name(url: str) -> str | None:
    """The normalised name of the repository that a URL of pip's names (VCS support: `git+https://host/owner/NAME.git@tag`),
    which mostly is its project's; None for any other, and where a subdirectory is installed, whose name may be any."""
    if not _REPOSITORY.match(url) or "subdirectory=" in url:
        return None
    path = url.partition("#")[0].partition("?")[0].partition("://")[2].partition("/")[2]
    name = path.partition("@")[0].rstrip("/").rpartition("/")[2].removesuffix(".git")
    return versions.project_name(name) if _WHOLE_NAME.fullmatch(name) else None


def _local(text: str) -> Requested:
    """A local wheel names its project; a directory or source archive does not."""
    path, extras = _split_extras(text)
    wheel = wheel_version(path)
    try:
        if wheel is not None:
            return Requested(wheel[0], f"=={wheel[1]}", _extras(extras), None, redact(path))
    except ValueError as error:
        raise NotAskedError(f"{shown(text)} names extras that are no names.") from error
    raise NotAskedError(f"{shown(text)} is a local project; what it asks for stands in its own files.", "note")
