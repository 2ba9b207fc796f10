"""conda-lock.yml (conda-lock 1 and newer): what pip brings into an environment of conda, and for which platforms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.model import Location, Unread
from stackcheck.read import yaml
from stackcheck.read.conda import brought_by_conda, platforms_stated
from stackcheck.read.files import ReadResult
from stackcheck.read.pixi import locked_file, platform_of
from stackcheck.values import replace

if TYPE_CHECKING:
    from stackcheck.model import Ask, Stack
    from stackcheck.read.yaml import Node


def is_conda_lock(root: Node) -> bool:
    """Whether a YAML file is what conda-lock writes: its metadata name platforms, and it has a list of packages."""
    metadata = yaml.child(root, "metadata")
    named = metadata is not None and metadata.id == "mapping" and yaml.child(metadata, "platforms") is not None
    return named and yaml.child(root, "package") is not None


def read_conda_lock(path: str, root: Node, target: Stack) -> ReadResult:
    """Each package stands there once for every platform; those of pip (`manager: pip`) are wheels of PyPI."""
    listed = yaml.child(yaml.child(root, "metadata"), "platforms")
    names = [node.value for node in yaml.elements(listed) if node.id == "scalar"]
    platform = platform_of(target)
    asks: list[Ask] = []
    unread: list[Unread] = []
    conda: dict[str, None] = {}
    for node in yaml.elements(yaml.child(root, "package")):
        entry = {name: yaml.text_of(value) or "" for name, value in yaml.items(node)}
        if entry.get("manager") != "pip":
            conda |= dict.fromkeys(filter(None, [entry.get("name")]))
            continue
        if platform is not None and entry.get("platform") != platform:
            continue
        group = None if entry.get("category", "main") == "main" else f"environment:{entry['category']}"
        place = yaml.place(node, path)
        ask = locked_file(entry.get("url", ""), (entry.get("name", ""), entry.get("version", "")), place, group)
        if ask is None:
            unread.append(Unread("This package of pip has no name, and was not read.", place))
        else:
            asks.append(replace(ask, applies=None if platform is None else True))
    return ReadResult(
        tuple(asks),
        (*unread, *brought_by_conda(conda, Location(path))),
        (path,),
        stated=tuple(platforms_stated(names, listed, path)),
    )
