"""Images that a workflow publishes, and for which machines (docs.docker.com, "Multi-platform builds").

Without `platforms` an image is for the machine that builds it. What one workflow publishes counts as one image: where
any of its steps builds for the judged machine, or where that cannot be told, nothing is said.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.model import PUBLISHED, Known, Origin, Stated, Unread
from stackcheck.read import yaml
from stackcheck.read.runners import matrix_values, runner_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.model import Stack
    from stackcheck.read.yaml import Node

_ACTIONS = ("docker/build-push-action@", "docker/bake-action@")
_PUSHED = re.compile(r"type=registry|push=true")
_BUILD = re.compile(r"docker (?:buildx )?build\b")
_PUSH = re.compile(r"docker push\b|--push\b|imagetools create|manifest (?:create|push)")
_PLATFORM = re.compile(r"--platform[= ]([\w/,.-]+|\S+)")
_REFERENCE = re.compile(r"((?:[a-z0-9.-]+(?::\d+)?/)+[a-z0-9._-]+)(?::[\w.-]+)?", re.ASCII)
_MATRIX = re.compile(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}")
_NAMES = {"x86_64": "amd64", "aarch64": "arm64"}


def for_others_alone(root: Node | None, path: str, target: Stack) -> tuple[Unread, list[Stated]] | None:
    """What is said of a workflow whose images are for other machines than the target alone, and their names."""
    arch = target.facts.get("arch")
    wanted = _NAMES.get(arch.value) if isinstance(arch, Known) else None
    if wanted is None:
        return None
    place, built, names = None, set[str](), set[str]()
    for name, job in yaml.items(yaml.child(root, "jobs")):
        if yaml.child(job, "uses") is not None:
            return None  # another workflow, which is not here
        names |= _named(job)
        for node, platforms in _published(job, target):
            if platforms is None or wanted in platforms:
                return None
            place = place or (node, name)
            built |= platforms
    if place is None:
        return None
    others = " and ".join(f"linux/{one}" for one in sorted(built))
    text = f"The images that {place[1]} publishes are for {others} alone; there is none for linux/{wanted} to pull."
    where = yaml.place(place[0], path)
    origin = Origin(f"{place[1]} publishes it for {others} alone", str(where), where)
    stated = [Stated("settings", f"{PUBLISHED}{name}", Known("*", origin)) for name in sorted(names)]
    return Unread(text, where, "warning", id="foreign/published", involves=("image", "arch")), stated


def _named(job: Node) -> set[str]:
    """The names of the images that a job publishes, without tags, where they are written out."""
    found: set[str] = set()
    for step in yaml.elements(yaml.child(job, "steps")):
        given = yaml.child(step, "with")
        for key in ("tags", "images"):
            for text in re.split(r"[,\n]", yaml.text_of(yaml.child(given, key)) or ""):
                name = _REFERENCE.fullmatch(text.strip().removeprefix("docker.io/"))
                found |= {name[1]} if name is not None else set()
    return found


def _published(job: Node, target: Stack) -> Iterator[tuple[Node, set[str] | None]]:
    """Each step that publishes, with the architectures it builds for; None where those are not told."""
    own = _of_runner(job, target)
    for step in yaml.elements(yaml.child(job, "steps")):
        uses, script = yaml.text_of(yaml.child(step, "uses")) or "", yaml.text_of(yaml.child(step, "run")) or ""
        if uses.startswith(_ACTIONS):
            given = yaml.child(step, "with")
            push = yaml.text_of(yaml.child(given, "push")) or ""
            outputs = yaml.text_of(yaml.child(given, "outputs")) or ""
            if uses.startswith(_ACTIONS[1]):
                yield step, None  # what it builds stands in a file of its own
            elif push not in ("", "false") or _PUSHED.search(outputs):
                yield step, _architectures(yaml.text_of(yaml.child(given, "platforms")), job, own)
        elif _PUSH.search(script):
            if not _BUILD.search(script):
                yield step, None  # it joins what others have built
                continue
            named = _PLATFORM.search(script)
            yield step, _architectures(named[1] if named else None, job, own)


def _architectures(platforms: str | None, job: Node, own: set[str] | None) -> set[str] | None:
    if not platforms:
        return own
    texts = [platforms]
    for name in _MATRIX.findall(platforms):
        texts = [_MATRIX.sub(value, platforms, count=1) for value in matrix_values(job, name)]
    if not texts or any("$" in text for text in texts):
        return None
    parts = [part.strip() for text in texts for part in re.split(r"[,\n]", text)]
    return {part.split("/")[1] if part.count("/") else part for part in parts if part}


def _of_runner(job: Node, target: Stack) -> set[str] | None:
    """The architecture of a job's own machine, where its labels tell it."""
    runner = runner_of(job, target)
    if runner.foreign or runner.fits is None:
        return None
    arch = target.facts["arch"]
    other = {"x86_64": "arm64", "aarch64": "amd64"}
    return {_NAMES[arch.value] if runner.fits else other[arch.value]} if isinstance(arch, Known) else None
