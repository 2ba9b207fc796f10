"""The file system that an image's layers make, from their headers alone, and the small files that scanners ask for.

Layers and whiteouts are those of the OCI image specification ("Image Layer Filesystem Changeset"). Nothing is unpacked:
of a layer that can be moved in, files are read where they lie; of a compressed one, what scanners are known to ask for
is kept while it passes by, and anything else is fetched by reading the layer again.
"""

from __future__ import annotations

import io
import posixpath
import re
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from stackcheck.scan.libc import parse_machine
from stackcheck.scan.tarball import DamagedArchiveError, members
from stackcheck.scan.view import HEAD, LIMIT, UnreadableError
from stackcheck.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from stackcheck.scan.library import Library
    from stackcheck.scan.tarball import Member, Source

MAX_ENTRIES = 3_000_000
"""Files of one image; the largest of the field have some 300,000."""
MAX_DEPTH = 200
MAX_KEPT = 256 << 20
"""Bytes of small files that are kept of compressed layers; what is beyond is fetched when it is asked for."""
MAX_FETCHES = 20
"""How often layers are read once more for files that were not kept."""

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
        if member.kind == "file" and place == layer.place and name not in _DOTS and name[:4] != WHITEOUT:
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
        found = None if parts is None else _find(added, parts) or _find(tree.root, parts)
        if not isinstance(found, File):
            tree.leave_out("a hard link to what is no file of the image")
            return None
        return found
    return None


def _put(tree: Tree, root: dict[str, Node], parts: list[str], node: Node) -> dict[str, Node] | None:
    """Puts a node at a path, folders on the way made; the folder that it is in.

    None where it stands below a file of the same layer, and is left out.
    """
    folder = root
    for part in parts[:-1]:
        below = folder.get(part)
        if below is None and part not in folder:
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
            found = look(_Passing(source, node.size), node.size)  # type: ignore[arg-type]
        except DamagedError as error:
            tree.libraries[key] = str(error)
            return
        if found is not None:
            tree.libraries[key] = found
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


class ImageView:
    """The merged file system, read as `FileView` says. Links are resolved inside it."""

    def __init__(self, tree: Tree, layers: tuple[Layer, ...], root: str) -> None:
        self.root = root
        self._tree, self._layers = tree, layers
        self._fetches = 0

    def read_bytes(self, path: str, limit: int = LIMIT) -> bytes | None:
        """See `FileView.read_bytes`."""
        node = self._node(path)
        if isinstance(node, dict) or (node is None and self.exists(path)):
            raise UnreadableError(f"{path} is no plain file")
        if not isinstance(node, File):
            return None
        if node.size > limit:
            raise UnreadableError(f"{path} is larger than {limit} bytes")
        kept = self._tree.kept.get((node.layer, node.offset))
        if kept is not None:
            return kept
        window = self._layers[node.layer].window(node.offset, node.size)
        return self._fetched(path, node) if window is None else window.read(node.size)

    def list_dir(self, path: str) -> tuple[str, ...]:
        """See `FileView.list_dir`."""
        node = self._node(path)
        return tuple(sorted(node)) if isinstance(node, dict) else ()

    def exists(self, path: str) -> bool:
        """See `FileView.exists`."""
        return self._walk(path) is not None

    def readlink(self, path: str) -> str | None:
        """See `FileView.readlink`."""
        folder, _, name = path.rstrip("/").rpartition("/")
        node = self._node(folder or "/")
        target = node.get(name) if isinstance(node, dict) else None
        return target if isinstance(target, str) else None

    def machine(self, path: str) -> str | None:
        """See `LibraryView.machine`."""
        node = self._node(path)
        if not isinstance(node, File):
            return None
        window = self._layers[node.layer].window(node.offset, node.size)
        if window is not None:
            return parse_machine(window.read(HEAD))
        key = (node.layer, node.offset)
        found, kept = self._tree.libraries.get(key), self._tree.kept.get(key)
        if kept is not None:
            return parse_machine(kept[:HEAD])
        return self._tree.machines.get(key) if found is None or isinstance(found, str) else found.machine

    def library(self, path: str) -> Library | None:
        """See `LibraryView.library`."""
        from stackcheck.scan import elf, library

        node = self._node(path)
        if not isinstance(node, File):
            return None
        window = self._layers[node.layer].window(node.offset, node.size)
        if window is not None:
            return library.read(window, node.size, linking=False)
        found = self._tree.libraries.get((node.layer, node.offset))
        if isinstance(found, str):
            raise elf.DamagedError(found)
        return found

    def linked(self, path: str) -> Library | None:
        """See `LibraryView.linked`."""
        from stackcheck.scan import library

        node = self._node(path)
        if not isinstance(node, File):
            return None
        window = self._layers[node.layer].window(node.offset, node.size)
        if window is not None:
            return library.linked(window, node.size)
        found = self._tree.libraries.get((node.layer, node.offset))
        return None if isinstance(found, str) else found

    def _fetched(self, path: str, node: File) -> bytes:
        """A file of a compressed layer that was not kept."""
        self._fetches += 1
        if self._fetches > MAX_FETCHES:
            raise UnreadableError(f"{path} lies in a compressed layer and was not kept")
        with closing(self._layers[node.layer].source()) as source:
            for member in members(source):
                if member.offset == node.offset:
                    return source.read(node.size)
        return b""

    def _node(self, path: str) -> Node:
        found = self._walk(path)
        return None if found is None else found[0]

    def _walk(self, path: str) -> tuple[Node] | None:
        """The node at a path, in a tuple; None where there is nothing. Raises `UnreadableError` for a loop of links."""
        todo = [part for part in reversed(path.split("/")) if part not in ("", ".")]
        trail: list[dict[str, Node]] = [self._tree.root]
        links = 0
        while todo:
            part = todo.pop()
            if part == "..":
                trail = trail[:-1] if len(trail) > 1 else trail
                continue
            if part not in trail[-1]:
                return None
            node = trail[-1][part]
            if isinstance(node, str):
                links += 1
                if links > 40:
                    raise UnreadableError(f"{path} leads through too many links")
                if node.startswith("/"):
                    trail = trail[:1]
                todo += [step for step in reversed(node.split("/")) if step not in ("", ".")]
            elif isinstance(node, dict):
                trail.append(node)
            else:
                return (node,) if not todo else None
        return (trail[-1],)


def files(tree: Tree) -> Iterator[tuple[str, File]]:
    """Every plain file with its path."""
    todo: list[tuple[str, dict[str, Node]]] = [("", tree.root)]
    while todo:
        place, folder = todo.pop()
        for name, node in folder.items():
            if isinstance(node, dict):
                todo.append((posixpath.join(place, name), node))
            elif isinstance(node, File):
                yield f"/{posixpath.join(place, name)}", node
