"""Compose files (docs.docker.com, "Compose file reference"): the images of services, what they are built from in place,
and what the commands that they start with install. Each service is a container of its own.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from stackcheck.model import Known, Location, Unread
from stackcheck.read import yaml
from stackcheck.read.dockerfile import read_dockerfile_text
from stackcheck.read.files import ReadResult, merge
from stackcheck.read.images import image_states
from stackcheck.read.installs import Installs, Place
from stackcheck.read.lines import Line, Piece
from stackcheck.read.machine import machine_variables
from stackcheck.read.others import foreign_image, image_unread
from stackcheck.read.programs import image_settings
from stackcheck.read.quote import shown
from stackcheck.read.shell import commands
from stackcheck.read.shells import given_text
from stackcheck.read.words import Word
from stackcheck.read.workplace import for_project
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.model import Ask, Stack, Stated
    from stackcheck.read.files import Supply
    from stackcheck.read.yaml import Node

_ARCHITECTURES = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}


def read_compose(path: str, text: str, root: Node | None, target: Stack, load: Supply) -> ReadResult:
    """What the services of a file name, build in place, and install when they start. `text` is the whole file."""
    services = yaml.items(yaml.child(root, "services"))
    found = [_Service(path, text, name, node, target, load).read() for name, node in services]
    return merge((ReadResult(files=(path,)), *found))


class _Service:
    """One service on one target."""

    def __init__(self, path: str, text: str, name: str, node: Node, target: Stack, load: Supply) -> None:
        self.path, self.text, self.name, self.node, self.target, self.load = path, text, name, node, target, load
        self.group = f"service:{name}"
        self.unread: list[Unread] = []

    def read(self) -> ReadResult:
        stated = self.image()
        self.platform()
        built = self.built()
        inside = self.target.in_container().with_stated(stated)
        entry = yaml.child(self.node, "entrypoint")
        own = (yaml.text_of(yaml.child(self.node, "image")) or "") if entry is None else ""
        installs = Installs(inside, for_project(self.path, "", self.load), group=self.group)
        for line in self.started():
            place = Place(self.path, line)
            for command in commands(line.text, machine_variables(inside), budget=self.load.budget):
                installs.take(command, place)
                installs.set_up(image_settings(own, command.words, self.variables()), place)
        images = tuple(one for one in (*stated, *installs.stated) if one.table in ("images", "settings"))
        unread = (*self.unread, *installs.unread)
        return merge((ReadResult(tuple(installs.asks), unread, tuple(installs.files), (), images), built))

    def image(self) -> list[Stated]:
        """What the image's name says."""
        image = yaml.child(self.node, "image")
        reference = yaml.text_of(image)
        if image is None or not reference:
            return []
        place = yaml.place(image, self.path)
        if "$" in reference:
            reason = f"The image {shown(reference)} of {self.name} depends on a variable that is not known here."
            self.unread.append(Unread(reason, place))
            return []
        chosen = yaml.child(self.node, "platform") is not None
        foreign = foreign_image(reference, self.target, chosen=chosen)
        if foreign is not None:
            self.unread.append(image_unread(f"The image {shown(reference)}", foreign, place))
        return image_states(reference, place, emulated=self.foreign_platform() is not None)

    def variables(self) -> dict[str, str | None]:
        """`environment:`, as a mapping or a list; what Compose fills in is not known."""
        given = yaml.child(self.node, "environment")
        texts = {str(key.value): yaml.text_of(value) for key, value in yaml.pairs(given)}
        for one in yaml.elements(given):
            name, equals, value = (yaml.text_of(one) or "").partition("=")
            texts |= {name: value} if equals else {}
        return {name: None if text is None or "$" in text else text for name, text in texts.items()}

    def platform(self) -> None:
        """`platform: linux/amd64` fixes the machine."""
        found = self.foreign_platform()
        if found is not None:
            platform, wanted, arch = found
            reason = f"{self.name} is fixed to {wanted}; on {arch} it runs emulated, if at all, and without the GPU."
            where = yaml.place(platform, self.path)
            self.unread.append(Unread(reason, where, "warning", id="foreign/platform", involves=("image", "arch")))

    def foreign_platform(self) -> tuple[Node, str, str] | None:
        """The platform that a service asks for, where it is not the machine's: its place, its name, the machine's."""
        platform = yaml.child(self.node, "platform")
        named = yaml.text_of(platform) or ""
        arch = self.target.facts.get("arch")
        wanted = _ARCHITECTURES.get("/".join(named.split("/")[:2]))
        if platform is None or wanted is None or not isinstance(arch, Known) or wanted == arch.value:
            return None
        return platform, named, arch.value

    def built(self) -> ReadResult:
        """`dockerfile_inline`; what the file sets for a Dockerfile, which is judged by itself."""
        build = yaml.child(self.node, "build")
        inline = yaml.child(build, "dockerfile_inline")
        if inline is not None and inline.id == "scalar":
            return self.inline(inline)
        named = [key for key, _ in yaml.pairs(build) if key.value in ("target", "args")]
        if named:
            keys = " and ".join(shown(key.value) for key in named)
            reason = f"The build of {self.name} sets {keys}; its Dockerfile is read as a file of its own, without them."
            self.unread.append(Unread(reason, yaml.place(named[0], self.path), "note"))
        return ReadResult()

    def inline(self, node: Node) -> ReadResult:
        """A Dockerfile that stands in the file: read as one, and moved to where it stands."""
        line = yaml.lines(node, self.text)
        found = read_dockerfile_text(self.path, line.text.replace("$$", "$"), self.target, self.load)
        starts = dict(enumerate(line.pieces, 1))

        def moved(place: Location | None) -> Location | None:
            piece = None if place is None else starts.get(place.line or 0)
            if place is None or place.path != self.path or piece is None:
                return Location(self.path, line.pieces[0].line) if place and place.path == self.path else place
            if place.column is None or not piece.column:
                return Location(self.path, piece.line)
            shift = piece.column - 1
            end = None if place.end_column is None else place.end_column + shift
            return Location(self.path, piece.line, place.column + shift, end)

        def asked(ask: Ask) -> Ask:
            place = moved(ask.origin.location)
            group = self.group if ask.group is None else f"{self.group}, {ask.group}"
            return replace(ask, group=group, origin=replace(ask.origin, location=place, place=str(place)))

        def stated(one: Stated) -> Stated:
            place = moved(one.state.origin.location)
            origin = replace(one.state.origin, location=place, place=str(place))
            return replace(one, state=replace(one.state, origin=origin))

        unread = tuple(replace(one, location=moved(one.location) or one.location) for one in found.unread)
        images = tuple(stated(one) for one in found.stated if one.table == "images")
        return ReadResult(tuple(map(asked, found.asks)), unread, found.files, (), images)

    def started(self) -> Iterator[Line]:
        """The texts of the commands that the service starts with."""
        entry, command = yaml.child(self.node, "entrypoint"), yaml.child(self.node, "command")
        before = list(yaml.elements(entry)) if entry is not None and entry.id == "sequence" else []
        if before and before[-1].id == "scalar" and before[-1].value.startswith("-") and command is not None:
            # `entrypoint: ["bash", "-c"]` takes the command for its text.
            yield from self.words([*before, *list(yaml.elements(command))])
            return
        for node in (entry, command):
            if node is not None and node.id == "scalar":
                yield self.line(node)
            elif node is not None and node.id == "sequence":
                yield from self.words(list(yaml.elements(node)))

    def words(self, nodes: list[Node]) -> Iterator[Line]:
        """The words of one command: the text that they give to a shell, or they themselves at the place of the
        first."""
        if not nodes or any(node.id != "scalar" for node in nodes):
            return
        values = [str(node.value).replace("$$", "$") for node in nodes]
        given = given_text(tuple(Word(value, at, at) for at, value in enumerate(values)))
        if given is not None:
            yield self.line(nodes[given.start])
        else:
            yield Line(shlex.join(values), (Piece(0, nodes[0].start_mark.line + 1, 0),))

    def line(self, node: Node) -> Line:
        """A scalar's text as the shell gets it: `$$` is a dollar sign, and what else has one is Compose's own."""
        line = yaml.lines(node, self.text)
        if "$$" not in line.text:
            return line
        return Line(line.text.replace("$$", "$"), (Piece(0, line.pieces[0].line, 0),))
