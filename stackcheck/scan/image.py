"""Container images on disk, never run: OCI layouts (folder or tar), docker-archive tars, tars of a root file system.

The formats are the OCI image specification's and that of `docker save`. An archive that can be moved in is indexed; one
that is compressed as a whole is read twice, forward. Nothing is unpacked to a disk.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import weakref
from contextlib import closing
from typing import TYPE_CHECKING, Any, Protocol

from stackcheck.scan import layers
from stackcheck.scan.layers import ImageError, ImageView, Tree
from stackcheck.scan.streams import FilePart, Inflated, Passage, compression
from stackcheck.scan.tarball import DamagedArchiveError, members
from stackcheck.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from typing import BinaryIO

    from stackcheck.scan.layers import Layer
    from stackcheck.scan.library import Library
    from stackcheck.scan.tarball import Source

MAX_JSON = 4 << 20
"""Bytes of a manifest or configuration; the specification asks registries for 4 MB at least."""
MAX_LAYERS = 1000
ROOT = frozenset(("etc", "usr", "bin", "lib", "opt", "var"))
FEW = 200
"""Members after which an archive without a manifest, but with folders of a root file system, is taken for one."""
MAX_SMALL = 2000
"""How many small members of a compressed archive are kept in the first pass."""

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_INDEX_TYPES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
_ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True, eq=False, repr=False)
class Image:
    """An image that was read: its files, and what its configuration says.

    `platform` is "linux/arm64" or None where nothing says it; `environment` are the variables that it sets. `read` and
    `left_out` say in a few words what was scanned and what was not.
    """

    view: ImageView
    platform: str | None
    environment: dict[str, str]
    labels: dict[str, str]
    read: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def arch(self) -> str | None:
        """The machine as `uname -m` prints it; None where nothing says it."""
        return _ARCHITECTURES.get(self.platform.split("/")[1], self.platform.split("/")[1]) if self.platform else None


def is_image(path: str) -> bool:
    """Whether a path is an image and not a folder with a root file system."""
    return not os.path.isdir(path) or os.path.isfile(os.path.join(path, "oci-layout"))


def read_image(path: str, platform: str | None, tell: Callable[[str], None]) -> Image:
    """Reads an image. `platform` ("linux/arm64") chooses among those of a multi-platform one. Raises `ImageError`."""
    try:
        blobs = _blobs(path)
        return _Reader(path, blobs, tell).read(platform)
    except DamagedArchiveError as error:
        raise ImageError(f"{path}: {error}") from error
    except RecursionError as error:
        raise ImageError(f"{path}: its manifest is nested too deep to read") from error
    except OSError as error:
        raise ImageError(f"{path}: cannot be read: {error.strerror or error}") from error


class _Blobs(Protocol):
    """The members of an image by their names inside it."""

    small: dict[str, bytes]

    def names(self) -> Iterator[str]: ...

    def layer(self, name: str) -> Layer | None: ...


def _blobs(path: str) -> _Blobs:
    if os.path.isdir(path):
        return _Folder(path)
    if not os.path.isfile(path):
        raise ImageError(f"{path}: is no image: name a folder, an OCI layout or a tar archive")
    with open(path, "rb") as file:
        form = compression(file.read(8))
    return _Archive(path) if form is None else _Compressed(path, form)


class _Folder:
    """An OCI layout in a folder."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.small = {name: self._small(name) for name in ("oci-layout", "index.json") if self._there(name)}

    def names(self) -> Iterator[str]:
        yield from self.small

    def blob(self, name: str) -> bytes:
        """A small blob. Raises `OSError`."""
        return self._small(name)

    def layer(self, name: str) -> Layer | None:
        """A layer by its name in the layout."""
        return (
            _FileLayer(name, f"{self.path}/{name}", 0, os.path.getsize(f"{self.path}/{name}"))
            if self._there(name)
            else None
        )

    def _there(self, name: str) -> bool:
        # A layout has no links; one could lead anywhere.
        place = f"{self.path}/{name}"
        return os.path.isfile(place) and not os.path.islink(place)

    def _small(self, name: str) -> bytes:
        with open(f"{self.path}/{name}", "rb") as file:
            return file.read(MAX_JSON + 1)


