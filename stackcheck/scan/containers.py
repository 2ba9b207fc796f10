"""What an image comes in: an OCI layout in a folder, a tar archive, or one that is compressed as a whole.

An archive that can be moved in is indexed; one that is compressed as a whole is read twice, forward.
"""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING, Protocol

from stackcheck.disk import NotPlainError, open_plain, read_plain
from stackcheck.scan.layer_files import FileLayer, PassingLayer, opened_file
from stackcheck.scan.layers import ImageError, fits
from stackcheck.scan.streams import FilePart, Inflated, compression
from stackcheck.scan.tarball import members

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from stackcheck.budget import Budget
    from stackcheck.scan.layers import Layer
    from stackcheck.scan.tarball import Source

MAX_JSON = 4 << 20
"""Bytes of a manifest or configuration; the specification asks registries for 4 MB at least."""
ROOT = frozenset(("etc", "usr", "bin", "lib", "opt", "var"))
FEW = 200
"""Members after which an archive without a manifest, but with folders of a root file system, is taken for one."""
MAX_MEMBERS = 1_000_000
"""Members of an archive with a manifest; of one that is a root file system, `layers.MAX_ENTRIES` count."""
MAX_SMALL = 2000
"""How many small members of a compressed archive are kept in the first pass."""


class Blobs(Protocol):
    """The members of an image by their names inside it."""

    path: str
    small: dict[str, bytes]

    def names(self) -> Iterator[str]: ...

    def blob(self, name: str) -> bytes: ...

    def layer(self, name: str) -> Layer | None: ...


def opened(path: str, budget: Budget) -> Blobs:
    """The members of the image at a path; small ones are kept as long as the budget lasts.

    Raises `ImageError`, `DamagedArchiveError`, `OSError`.
    """
    if os.path.isdir(path):
        return Folder(path)
    if not os.path.isfile(path):
        raise ImageError(f"{path}: is no image: name a folder, an OCI layout or a tar archive")
    form = compression(read_plain(path, 8))
    return Archive(path, budget) if form is None else Compressed(path, form, budget)


class Folder:
    """An OCI layout in a folder."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.small = {name: self.blob(name) for name in ("oci-layout", "index.json")}

    def names(self) -> Iterator[str]:
        yield from self.small

    def blob(self, name: str) -> bytes:
        """A small blob. Raises `OSError`, and `ImageError` for what is no plain file: a layout has no links."""
        try:
            return read_plain(name, MAX_JSON + 1, below=self.path)
        except (NotPlainError, IsADirectoryError) as error:
            raise self._wrong(name, error) from error

    def layer(self, name: str) -> Layer | None:
        """A layer by its name in the layout."""
        try:
            with open_plain(name, below=self.path) as file:
                size = os.fstat(file.fileno()).st_size
        except (NotPlainError, IsADirectoryError) as error:
            raise self._wrong(name, error) from error
        except (FileNotFoundError, NotADirectoryError):
            return None
        return FileLayer(name, name, 0, size, below=self.path)

    def _wrong(self, name: str, error: OSError) -> ImageError:
        return ImageError(f"{self.path}: {name} {error.strerror}; a layout holds plain files alone")


class Archive:
    """A tar archive that can be moved in."""

    def __init__(self, path: str, budget: Budget) -> None:
        self.path = path
        self.places: dict[str, tuple[int, int]] = {}
        self.links: dict[str, str] = {}
        self.small: dict[str, bytes] = {}
        self.plain = False
        with closing(FilePart(opened_file(path), 0, os.path.getsize(path))) as source:
            for count, member in enumerate(members(source)):
                if count > MAX_MEMBERS:
                    raise ImageError(f"{path}: has more than {MAX_MEMBERS:,} members; scan a smaller image")
                if not fits(member, budget):
                    continue
                name = os.path.normpath(member.name).lstrip("/")
                if member.kind == "file":
                    self.places.setdefault(name, (member.offset, member.size))
                elif member.kind in ("link", "hard"):
                    self.links[name] = os.path.normpath(os.path.join(os.path.dirname(name), member.target))
                if count > FEW and not {"manifest.json", "index.json"} & self.places.keys() and self.root():
                    self.plain = True  # its members are an image's own files: they are read as a layer is
                    break
        if not self.plain:
            for name in ("oci-layout", "index.json", "manifest.json"):
                if name in self.places:
                    self.small[name] = self.blob(name)

    def root(self) -> bool:
        """Whether the members seen so far are those of a root file system."""
        return bool({name.partition("/")[0] for name in self.places} & ROOT)

    def names(self) -> Iterator[str]:
        yield from self.places

    def blob(self, name: str) -> bytes:
        """A small blob. Raises `OSError`."""
        place = self._place(name)
        if place is None:
            raise FileNotFoundError(2, f"{name} is not in the archive")
        with open_plain(self.path) as file:
            file.seek(place[0])
            return file.read(min(place[1], MAX_JSON + 1))

    def layer(self, name: str) -> Layer | None:
        """A layer by its name in the archive; podman and old dockers store a repeated one as a link."""
        place = self._place(name)
        return FileLayer(name, self.path, *place) if place else None

    def _place(self, name: str) -> tuple[int, int] | None:
        name = os.path.normpath(name)
        for _ in range(8):
            if name in self.places:
                return self.places[name]
            if name not in self.links:
                return None
            name = self.links[name]
        return None


class Compressed:
    """A tar archive that is compressed as a whole: small members are kept in one pass, layers pass by in another."""

    def __init__(self, path: str, form: str, budget: Budget) -> None:
        self.path, self.form, self.budget = path, form, budget
        self.small: dict[str, bytes] = {}
        self.all: list[str] = []
        for name, size, source in self.walk():
            self.all.append(name)
            if len(self.all) > MAX_MEMBERS:
                raise ImageError(f"{path}: has more than {MAX_MEMBERS:,} members; scan a smaller image")
            small = size <= MAX_JSON and len(self.small) < MAX_SMALL and not name.endswith(".tar")
            if small and budget.allows("kept", size):
                self.small[name] = source.read(size)

    def walk(self) -> Generator[tuple[str, int, Source], None, None]:
        """Every plain member with its size, the source standing at its content."""
        with closing(Inflated(open_plain(self.path), None, self.form)) as source:
            for member in members(source):
                if member.kind == "file" and fits(member, self.budget):
                    yield os.path.normpath(member.name).lstrip("/"), member.size, source

    def names(self) -> Iterator[str]:
        yield from self.all

    def blob(self, name: str) -> bytes:
        """A small blob. Raises `OSError`."""
        if os.path.normpath(name) not in self.small:
            raise FileNotFoundError(2, f"{name} is not in the archive")
        return self.small[os.path.normpath(name)]

    def layer(self, name: str) -> Layer | None:
        """A layer that can only pass by."""
        return PassingLayer(name, self) if os.path.normpath(name) in self.all else None
