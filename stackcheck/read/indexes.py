"""Where pip looks for projects, as the index options of all files of one run leave it.

pip keeps one list for the whole run: an `--index-url` replaces the list with every index named before it,
`--extra-index-url` appends, and after `--no-index` only `--find-links` counts, whatever follows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.model import UNKNOWN_INDEX, Indexes, Known, Unread
from stackcheck.read.quote import shown
from stackcheck.redact import redact
from stackcheck.values import dataclass, field
from stackcheck.versions import index_name, names_pypi

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.model import Location, Stack
    from stackcheck.read.options import Options

_HASHED = re.compile(r"/packages/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{60}$")
"""The folder of a file as PyPI and its mirrors lay them out."""

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


def links_name(url: str) -> str | None:
    """The short name of a `--find-links` page or folder: as for an index, but never "pypi"."""
    name = short_name(url)
    if name != "pypi":
        return name
    from urllib.parse import urlsplit

    parts = urlsplit(redact(url.strip()))
    return f"{parts.hostname or ''}{parts.path}"


def extra_name(url: str, names: Iterable[str | None]) -> str | None:
    """The short name of an index that is asked beside others: beside PyPI, what does not call itself PyPI is there for
    what PyPI does not have."""
    return links_name(url) if "pypi" in names and not names_pypi(url) else short_name(url)


def of_url(url: str) -> Indexes | None:
    """Where the file that a direct URL names is from, as an index; None for what is built where it is installed."""
    path, _, name = url.partition("#")[0].partition("?")[0].rpartition("/")
    if "://" not in path or path.startswith(("git+", "hg+", "svn+", "bzr+")) or not name.endswith(".whl"):
        return None
    if _HASHED.search(path):
        return Indexes(("pypi",), "first")
    found = index_name(path)
    return Indexes((found if found != "pypi" else path.partition("://")[2].rpartition("@")[2],), "first")


@dataclass
class PipIndexes:
    """The index options of one pip run, collected in the order in which pip meets them.

    `named` are the indexes in order of preference, each with the place that named it; None is one that depends
    on a variable whose value is not known.
    """

    named: list[tuple[str | None, str]] = field(default_factory=lambda: [("pypi", "")])
    links: list[str | None] = field(default_factory=list)
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
        self.links += [links_name(url) for url in options.find_links[:1]]
        for url in (*options.index_urls[-1:], *options.extra_index_urls, *options.find_links[:1]):
            if short_name(url) is None:
                yield Unread(f"Which index {shown(url)} stands for depends on a variable that is not known.", location)

    def add_unknown(self, location: Location) -> None:
        """An index whose name is not known: where things come from is then not known either."""
        self.named.append((None, str(location)))

    def _replace(self, options: Options, location: Location) -> Iterator[Unread]:
        named = (short_name(options.index_urls[-1]), str(location))
        staying = {named[0], *(short_name(url) for url in options.extra_index_urls)}
        for name, place in self.named:
            if place and name not in staying:
                yield Unread(
                    f"pip drops the index {name or 'with a variable'} ({place}): an --index-url replaces every index "
                    "named before it. Name it after this line, with --extra-index-url.",
                    location,
                    "warning",
                )
        self.named = [named]

    def result(self) -> Indexes:
        """The indexes of every requirement of the run."""
        names = [*(name for name, _ in self.named), *self.links]
        return Indexes(tuple(dict.fromkeys(name or UNKNOWN_INDEX for name in names)), "best")


def from_variables(target: Stack) -> PipIndexes:
    """pip's indexes before any file is read: PIP_INDEX_URL and its kin of the target, else PyPI."""
    known = {name: state.value for name, state in target.variables.items() if isinstance(state, Known)}
    found = PipIndexes()
    if known.get("PIP_INDEX_URL"):
        found.named = [(short_name(known["PIP_INDEX_URL"]), "")]
    extra = known.get("PIP_EXTRA_INDEX_URL", "").split()
    names = [name for name, _ in found.named]
    found.named += [(extra_name(url, names), "PIP_EXTRA_INDEX_URL") for url in extra]
    found.links = [links_name(url) for url in known.get("PIP_FIND_LINKS", "").split()]
    if known.get("PIP_NO_INDEX", "").lower() not in _FALSE:
        found.no_index, found.named = True, []
    return found
