"""pixi.toml, `[tool.pixi]` of pyproject.toml and pixi.lock: what comes from PyPI, and for which platforms at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stackcheck.model import UNKNOWN_INDEX, Ask, Indexes, Known, Location, Origin, Stated, Unread
from stackcheck.read import yaml
from stackcheck.read.conda import brought_by_conda, python_of
from stackcheck.read.document import parse_document
from stackcheck.read.files import Files, ReadResult, merge
from stackcheck.read.indexes import file_name, from_variables, links_name, short_name
from stackcheck.read.markers import marker_environment
from stackcheck.read.pep508 import wheel_version
from stackcheck.read.quote import shown
from stackcheck.read.tables import Tables, plain_specifier
from stackcheck.redact import redact
from stackcheck.values import replace
from stackcheck.versions import project_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackcheck.model import Stack
    from stackcheck.read.document import Document
    from stackcheck.read.places import KeyPath

NEWEST = 7
"""The newest version of pixi.lock that is known."""
_PLATFORMS = {"x86_64": "linux-64", "aarch64": "linux-aarch64", "ppc64le": "linux-ppc64le"}


def read_pixi_tomls(paths: Iterable[str], target: Stack, load: Callable[[str], bytes]) -> ReadResult:
    """What pixi.toml files ask for (pixi: "Pixi manifest")."""
    return merge(_read_manifest(parse_document(Files(load).data(path), path), target) for path in paths)


def read_pixi_locks(paths: Iterable[str], target: Stack, load: Callable[[str], bytes]) -> ReadResult:
    """What pixi.lock files install on the target's platform (pixi: "Lock file", versions 4 to 7)."""
    return merge(_read_lock(path, Files(load).data(path), target) for path in paths)


def platform_of(target: Stack) -> str | None:
    """The target as conda names it; None where it is not known, or conda has no name for it."""
    system, arch = target.facts.get("os"), target.facts.get("arch")
    if not isinstance(system, Known) or not isinstance(arch, Known) or system.value != "linux":
        return None
    return _PLATFORMS.get(arch.value)


def _read_manifest(document: Document, target: Stack) -> ReadResult:
    found = read_workspace(document, target)
    return merge((found, ReadResult(unread=tuple(document.unread))))


def read_workspace(document: Document, target: Stack, *prefix: str) -> ReadResult:
    """The tables of a workspace below a key path. What has not its shape is noted in the document."""
    return _Workspace(document, target, prefix).read()


class _Workspace:
    """One manifest on one target."""

    def __init__(self, document: Document, target: Stack, prefix: tuple[str, ...]) -> None:
        self.document, self.prefix = document, prefix
        self.platform = platform_of(target)
        general = _indexes(document, prefix, target)
        # An entry names an index by its URL.
        self.tables = Tables(document, marker_environment(target), general, short_name, plain_specifier)
        self.asks: list[Ask] = []
        self.python: list[Ask] = []
        self.stated: list[Stated] = []
        self.conda: list[str] = []
        self.unread: list[Unread] = []

    def read(self) -> ReadResult:
        document, prefix = self.document, self.prefix
        self.unread += self.platforms()
        self.feature(prefix, None, fits=True)
        for name in document.table(*prefix, "feature"):
            at = (*prefix, "feature", name)
            wanted = [text for _, text in document.strings(*at, "platforms")]
            fits = not wanted or self.platform is None or self.platform in wanted
            self.feature(at, f"feature:{name}", fits=fits)
        cuda = document.value(*prefix, "system-requirements", "cuda")
        if cuda is not None:
            at = (*prefix, "system-requirements", "cuda")
            text = f"system-requirements asks for a driver that serves CUDA {redact(str(cuda))}; that was not judged."
            self.unread.append(Unread(text, document.places.key(at), "note"))
        self.unread += brought_by_conda(self.conda, Location(document.path))
        own = bool(self.python or self.stated)
        return ReadResult(
            tuple(self.asks),
            tuple(self.unread),
            (document.path,),
            tuple(self.python),
            tuple(self.stated),
            own_python=own,
        )

    def platforms(self) -> Iterator[Unread]:
        """A workspace that is not made for the target: pixi then installs nothing there."""
        table = "workspace" if self.document.value(*self.prefix, "workspace") is not None else "project"
        at = (*self.prefix, table, "platforms")
        wanted = [text for _, text in self.document.strings(*at)]
        if wanted and self.platform is not None and self.platform not in wanted:
            text = f"The workspace is for {redact(', '.join(wanted))} alone: pixi installs nothing on {self.platform}. "
            text += f"Add it: `pixi workspace platform add {self.platform}`."
            yield Unread(text, self.document.places.key(at), "error")

    def feature(self, at: KeyPath, group: str | None, *, fits: bool) -> None:
        """The tables of one feature, those for its targets among them."""
        for where, counts in ((at, True), *self.targets(at)):
            asks = self.tables.asks((*where, "pypi-dependencies"), group)
            self.asks += [ask if fits and counts else replace(ask, applies=False) for ask in asks]
            for name, value in self.document.table(*where, "dependencies").items():
                if name == "python" and group is None and counts:
                    self.own_python((*where, "dependencies", name), value)
                elif fits and counts and name not in ("python", "pip"):
                    self.conda.append(name)

    def targets(self, at: KeyPath) -> Iterator[tuple[KeyPath, bool]]:
        """`[target.NAME]` tables, each with whether it is for this platform."""
        for name in self.document.table(*at, "target"):
            yield (*at, "target", name), self.platform is None or name in (self.platform, "linux", "unix")

    def own_python(self, at: KeyPath, value: object) -> None:
        text = value.get("version") if isinstance(value, dict) else value
        if isinstance(text, str):
            at = (*at, "version") if isinstance(value, dict) else at
            found = python_of(text, self.document.places.string(at, text))
            self.python += found.python
            self.stated += found.stated
            self.unread += found.unread
        elif text is not None:
            self.document.misshapen(at, "a version")


