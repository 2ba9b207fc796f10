"""The GPU code of installed packages, from their own libraries: what a version string cannot be trusted to say.

NVIDIA's libraries are left out, in packages of their own (`nvidia-*`) or bundled by others: they choose among their
kernels, and compile more, by rules of their own.
"""

from __future__ import annotations

import os
import posixpath
import re
from typing import TYPE_CHECKING

from stackcheck.model import Absent, Code, Location, Origin, Unread
from stackcheck.scan import distributions, fatbin, library
from stackcheck.scan.elf import DamagedError
from stackcheck.scan.metadata import RECORD_LIMIT
from stackcheck.scan.view import UnreadableError, read_text
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stackcheck.scan.metadata import Distribution
    from stackcheck.scan.view import HostView

MAIN = {"torch": "torch/lib/libtorch_cuda.so"}
"""The one library that decides: beside it, torch bundles others (MAGMA, NVSHMEM) with longer lists of their own."""

SIGNS = ("torch", "nvidia-", "cuda-", "cupy", "jax", "tensorflow", "onnxruntime", "vllm")
"""How names of packages begin, without any of which no package of an environment is expected to have GPU code."""

_NVIDIAS = re.compile(r"lib(?:cu(?:blas|dart|dnn|fft|file|pti|rand|solver|sparse|tensor)|nccl|npp|nv)")
"""How the names of its libraries begin: a profiler's kernels (libcupti in triton) say nothing of the package."""

_LISTED = re.compile(rb'^"?([^,"\n]+\.so(?:\.\d+)*)"?,', re.MULTILINE)
_CUDA = re.compile(r"""^cuda\s*(?::[^=\n]+)?=\s*['"](\d+\.\d+)[\d.]*['"]""", re.MULTILINE)
_SO = re.compile(r".+\.so(?:\.\d+)*")
_MAX_LIBRARIES = 5_000
_MAX_LOOKED_AT = 20_000
_MAX_DEPTH = 4


def expected(names: Iterable[str]) -> bool:
    """Whether an environment with these packages may have GPU code in it, so that looking for it is worth the time."""
    return any(name.startswith(SIGNS) for name in names)


def packages(view: HostView, installed: Iterable[Distribution]) -> tuple[dict[str, Code | Absent], tuple[Unread, ...]]:
    """The GPU code of each distribution that has some, and what of their libraries could not be read.

    `installed` are those in use, one of each name. Absent is a torch without CUDA.
    """
    found: dict[str, Code | Absent] = {}
    unread: list[Unread] = []
    for one in installed:
        state = _torch(view, one, unread) if one.name in MAIN else _package(view, one, unread)
        if state is not None:
            found[one.name] = state
    return found, tuple(unread)


def of_files(parts: Mapping[str, fatbin.Fatbins], doubt: str | None = None) -> Code | None:
    """The code of one package by what its libraries hold (path → code); None where that is none."""
    having = sorted(path for path, code in parts.items() if code)
    if not having:
        return None
    code = fatbin.joined(parts[path] for path in having)
    others = f" and {len(having) - 1} more" if len(having) > 1 else ""
    if code.other and doubt is None:
        doubt = f"its libraries also hold {code.other} pieces of GPU code of a kind that is not read"
    found = Code(code.cubins, code.ptx, Origin("", f"{having[0]}{others}"), doubt=doubt)
    return replace(found, origin=Origin(f"its libraries hold {found}", found.origin.place))


def parse_cuda(text: str) -> str | None:
    """The CUDA that a torch/version.py names: `cuda: Optional[str] = '13.0'` → "13.0"."""
    match = _CUDA.search(text)
    return match[1] if match else None


