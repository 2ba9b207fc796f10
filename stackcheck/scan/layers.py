"""The file system that an image's layers make, from their headers alone, and the small files that scanners ask for.

Layers and whiteouts are those of the OCI image specification ("Image Layer Filesystem Changeset"). Nothing is unpacked:
of a layer that can be moved in, files are read where they lie; of a compressed one, what scanners are known to ask for
is kept while it passes by, and anything else is fetched by reading the layer again.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from stackcheck.budget import Budget
from stackcheck.scan.libc import parse_machine
from stackcheck.scan.tarball import DamagedArchiveError, members
from stackcheck.scan.view import HEAD
from stackcheck.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from stackcheck.scan.library import Library
    from stackcheck.scan.tarball import Member, Source

MAX_ENTRIES = 3_000_000
"""Files of one image; the largest of the field have some 300,000."""
MAX_DEPTH = 200
MAX_PATH = 4_096
"""Characters of a path, or of what a link leads to (PATH_MAX of Linux)."""
LONG = 255
"""Characters of a path and of what it leads to that count against the budget from there on; most have fewer."""
MAX_KEPT = 256 << 20
"""Bytes of small files that are kept of compressed layers; what is beyond is fetched when it is asked for."""

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
_DOTS = frozenset(("", ".", ".."))

_WANTED = re.compile(
    r"(?:.*/)?(?:os-release|debian_version|pyvenv\.cfg|VERSION|version\.(?:json|txt|py)|nv_tegra_release|dgx-release|fastos-release"
    r"|METADATA|WHEEL|RECORD|INSTALLER|direct_url\.json|top_level\.txt|PKG-INFO|entry_points\.txt|REQUESTED|extension\.toml|patchlevel\.h)"
    r"|(?:.*/)?[^/]+\.(?:pth|egg-link|egg-info)|var/lib/dpkg/(?:status|status\.d/[^/]+|available)"
    r"|(?:.*/)?conda-meta/[^/]+\.json|opt/ros/[^/]+/share/ros_environment/.*|opt/ros/[^/]+/share/[^/]+/package\.xml"
    r"|(?:usr/)?lib(?:64|/[^/]+)?/(?:libc|ld-linux[^/]*|libc-[\d.]+)\.so(?:\.\d+)*|(?:usr/)?bin/(?:sh|dash|bash|env|python3[\d.]*)"
)
_KEPT_SIZE = 4 << 20
_PROGRAM = re.compile(r"(?:.*/)?(?:s?bin/[^/]+|lib/[^/]+\.so(?:\.\d+)*)")
_LIBRARY = re.compile(r".*/(?:site|dist)-packages/.*\.so(?:\.\d+)*")

Node: TypeAlias = "dict[str, Node] | File | str | None"
"""A folder, a file, the target of a symbolic link, or something else (a device, a FIFO)."""


class File(NamedTuple):
    """A plain file: which layer it is in, where in that layer's tar archive its content begins, and its size."""

    layer: int
    offset: int
    size: int


class ImageError(Exception):
    """An image cannot be read; the text names the file and says what to do."""


class Layer(Protocol):
    """One layer: opened anew for each pass over it."""

    name: str

    def source(self) -> Source:
        """Its tar archive from the beginning. Raises `DamagedArchiveError`."""
        ...

    def window(self, offset: int, size: int) -> BinaryIO | None:
        """A part of it to move in; None where it is compressed."""
        ...


@dataclass
class Tree:
    """What the layers have put together so far."""

    root: dict[str, Node] = field(default_factory=dict)
    kept: dict[tuple[int, int], bytes] = field(default_factory=dict)
    libraries: dict[tuple[int, int], Library | str] = field(default_factory=dict)
    machines: dict[tuple[int, int], str] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    entries: int = 0
    held: int = 0
    left_out: dict[str, int] = field(default_factory=dict)

    def leave_out(self, reason: str) -> None:
        """Counts something that is no part of a file system."""
        self.left_out[reason] = self.left_out.get(reason, 0) + 1


def add(
    tree: Tree, number: int, source: Source, *, keep: bool, look: Callable[[BinaryIO, int], Library | None]
) -> None:
    """Puts one layer on top of the tree. `keep`: it cannot be moved in, so that wanted files are kept and libraries are
    looked at while they pass. Raises `DamagedArchiveError`, `ImageError`."""
    layer = _Layer(tree, number)
    file: File | None
    for member in members(source):
        place, _, name = member.name.rpartition("/")
        near = member.kind == "file" and place == layer.place and len(member.name) <= LONG
        if near and name not in _DOTS and name[:4] != WHITEOUT:
            # Neighbours in an archive lie in one folder, mostly.
            file = layer.folder[name] = File(number, member.offset, member.size)
        else:
            file = layer.take(member, place)
        tree.entries += 1
        if tree.entries > MAX_ENTRIES:
            raise ImageError(f"more than {MAX_ENTRIES:,} files are in it; scan a smaller image")
        if keep and file is not None and member.kind == "file":
            _take(tree, file, member.name.lstrip("./"), source, look)
    # Whiteouts speak of the layers below, wherever in the layer they stand.
    for parts, opaque in layer.removed:
        _remove(tree.root, parts, opaque=opaque)
    _merge(tree.root, layer.added)