def _indexes(document: Document, prefix: tuple[str, ...], target: Stack) -> Indexes:
    """`pypi-options`: as with uv, which pixi resolves with, the first index that has a project is taken."""
    at = (*prefix, "pypi-options")
    default = document.value(*at, "index-url")
    extra = [url for _, url in document.strings(*at, "extra-index-urls")]
    links = [str(next(iter(one.values()), "")) for _, one in document.tables(*at, "find-links")]
    if default is None and not extra and not links:
        return replace(from_variables(target).result(), strategy="first")
    first = [short_name(default)] if isinstance(default, str) else ["pypi"]
    names = [*map(short_name, extra), *first, *map(links_name, links)]
    return Indexes(tuple(dict.fromkeys(name or UNKNOWN_INDEX for name in names)), "first")


# --- pixi.lock --------------------------------------------------------------------------------------------------------


def _read_lock(path: str, data: bytes, target: Stack) -> ReadResult:
    root = yaml.compose(data, path)
    environments = yaml.child(root, "environments")
    platform = platform_of(target)
    problem = _not_followed(root, platform)
    if platform is None or problem:
        return ReadResult(unread=(Unread(problem, Location(path)),), files=(path,))
    names = _names(root)
    subdirs = _subdirs(root)
    asks: list[Ask] = []
    stated: list[Stated] = []
    unread: list[Unread] = []
    conda: list[str] = []
    there: dict[str, None] = {}
    fits = False
    for environment, node in yaml.items(environments):
        packages = yaml.child(node, "packages")
        there |= dict.fromkeys(name for name, _ in yaml.items(packages))
        wanted = [node for name, node in yaml.items(packages) if subdirs.get(name, name) == platform]
        fits = fits or bool(wanted)
        group = None if environment == "default" else f"environment:{environment}"
        for entry, everywhere in _entries(wanted):
            for kind, value in yaml.items(entry):
                url = yaml.text_of(value) or ""
                place = yaml.place(value, path)
                name, *rest = file_name(url).rsplit("-", 2)  # NAME-VERSION-BUILD.conda
                if kind == "pypi":
                    ask = locked_file(url, names.get(url), place, group)
                    asks += [replace(ask, applies=True if everywhere else None)] if ask is not None else []
                    unread += [] if ask is not None else [Unread(f"Which project {shown(url)} is was not read.", place)]
                elif name != "python":
                    conda.append(name)
                elif group is None:
                    own = python_of(f"={rest[0]}" if len(rest) == 2 else url, place)
                    stated += own.stated
                    unread += own.unread
    unread += brought_by_conda(conda, Location(path))
    if not there:
        unread.append(Unread("No environment with packages was found in the lock.", Location(path)))
    elif not fits:
        made = redact(", ".join(there))
        text = f"The lock is made for {made} alone: it does not install here ({platform})."
        unread.append(Unread(text, Location(path), "error"))
    return ReadResult(tuple(asks), tuple(unread), (path,), (), tuple(stated), own_python=bool(stated))


def _not_followed(root: Any, platform: str | None) -> str:
    """Why nothing of a lock can be read, as a sentence; "" where it can."""
    version = yaml.text_of(yaml.child(root, "version")) or ""
    if version.isdecimal() and len(version) < 9 and int(version) > NEWEST:
        return f"The lock is of version {version} of its format, of which nothing is known: it was not read."
    if platform is None:
        return "What the lock installs was not read: the platform of the target is not known."
    return ""


def _subdirs(root: Any) -> dict[str, str]:
    """The platform of conda's that each platform of the lock is: from version 7 on they have names of their own."""
    found = {}
    for node in yaml.elements(yaml.child(root, "platforms")):
        name, subdir = (yaml.text_of(yaml.child(node, key)) for key in ("name", "subdir"))
        if name and subdir:
            found[name] = subdir
    return found


def _entries(wanted: list[Any]) -> Iterator[tuple[Any, bool]]:
    """The packages of a platform, each once, and whether all platforms of the lock that may be meant have it.

    Two of them differ in what they ask of the machine, such as a driver for CUDA 12.
    """
    found: dict[tuple[tuple[str, str], ...], list[Any]] = {}
    for node in wanted:
        for entry in yaml.elements(node):
            key = tuple((name, yaml.text_of(value) or "") for name, value in yaml.items(entry))
            found.setdefault(key, []).append(entry)
    yield from ((entries[0], len(entries) >= len(wanted)) for entries in found.values())


def _names(root: Any) -> dict[str, tuple[str, str]]:
    """Name and version of each package from PyPI, by its URL."""
    found = {}
    for node in yaml.elements(yaml.child(root, "packages")):
        entry = {name: yaml.text_of(value) or "" for name, value in yaml.items(node)}
        url = entry.get("pypi") or entry.get("url") or entry.get("path") or ""
        if entry.get("name"):
            found[url] = (entry["name"], entry.get("version", ""))
    return found


def locked_file(url: str, named: tuple[str, str] | None, place: Location, group: str | None) -> Ask | None:
    """One file from PyPI; a project that is built where it is installed has none. None where no name is told."""
    name, version = wheel_version(url) or named or ("", "")
    if not name:
        return None
    specifier = f"=={version}" if version else ""
    built = url.startswith((".", "git+", "/")) and not url.endswith(".whl")
    # The URL is that of a file; which index it was found on is not told.
    return Ask(
        project_name(name),
        specifier,
        Origin(redact(f"{name}{specifier}"), str(place), place),
        indexes=None,
        transitive=None,
        group=group,
        locked=None if built else (file_name(url),),
    )
