"""What an image or a root file system holds, on the machine that is to run it. Nothing of it is run."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from stackcheck.model import USERLAND, Known, Location, Stack, Unread
from stackcheck.scan.image import Image, is_image, read_image
from stackcheck.scan.layers import ImageError
from stackcheck.scan.view import HostView, UnreadableError
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.host import this_machine
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackcheck.budget import Budget
    from stackcheck.scan.view import LibraryView

_REFERENCE = re.compile(r"(?:[a-z0-9][\w.-]*(?::\d+)?/)*[a-z0-9][\w.-]*(?::[\w][\w.-]*|@sha256:[0-9a-f]{64})", re.ASCII)
"""A reference with a tag or digest: without one it could be any path."""


@dataclass(frozen=True)
class Scanned:
    """An image or root file system that was read: its own stack, and what was and was not read of it."""

    stack: Stack
    view: LibraryView
    read: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def scanned(
    path: str, platform: str | None, python: str | None, tell: Callable[[str], None], budget: Budget
) -> Scanned:
    """Reads what a path holds, as far as the run's budget goes. Raises `CannotWorkError`."""
    if not os.path.exists(path):
        raise CannotWorkError(f"{path}: is not there; {_instead(path, platform)}")
    if is_image(path):
        try:
            image = read_image(path, platform, tell, budget)
        except ImageError as error:
            raise CannotWorkError(str(error)) from error
        stack = this_machine(python=python, view=image.view, environment=image.environment, progress=tell)
        return Scanned(_checked(stack, image, path), image.view, image.read, image.left_out)
    if platform is not None:
        raise CannotWorkError(f"--platform {platform}: {path} is a root file system, not an image with platforms")
    view = HostView(path)
    if not any(_is_there(view, f"/{name}") for name in ("etc", "usr", "bin")):
        raise CannotWorkError(f"{path}: has no /etc and no /usr, as a root file system has, and is no OCI layout")
    return Scanned(this_machine(python=python, root=path, progress=tell), view, ("a root file system",))


def _instead(path: str, platform: str | None) -> str:
    """What to name instead of a path that is not there: of an image in a registry, a copy that skopeo makes
    (skopeo-copy(1))."""
    reference = path.removeprefix("docker://")
    if not _REFERENCE.fullmatch(reference):
        return "name a folder, an OCI layout or a tar archive"
    system, _, arch = (platform or "linux/arm64").partition("/")
    chosen = f"--override-os {system} --override-arch {arch.partition('/')[0]}"
    name = reference.partition("@")[0].rpartition("/")[2].partition(":")[0]
    copy = f"skopeo copy {chosen} docker://{reference} oci-archive:{name}.tar"
    return f"an image of a registry is read from a copy: `{copy}`, then name {name}.tar"


def _is_there(view: HostView, path: str) -> bool:
    """Whether something is at a path; a link that leads nowhere, or in a circle, is something too."""
    try:
        return view.exists(path)
    except UnreadableError:
        return True


def _checked(stack: Stack, image: Image, path: str) -> Stack:
    """A configuration that names another machine than the files are for is a mistake of whoever made the image."""
    arch = stack.facts.get("arch")
    if image.arch is None or not isinstance(arch, Known) or image.arch == arch.value:
        return stack
    reason = f"The image says that it is for {image.platform}, but its files are for {arch.value}."
    return replace(stack, unread=(*stack.unread, Unread(reason, Location(path), "error")))


def on_host(inside: Stack, host: Stack, path: str, subject: str) -> Stack:
    """The image's userland on the host's kernel, driver and GPUs."""
    facts = {name: state for name, state in host.in_container().facts.items() if name != "arch"}
    for name, state in inside.facts.items():
        if name in USERLAND or name not in facts:
            facts[name] = state
    unread = inside.unread
    own, arch = host.facts.get("arch"), inside.facts.get("arch")
    if isinstance(own, Known) and isinstance(arch, Known) and own.value != arch.value:
        reason = f"The image is for {arch.value}; {subject} is {own.value}, where it does not run."
        unread = (*unread, Unread(reason, Location(path), "error"))
    return replace(inside, facts=facts, gpus=host.gpus, unread=unread)
