"""The CUDA and cuDNN whose libraries a wheel on PyPI links to and does not bring, by the record of its project.

The dynamic linker finds a library by its name, which holds the major version (`libcudart.so.12`): beside a torch,
packages and a toolkit of CUDA 13 alone, the import ends in "cannot open shared object file". What only opens libraries
while it runs, the record does not know. A wheel with libraries for several majors loads one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge import build_options, words
from stackcheck.judge.check import Check
from stackcheck.judge.domain import Domain, Fit, Step, within
from stackcheck.judge.laws import run_time
from stackcheck.judge.requirements import required
from stackcheck.matrix.native import libraries
from stackcheck.matrix.rows import Loads, Relation, Wheels
from stackcheck.model import Absent, Fix, Source
from stackcheck.patterns import pattern
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.laws.run_time import Around
    from stackcheck.judge.working import Working
    from stackcheck.matrix.records import Record
    from stackcheck.matrix.rows import Row

_OF_CUDA = pattern(r"lib(?:cudart|cublas|cublasLt|nvrtc|nvJitLink|cupti)\.so\.(\d+)")
_OF_CUDNN = pattern(r"libcudnn\.so\.(\d+)")
_LIBRARY = {"cuda": _OF_CUDA, "cudnn": _OF_CUDNN}
"""Those whose number is the major version of CUDA (since 11) or of cuDNN; libcufft and others count by themselves."""
_BRINGS_CUDA = pattern(r"nvidia-(?:cuda-runtime|cuda-nvrtc|cublas)(?:-cu\d+)?|cuda-toolkit")
_BRINGS_CUDNN = pattern(r"nvidia-cudnn(?:-cu\d+)?")
_BROUGHT = {"cuda": _BRINGS_CUDA, "cudnn": _BRINGS_CUDNN}
"""Distributions that bring them."""


def checks(work: Working, domain: Domain, value: str, record: Record) -> Iterator[Check]:
    """Whether what the wheel of a release links to may be there; nothing where its libraries, or what it requires, were
    not read, and nothing where a row says what it loads."""
    arch = work.domain("arch")
    if domain.subject == "torch" or arch is None or len(arch.values) != 1 or not _is_of_pypi(work, domain, value):
        return
    needs = [name for library in libraries(record, value, arch.values[0]) for name in library.needs]
    brought = required(work, domain, value, record) if needs else None
    if brought is None:
        return
    for library, names in _LIBRARY.items():
        wanted = {match[1]: name for name in needs if (match := names.match(name))}
        if not wanted or any(_BROUGHT[library].fullmatch(name) for name in brought):
            continue
        if not _stated(work, domain, value, library):
            yield from _check(work, domain, value, record, library, wanted)


def _is_of_pypi(work: Working, domain: Domain, value: str) -> bool:
    """Whether the release may be PyPI's wheel; on a Jetson what is installed mostly is not."""
    if versions.local_label(value) is not None or domain.subject in work.brought or work.of_image(domain):
        return False
    if domain.presence == "found" and (domain.subject in work.stack.code or build_options.on_jetson(work)):
        return False
    indexes = work.indexes(domain)
    return indexes is None or build_options.sure_of(indexes.names)


def _stated(work: Working, domain: Domain, value: str, library: str) -> bool:
    """Whether a row says what the release loads of it, or with which CUDA of torch it goes."""
    rows = work.store.rows_of
    about: list[Row] = [row for row in rows(domain.subject, Loads) if (row.cudnn if library == "cudnn" else row.cuda)]
    about += [row for row in rows(domain.subject, Relation) if library in dict(row.needs)]
    return any(within(domain, row.release, value) is Fit.ALL and work.applies(row)[0] is not False for row in about)


def _check(
    work: Working, domain: Domain, value: str, record: Record, library: str, wanted: dict[str, str]
) -> Iterator[Check]:
    """The failure where all that is around it has other majors."""
    there = [one for one in run_time.around(work, library) if one.name != domain.subject]
    if not there or any(one.version is None or one.version.partition(".")[0] in wanted for one in there):
        return
    title = run_time.TITLES[library]
    who = words.named(domain, value, work.store)
    names = few([wanted[major] for major in sorted(wanted)], 3)
    has = few([one.text for one in there], 3)
    source = Source(f"pkg:pypi/{record.project}@{value}", record.read, "observed")
    yield Check(
        Wheels(kind="wheels", id="needed", product=domain.subject, sources=(source,), place=record.path),
        "fails",
        hard=_sure(work, domain, there),
        subject=domain.subject,
        message=f"{who} links to {names} and does not bring it; what is there is {has}, so loading it ends in "
        f"'cannot open shared object file'.",
        because=(*domain.steps, *(Step(one.text, one.name, frozenset((one.name,))) for one in there)),
        involves=domain.involved | {library, *(one.name for one in there)},
        kind="loads",
        fix=Fix(f"Take a build of {domain.subject} for what is there, or {title} {' or '.join(sorted(wanted))}."),
    )


def _sure(work: Working, domain: Domain, there: list[Around]) -> bool:
    """Whether it is known of both sides: that it is PyPI's wheel, and what of the system is there beside packages."""
    torch = work.domain("cuda")
    toolkit = work.state("cuda-toolkit")
    told = isinstance(toolkit, (Domain, Absent)) or any(one.name.endswith("nvidia/cuda") for one in there)
    return domain.presence != "found" and told and not (torch is not None and torch.assumed)
