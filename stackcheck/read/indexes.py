"""Where pip looks for projects, as the index options of all files of one run leave it.

pip keeps one list for the whole run: an `--index-url` replaces the list with every index named before it,
`--extra-index-url` appends, and after `--no-index` only `--find-links` counts, whatever follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from stackcheck.model import UNKNOWN_INDEX, Indexes, Known, Unread
from stackcheck.patterns import pattern
from stackcheck.read.quote import shown
from stackcheck.redact import redact
from stackcheck.values import dataclass, field
from stackcheck.versions import index_name, names_pypi

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stackcheck.model import Location, Stack
    from stackcheck.read.options import Options

_HASHED = pattern(r"/packages/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{60}$")
"""The folder of a file as PyPI and its mirrors lay them out."""

_VARIABLE = pattern(r"\$\{([A-Za-z_][A-Za-z0-9_]*)")
_FALSE = ("", "0", "false", "no", "off", "n", "f")


def short_name(url: str) -> str | None:
    """The short name of an index (`versions.index_name`); None where the URL holds a variable that is not set, and for
    "*", which stands for an address that is not known."""
    url = redact(url.strip())
    if "${" in url or url == "*":
        return None
    try:
        return index_name(url if "//" in url else url.rpartition("@")[2])
    except ValueError:
        return None


def name_of(url: str) -> str:
    """The short name of an index; where its address holds a variable that is not known, that variable as it is
    written (`${MIRROR}`): an index of which nothing is known."""
    found = short_name(url)
    return unknown_index(url) if found is None else found


def unknown_index(text: str) -> str:
    """What stands for an index of which nothing is known: the variable in a text, or "${…}"."""
    found = _VARIABLE.search(text)
    return f"${{{found[1]}}}" if found else UNKNOWN_INDEX


def extra_name(url: str, names: Iterable[str | None]) -> str:
    """The short name of an index that is asked beside others: beside PyPI, what does not call itself PyPI is there for
    what PyPI does not have."""
    own = "pypi" in names and not names_pypi(url)
    return name_of_links(url) if own else name_of(url)


def links_name(url: str) -> str | None:
    """The short name of a `--find-links` page or folder: as for an index, but never "pypi"."""
    name = short_name(url)
    if name != "pypi":
        return name
    from urllib.parse import urlsplit

    parts = urlsplit(redact(url.strip()))  # `short_name` has parsed it: it is one
    return f"{parts.hostname or ''}{parts.path}"


def name_of_links(url: str) -> str:
    """As `name_of`, for a `--find-links` page or folder."""
    return links_name(url) or unknown_index(url)


def url_path(url: str) -> str:
    """The path of a URL, or of what is a path already, without query and fragment.

    By cutting alone: `urllib.parse` raises for a host such as `[x]`, and a lock's file name is known all the same.
    """
    place = url.partition("#")[0].partition("?")[0]
    _, slashes, rest = place.partition("//")
    return f"/{rest.partition('/')[2]}" if slashes else place


def file_name(url: str) -> str:
    """The name of the file that a URL or a path leads to, as it is on a disk."""
    from urllib.parse import unquote

    return unquote((url_path(url) if "//" in url else url).rpartition("/")[2])


def of_url(url: str) -> Indexes | None:
    """Where the file that a direct URL names is from, as an index; None for what is built where it is installed."""
    path, _, name = url.partition("#")[0].partition("?")[0].rpartition("/")
    if "://" not in path or path.startswith(("git+", "hg+", "svn+", "bzr+")) or not name.endswith(".whl"):
        return None
    if _HASHED.search(path):
        return Indexes(("pypi",), "first")
    found = index_name(path)
    return Indexes((found if found != "pypi" else path.partition("://")[2].rpartition("@")[2],), "first")


class Address(NamedTuple):
    """The address of an index, and the place that names it."""

    url: str
    place: str = ""


class Given(NamedTuple):
    """What the options of one command say of indexes: `--index-url`, uv's `--default-index`, its `--index`,
    `--extra-index-url` and `--find-links`."""

    url: tuple[Address, ...] = ()
    default: tuple[Address, ...] = ()
    first: tuple[Address, ...] = ()
    extra: tuple[Address, ...] = ()
    links: tuple[Address, ...] = ()
    no_index: bool = False


@dataclass
class PipIndexes:
    """The index options of one pip run, collected in the order in which pip meets them.

    `named` are the indexes in order of preference, each with the place that named it; one that depends on a variable
    whose value is not known goes by `unknown_index`.
    """

    named: list[tuple[str, str]] = field(default_factory=lambda: [("pypi", "")])
    links: list[str] = field(default_factory=list)
    no_index: bool = False

    def add(self, options: Options, location: Location) -> Iterator[Unread]:
        """Takes one option line in; yields what pip loses without a word."""
        if options.no_index:
            self.no_index, self.named = True, []
        if self.no_index and (options.index_urls or options.extra_index_urls):
            yield Unread("pip looks at no index after --no-index, whatever this line names.", location, "warning")
        elif options.index_urls:
            yield from self._replace(options, location)
        if not self.no_index:
            names = [name for name, _ in self.named]
            self.named += [(extra_name(url, names), str(location)) for url in options.extra_index_urls]
        self.links += [name_of_links(url) for url in options.find_links[:1]]
        for url in (*options.index_urls[-1:], *options.extra_index_urls, *options.find_links[:1]):
            if short_name(url) is None:
                yield Unread(f"Which index {shown(url)} stands for depends on a variable that is not known.", location)

    def _replace(self, options: Options, location: Location) -> Iterator[Unread]:
        named = (name_of(options.index_urls[-1]), str(location))
        staying = {named[0], *(name_of(url) for url in options.extra_index_urls)}
        for name, place in self.named:
            if place and name not in staying:
                yield Unread(
                    f"pip drops the index {name} ({place}): an --index-url replaces every index "
                    "named before it. Name it after this line, with --extra-index-url.",
                    location,
                    "warning",
                )
        self.named = [named]

    def result(self, strategy: Literal["best", "first"] = "best") -> Indexes:
        """The indexes of every requirement of the run."""
        return Indexes(tuple(dict.fromkeys((*(name for name, _ in self.named), *self.links))), strategy)


def from_variables(target: Stack) -> PipIndexes:
    """pip's indexes before any file is read: PIP_INDEX_URL and its kin of the target, else PyPI."""
    return pip_indexes({name: state.value for name, state in target.variables.items() if isinstance(state, Known)})


