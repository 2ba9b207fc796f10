"""What COPY, ADD and mounts put into an image, and from where (Docker: "Dockerfile reference")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.budget import MAX_VALUE
from stackcheck.read.instructions import json_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.read.instructions import Instruction
    from stackcheck.read.words import Variables
    from stackcheck.read.workplace import Workplace

_FLAG = re.compile(r"\s*--([a-z-]+)(?:=(\S+))?(?:\s+|$)")


def bring(one: Instruction, known: Variables, project: Workplace) -> None:
    """COPY and ADD: files of the project, of another stage or image, or from the network."""
    words = copied(one, known)
    if one.documents or len(words) < 2:
        return
    *given, target = words
    foreign = given if "--from=" in one.arguments.text else [source for source in given if "://" in source]
    if foreign:
        project.bring_foreign(project.folder, target, foreign)
    if own := [source for source in given if source not in foreign]:
        project.bring(own, target)


def copied(one: Instruction, known: Variables) -> list[str]:
    """The words of COPY and ADD behind the flags, variables filled in: sources, and what they become."""
    text = without_flags(one.arguments.text)[0]
    words = json_words(text)
    filled = [expanded(word, known) for word in (text.split() if words is None else words)]
    return [f"/{word}" if word[:1] == "$" else word for word in (word.strip("\"'") for word in filled)]


def sources(body: Iterable[Instruction]) -> Iterator[str]:
    """The files of the build context that the instructions of a stage name."""
    for one in body:
        if one.name in ("COPY", "ADD") and not one.documents and "--from=" not in one.arguments.text:
            yield from (source for source in copied(one, {})[:-1] if "://" not in source)
        elif one.name == "RUN":
            own = (mount for mount in mounts(one.arguments.text, {}) if "from" not in mount)
            yield from (mount["source"] for mount in own if "source" in mount)


def mounts(text: str, known: Variables) -> list[dict[str, str]]:
    """The bind mounts of RUN (`--mount=type=bind,source=…,target=…`), by their standard names."""
    found, at = [], 0
    names = {"src": "source", "dst": "target", "destination": "target"}
    while (flag := _FLAG.match(text, at)) is not None:
        at = flag.end()
        if flag[1] == "mount":
            pairs = [part.partition("=") for part in expanded(flag[2] or "", known).split(",")]
            found.append({names.get(name.lower(), name.lower()): value.strip("\"'") for name, _, value in pairs})
    return [mount for mount in found if mount.get("type", "bind") == "bind"]


def lay(mount: dict[str, str], project: Workplace) -> None:
    """Lays what is mounted where one command finds it."""
    target, source = mount.get("target", ""), mount.get("source", ".")
    if target and "from" in mount:
        project.bring_foreign(project.folder, target, [source])
    elif target:
        project.bring([source], target)


def expanded(text: str, known: Variables) -> str:
    """A text with its variables; what is not known stays as it is written, and so does what would be too long."""
    size = 0

    def value(found: re.Match[str]) -> str:
        nonlocal size
        held = filled(found)
        size += len(held)
        return held if size <= MAX_VALUE else found[0]

    def filled(found: re.Match[str]) -> str:
        name, sign, other = found[1] or found[2], found[3] or "", found[4] or ""
        held = known.get(name)
        if sign.endswith("+"):
            return other if held else ""
        return held if held else (other if sign.endswith("-") else found[0])

    return re.sub(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+])([^}]*))?\})", value, text)


def without_flags(text: str) -> tuple[str, dict[str, str]]:
    """The arguments behind `--name=value` flags, and these."""
    flags: dict[str, str] = {}
    at = 0
    while (found := _FLAG.match(text, at)) is not None:
        flags[found[1]] = found[2] or ""
        at = found.end()
    return text[at:], flags
