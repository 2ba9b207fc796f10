"""Container images on disk, never run: OCI layouts (folder or tar), docker-archive tars, tars of a root file system.

The formats are the OCI image specification's and that of `docker save`. Nothing is unpacked to a disk.
"""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

from stackcheck.budget import Budget, SpentError
from stackcheck.redact import redact
from stackcheck.scan import layers
from stackcheck.scan.containers import opened
from stackcheck.scan.image_view import ImageView
from stackcheck.scan.layers import ImageError, Tree
from stackcheck.scan.manifest import Manifests, as_list, short
from stackcheck.scan.streams import Inflated
from stackcheck.scan.tarball import DamagedArchiveError
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from stackcheck.scan.layers import Layer
    from stackcheck.scan.library import Library
    from stackcheck.scan.manifest import Plan

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


def read_image(path: str, platform: str | None, tell: Callable[[str], None], budget: Budget | None = None) -> Image:
    """Reads an image. `platform` ("linux/arm64") chooses among those of a multi-platform one; `budget` is what the run
    may spend. Raises `ImageError`."""
    budget = Budget() if budget is None else budget
    try:
        plan = Manifests(path, opened(path, budget), budget).plan(platform)
        return _Reader(path, plan, tell, budget).read()
    except SpentError as error:
        raise ImageError(f"{path}: {error}; scan a smaller image") from error
    except DamagedArchiveError as error:
        raise ImageError(f"{path}: {error}") from error
    except RecursionError as error:
        raise ImageError(f"{path}: its manifest is nested too deep to read") from error
    except OSError as error:
        raise ImageError(f"{path}: cannot be read: {error.strerror or error}") from error


class _Reader:
    """One image, from the layers that its manifest names to its files."""

    def __init__(self, path: str, plan: Plan, tell: Callable[[str], None], budget: Budget) -> None:
        self.path, self.plan, self.tell, self.budget = path, plan, tell, budget

    def read(self) -> Image:
        plan, tree = self.plan, Tree(budget=self.budget)
        unverified = 0
        for number, (layer, digest) in enumerate(zip(plan.layers, plan.digests, strict=True)):
            self.tell(f"layer {number + 1} of {len(plan.layers)}, {tree.entries:,} files so far")
            unverified += self.add(tree, number, layer, digest)
        config = plan.config.get("config")
        config = config if isinstance(config, dict) else {}
        variables = [_variable(str(entry)) for entry in as_list(config.get("Env"))]
        labels = config.get("Labels")
        labels = labels if isinstance(labels, dict) else {}
        read = [
            f"image {plan.platform}" if plan.platform else "image",
            f"{len(plan.layers)} layers",
            f"{tree.entries:,} files",
        ]
        left_out = [f"{count} entries ({reason})" for reason, count in sorted(tree.left_out.items())]
        left_out += [f"the digests of {unverified} layers (they were not read whole)"] if unverified else []
        return Image(
            ImageView(tree, tuple(plan.layers), self.path),
            plan.platform,
            {name: value for name, value in variables if name},
            {str(key): str(value) for key, value in labels.items()},
            tuple(read),
            tuple(left_out),
        )

    def add(self, tree: Tree, number: int, layer: Layer, digest: str | None) -> bool:
        """One layer on top; whether its digest could not be compared."""
        what = f"{self.path}: the layer {short(layer.name)}"
        try:
            with closing(layer.source()) as source:
                layers.add(tree, number, source, keep=layer.window(0, 0) is None, look=_look)
                whole = isinstance(source, Inflated) and digest is not None
                if isinstance(source, Inflated) and digest is not None and source.digest() != digest:
                    raise ImageError(f"{what} has not the digest that its manifest names")
        except DamagedArchiveError as error:
            raise ImageError(f"{what} cannot be read: {error}") from error
        return digest is not None and not whole


def _variable(entry: str) -> tuple[str, str]:
    """Name and value of a variable. An entry that is none may be anything, a URL with a password too."""
    name, _, value = entry.partition("=")
    if not name.isidentifier():
        name, _, value = redact(entry).partition("=")
    return name, value


def _look(file: BinaryIO, size: int) -> Library | None:
    from stackcheck.scan import library

    return library.read(file, size, stream=True)
