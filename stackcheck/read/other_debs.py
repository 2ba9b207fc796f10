"""Packages of another architecture that apt is to install on Ubuntu: its archives are split by architecture.

archive.ubuntu.com has amd64 and i386, ports.ubuntu.com all others (wiki.ubuntu.com, "Ubuntu Ports"). After `dpkg
--add-architecture arm64` apt asks the archive that is there for arm64 too, and `apt-get update` ends in 404, unless the
commands name the other archive, each with its architectures. Debian has all of them in one place.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from stackcheck.model import Known, Unread
from stackcheck.read.calls import ASSIGNED, BEFORE

if TYPE_CHECKING:
    from stackcheck.model import Stack
    from stackcheck.read.command import Command
    from stackcheck.read.installs import Place

_MAIN = ("amd64", "i386")
_SOURCES = re.compile(r"ports\.ubuntu\.com|ubuntu-ports|/etc/apt/(?:sources|mirror)|\[arch=|Architectures:")


class OtherDebs:
    """What one list of commands does with architectures. `ubuntu`: they run on Ubuntu, whatever the target says."""

    def __init__(self, *, ubuntu: bool = False) -> None:
        self.ubuntu = ubuntu
        self.added = ""
        self.mended = False

    def take(self, command: Command, place: Place, target: Stack) -> Unread | None:
        """What is said of an `apt-get update` that asks the wrong archive."""
        words = [word.text for word in command.words]
        texts = [*words, *(word.text for word in command.document), *([command.output.text] if command.output else [])]
        self.mended = self.mended or any(_SOURCES.search(text) for text in texts)
        while words and (posixpath.basename(words[0]) in BEFORE or ASSIGNED.match(words[0])):
            words.pop(0)
        tool = posixpath.basename(words[0]) if words else ""
        if tool == "dpkg" and words[1:2] == ["--add-architecture"] and len(words) == 3:
            self.added = words[2]
        fetches = tool in ("apt", "apt-get") and "update" in words
        if not fetches or self.mended or command.conditional or not self._elsewhere(target):
            return None
        added, self.added = self.added, ""
        text = (
            f"`apt-get update` ends in 404 for {added}: Ubuntu has amd64 and i386 on archive.ubuntu.com, and every "
            "other architecture on ports.ubuntu.com. Limit the sources that are there to theirs, and add "
            f"those of the other archive with [arch={added}]."
        )
        return Unread(text, place.of(command.words[0]), "error", id="foreign/archive", involves=("apt", "arch"))

    def _elsewhere(self, target: Stack) -> bool:
        """Whether what was added lies in the other archive of this Ubuntu."""
        distro, arch = target.facts.get("distro"), target.facts.get("arch")
        ubuntu = self.ubuntu or (isinstance(distro, Known) and distro.value == "ubuntu")
        own_is_main = not isinstance(arch, Known) or arch.value == "x86_64"
        return ubuntu and self.added != "" and own_is_main is not (self.added in _MAIN)