class _Archive:
    """A tar archive that can be moved in."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.places: dict[str, tuple[int, int]] = {}
        self.links: dict[str, str] = {}
        self.small: dict[str, bytes] = {}
        self.plain = False
        with closing(FilePart(_opened_file(path), 0, os.path.getsize(path))) as source:
            for count, member in enumerate(members(source)):
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
        with open(self.path, "rb") as file:
            file.seek(place[0])
            return file.read(min(place[1], MAX_JSON + 1))

    def layer(self, name: str) -> Layer | None:
        """A layer by its name in the archive; podman and old dockers store a repeated one as a link."""
        place = self._place(name)
        return _FileLayer(name, self.path, *place) if place else None

    def _place(self, name: str) -> tuple[int, int] | None:
        name = os.path.normpath(name)
        for _ in range(8):
            if name in self.places:
                return self.places[name]
            if name not in self.links:
                return None
            name = self.links[name]
        return None


class _Compressed:
    """A tar archive that is compressed as a whole: small members are kept in one pass, layers pass by in another."""

    def __init__(self, path: str, form: str) -> None:
        self.path, self.form = path, form
        self.small: dict[str, bytes] = {}
        self.all: list[str] = []
        for name, size, source in self.walk():
            self.all.append(name)
            if size <= MAX_JSON and len(self.small) < MAX_SMALL and not name.endswith(".tar"):
                self.small[name] = source.read(size)

    def walk(self) -> Generator[tuple[str, int, Source], None, None]:
        """Every plain member with its size, the source standing at its content."""
        with closing(Inflated(open(self.path, "rb", buffering=0), None, self.form)) as source:
            for member in members(source):
                if member.kind == "file":
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
        return _PassingLayer(name, self) if os.path.normpath(name) in self.all else None


class _FileLayer:
    """A layer that is a part of a file."""

    def __init__(self, name: str, path: str, start: int, size: int) -> None:
        self.name, self.path, self.start, self.size = name, path, start, size
        with open(path, "rb") as file:
            file.seek(start)
            self.form = compression(file.read(min(8, size)))
        self._handle: int | None = None

    def source(self) -> Source:
        """See `layers.Layer.source`."""
        if self.form is None:
            return FilePart(_opened_file(self.path), self.start, self.size)
        file = open(self.path, "rb", buffering=0)  # noqa: SIM115 - closed with the source
        file.seek(self.start)
        return Inflated(file, self.size, self.form)

    def window(self, offset: int, size: int) -> BinaryIO | None:
        """See `layers.Layer.window`."""
        if self.form is not None:
            return None
        if self._handle is None:
            self._handle = _opened_file(self.path)
            weakref.finalize(self, os.close, self._handle)
        return io.BufferedReader(_Window(self._handle, self.start + offset, min(size, self.size - offset)))


class _Window(io.RawIOBase):
    """A part of a file as a file of its own."""

    def __init__(self, handle: int, start: int, size: int) -> None:
        self._handle, self._start, self._size = handle, start, max(size, 0)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        base = (0, self._at, self._size)[whence]
        self._at = max(base + offset, 0)
        return self._at

    def readinto(self, buffer: Any) -> int:
        count = max(min(len(buffer), self._size - self._at), 0)
        data = os.pread(self._handle, count, self._start + self._at) if count else b""
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


class _PassingLayer:
    """A layer inside an archive that is compressed as a whole."""

    form: str | None = "gzip"

    def __init__(self, name: str, archive: _Compressed) -> None:
        self.name, self.archive = name, archive

    def source(self) -> Source:
        """See `layers.Layer.source`."""
        wanted = os.path.normpath(self.name)
        passing = self.archive.walk()
        for name, size, source in passing:
            if name == wanted:
                return _opened(_OfPassing(source, size, passing), size)
        raise DamagedArchiveError(f"the layer {self.name} is gone")

    def window(self, offset: int, size: int) -> BinaryIO | None:
        """See `layers.Layer.window`."""
        return None


class _OfPassing(Passage):
    """A member of an archive that passes by; closing it ends the pass."""

    def __init__(self, source: Source, size: int, passing: Generator[Any, None, None]) -> None:
        super().__init__(source, size)
        self._passing = passing

    def close(self) -> None:
        """See `tarball.Source.close`."""
        self._passing.close()


class _WholeArchive:
    """The archive itself as the one layer: the tar of a root file system, as `docker export` writes it."""

    def __init__(self, archive: _Compressed) -> None:
        self.name, self.archive = "the archive", archive
        self.form: str | None = archive.form

    def source(self) -> Source:
        """See `layers.Layer.source`."""
        file = open(self.archive.path, "rb", buffering=0)  # noqa: SIM115 - closed with the source
        return Inflated(file, None, self.archive.form)

    def window(self, offset: int, size: int) -> BinaryIO | None:
        """See `layers.Layer.window`."""
        return None


def _opened_file(path: str) -> int:
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC)


def _opened(source: Source, size: int) -> Source:
    """A member as its tar archive, decompressed where it is compressed."""
    head = source.read(8)
    form = compression(head)
    joined = _Joined(head, source)
    return joined if form is None else Inflated(joined, size, form)  # type: ignore[arg-type]


class _Joined:
    """A source whose first bytes were read already."""

    def __init__(self, head: bytes, source: Source) -> None:
        self._head, self._source = head, source

    def read(self, count: int) -> bytes:
        if not self._head:
            return self._source.read(count)
        data, self._head = self._head[:count], self._head[count:]
        return data + (self._source.read(count - len(data)) if len(data) < count else b"")

    def tell(self) -> int:
        return self._source.tell() - len(self._head)

    def skip(self, count: int) -> None:
        held = min(count, len(self._head))
        self._head = self._head[held:]
        self._source.skip(count - held)

    def close(self) -> None:
        self._source.close()


@dataclass
class _Plan:
    """Which layers make an image, in order, and the digests that they should have; and its configuration."""

    layers: list[Layer] = field(default_factory=list)
    digests: list[str | None] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    platform: str | None = None


class _Reader:
    """One image, from its manifest to its files."""

    def __init__(self, path: str, blobs: Any, tell: Callable[[str], None]) -> None:
        self.path, self.blobs, self.tell = path, blobs, tell

    def read(self, platform: str | None) -> Image:
        plan = self.plan(platform)
        tree = Tree()
        unverified = 0
        for number, (layer, digest) in enumerate(zip(plan.layers, plan.digests, strict=True)):
            self.tell(f"layer {number + 1} of {len(plan.layers)}, {tree.entries:,} files so far")
            unverified += self.add(tree, number, layer, digest)
        config = plan.config.get("config")
        config = config if isinstance(config, dict) else {}
        variables = [str(one).partition("=") for one in _list(config.get("Env"))]
        labels = config.get("Labels")
        labels = labels if isinstance(labels, dict) else {}
        read = [
            f"image {plan.platform}" if plan.platform else "image",
            f"{len(plan.layers)} layers",
            f"{tree.entries:,} files",
        ]
        left = [f"{count} entries ({reason})" for reason, count in sorted(tree.left_out.items())]
        left += [f"the digests of {unverified} layers (they were not read whole)"] if unverified else []
        return Image(
            ImageView(tree, tuple(plan.layers), self.path),
            plan.platform,
            {name: value for name, _, value in variables if name},
            {str(key): str(value) for key, value in labels.items()},
            tuple(read),
            tuple(left),
        )

    def add(self, tree: Tree, number: int, layer: Layer, digest: str | None) -> bool:
        """One layer on top; whether its digest could not be compared."""
        what = f"{self.path}: the layer {_short(layer.name)}"
        try:
            with closing(layer.source()) as source:
                layers.add(tree, number, source, keep=layer.window(0, 0) is None, look=_look)
                whole = isinstance(source, Inflated) and digest is not None
                if isinstance(source, Inflated) and digest is not None and source.digest() != digest:
                    raise ImageError(f"{what} has not the digest that its manifest names")
        except DamagedArchiveError as error:
            raise ImageError(f"{what} cannot be read: {error}") from error
        return digest is not None and not whole

    # --- manifests --------------------------------------------------------------------------------------------

    def plan(self, platform: str | None) -> _Plan:
        small = self.blobs.small
        if "index.json" in small:
            return self.oci(platform)
        if "manifest.json" in small:
            return self.docker(platform)
        return self.bare()

    def bare(self) -> _Plan:
        """No manifest: the archive is a root file system, if it looks like one."""
        names = set()
        for count, name in enumerate(self.blobs.names()):
            names.add(name.partition("/")[0])
            if count > 100_000:
                break
        if not names & ROOT:
            raise ImageError(
                f"{self.path}: is no image: it has no manifest, and no /etc or /usr as a root file system has"
            )
        layer: Layer
        if isinstance(self.blobs, _Compressed):
            layer = _WholeArchive(self.blobs)
        else:
            layer = _FileLayer("the archive", self.blobs.path, 0, os.path.getsize(self.blobs.path))
        return _Plan([layer], [None])

    def oci(self, platform: str | None) -> _Plan:
        """An OCI layout: index.json → (index →) manifest → configuration and layers."""
        index = self.json(self.blobs.small["index.json"], "index.json")
        found: list[tuple[str | None, dict[str, Any]]] = []
        self.manifests(index, found, 0)
        manifest, chosen = self.choose(found, platform)
        plan = _Plan(platform=chosen)
        plan.config = self.json(self.verified(manifest.get("config")), "configuration")
        plan.platform = chosen or _platform(plan.config)
        for one in self.layer_list(manifest.get("layers")):
            digest = self.digest(one)
            layer = self.blobs.layer(f"blobs/sha256/{digest}")
            if layer is None:
                raise ImageError(f"{self.path}: the layer sha256:{digest[:12]}… is missing; copy the whole image")
            plan.layers.append(layer)
            plan.digests.append(digest)
        return plan

    def manifests(self, index: dict[str, Any], found: list[tuple[str | None, dict[str, Any]]], depth: int) -> None:
        """Every image manifest below an index, with its platform; attestations are none."""
        if depth > 3:
            raise ImageError(f"{self.path}: its indexes are nested too deep")
        for one in _list(index.get("manifests"))[:1000]:
            if not isinstance(one, dict) or "vnd.docker.reference.type" in (one.get("annotations") or {}):
                continue
            platform = _platform(one.get("platform"))
            if platform == "unknown/unknown":
                continue
            data = self.json(self.verified(one), "manifest", missing_ok=True)
            if data is None:
                # A copy of one platform keeps the index of all.
                found.append((platform, {}))
            elif one.get("mediaType") in _INDEX_TYPES or "manifests" in data:
                self.manifests(data, found, depth + 1)
            else:
                found.append((platform or self.platform_of(data), data))

    def platform_of(self, manifest: dict[str, Any]) -> str | None:
        config = self.json(self.verified(manifest.get("config")), "configuration", missing_ok=True)
        return _platform(config)

    def choose(
        self, found: list[tuple[str | None, dict[str, Any]]], platform: str | None
    ) -> tuple[dict[str, Any], str | None]:
        there = [(name, manifest) for name, manifest in found if manifest]
        names = ", ".join(dict.fromkeys(name or "unknown" for name, _ in there)) or "none"
        if platform is not None:
            fitting = [(manifest, name) for name, manifest in there if name is not None and _same(name, platform)]
            if not fitting:
                raise ImageError(f"{self.path}: has no image for {platform}; it has: {names}")
            return fitting[0]
        if not there:
            raise ImageError(f"{self.path}: its index names no image that is here")
        if len(there) > 1 and len({name for name, _ in there}) > 1:
            raise ImageError(f"{self.path}: holds images for {names}; choose one with --platform")
        return there[0][1], there[0][0]

    def docker(self, platform: str | None) -> _Plan:
        """`docker save`: manifest.json names the configuration and the layers."""
        entries = self.json(self.blobs.small["manifest.json"], "manifest.json", wanted=list)
        if not entries or not isinstance(entries[0], dict):
            raise ImageError(f"{self.path}: its manifest.json names no image")
        plans = [self.docker_entry(entry) for entry in entries[:50] if isinstance(entry, dict)]
        there: list[tuple[str | None, dict[str, Any]]] = [(plan.platform, {"plan": plan}) for plan in plans]
        if platform is None and len(plans) > 1:
            return plans[0]
        return self.choose(there, platform)[0]["plan"]  # type: ignore[no-any-return]

    def docker_entry(self, entry: dict[str, Any]) -> _Plan:
        plan = _Plan()
        name = entry.get("Config")
        if not isinstance(name, str):
            raise ImageError(f"{self.path}: its manifest.json names no configuration")
        plan.config = self.json(self.small(name), "configuration")
        plan.platform = _platform(plan.config)
        for one in self.layer_list(entry.get("Layers")):
            layer = self.blobs.layer(one) if isinstance(one, str) else None
            if layer is None:
                raise ImageError(f"{self.path}: the layer {_short(str(one))} is missing; save the whole image")
            plan.layers.append(layer)
            plan.digests.append(None)
        return plan

    def layer_list(self, value: object) -> list[Any]:
        found = _list(value)
        if len(found) > MAX_LAYERS:
            raise ImageError(f"{self.path}: names more than {MAX_LAYERS} layers")
        return found

    # --- blobs ------------------------------------------------------------------------------------------------

    def small(self, name: str) -> bytes:
        try:
            data: bytes = self.blobs.blob(name)
        except OSError as error:
            raise ImageError(f"{self.path}: {_short(name)} is missing; copy the whole image") from error
        return data

    def digest(self, descriptor: object) -> str:
        value = descriptor.get("digest") if isinstance(descriptor, dict) else None
        match = _DIGEST.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise ImageError(f"{self.path}: its manifest names something by no sha256 digest")
        return match[1]

    def verified(self, descriptor: object) -> bytes | None:
        """A small blob with the digest that its descriptor names; None where it is not here."""
        digest = self.digest(descriptor)
        try:
            data: bytes = self.blobs.blob(f"blobs/sha256/{digest}")
        except OSError:
            return None
        if len(data) <= MAX_JSON and hashlib.sha256(data).hexdigest() != digest:
            raise ImageError(f"{self.path}: the blob sha256:{digest[:12]}… has not that digest: the image is damaged")
        return data

    def json(self, data: bytes | None, what: str, *, wanted: type = dict, missing_ok: bool = False) -> Any:
        if data is None:
            if missing_ok:
                return None
            raise ImageError(f"{self.path}: its {what} is missing; copy the whole image")
        if len(data) > MAX_JSON:
            raise ImageError(f"{self.path}: its {what} is larger than 4 MB")
        try:
            found = json.loads(data)
        except ValueError as error:
            raise ImageError(f"{self.path}: its {what} is no JSON: the image is damaged") from error
        if not isinstance(found, wanted):
            raise ImageError(f"{self.path}: its {what} has not the form that it should have")
        return found


def _look(file: BinaryIO, size: int) -> Library | None:
    from stackcheck.scan import library

    return library.read(file, size, stream=True)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _platform(value: object) -> str | None:
    """ "linux/arm64" of a platform object or a configuration; variants (v8) are left out."""
    if not isinstance(value, dict) or not isinstance(value.get("architecture"), str):
        return None
    return f"{value.get('os') or 'linux'}/{value['architecture']}"


def _same(name: str, platform: str) -> bool:
    return name == "/".join(platform.split("/")[:2])


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:36]}…"
