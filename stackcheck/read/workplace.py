"""Which file a command means: one of the project's, one that the commands before it wrote, or one that is not known.

What is asked for lies in a folder of the machine or image that the commands run on. The project's files are there as
its own folder (scripts, workflows), or where COPY and ADD have put them (Docker: "Dockerfile reference").
"""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from stackcheck.read.errors import ReadError
from stackcheck.read.folders import OWN, START, UNKNOWN, within
from stackcheck.read.quote import shown
from stackcheck.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackcheck.read.requirements import Found

BASE = "/…"
"""The folder that an image starts in before any WORKDIR: its base's own, which is not known."""
_FILES = re.compile(r"(?:.*\.(?:txt|in|ya?ml|toml|lock|cfg|ini|conf|json|py|sh|bash)|Pipfile)")
"""Names of files that are looked for in order to tell a file from a folder."""


class Source(NamedTuple):
    """Where the requirements of a file come from: the project's file to read, the lines that commands wrote, and what
    is not known of it ("" where all is)."""

    path: str | None
    lines: tuple[Found, ...] = ()
    problem: str = ""


@dataclass
class Written:
    """What commands wrote to a file. `replaced`: whether the file is theirs alone, None where that depends on
    something. `obscure` is the command that wrote what is not known."""

    lines: list[Found] = field(default_factory=list)
    added: list[Found] = field(default_factory=list)
    replaced: bool | None = False
    obscure: str = ""
    obscure_added: str = ""


class _Brought(NamedTuple):
    """Something that was put into a folder: a file or what a folder holds, of the project (`source`) or not (None).
    `pattern` is for the names of files straight in it, "" for all."""

    target: str
    source: str | None
    single: bool = False
    pattern: str = ""

    def source_of(self, path: str) -> tuple[bool, str | None]:
        """Whether a path is among it, and from where in the project."""
        below = self.target.rstrip("/") + "/"
        if self.pattern:
            name = posixpath.basename(path)
            inside = below + name == path and fnmatchcase(name, self.pattern)
            return inside, posixpath.join(self.source or "", name)
        if path == self.target:
            return True, self.source
        if self.single or not path.startswith(below):
            return False, None
        return True, None if self.source is None else posixpath.join(self.source, path[len(below) :])


