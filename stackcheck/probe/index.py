"""What a package index has of named projects: their files by the simple API, and the metadata of single wheels.

PEP 503 (HTML), PEP 691 and 700 (JSON), PEP 592 (yanked), PEP 658 and 714 (metadata beside a wheel). The index is the
one that pip is configured with; only projects that the caller names are asked for, and never twice in a run.
"""

from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import url2pathname

from packaging.utils import canonicalize_name

from stackcheck.disk import open_plain, read_plain
from stackcheck.model import Absent, Origin, Unknown
from stackcheck.probe import wheel
from stackcheck.probe.fetch import LIMIT_BYTES, Bounds, Fetcher, Page, Part
from stackcheck.probe.run import run
from stackcheck.probe.wheel import Contents, Ranges
from stackcheck.redact import redact
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_JSON = "application/vnd.pypi.simple.v1+json"
_ACCEPT = f"{_JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_PIP_S = 20.0
_SDISTS = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar")
_INDEX_PAGE = re.compile(r"pypi:repository-version|<(?:title|h1)[^<>]{0,200}>[^<>]{0,200}\blinks for\b", re.IGNORECASE)

# pip itself puts its defaults, configuration files and variables together; asking its parser misses none of them.
_ASK_PIP = """
import json
from pip._internal.commands import create_command
from pip._internal.models.index import PyPI
options = create_command("download").parser.parse_args([])[0]
print(json.dumps({
    "default": PyPI.simple_url,
    "indexes": [] if options.no_index else [options.index_url, *options.extra_index_urls],
    "links": list(options.find_links),
    "cert": options.cert,
    "proxy": options.proxy or None,
}))
"""


@dataclass(frozen=True, slots=True)
class Places:
    """Where to look: index addresses, find-links pages and folders (with credentials, where they have some).

    `usual` is whether the first index is the one that pip takes where nothing is configured.
    """

    indexes: tuple[str, ...]
    links: tuple[str, ...] = ()
    cert: str | None = None
    proxy: str | None = None
    usual: bool = False


@dataclass(frozen=True, slots=True)
class IndexFile:
    """One file of a project, as the index describes it."""

    filename: str
    url: str
    requires_python: str | None = None
    yanked: bool = False
    upload_time: str | None = None
    has_metadata: bool = False


@dataclass(frozen=True, slots=True)
class ProjectFiles:
    """A project's files, as the index lists them; the same file of two indexes is there once."""

    name: str
    files: tuple[IndexFile, ...]


Answer: TypeAlias = "ProjectFiles | Absent | Unknown"


def configured() -> Places | Unknown:
    """What the pip of this Python is configured with, asked in a child process (PIP_* variables and pip.conf)."""
    output = run([sys.executable, "-I", "-c", _ASK_PIP], limit_s=_PIP_S)
    if isinstance(output, Unknown):
        return Unknown(f"pip does not say which index it uses: {output.reason}")
    if output.status != 0:
        last = output.errors.strip().splitlines()[-1:] or ["no reason given"]
        return Unknown(f"pip does not say which index it uses: {redact(last[0])}")
    return parse_places(output.text)


def parse_places(text: str) -> Places | Unknown:
    """The places in what the child process prints."""
    try:
        told = json.loads(text.strip().splitlines()[-1])
        indexes = tuple(str(url) for url in told["indexes"])
        links = tuple(str(url) for url in told["links"])
        default, cert, proxy = told["default"], told["cert"], told["proxy"]
    except (ValueError, LookupError, TypeError):
        return Unknown("pip does not say which index it uses: its answer cannot be read")
    return Places(indexes, links, cert, proxy, indexes[:1] == (default,))