class _Layer:
    """One layer while it is read: what it adds, and what it takes out of those below."""

    def __init__(self, tree: Tree, number: int) -> None:
        self.tree, self.number = tree, number
        self.added: dict[str, Node] = {}
        self.removed: list[tuple[list[str], bool]] = []
        self.folder = self.added
        self.place: str | None = None
        """The folder of the last file, and its path as the archive writes it."""

    def take(self, member: Member, place: str) -> File | None:
        """Puts a member in its place; the file that it is, if it is one."""
        if member.kind == "unknown":
            self.tree.leave_out(f"of the type {member.target!r}, which no standard names")
            return None
        if not fits(member, self.tree.budget):
            self.tree.leave_out("a longer path than any of Linux")
            return None
        parts = _parts(member.name)
        if parts is None or len(parts) > MAX_DEPTH:
            self.tree.leave_out("a path that leads out of the image, or that is too deep")
            return None
        return self.put(member, parts, place) if parts else None

    def put(self, member: Member, parts: list[str], place: str) -> File | None:
        """A whiteout, or a node in its folder."""
        if parts[-1] == OPAQUE:
            self.removed.append((parts[:-1], True))
        elif parts[-1].startswith(WHITEOUT):
            self.removed.append(([*parts[:-1], parts[-1][len(WHITEOUT) :]], False))
        else:
            node = _node(self.tree, self.added, self.number, member)
            folder = _put(self.tree, self.added, parts, node)
            if isinstance(node, File):
                if folder is not None:
                    self.folder, self.place = folder, place
                return node
        return None


def fits(member: Member, budget: Budget) -> bool:
    """Whether a member's path, and that which it leads to, are as short as Linux has them. Spends for long ones."""
    if len(member.name) > MAX_PATH or len(member.target) > MAX_PATH:
        return False
    length = len(member.name) + len(member.target)
    if length > LONG:
        budget.spend("names", length)
    return True


def _parts(name: str) -> list[str] | None:
    """The parts of a member's path below the root; None for one that leads out."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    return None if ".." in parts or "\0" in name else parts


def _node(tree: Tree, added: dict[str, Node], number: int, member: Member) -> Node:
    if member.kind == "folder":
        return {}
    if member.kind == "file":
        return File(number, member.offset, member.size)
    if member.kind == "link":
        return member.target
    if member.kind == "hard":
        parts = _parts(member.target)
        target = None if parts is None else _find(added, parts) or _find(tree.root, parts)
        if not isinstance(target, File):
            tree.leave_out("a hard link to what is no file of the image")
            return None
        return target
    return None


def _put(tree: Tree, root: dict[str, Node], parts: list[str], node: Node) -> dict[str, Node] | None:
    """Puts a node at a path, folders on the way made; the folder that it is in.

    None where it stands below a file of the same layer, and is left out.
    """
    folder = root
    for part in parts[:-1]:
        below = folder.get(part)
        if below is None and part not in folder:
            tree.budget.spend("folders")
            below = folder[part] = {}
        if not isinstance(below, dict):
            tree.leave_out("a path below something that is no folder in the same layer")
            return None
        folder = below
    name = parts[-1]
    if not (isinstance(node, dict) and isinstance(folder.get(name), dict)):
        folder[name] = node
    return folder


def _find(root: dict[str, Node], parts: list[str]) -> Node:
    node: Node = root
    for part in parts:
        if not isinstance(node, dict) or part not in node:
            return None
        node = node[part]
    return node


def _remove(root: dict[str, Node], parts: list[str], *, opaque: bool) -> None:
    if opaque:
        node = _find(root, parts)
        if isinstance(node, dict):
            node.clear()
        return
    folder = _find(root, parts[:-1])
    if isinstance(folder, dict):
        folder.pop(parts[-1], None)


def _merge(root: dict[str, Node], added: dict[str, Node]) -> None:
    """Folders join, anything else replaces what is below it. A folder over a link to a folder goes where that leads, as
    it does when layers are unpacked one on the other (a merged /usr)."""
    todo: list[tuple[dict[str, Node], dict[str, Node]]] = [(root, added)]
    while todo:
        below, above = todo.pop()
        for name, node in above.items():
            old = below.get(name)
            if isinstance(node, dict) and isinstance(old, str):
                linked = _find(root, _parts(old.lstrip("/")) or []) if below is root else None
                old = linked if isinstance(linked, dict) else None
            if isinstance(node, dict) and isinstance(old, dict):
                todo.append((old, node))
            else:
                below[name] = node


def _take(tree: Tree, node: File, path: str, source: Source, look: Callable[[BinaryIO, int], Library | None]) -> None:
    """Keeps a small file that scanners ask for, and looks into a library, while the layer passes by."""
    key = (node.layer, node.offset)
    if node.size <= _KEPT_SIZE and tree.held + node.size <= MAX_KEPT and _WANTED.fullmatch(path):
        data = source.read(node.size)
        if len(data) < node.size:
            raise DamagedArchiveError("it ends in the middle of a file")
        tree.kept[key] = data
        tree.held += node.size
    elif _LIBRARY.fullmatch(path):
        from stackcheck.scan.elf import DamagedError

        try:
            library = look(_Passing(source, node.size), node.size)  # type: ignore[arg-type]
        except DamagedError as error:
            tree.libraries[key] = str(error)
            return
        if library is not None:
            tree.libraries[key] = library
    elif _PROGRAM.fullmatch(path):
        machine = parse_machine(source.read(min(node.size, HEAD)))
        if machine is not None:
            tree.machines[key] = machine


class _Passing(io.BufferedIOBase):
    """The content of one member while it passes by."""

    def __init__(self, source: Source, size: int) -> None:
        self._source, self._left = source, size

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        count = self._left if size is None or size < 0 else min(size, self._left)
        data = self._source.read(count)
        self._left -= len(data)
        return data
