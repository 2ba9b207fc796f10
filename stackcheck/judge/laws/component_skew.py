"""NVIDIA's component packages of one CUDA family, of which each has a release of its own.

Nothing ties their minor versions together. What a compiler makes (NVVM, NVRTC) is linked by nvJitLink, and that reads
what its own release and older ones make, within a family (docs.nvidia.com/cuda/nvjitlink).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.model import Finding, Fix, Known, Reason, Source
from stackcheck.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.version import Version

    from stackcheck.judge.working import Working
    from stackcheck.model import Origin

RULE = Source("https://github.com/NVIDIA/cuda-python/issues/788", "2026-11-28", "reported")

_COMPONENT = pattern(r"nvidia-(cuda-nvcc|cuda-nvrtc|nvvm|nvjitlink)(?:-cu\d+)?$")


def findings(work: Working) -> list[Finding]:
    """One for each compiler that is newer than the linker of its family."""
    found = list(_components(work))
    linkers = {version.major: (name, version) for kind, name, version, _ in found if kind == "nvjitlink"}
    return [
        _finding(name, version, origin, *linkers[version.major])
        for kind, name, version, origin in found
        if kind != "nvjitlink" and version.major in linkers and version.minor > linkers[version.major][1].minor
    ]


def _components(work: Working) -> Iterator[tuple[str, str, Version, Origin]]:
    """The components that are installed or pinned: which, the distribution, its version, and how that is known."""
    pinned = {
        ask.name: ask
        for ask in work.stack.asks
        if ask.name.startswith("nvidia-") and ask.applies and ask.specifier.startswith("==")
    }
    for name, state in work.stack.packages.items():
        own = name.startswith("nvidia-") and name not in pinned
        match = _COMPONENT.match(name) if own and isinstance(state, Known) else None
        version = versions.parse(state.value) if match is not None and isinstance(state, Known) else None
        if match is not None and version is not None and isinstance(state, Known):
            yield match[1], name, version, state.origin
    for name, ask in pinned.items():
        match = _COMPONENT.match(name)
        version = versions.parse(ask.specifier.removeprefix("==")) if match is not None else None
        if match is not None and version is not None:
            yield match[1], name, version, ask.origin


def _finding(name: str, version: Version, origin: Origin, linker: str, linked: Version) -> Finding:
    text = (
        f"{name} {version} is newer than {linker} {linked}, which links what it makes: nvJitLink reads what its own "
        "release and older ones make."
    )
    release = f"{version.major}.{version.minor}"
    return Finding(
        kind="component-skew",
        id=f"component-skew/{name}",
        severity="warning",
        subject=name,
        message=text,
        involves=tuple(sorted((name, linker))),
        location=origin.location,
        because=(Reason(origin.text, origin.place),),
        fix=Fix(
            f"Take both of one CUDA release: {linker} {release} or newer, or {name} {linked.major}.{linked.minor}."
        ),
        sources=(RULE,),
    )
