"""NVIDIA's component packages of one CUDA family, of which each has a release of its own.

Nothing ties their minor versions together. What a compiler makes (NVVM, NVRTC) is linked by nvJitLink, and that reads
what its own release and older ones make, within a family (docs.nvidia.com/cuda/nvjitlink). Its symbols bear the release
(`__nvJitLinkCreate_12_4`), so that cuSPARSE, and a torch that is built with it, do not load beside an older one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.model import Finding, Fix, Known, Origin, Reason, Source
from stackcheck.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.version import Version

    from stackcheck.judge.working import Working

RULE = Source("https://github.com/NVIDIA/cuda-python/issues/788", "2026-11-28", "reported")

SYMBOLS = Source("https://github.com/rapidsai/build-planning/issues/253", "2026-11-28", "reported")

_COMPONENT = pattern(r"nvidia-(cuda-nvcc|cuda-nvrtc|nvvm|nvjitlink|cusparse)(?:-cu\d+)?$")
_OF_CUSPARSE = (
    ((12, 7, 9), (13, 2)),
    ((12, 7), (13, 1)),
    ((12, 6), (13, 0)),
    ((12, 5, 9), (12, 9)),
    ((12, 5, 8), (12, 8)),
    ((12, 5, 4), (12, 6)),
    ((12, 3), (12, 4)),
    ((12, 1), (12, 1)),
)
"""The CUDA release of cuSPARSE from a version of its own on, as torch and cuda-toolkit pin them on PyPI."""


def findings(work: Working) -> list[Finding]:
    """One for each compiler that is newer than the linker of its family, or library that needs a newer one."""
    found = list(_components(work))
    linkers = {version.major: (name, version) for kind, name, version, _ in found if kind == "nvjitlink"}
    compilers = [
        _finding(name, version, origin, *linkers[version.major])
        for kind, name, version, origin in found
        if kind not in ("nvjitlink", "cusparse")
        and version.major in linkers
        and version.minor > linkers[version.major][1].minor
    ]
    return compilers + [
        _unlinked(name, text, release, origin, *linkers[release[0]])
        for name, text, release, origin in _linked(work, found)
        if release[0] in linkers and release[1] > linkers[release[0]][1].minor
    ]


def _linked(
    work: Working, found: list[tuple[str, str, Version, Origin]]
) -> Iterator[tuple[str, str, tuple[int, int], Origin]]:
    """What loads nvJitLink: its name, how a sentence begins with it, the CUDA release of its symbols, its origin."""
    sparse = [(name, version, origin) for kind, name, version, origin in found if kind == "cusparse"]
    for name, version, origin in sparse:
        release = next((cuda for first, cuda in _OF_CUSPARSE if version.release >= first), None)
        if release is not None:
            yield name, f"{name} {version} is of CUDA {release[0]}.{release[1]}", release, origin
    torch, cuda = work.domain("torch"), work.domain("cuda")
    if sparse or torch is None or cuda is None or cuda.assumed or len(cuda.values) != 1 or not torch.steps:
        return
    own, step = versions.parse(cuda.values[0]), torch.steps[0]
    if own is not None and (own.major, own.minor) >= (12, 4):  # before, torch let the linker's release open
        text = f"torch {torch.pick or ''} is built with CUDA {own}"
        yield "torch", text, (own.major, own.minor), Origin(step.text, step.origin, step.location)


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


def _unlinked(name: str, text: str, release: tuple[int, int], origin: Origin, linker: str, linked: Version) -> Finding:
    wanted = f"{release[0]}.{release[1]}"
    return Finding(
        kind="component-skew",
        id=f"component-skew/{linker}",
        severity="error",
        subject=linker,
        message=f"{text}, and {linker} {linked} is older: the import ends in 'undefined symbol: __nvJitLink…_"
        f"{release[0]}_{release[1]}'.",
        involves=tuple(sorted((name, linker))),
        location=origin.location,
        because=(Reason(origin.text, origin.place),),
        fix=Fix(f"Take {linker} {wanted} or newer of CUDA {release[0]}."),
        sources=(SYMBOLS,),
    )
