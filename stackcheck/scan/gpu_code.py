"""The GPU code of installed packages, from their own libraries: what a version string cannot be trusted to say.

NVIDIA's libraries are left out, in packages of their own (`nvidia-*`) or bundled by others: they choose among their
kernels, and compile more, by rules of their own.
"""

from __future__ import annotations

import posixpath
import re
from itertools import islice
from typing import TYPE_CHECKING

from stackcheck.model import Absent, Code, Location, Origin, Unread
from stackcheck.scan import distributions, fatbin, linker
from stackcheck.scan.elf import DamagedError
from stackcheck.scan.metadata import listed_libraries
from stackcheck.scan.view import UnreadableError, read_text
from stackcheck.subjects import MAIN_LIBRARY
from stackcheck.values import replace
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stackcheck.scan.metadata import Distribution
    from stackcheck.scan.view import LibraryView

SIGNS = ("torch", "nvidia-", "cuda-", "cupy", "jax", "tensorflow", "onnxruntime", "vllm")
"""How names of packages begin, without any of which no package of an environment is expected to have GPU code."""

NVIDIAS = re.compile(r"lib(?:cu(?:blas|dart|dnn|fft|file|pti|rand|solver|sparse|tensor)|checkpoint|nccl|npp|nv)")
"""How the names of its libraries begin: a profiler's kernels (libcupti, libcheckpoint in triton) say nothing of
the package."""

_GIVEN = re.compile(r"lib(?:python|cuda\.so|nvidia|nvcuvid|nvoptix|nvrm|nvos|nvsci|nvbuf|tegra|E?GL)")
"""How the names of libraries begin that come with the driver (a container gets them only when it is started), or with
the interpreter that loads the rest."""

_CUDA = re.compile(r"""^cuda\s*(?::[^=\n]+)?=\s*['"](\d+\.\d+)[\d.]*['"]""", re.MULTILINE)
_SO = re.compile(r".+\.so(?:\.\d+)*")
_MAX_LIBRARIES = 5_000
_MAX_LOOKED_AT = 20_000
_MAX_DEPTH = 4


def expected(names: Iterable[str]) -> bool:
    """Whether an environment with these packages may have GPU code in it, so that looking for it is worth the time."""
    return any(name.startswith(SIGNS) for name in names)


def packages(
    view: LibraryView, installed: Iterable[Distribution], variables: Mapping[str, str]
) -> tuple[dict[str, Code | Absent], tuple[Unread, ...]]:
    """The GPU code of each distribution that has some, and what of their libraries could not be read.

    `installed` are those in use, one of each name. Absent is a torch without CUDA. `variables`: for LD_LIBRARY_PATH.
    """
    every = tuple(installed)
    found: dict[str, Code | Absent] = {}
    unread: list[Unread] = []
    surroundings = Surroundings(view, every, variables.get("LD_LIBRARY_PATH", ""))
    for one in every:
        before = len(unread)
        parts = _read(view, _paths(view, one, unread), unread)
        doubt = "not all of its libraries could be read" if len(unread) > before else None
        code = of_files(parts, doubt)
        state = _torch(view, one, code, unread) if one.name in MAIN_LIBRARY else code
        if isinstance(state, Code):
            state = replace(state, missing=surroundings.missing(one, [path for path, held in parts.items() if held]))
        if state is not None:
            found[one.name] = state
    return found, tuple(unread)


def of_files(parts: Mapping[str, fatbin.Fatbins], doubt: str | None = None) -> Code | None:
    """The code of one package by what its libraries hold (path → code); None where that is none."""
    having = sorted(path for path, code in parts.items() if code)
    if not having:
        return None
    code = fatbin.joined(parts[path] for path in having)
    if code.other and doubt is None:
        doubt = f"its libraries also hold {code.other} pieces of GPU code of a kind that is not read"
    found = Code(code.cubins, code.ptx, Origin("", few(having, 1)), doubt=doubt)
    return replace(found, origin=Origin(f"its libraries hold {found}", found.origin.place))


def parse_cuda(text: str) -> str | None:
    """The CUDA that a torch/version.py names: `cuda: Optional[str] = '13.0'` → "13.0"."""
    match = _CUDA.search(text)
    return match[1] if match else None


def _paths(view: LibraryView, one: Distribution, unread: list[Unread]) -> Iterable[str]:
    """The libraries that tell the GPU code of a distribution."""
    if one.name in MAIN_LIBRARY:
        return (f"{one.folder}/{MAIN_LIBRARY[one.name]}",)
    compiled = any(not tag.endswith("-any") for tag in one.tags)
    if one.name.startswith("nvidia-") or (one.tags and not compiled):
        return ()
    try:
        paths = _libraries(view, one, unread)
    except UnreadableError as error:
        unread.append(Unread(f"{error}.", Location(one.path), "note"))
        return ()
    return (path for path in paths if not NVIDIAS.match(posixpath.basename(path)))