@dataclass
class Workplace:
    """The files as the commands of one text meet them. `own` is the folder of that text, `start` the project's folder
    where the commands begin; `certain`: they begin nowhere else. `contexts` are the folders that COPY may take files
    from, empty where the commands make no image; `folder` is the one that the next instruction runs in."""

    load: Callable[[str], bytes]
    own: str
    start: str
    certain: bool = False
    scripted: bool = False
    contexts: tuple[str, ...] = ()
    folder: str | None = START
    brought: list[_Brought] = field(default_factory=list)
    written: dict[str, Written] = field(default_factory=dict)
    same: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, list[re.Pattern[str]]] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    clones: dict[str, str] = field(default_factory=dict)
    """The folders that a repository was cloned into, each with the address that pip would take it by."""

    def copy(self) -> Workplace:
        """The same files for an image that is built on this one."""
        return replace(
            self,
            brought=[*self.brought],
            written={key: replace(one, lines=[*one.lines], added=[*one.added]) for key, one in self.written.items()},
            same={**self.same},
            left_out={key: [*patterns] for key, patterns in self.left_out.items()},
            changed={**self.changed},
            clones={**self.clones},
        )

    def data(self, path: str) -> bytes:
        """A file of the project as the commands have left it: lines that they deleted are empty."""
        data = self.load(path)
        patterns = self.left_out.get(path)
        if not patterns:
            return data
        lines = data.decode("utf-8", "surrogateescape").split("\n")
        kept = ("" if any(pattern.search(line.rstrip("\r")) for pattern in patterns) else line for line in lines)
        return "\n".join(kept).encode("utf-8", "surrogateescape")

    def there(self, path: str) -> bool:
        """Whether the project has a file."""
        try:
            self.load(path)
        except OSError:
            return False
        except ReadError:
            return True
        return True

    def key(self, folder: str | None, name: str) -> str:
        """The one name of a file, however a command calls it."""
        path = within(folder, name)
        for _ in range(len(self.same)):
            if path not in self.same:
                break
            path = self.same[path]
        return path

    def source(self, folder: str | None, name: str) -> Source:
        """Where the requirements of a file come from that a command in a folder names."""
        path = self.key(folder, name)
        written = self.written.get(path, Written())
        if written.replaced:
            obscure = written.obscure or written.obscure_added
            return Source(None, (*written.lines, *written.added), _made_by(obscure))
        found, problem = self.locate(path, named=within(folder, name) if name.startswith("/") else "")
        added, obscure = tuple(written.added), written.obscure_added
        if (added or obscure) and self.contexts and not self.is_brought(path):
            found = None
        if found is not None:
            if obscure:
                problem = f"gets more lines by `{obscure}` before, which are not known here."
            elif found in self.changed:
                problem = f"is changed by `{self.changed[found]}` before; what it asks for then is not known here."
            return Source(found, added, problem)
        if written.replaced is None or added or obscure:
            obscure = written.obscure or obscure
            return Source(None, (*written.lines, *added), _made_by(obscure))
        return Source(None, (), problem)

    def is_brought(self, path: str) -> bool:
        return any(one.source_of(path)[0] for one in self.brought)

    def is_foreign(self, folder: str | None) -> bool:
        """Whether a folder is surely not the project's, as that of a clone."""
        path = within(folder, "setup.py")
        sources = [source for inside, source in (one.source_of(path) for one in reversed(self.brought)) if inside]
        return bool(sources) and sources[0] is None

    def locate(self, path: str, named: str = "") -> tuple[str | None, str]:
        """The project's file that lies at a path, or why there is none. `named`: the path as it was written, where it
        begins at the root."""
        missing = ""
        for one in reversed(self.brought):
            inside, source = one.source_of(path)
            if inside and source is None:
                return None, "is not the project's; it was not read."
            if inside and source is not None:
                for context in self.contexts or (self.start,):
                    found = posixpath.normpath(posixpath.join(context, source))
                    if self.there(found):
                        return found, ""
                    missing = missing or found
        candidates = [missing] if missing else self.candidates(path, named)
        there = [candidate for candidate in candidates if self.there(candidate)]
        if len(there) == 1 or (there and self.contexts):
            return there[0], ""
        if not candidates or there:
            return None, "was not read: which file that is, is not known here."
        return None, f"is not in the project at {shown(candidates[0])}; it was not read."

    def candidates(self, path: str, named: str) -> list[str]:
        """The project's files that a path may mean that nothing was brought to."""
        head, _, rest = path.partition("/")
        if path.startswith(f"{OWN}/"):
            return [_joined(self.own, path[len(OWN) + 1 :])] if self.scripted else []
        if head == START:
            folders = [self.start] if self.certain or "/" not in rest else [self.start, *_above(self.start)]
            return [_joined(one, rest) for one in folders if one == self.start or not _leaves(_joined(one, rest))]
        if head == UNKNOWN:
            return []
        inside = (self.folder or BASE).rstrip("/") + "/"
        if self.contexts and path.startswith(inside):
            plain = _joined(self.own, path[len(inside) :])
            return [plain, _joined(self.own, named.lstrip("/"))] if named else [plain]
        return [_joined(self.own, named.lstrip("/"))] if named else []

    # --- what changes it ----------------------------------------------------------------------------------------

    def choose_context(self, sources: Iterable[str]) -> None:
        """Settles on the folder that has the most of the files which are copied, if any has one."""
        sources = [source for source in sources if _FILES.fullmatch(source) and not re.search(r"[*?\[$]", source)]
        counts = [sum(self.there(_joined(one, source.lstrip("/"))) for source in sources) for one in self.contexts]
        if any(counts):
            self.contexts = (self.contexts[counts.index(max(counts))],)

    def bring(self, sources: list[str], target: str) -> None:
        """COPY: files and folders of the project into the image."""
        place = within(self.folder, target)
        for source in sources:
            name = posixpath.normpath(source.lstrip("/") or ".")
            if re.search(r"[*?\[]", name):
                self.brought.append(_Brought(place, posixpath.dirname(name), pattern=posixpath.basename(name)))
            elif _FILES.fullmatch(name):
                at = [posixpath.join(place, posixpath.basename(name))]
                at += [place] if not target.endswith("/") and len(sources) == 1 else []
                for path in at:
                    self.brought.append(_Brought(path, name, single=True))
                    self.written.pop(path, None)
                    self.same.pop(path, None)
            else:
                self.brought.append(_Brought(place, "" if name == "." else name))

    def bring_foreign(self, folder: str | None, target: str, names: Iterable[str] = ()) -> None:
        """What is not the project's: a clone, a copy from another image. `names` are those of single files."""
        place, names = within(folder, target), list(names)
        singles = [name for name in names if posixpath.splitext(name)[1] and not re.search(r"[*?\[]", name)]
        if not singles or len(singles) < len(names):
            self.brought.append(_Brought(place, None))
        for name in singles:
            self.brought.append(_Brought(posixpath.join(place, posixpath.basename(name)), None, single=True))
            if not target.endswith("/"):
                self.brought.append(_Brought(place, None, single=True))

    def clone(self, folder: str | None, target: str, url: str) -> None:
        """A repository is cloned into a folder, and is not the project's; one inside a repository is a part of it."""
        self.bring_foreign(folder, target)
        self.clones[within(folder, target)] = url

    def write(
        self, path: str, lines: Iterable[Found], *, appends: bool, obscure: str = "", maybe: bool = False
    ) -> None:
        """A command writes lines to a file, or behind what it holds; `obscure`: lines that are not known."""
        if not appends and not maybe:
            self.same.pop(path, None)
            self.written[path] = Written([*lines], [], True, obscure)
            return
        written = self.written.setdefault(path, Written())
        if appends:
            written.added += lines
            written.obscure_added = written.obscure_added or obscure
            return
        written.lines += lines
        written.replaced = written.replaced or None
        written.obscure = written.obscure or obscure


