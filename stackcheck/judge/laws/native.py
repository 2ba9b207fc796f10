"""GPU code of a release by the libraries of its wheel on PyPI, as the record of its project holds it.

An error needs that the library that stands for the package was read to its end; what was read of its beginning gives a
warning. What is installed without a label came from PyPI most likely: beside a torch of another CUDA, or on Arm, where
other indexes and builds of one's own are common, it is a warning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge import build_options, words
from stackcheck.judge.check import Check
from stackcheck.judge.gpu import gpu_name, gpu_steps
from stackcheck.judge.laws import cuda_bound, gpu_code
from stackcheck.matrix.native import libraries
from stackcheck.matrix.rows import Wheels
from stackcheck.model import Absent, Source, Unknown
from stackcheck.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.domain import Domain
    from stackcheck.judge.working import Working
    from stackcheck.matrix.native import Library
    from stackcheck.matrix.records import Record
    from stackcheck.model import Severity

_FOR_CUDA = pattern(r".*_cuda(\d{2,3})\.so")
_RUNTIME = pattern(r"lib(?:cudart|cublas|cublasLt|nvrtc)\.so\.(\d+)")


def checks(work: Working, domain: Domain, value: str, record: Record) -> Iterator[Check]:
    """Whether the wheel of a release has code for this GPU; nothing where a row says so, or nothing was read."""
    here = _with_code(work, domain, value, record)
    capability, vendor = work.state("compute-capability"), work.domain("gpu-vendor")
    if not here or isinstance(capability, Absent) or (vendor is not None and vendor.values != ("nvidia",)):
        return
    source = Source(f"pkg:pypi/{record.project}@{value}", record.read, "observed")
    row = Wheels(kind="wheels", id="gpu-code", product=domain.subject, sources=(source,), place=record.path)
    if isinstance(capability, Unknown):
        missing = frozenset(("compute-capability",))
        yield Check(row, "unknown", hard=False, subject=domain.subject, missing=missing, kind="gpu-code")
        return
    yield _judged(work, domain, value, row, _loaded(work, here), capability.values[0])


def speaks(work: Working, domain: Domain, value: str) -> bool:
    """Whether a record says what this release has for this machine, where rows do not."""
    found = (work.store.record(name) for name in work.store.distributions(domain.subject))
    return any(_with_code(work, domain, value, record) for record in found if record is not None)


def _with_code(work: Working, domain: Domain, value: str, record: Record) -> tuple[Library, ...]:
    """Libraries with GPU code of the wheel that an installer takes; none where that is not known or a row says it."""
    arch = work.domain("arch")
    if arch is None or len(arch.values) != 1:
        return ()
    found = tuple(library for library in libraries(record, value, arch.values[0]) if library.has_code)
    return found if found and _is_of_pypi(work, domain, value) else ()


def _is_of_pypi(work: Working, domain: Domain, value: str) -> bool:
    """Whether it is PyPI's wheel that an installer takes, and no row says what that holds."""
    if versions.local_label(value) is not None:
        return False
    if domain.presence == "found" and _is_read_or_brought(work, domain):
        return False
    rows = [row for row in build_options.of_release(work, domain, value) if "pypi" in row.index]
    typed = (row for row in rows if work.applies(row)[0] is not False)
    if any(row.none or row.cubins is not None or row.variant == "cpu" for row in typed):
        return False
    possible = build_options.options(work, domain, value)
    if possible is not None:
        return possible.origin == "PyPI"
    indexes = work.indexes(domain)
    return indexes is None or build_options.sure_of(indexes.names)


def _is_read_or_brought(work: Working, domain: Domain) -> bool:
    """Whether its own files say what is installed, or no installer took it: an image, or a Jetson's own index."""
    read = any(name in work.stack.code for name in work.store.distributions(domain.subject))
    return read or domain.subject in work.brought or build_options.on_jetson(work)