def _torch(view: LibraryView, one: Distribution, code: Code | None, unread: list[Unread]) -> Code | Absent | None:
    """What torch's own version.py adds: the CUDA that it was built with, or that it is a build without."""
    folder = f"{one.folder}/torch"
    try:
        cuda = parse_cuda(read_text(view, f"{folder}/version.py") or "")
        names = view.list_dir(f"{folder}/lib")
    except UnreadableError as error:
        unread.append(Unread(f"{error}.", Location(folder)))
        return code
    if code is not None:
        return replace(code, cuda=cuda)
    # A torch for AMD's or Intel's GPUs, or one that is split otherwise, is none of this module's business.
    others = any("hip" in name or "xpu" in name or name == "libtorch_cuda.so" for name in names)
    if "libtorch_cpu.so" in names and cuda is None and not others:
        text = "torch has no libtorch_cuda.so and names no CUDA: a build for the CPU alone"
        return Absent(Origin(text, f"{folder}/lib"))
    return None


def _libraries(view: LibraryView, one: Distribution, unread: list[Unread]) -> tuple[str, ...]:
    """The libraries of a distribution: those that its RECORD lists; of one installed in place, those in its folder."""
    info = posixpath.dirname(one.path)
    paths = tuple(islice(listed_libraries(view, one), _MAX_LIBRARIES + 1))
    if len(paths) > _MAX_LIBRARIES:
        unread.append(_too_many(f"{info}/RECORD", f"lists more than {_MAX_LIBRARIES} libraries"))
    if paths:
        return paths[:_MAX_LIBRARIES]
    source = distributions.source_folder(view, info)
    # What old installers put there has no list of files, and its folder is everybody's.
    alone = source is not None and posixpath.basename(source) not in ("site-packages", "dist-packages")
    return tuple(_walk(view, source, unread)) if source is not None and alone else ()


def _walk(view: LibraryView, folder: str, unread: list[Unread]) -> Iterator[str]:
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


def _read(view: LibraryView, paths: Iterable[str], unread: list[Unread]) -> dict[str, fatbin.Fatbins]:
    parts: dict[str, fatbin.Fatbins] = {}
    for path in paths:
        try:
            one = view.library(path)
        except (DamagedError, OSError) as error:
            reason = str(error) if isinstance(error, UnreadableError) else f"{path} cannot be read: {error}"
            unread.append(Unread(f"{reason}.", Location(path), "note"))
            continue
        if one is not None:
            parts[path] = one.code
    return parts


class Surroundings:
    """What a package's libraries find beside them when they are loaded, worked out where it is asked for."""

    def __init__(self, view: LibraryView, installed: tuple[Distribution, ...], library_path: str) -> None:
        self._view = view
        self._installed = installed
        self._library_path = tuple(library_path.split(":"))
        self._system: dict[str, tuple[str, ...]] = {}
        self._files: set[str] | None = None

    def missing(self, one: Distribution, paths: Iterable[str]) -> tuple[str, ...]:
        """The libraries without which none of these can be loaded, and which are nowhere; () where that is not sure."""
        if posixpath.basename(one.folder) not in ("site-packages", "dist-packages"):
            return ()  # an application with folders of its own (Isaac Sim) also sets the paths of its launcher
        lacks: list[set[str]] = []
        for path in paths:
            try:
                lacks.append(self._lacks(one, path))
            except (DamagedError, OSError):
                return ()
            if not lacks[-1]:
                return ()
        return tuple(sorted(set.intersection(*lacks) or lacks[0])) if lacks else ()

    def _lacks(self, one: Distribution, path: str) -> set[str]:
        found = self._view.linked(path)
        if found is None or found.dynamic is None:
            return set()
        system = self._system.setdefault(found.machine, linker.folders(self._view, found.machine))
        names = set(linker.missing(self._view, path, found.dynamic, system, self._beside(one.folder)))
        if not names or any(name.startswith(("libc.so", "ld-linux")) for name in names):
            return set()  # it is for another machine, or the folders of this one are not known
        return {name for name in names if not _GIVEN.match(name) and name not in self._listed()}

    def _beside(self, site: str) -> tuple[str, ...]:
        """LD_LIBRARY_PATH, the environment's own folder, and what torch loads before its extensions."""
        nvidia = [f"{site}/nvidia/{name}/lib" for name in self._view.list_dir(f"{site}/nvidia")]
        prefix = posixpath.dirname(posixpath.dirname(site))
        return (*self._library_path, prefix, f"{site}/torch/lib", *nvidia)

    def _listed(self) -> set[str]:
        """The names of all libraries of all packages: one of them may load it first, in a way of its own."""
        if self._files is None:
            self._files = set()
            for one in self._installed:
                self._files |= {posixpath.basename(path) for path in listed_libraries(self._view, one)}
        return self._files
