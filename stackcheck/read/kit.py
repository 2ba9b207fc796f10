"""Isaac Sim's and Kit's own files: deps/pip*.toml (what is bundled) and an extension's extension.toml."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from stackcheck.model import Known
from stackcheck.read.document import parse_document
from stackcheck.read.files import Files, ReadResult, merge
from stackcheck.read.indexes import from_variables
from stackcheck.read.options import BadOptionsError, parse_options
from stackcheck.read.plain import Plain
from stackcheck.read.quote import shown
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackcheck.model import Indexes, Location, Stack
    from stackcheck.read.document import Document


def read_pip_tomls(paths: Iterable[str], target: Stack, load: Callable[[str], bytes]) -> ReadResult:
    """The `[[dependency]]` tables of deps/pip*.toml that are for the target's platform."""
    return merge(_read_deps(parse_document(Files(load).data(path), path), target) for path in paths)


def read_extensions(paths: Iterable[str], target: Stack, load: Callable[[str], bytes]) -> ReadResult:
    """What `[python.pipapi]` of extension.toml asks for."""
    return merge(_read_extension(parse_document(Files(load).data(path), path), target) for path in paths)


def _read_deps(document: Document, target: Stack) -> ReadResult:
    found = Plain(document.path, target)
    platform = _platform(target)
    for at, table in document.tables("dependency"):
        fits = _fits(table.get("platforms"), platform)
        found.indexes = _indexes(document, at, target, found)
        first = len(found.asks)
        for place, text in document.strings(*at, "packages"):
            found.ask(text, document.places.string(place, text))
        found.asks[first:] = [replace(ask, applies=ask.applies and fits) for ask in found.asks[first:]]
    return merge((found.result(), _noted(document)))


def _read_extension(document: Document, target: Stack) -> ReadResult:
    found = Plain(document.path, target)
    for place, text in document.strings("python", "pipapi", "requirements"):
        found.ask(text, document.places.string(place, text))
    return merge((found.result(), _noted(document)))


def _noted(document: Document) -> ReadResult:
    return ReadResult(unread=tuple(document.unread))


def _platform(target: Stack) -> str | None:
    """The target as these files name it ("linux-aarch64"); None where it is not known."""
    states = [target.facts.get(name) for name in ("os", "arch")]
    values = [state.value for state in states if isinstance(state, Known)]
    return "-".join(values) if len(values) == 2 else None


def _fits(platforms: object, platform: str | None) -> bool | None:
    """Whether a table is for the platform: one of its patterns, "*" where it names none."""
    patterns = platforms if isinstance(platforms, list) else ["*"]
    if "*" in patterns:
        return True
    return None if platform is None else any(fnmatchcase(platform, str(pattern)) for pattern in patterns)


def _indexes(document: Document, at: tuple[str | int, ...], target: Stack, found: Plain) -> Indexes | None:
    """Where pip looks with the `extra_args` of a table."""
    words = [text for _, text in document.strings(*at, "extra_args")]
    indexes = from_variables(target)
    place: Location = document.places.key((*at, "extra_args"))
    try:
        options = parse_options(" ".join(words))
    except BadOptionsError as error:
        found.note(f"pip refuses the options {shown(' '.join(words))}: {error}.", place)
        return None
    found.unread += indexes.add(options, place)
    return indexes.result()