class Index:
    """The indexes of one run. Every answer is kept until its end."""

    def __init__(self, places: Places, cache: Path | None = None, bounds: Bounds | None = None) -> None:
        """Raises `OSError` where pip's certificates cannot be read."""
        self.places = places
        self.fetcher = Fetcher(places.cert, places.proxy, cache, bounds)
        self._answers: dict[tuple[str, tuple[str, ...]], Answer] = {}

    def projects(self, names: Iterable[str], tell: Callable[[str], None] | None = None) -> dict[str, Answer]:
        """What the configured index has of these projects; `Absent` where it knows no such project."""
        questions = [(name, self.places) for name in dict.fromkeys(canonicalize_name(name) for name in names)]
        found = self.ask(questions, tell)
        return {name: answer for (name, _), answer in zip(questions, found, strict=True)}

    def ask(self, questions: Sequence[tuple[str, Places]], tell: Callable[[str], None] | None = None) -> list[Answer]:
        """What the places of each question have of its project, in the order of the questions."""
        keys = [(name, (*places.indexes, *places.links)) for name, places in questions]
        new = {key: question for key, question in zip(keys, questions, strict=True) if key not in self._answers}
        jobs = [lambda name=name, places=places: self.project(name, places) for name, places in new.values()]
        self._answers.update(zip(new, self.fetcher.each(jobs, counting(tell, len(jobs))), strict=True))
        return [self._answers[key] for key in keys]

    def project(self, name: str, places: Places | None = None) -> Answer:
        """What the places (the index's own, where none are named) have of one project; asked now, and not kept."""
        places = places or self.places
        answers = [self._on_index(name, url) for url in places.indexes]
        answers += [self._on_links(name, url) for url in places.links]
        failed = next((answer for answer in answers if isinstance(answer, Unknown)), None)
        if failed is not None:
            return failed  # half an answer would call a file missing that the silent index has
        known = [answer for answer in answers if isinstance(answer, tuple)]
        if not known:
            return Absent(Origin(f"no index that was asked knows {name}", "the package index"))
        files = {file.filename: file for answer in reversed(known) for file in answer}
        return ProjectFiles(name, tuple(files.values()))

    def _on_index(self, name: str, url: str) -> tuple[IndexFile, ...] | Absent | Unknown:
        address = f"{url.rstrip('/')}/{name}/"
        if _is_local(url):
            return _of_name(name, _local_page(address), nothing=Absent(Origin(f"{name} is not there", "a folder")))
        page = self.fetcher.page(address, _ACCEPT)
        if isinstance(page, (Absent, Unknown)):
            return page
        files = _of_name(name, parse_page(page))
        return files if files != () or is_index_page(page) else Unknown(_no_index_page(page))

    def _on_links(self, name: str, url: str) -> tuple[IndexFile, ...] | Absent | Unknown:
        nothing = Absent(Origin(f"{name} is not there", "a page of links"))
        if _is_local(url):
            return _of_name(name, _local_page(url), nothing)
        page = self.fetcher.page(url, "text/html")
        return page if isinstance(page, (Absent, Unknown)) else _of_name(name, parse_page(page), nothing)

    def contents(
        self, file: IndexFile, spend: Callable[[int], bool] = lambda _: True, *, listed: bool = True
    ) -> Contents | Unknown:
        """A wheel's metadata and list of contents; without the list where it is not asked for, or where the index has
        no ranges, and PEP 658.

        `spend` is told the bytes of each request before it is made, and says whether there is money for them.
        """
        address = file.url.partition("#")[0]
        if not address or _is_local(address):
            return _local_contents(file.filename, _path(address)) if address else _no_address(file)
        kept = self.fetcher.kept(f"{address}.contents")
        found = None if kept is None else Contents.unpacked(kept)
        if found is not None:
            return found
        if not listed and file.has_metadata:
            return self._beside(address)

        read = wheel.contents(file.filename, self.part(address, spend))
        if isinstance(read, Unknown) and file.has_metadata:
            beside = self._beside(address)
            return read if isinstance(beside, Unknown) else beside
        if isinstance(read, Contents):
            self.fetcher.keep(f"{address}.contents", read.packed())
        return read

    def part(self, address: str, spend: Callable[[int], bool] = lambda _: True) -> Ranges:
        """How bytes of one file are had; `spend` as for `contents`."""

        def part(start: int | None, length: int) -> Part | Unknown:
            if not spend(length):
                return Unknown("it would take more bytes than one project may")
            return self.fetcher.part(address, start, length)

        return part

    def _beside(self, address: str) -> Contents | Unknown:
        """The metadata beside a wheel (PEP 658)."""
        page = self.fetcher.page(f"{address}.metadata", unchanging=True)
        if isinstance(page, Page):
            return Contents(page.data)
        return page if isinstance(page, Unknown) else Unknown(page.origin.text)


def _no_address(file: IndexFile) -> Unknown:
    return Unknown(f"the index gives no address of {file.filename}")


def _local_contents(name: str, path: Path) -> Contents | Unknown:
    try:
        with open_plain(str(path)) as file:
            total = file.seek(0, 2)

            def part(start: int | None, length: int) -> Part:
                file.seek(max(0, total - length) if start is None else start)
                return Part(file.read(length), total)

            return wheel.contents(name, part)
    except OSError as error:
        return Unknown(f"{name} cannot be read: {error.strerror or error}")


def counting(tell: Callable[[str], None] | None, total: int) -> Callable[[int], None] | None:
    """What tells people how many of so many answers are there."""
    return None if tell is None else lambda count: tell(f"asking the package index: {count} of {total}")


def parse_page(page: Page) -> tuple[IndexFile, ...] | Unknown:
    """The files that a page of the simple API lists, in either form."""
    if page.kind.endswith("json"):
        return parse_json(page.data, page.url)
    if "html" in page.kind:
        return parse_html(page.data.decode("utf-8", "replace"), page.url)
    return Unknown(f"{urlsplit(page.url).hostname} answers with {page.kind}, which is no page of a package index")