def for_script(path: str, load: Callable[[str], bytes]) -> Workplace:
    """The files of a script, which begins in its own folder or in one above it."""
    own = posixpath.dirname(path)
    return Workplace(load, own, own, scripted=True)


def for_project(path: str, marker: str, load: Callable[[str], bytes]) -> Workplace:
    """The files of a text whose commands begin at the top of the project, the folder that holds `marker`."""
    parts = path.split("/")
    if marker not in parts[:-1]:
        own = posixpath.dirname(path)
        return Workplace(load, own, own)
    at = len(parts) - 1 - parts[::-1].index(marker)
    start = "/".join(parts[:at]) or ("/" if path.startswith("/") else "")
    return Workplace(load, posixpath.dirname(path), start, certain=True)


def for_image(path: str, load: Callable[[str], bytes]) -> Workplace:
    """The files of a Dockerfile, whose build context is its folder or one above it."""
    own = posixpath.dirname(path)
    return Workplace(load, own, own, certain=True, contexts=(own, *_above(own)), folder=BASE)


def _made_by(command: str) -> str:
    return f"is written by `{command}` before, and what is in it is not known here; it was not read." if command else ""


def _joined(folder: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(folder, path))


def _leaves(path: str) -> bool:
    return path == ".." or path.startswith("../")


def _above(folder: str) -> list[str]:
    """The folders above one, as far as the project may reach."""
    if folder.startswith("/") or ".." in folder.split("/"):
        return [posixpath.dirname(folder)] if folder.startswith("/") else []
    parts = [part for part in folder.split("/") if part not in ("", ".")]
    return ["/".join(parts[:end]) for end in range(len(parts) - 1, -1, -1)]