def _torch(view: HostView, one: Distribution, unread: list[Unread]) -> Code | Absent | None:
    main = f"{one.folder}/{MAIN['torch']}"
    folder = posixpath.dirname(main)
    version = f"{one.folder}/torch/version.py"
    try:
        cuda = parse_cuda(read_text(view, version) or "")
        names = view.list_dir(folder)
    except UnreadableError as error:
        unread.append(Unread(f"{error}.", Location(main)))
        return None
    if posixpath.basename(main) in names:
        code = of_files(_read(view, (main,), unread))
        return replace(code, cuda=cuda) if code else None
    # A torch for AMD's or Intel's GPUs, or one that is split otherwise, is none of this module's business.
    if "libtorch_cpu.so" in names and cuda is None and not any("hip" in name or "xpu" in name for name in names):
        return Absent(Origin("torch has no libtorch_cuda.so and names no CUDA: a build for the CPU alone", folder))
    return None


def _package(view: HostView, one: Distribution, unread: list[Unread]) -> Code | None:
    compiled = any(not tag.endswith("-any") for tag in one.tags)
    if one.name.startswith("nvidia-") or (one.tags and not compiled):
        return None
    before = len(unread)
    try:
        paths = _libraries(view, one, unread)
    except UnreadableError as error:
        unread.append(Unread(f"{error}.", Location(one.path), "note"))
        return None
    parts = _read(view, (path for path in paths if not _NVIDIAS.match(posixpath.basename(path))), unread)
    return of_files(parts, "not all of its libraries could be read" if len(unread) > before else None)


def _libraries(view: HostView, one: Distribution, unread: list[Unread]) -> tuple[str, ...]:
    """The libraries of a distribution: those that its RECORD lists; of one installed in place, those in its folder."""
    info = posixpath.dirname(one.path)
    record = view.read_bytes(f"{info}/RECORD", RECORD_LIMIT)
    names = [path.decode("utf-8", "replace") for path in _LISTED.findall(record)] if record is not None else []
    if len(names) > _MAX_LIBRARIES:
        unread.append(_too_many(f"{info}/RECORD", f"lists more than {_MAX_LIBRARIES} libraries"))
    if names:
        return tuple(posixpath.normpath(posixpath.join(one.folder, name)) for name in names[:_MAX_LIBRARIES])
    source = distributions.source_folder(view, info)
    # What old installers put there has no list of files, and its folder is everybody's.
    alone = source is not None and posixpath.basename(source) not in ("site-packages", "dist-packages")
    return tuple(_walk(view, source, unread)) if source is not None and alone else ()


def _walk(view: HostView, folder: str, unread: list[Unread]) -> Iterator[str]:
    """Libraries in a project's folder and some levels below; virtual environments and hidden folders are passed by."""
    todo = [(folder, 0)]
    left = _MAX_LOOKED_AT
    while todo:
        place, depth = todo.pop()
        names = view.list_dir(place)
        if depth and "pyvenv.cfg" in names:
            continue
        left -= len(names)
        if left < 0:
            unread.append(_too_many(folder, f"has more than {_MAX_LOOKED_AT} files"))
            return
        for name in names:
            if _SO.fullmatch(name):
                yield f"{place}/{name}"
            elif depth < _MAX_DEPTH and "." not in name and name not in ("node_modules", "__pycache__"):
                todo.append((f"{place}/{name}", depth + 1))


def _too_many(path: str, text: str) -> Unread:
    return Unread(f"{path} {text}: not all of them were read.", Location(path), "note")


def _read(view: HostView, paths: Iterable[str], unread: list[Unread]) -> dict[str, fatbin.Fatbins]:
    parts: dict[str, fatbin.Fatbins] = {}
    for path in paths:
        try:
            file = view.open(path)
            if file is None:
                continue
            with file:
                one = library.read(file, os.fstat(file.fileno()).st_size, linking=False)
        except (DamagedError, OSError) as error:
            reason = str(error) if isinstance(error, UnreadableError) else f"{path} cannot be read: {error}"
            unread.append(Unread(f"{reason}.", Location(path), "note"))
            continue
        if one is not None:
            parts[path] = one.code
    return parts
