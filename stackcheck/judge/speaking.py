"""The laws that only say what they see, once every release has settled: one module each.

A law is loaded where the stack holds something for it to judge: most stacks hold nothing for most of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from stackcheck.model import Known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackcheck.judge.working import Working
    from stackcheck.model import Finding


_FAMILIES = (
    *("flashinfer-", "jax-cuda", "transformer-engine-", "tensorrt-cu", "cudf-", "dask-cudf-", "cuml-", "cugraph-"),
    *("nx-cugraph-", "rmm-", "cuvs-", "cuspatial-", "raft-dask-", "lib", "pylib"),
)
"""Beginnings of the names of packages that are one release in parts."""


def findings(work: Working) -> Iterator[Finding]:
    """What these laws say of a stack, in their order. Call it after the engine."""
    for name, concerned in LAWS:
        if concerned(work):
            yield from import_module(f"stackcheck.judge.laws.{name}").findings(work)


def _locked(work: Working) -> bool:
    return any(ask.locked == () or ask.unhashed or ask.hashes for ask in work.stack.asks)


def _pinned(work: Working) -> bool:
    return any(ask.specifier.startswith("==") for ask in (*work.stack.asks, *work.stack.wants))


def _of_one_stem(work: Working) -> bool:
    names = {*work.stack.packages, *(ask.name for ask in work.stack.asks)}
    return len({name.partition("-")[0] for name in names}) < len(names)


def _labelled(work: Working) -> bool:
    there = any("+" in state.value for state in work.stack.packages.values() if isinstance(state, Known))
    return there or any("+" in ask.specifier or ask.url is not None for ask in work.stack.asks)


def _free_threaded(work: Working) -> bool:
    stated = work.stack.facts.get("python")
    return "python:free-threaded" in work.features or (isinstance(stated, Known) and stated.value.endswith("t"))


def _of_cuda(work: Working) -> bool:
    stack = work.stack
    return any(name.startswith("nvidia-") for name in (*stack.packages, *(ask.name for ask in stack.asks)))


def _installed_by_pip(work: Working) -> bool:
    there = "pip" in work.stack.packages or "python3-pip" in work.stack.system_packages
    return bool(work.stack.asks) and (there or work.domain("system-python") is not None)


def _of_families(work: Working) -> bool:
    stack = work.stack
    return any(name.startswith(_FAMILIES) for name in (*stack.packages, *(ask.name for ask in stack.asks)))


def _of_some_cuda(work: Working) -> bool:
    return any(work.domain(name) is not None for name in ("compute-capability", "driver", "cuda-driver"))


LAWS: tuple[tuple[str, Callable[[Working], bool]], ...] = (
    ("same_files", lambda work: bool(work.asks or work.installed)),
    ("siblings", _of_one_stem),
    ("optional_bounds", lambda work: len(work.stack.asks) + len(work.stack.packages) > 1),
    ("labels", _labelled),
    ("binary_ties", lambda work: bool(work.stack.images) or work.domain("torch") is not None),
    ("source_builds", lambda work: bool(work.stack.asks or work.features)),
    ("numpy_abi", lambda work: work.domain("numpy") is not None),
    ("later_caps", _pinned),
    ("lock_entries", _locked),
    ("free_threaded", _free_threaded),
    ("fallback", lambda work: bool(work.stack.asks)),
    ("brought_files", lambda work: bool(work.stack.asks)),
    ("old_pip", _installed_by_pip),
    ("conda", lambda work: bool(work.stack.conda)),
    ("only_for", lambda work: bool(work.stack.apt or work.stack.runners or work.stack.images)),
    ("ros_packages", lambda work: bool(work.stack.apt)),
    ("ros_python", lambda work: any(name.startswith("ros2 ") for name in work.stack.settings)),
    ("cuda_bound", _of_some_cuda),
    ("component_skew", _of_cuda),
    ("lockstep", _of_families),
    ("path_cuda", lambda work: "LD_LIBRARY_PATH" in work.stack.variables),
    ("arch_lists", lambda work: any(name.startswith("cuda-toolkit arch=") for name in work.stack.settings)),
    ("kernel_module", lambda work: bool(work.stack.system_packages)),
)
"""The laws by the names of their modules, each with what must be there for it to say anything."""
