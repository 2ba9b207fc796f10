"""For which GPUs a command compiles: lists of architectures as torch's builder, CMake and nvcc take them.

`TORCH_CUDA_ARCH_LIST` (torch/utils/cpp_extension.py), `CMAKE_CUDA_ARCHITECTURES` and `CUDAARCHS` (cmake.org,
"CUDA_ARCHITECTURES"), `CUDA_ARCH_BIN` (OpenCV), and nvcc's own options (docs.nvidia.com, "NVCC").
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackcheck.read.words import Word

VARIABLES = ("TORCH_CUDA_ARCH_LIST", "CUDAARCHS", "CMAKE_ARGS")
"""The variables by which a build is told its architectures."""
_BUILDERS = frozenset(("pip", "pip3", "uv", "setup.py", "cmake", "make", "ninja"))
"""Words of the commands that compile with what the variables say, or may."""
_OPTION = re.compile(r"-D(?:TORCH_CUDA_ARCH_LIST|CMAKE_CUDA_ARCHITECTURES|CUDA_ARCH_BIN)(?::\w+)?=(\S+)")
_NVCC = re.compile(r"(?:compute|sm|lto)_(\d{2,3})(?!\d)")
_DOTTED = re.compile(r"(\d{1,2})\.(\d)[af]?(?:\+PTX)?", re.IGNORECASE)
_PLAIN = re.compile(r"(\d{1,2})(\d)[af]?(?:-real|-virtual)?")
_BETWEEN = re.compile(r"[;,\s\"']+")


def built_for(words: tuple[Word, ...], environment: Mapping[str, str | None]) -> Iterator[tuple[str, Word]]:
    """The compute capabilities that a command compiles for, each with the word that says it, or that starts it."""
    names = {posixpath.basename(word.text) for word in words}
    if "nvcc" in names:
        for word in words:
            for found in _NVCC.finditer(word.text) if word.unknown is None else ():
                yield f"{found[1][:-1]}.{found[1][-1]}", word
    if not names & _BUILDERS:
        return
    for word in words:
        option = _OPTION.match(word.text) if word.unknown is None else None
        if option is not None:
            yield from ((one, word) for one in _listed(option[1]))
    for name in VARIABLES[:2]:
        yield from ((one, words[0]) for one in _listed(environment.get(name) or ""))
    for found in _OPTION.finditer(environment.get(VARIABLES[2]) or ""):
        yield from ((one, words[0]) for one in _listed(found[1]))


def _listed(text: str) -> Iterator[str]:
    for item in _BETWEEN.split(text):
        found = _DOTTED.fullmatch(item) or _PLAIN.fullmatch(item)
        if found is not None:
            yield f"{found[1]}.{found[2]}"