def pip_indexes(variables: Mapping[str, str | None], given: Given | None = None) -> PipIndexes:
    """pip's indexes by variables (None: set, and not known) and its own options. An option replaces the index that a
    variable names, and adds to extra ones (pip docs, "Configuration")."""
    given = given or Given()
    found = PipIndexes()
    index = given.url[-1:] or tuple(one._replace(place="") for one in _named(variables, "PIP_INDEX_URL")[:1])
    if index:
        found.named = [(name_of(index[0].url), index[0].place)]
    extra = [*_named(variables, "PIP_EXTRA_INDEX_URL"), *given.extra]
    names = [name for name, _ in found.named]
    found.named += [(extra_name(one.url, names), one.place) for one in extra]
    links = [*_named(variables, "PIP_FIND_LINKS"), *given.links]
    found.links = [name_of_links(one.url) for one in links]
    if given.no_index or (variables.get("PIP_NO_INDEX") or "").lower() not in _FALSE:
        found.no_index, found.named = True, []
    return found


def uv_indexes(variables: Mapping[str, str | None], given: Given | None = None) -> PipIndexes:
    """uv's indexes: the ones added first, the default one last, and an option in place of the variable that says the
    same (uv docs, "Package indexes", "Environment variables"). pip's variables have no say."""
    given = given or Given()
    found = PipIndexes()
    default = given.default or _named(variables, "UV_DEFAULT_INDEX") or given.url or _named(variables, "UV_INDEX_URL")
    first = given.first or _named(variables, "UV_INDEX")
    extra = given.extra or _named(variables, "UV_EXTRA_INDEX_URL")
    last = [(name_of(one.url), one.place) for one in default[-1:]] if default else [("pypi", "")]
    names = [name for name, _ in last]
    found.named = [*((extra_name(one.url, names), one.place) for one in (*first, *extra)), *last]
    links = given.links or _named(variables, "UV_FIND_LINKS", ",")
    found.links = [name_of_links(one.url) for one in links]
    if given.no_index or (variables.get("UV_NO_INDEX") or "").lower() not in _FALSE:
        found.no_index, found.named = True, []
    return found


def _named(variables: Mapping[str, str | None], name: str, separator: str | None = None) -> tuple[Address, ...]:
    """The addresses that a variable holds."""
    if name not in variables:
        return ()
    value = variables[name]
    if value is None:
        return (Address(f"${{{name}}}", name),)
    return tuple(Address(url.strip(), name) for url in value.split(separator) if url.strip())
