"""Packages that are one release in parts: their versions must be one, and what installs them does not see to it.

FlashInfer, JAX's plugins and Transformer Engine compare them when they are imported and stop, or go on without the GPU;
the libraries of RAPIDS and of TensorRT lack each other's symbols.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.model import Finding, Fix, Known, Reason, Source
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackcheck.judge.working import Working
    from stackcheck.model import Origin

_SEEN = "2026-11-28"


@dataclass(frozen=True, slots=True)
class Family:
    """The parts, the one that leads first; how many numbers of their versions must be the same; what happens else."""

    names: tuple[str, ...]
    numbers: int
    why: str
    source: str


def _families() -> Iterator[Family]:
    yield Family(
        ("flashinfer-python", "flashinfer-cubin", "flashinfer-jit-cache"),
        4,
        "FlashInfer compares them when it is imported, and stops ('version does not match flashinfer version')",
        "https://github.com/flashinfer-ai/flashinfer",
    )
    for cuda in ("cu12", "cu13"):
        yield Family(
            ("jaxlib", *(f"jax-cuda{cuda[2:]}-{part}" for part in ("plugin", "pjrt"))),
            3,
            "JAX leaves out a plugin of another version than jaxlib's, and goes on with the CPU",
            "https://github.com/jax-ml/jax",
        )
        yield Family(
            ("transformer-engine", *(f"transformer-engine-{part}" for part in (cuda, "torch", "jax"))),
            3,
            "Transformer Engine compares them when it is imported, and stops",
            "https://github.com/NVIDIA/TransformerEngine",
        )
    for cuda in ("cu11", "cu12", "cu13"):
        yield Family(
            (f"tensorrt-{cuda}", f"tensorrt-{cuda}-bindings", f"tensorrt-{cuda}-libs"),
            3,
            "TensorRT's Python modules are made for the libraries of their own release",
            f"pkg:pypi/tensorrt-{cuda}",
        )
        yield Family(
            tuple(f"{part}-{cuda}" for part in _RAPIDS),
            2,
            "the libraries of RAPIDS are made for each other month by month, and lack symbols of another month's",
            f"pkg:pypi/cudf-{cuda}",
        )


_RAPIDS = (
    *("cudf", "libcudf", "pylibcudf", "dask-cudf", "cuml", "libcuml", "cugraph", "libcugraph", "pylibcugraph"),
    *("nx-cugraph", "rmm", "librmm", "libraft", "pylibraft", "raft-dask", "cuvs", "libcuvs", "cuspatial"),
)
FAMILIES = tuple(_families())
NAMES = frozenset(name for family in FAMILIES for name in family.names)


def findings(work: Working) -> Iterator[Finding]:
    """One for each part that has another version than the first that is there."""
    known = _known(work)
    for family in FAMILIES:
        parts = [(name, *known[name]) for name in family.names if name in known]
        for name, version, origin in parts[1:]:
            if _numbers(version, family) != _numbers(parts[0][1], family):
                yield _finding(family, parts[0], (name, version, origin))


def _known(work: Working) -> Mapping[str, tuple[str, Origin]]:
    """The parts that are installed or pinned, with version and origin; a pin goes before what is installed."""
    states = ((name, work.stack.packages.get(name)) for name in NAMES & work.stack.packages.keys())
    found = {name: (state.value, state.origin) for name, state in states if isinstance(state, Known)}
    for ask in work.stack.asks:
        pinned = ask.specifier.startswith("==") and not ask.specifier.endswith("*") and "," not in ask.specifier
        always = ask.applies and not ask.constraint and ask.group is None and not ask.alternatives
        if ask.name in NAMES and pinned and always:
            found[ask.name] = (ask.specifier.lstrip("="), ask.origin)
    if isinstance(work.stack.variables.get("FLASHINFER_DISABLE_VERSION_CHECK"), Known):
        found = {name: pair for name, pair in found.items() if not name.startswith("flashinfer-")}
    return {name: pair for name, pair in found.items() if versions.parse(pair[0]) is not None}


def _numbers(version: str, family: Family) -> tuple[int, ...]:
    parsed = versions.parse(version)
    release = () if parsed is None else parsed.release
    return (*release, 0, 0, 0, 0)[: family.numbers]


def _finding(family: Family, first: tuple[str, str, Origin], other: tuple[str, str, Origin]) -> Finding:
    leader, wanted, _ = first
    name, version, origin = other
    release = wanted if family.numbers > 2 else ".".join(wanted.split(".")[:2])
    return Finding(
        kind="lockstep",
        id=f"lockstep/{name}",
        severity="error",
        subject=name,
        message=f"{name} {version} is beside {leader} {wanted}, of which it is a part: {family.why}.",
        involves=tuple(sorted((name, leader))),
        location=origin.location,
        because=tuple(Reason(each.text, each.place) for _, _, each in (first, other)),
        fix=Fix(f"Take {name} {release}, or all of another release."),
        sources=(Source(family.source, _SEEN, "observed" if family.source.startswith("pkg:") else "reported"),),
    )