def _loaded(work: Working, found: tuple[Library, ...]) -> tuple[Library, ...]:
    """Of libraries for several CUDAs, those that may be the one that is loaded: by torch's CUDA, if it is known."""
    named = {library: match[1] for library in found if (match := _FOR_CUDA.fullmatch(library.path))}
    cuda = work.domain("cuda")
    if not named or cuda is None or len(cuda.values) != 1:
        return found
    wanted = cuda.values[0].replace(".", "")
    return tuple(library for library in found if named.get(library, wanted) == wanted) or found


def _judged(
    work: Working, domain: Domain, value: str, row: Wheels, found: tuple[Library, ...], capability: str
) -> Check:
    main = found[0]
    held = Check(row, "holds", hard=False, subject=domain.subject, kind="gpu-code")
    # Of several for one CUDA each, of which one is loaded, any may be the one.
    standing = [library for library in found if library is main or _FOR_CUDA.fullmatch(library.path)]
    if any(_runs(library, capability) for library in standing):
        return held
    who = words.named(domain, value, work.store)
    where = f"compute capability {capability}{gpu_name(work)}"
    shared = gpu_code.runs(main.cubins, (), capability, gpu_code.TEGRA_SHARED_FROM_CUDA)
    if shared and not _is_older(row.sources[0].url, value, found):
        text = (
            f"Whether {who} has code for {where} is not known: {main.path} has {main}, and this part runs code of 8.x "
        )
        return _fails(work, domain, row, f"{text}from CUDA {gpu_code.TEGRA_SHARED_FROM_CUDA} on alone", "unknown")
    own = [library for library in found if library.path.partition("/")[0] == main.path.partition("/")[0]]
    if any(_runs(library, capability) or gpu_code.runs(*library.partly, capability) for library in own):
        text = f"{who} has code for {where} in some of its kernels alone: most of {main.path} have {main}"
        return _fails(work, domain, row, text, "warning")
    text = f"{who} has no code for {where}: {main.path} in its wheel has {main}, so its GPU kernels fail there"
    sure = main.whole and _is_general(main) and _is_surely(work, domain, found)
    return _fails(work, domain, row, text, None if sure else "warning")


def _is_general(library: Library) -> bool:
    """Whether it holds more than kernels for single chips ("9.0a"): those are mostly beside others for the rest."""
    return any(code[-1].isdecimal() for code in (*library.cubins, *library.ptx))


def _majors(found: tuple[Library, ...]) -> set[str]:
    """The CUDA majors whose run-time libraries it links to."""
    return {match[1] for library in found for name in library.needs if (match := _RUNTIME.match(name))}


def _is_older(project: str, value: str, found: tuple[Library, ...]) -> bool:
    """Whether it was made with a CUDA of the families before 13, by its name or by what it links to."""
    named = cuda_bound.cuda_of(project.rpartition("/")[2].partition("@")[0], value)
    majors = {named.partition(".")[0]} if named is not None else _majors(found)
    return bool(majors) and all(int(major) < gpu_code.TEGRA_SHARED_FROM_CUDA.major for major in majors)


def _is_surely(work: Working, domain: Domain, found: tuple[Library, ...]) -> bool:
    """Whether it is PyPI's wheel for all that is known."""
    if domain.presence != "found":
        return True
    arch, torch, majors = work.domain("arch"), work.domain("cuda"), _majors(found)
    beside = {value.partition(".")[0] for value in torch.values} if torch is not None and not torch.assumed else set()
    if beside and majors:
        return beside <= majors
    return arch is not None and arch.values == ("x86_64",)


def _fails(work: Working, domain: Domain, row: Wheels, text: str, severity: Severity | None) -> Check:
    """A failure; one without a severity of its own rules the release out."""
    return Check(
        row,
        "fails",
        severity is None,
        subject=domain.subject,
        message=f"{text}.",
        because=tuple(dict.fromkeys((*domain.steps, *gpu_steps(work)))),
        involves=domain.involved | {"gpu", "compute-capability"},
        kind="gpu-code",
        severity=severity,
    )


def _runs(library: Library, capability: str) -> bool:
    return gpu_code.runs(library.cubins, library.ptx, capability) is not None
