"""The merged file system of an image as a view: files are read where they lie, as kept, or from their layer again."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from stackcheck.scan.layers import File
from stackcheck.scan.libc import parse_machine
from stackcheck.scan.tarball import members
from stackcheck.scan.view import HEAD, LIMIT, UnreadableError

if TYPE_CHECKING:
    from stackcheck.scan.layers import Layer, Node, Tree
    from stackcheck.scan.library import Library

MAX_FETCHES = 20
"""How often layers are read once more for files that were not kept."""


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
        library, kept = self._tree.libraries.get(key), self._tree.kept.get(key)
        if kept is not None:
            return parse_machine(kept[:HEAD])
        return self._tree.machines.get(key) if library is None or isinstance(library, str) else library.machine

    def library(self, path: str) -> Library | None:
        """See `LibraryView.library`."""
        from stackcheck.scan import elf, library

        node = self._node(path)
        if not isinstance(node, File):
            return None
        window = self._layers[node.layer].window(node.offset, node.size)
        if window is not None:
            return library.read(window, node.size, linking=False)
        read = self._tree.libraries.get((node.layer, node.offset))
        if isinstance(read, str):
            raise elf.DamagedError(read)
        return read

    def linked(self, path: str) -> Library | None:
        """See `LibraryView.linked`."""
        from stackcheck.scan import library

        node = self._node(path)
        if not isinstance(node, File):
            return None
        window = self._layers[node.layer].window(node.offset, node.size)
        if window is not None:
            return library.linked(window, node.size)
        read = self._tree.libraries.get((node.layer, node.offset))
        return None if isinstance(read, str) else read

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
        step = self._walk(path)
        return None if step is None else step[0]

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