def is_index_page(page: Page) -> bool:
    """Whether a page without a file says itself that it is one of a package index: JSON, the mark of PEP 629, or the
    title that indexes give it. A page that asks for a login, and is answered with 200, has none of these."""
    return page.kind.endswith("json") or _INDEX_PAGE.search(page.data.decode("utf-8", "replace")) is not None


def _no_index_page(page: Page) -> str:
    return f"{urlsplit(page.url).hostname} answers with a page that is none of a package index, a login page perhaps"


def parse_json(data: bytes, url: str) -> tuple[IndexFile, ...] | Unknown:
    """The files of a PEP 691 page; an entry without a name or an address is passed over, as installers do."""
    try:
        page = json.loads(data)
        version, entries = str(page["meta"]["api-version"]), list(page["files"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return Unknown(f"{urlsplit(url).hostname} gives JSON that is no page of a package index")
    if version.partition(".")[0] != "1":
        return Unknown(f"{urlsplit(url).hostname} speaks version {version[:20]} of the simple API, which is not known")
    return tuple(file for entry in entries if isinstance(entry, dict) for file in _json_file(entry, url))


def _json_file(entry: dict[str, Any], url: str) -> Iterator[IndexFile]:
    name, address, requires, uploaded = (
        entry.get(key) for key in ("filename", "url", "requires-python", "upload-time")
    )
    if isinstance(name, str) and isinstance(address, str):
        yield IndexFile(
            name,
            _joined(url, address),
            requires if isinstance(requires, str) else None,
            bool(entry.get("yanked")) or entry.get("yanked") == "",
            uploaded if isinstance(uploaded, str) else None,
            bool(entry.get("core-metadata") or entry.get("dist-info-metadata")),
        )


def parse_html(text: str, url: str) -> tuple[IndexFile, ...]:
    """The files of a PEP 503 page, or of any page with links (`--find-links`)."""
    parser = _Links()
    parser.feed(text)
    base = _joined(url, parser.base) if parser.base else url
    return tuple(_html_file(attributes, base) for attributes in parser.links)


class _Links(HTMLParser):
    """Collects the attributes of every link, and the page's `base`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.base: str | None = None
        self.links: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "base" and self.base is None:
            self.base = attributes.get("href")
        elif tag == "a" and attributes.get("href"):
            self.links.append(attributes)


def _html_file(attributes: dict[str, str | None], base: str) -> IndexFile:
    address = _joined(base, attributes["href"] or "")
    name = unquote((attributes["href"] or "").partition("#")[0].partition("?")[0].rpartition("/")[2])
    metadata = attributes.get("data-core-metadata") or attributes.get("data-dist-info-metadata")
    return IndexFile(
        name,
        address,
        attributes.get("data-requires-python") or None,
        "data-yanked" in attributes,
        None,
        metadata not in (None, "", "false"),
    )


def _joined(base: str, address: str) -> str:
    """The address that a link of a page means; "" where a server points into the local file system."""
    try:
        joined = urljoin(base, address)
    except ValueError:  # a bracket where a host should be
        return ""
    return joined if _is_local(base) or not _is_local(joined) else ""


def _of_name(
    name: str, files: tuple[IndexFile, ...] | Absent | Unknown, nothing: Absent | None = None
) -> tuple[IndexFile, ...] | Absent | Unknown:
    """The wheels and source distributions of this project; `nothing` where there are none."""
    if not isinstance(files, tuple):
        return files
    own = tuple(file for file in files if _project_of(file.filename) == name)
    return own if own or nothing is None else nothing


def _project_of(filename: str) -> str | None:
    """The project that a file belongs to by its name: PEP 427 for wheels, what stands before the version else."""
    if filename.endswith(".whl"):
        return canonicalize_name(filename.partition("-")[0])
    suffix = next((suffix for suffix in _SDISTS if filename.endswith(suffix)), None)
    return canonicalize_name(filename.removesuffix(suffix).rpartition("-")[0]) if suffix else None


def _is_local(url: str) -> bool:
    return url.startswith("file:") or "://" not in url


def _path(url: str) -> Path:
    return Path(url2pathname(urlsplit(url).path)) if url.startswith("file:") else Path(url)


def _bytes(path: Path) -> bytes:
    return read_plain(str(path), LIMIT_BYTES)


def _local_page(url: str) -> tuple[IndexFile, ...] | Absent | Unknown:
    """A folder's index.html, as pip reads a file: index, or the files that lie in it; or a page in a file."""
    path = _path(url)
    try:
        page = path / "index.html" if path.is_dir() else path
        if page.is_file():
            return parse_html(_bytes(page).decode("utf-8", "replace"), page.absolute().as_uri())
        if not path.is_dir():
            return Absent(Origin(f"there is no {path.name}", "a folder"))
        names = sorted(entry.name for entry in path.iterdir())
    except OSError as error:
        return Unknown(f"{path} cannot be read: {error.strerror or error}")
    return tuple(IndexFile(name, (path / name).absolute().as_uri()) for name in names)
