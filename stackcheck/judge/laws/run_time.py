"""The CUDA and cuDNN that a build takes from what is around it when it runs.

The names of these libraries hold their major version (`libcudnn.so.9`, `libcublas.so.12`): one of another major is not
found, and the program stops, or goes on without the GPU. What is around it are the packages of NVIDIA's libraries, the
torch beside it, the toolkit and the packages of the system, and an image by its tag.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge import words
from stackcheck.judge.check import Check
from stackcheck.judge.domain import Domain, Step
from stackcheck.judge.laws import cuda_bound
from stackcheck.matrix.rows import Loads
from stackcheck.model import Absent, Fix, Known
from stackcheck.patterns import pattern
from stackcheck.values import dataclass
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.build_options import Options
    from stackcheck.judge.working import Working
    from stackcheck.matrix.rows import Condition

TITLES = {"cuda": "CUDA", "cudnn": "cuDNN"}
LED = (
    "export LD_LIBRARY_PATH=$(python3 -c 'import glob, site; "
    'print(":".join(glob.glob(site.getsitepackages()[0] + "/nvidia/*/lib")))\')'
)
"""How the libraries of pip's packages are found."""
_PIP = {
    "cudnn": pattern(r"nvidia-cudnn(?:-cu(\d+))?$"),
    "cuda": pattern(r"nvidia-(?:cublas|cuda-runtime)(?:-cu(\d+))?$"),
}
_APT_CUDNN = pattern(r"libcudnn(\d+)(?:-cuda-\d+)?$")
_BARE = ("base",)
"""Flavours of NVIDIA's CUDA images that have the CUDA runtime and none of its libraries."""
_CUDNN_WORD = pattern(r"cudnn(\d*)$")
_CUDNN_9_FROM = versions.to_range(">=12.3.2")
"""Image tags say `cudnn8` up to CUDA 12.2, and `cudnn` alone, which is cuDNN 9, from 12.3.2 on."""


@dataclass(frozen=True, eq=False, repr=False)
class Around:
    """One library that is there: its version ("8.9.2.26", "9" where only the major is known; None: it is known not to
    be there), who brings it, and whether an installer of packages put it there."""

    version: str | None
    name: str
    text: str
    installed: bool = False


def checks(work: Working, domain: Domain, value: str | None, possible: Options | None) -> Iterator[Check]:
    """Every row on what a product loads, for one of its values. A build for the CPU alone loads nothing of CUDA."""
    if value is None or (possible is not None and possible.variants == frozenset(("cpu",))):
        return
    for row in work.rows_for(domain, Loads, value):
        if row.own or not _is_this(work, domain, value, row):
            continue
        applies, missing = work.applies(row)
        if applies is None:
            yield Check(row, "unknown", row.hard, missing=missing)
            continue
        for library, condition in (("cuda", row.cuda), ("cudnn", row.cudnn)):
            if applies and condition is not None:
                yield _check(work, domain, value, row, library, condition)


def _is_this(work: Working, domain: Domain, value: str, row: Loads) -> bool:
    """Whether the value is the build that a row speaks of, and nothing brings its libraries along."""
    if any(set(ask.extras) & set(row.brought_by) for ask in domain.asks):
        return False
    named = cuda_bound.cuda_of(domain.subject, value) if row.built or row.index else None
    if (row.built and named not in row.built) or (row.index and not row.built and named is not None):
        return False  # a build that names its CUDA is none of an index that has one build of a release
    indexes = work.indexes(domain) if row.index else None
    return indexes is None or set(indexes.names) <= set(row.index)


def _check(work: Working, domain: Domain, value: str, row: Loads, library: str, condition: Condition) -> Check:
    there = [one for one in around(work, library) if one.name != domain.subject]
    fitting = [one for one in there if one.version is not None and not _excludes(condition, one.version)]
    if fitting and row.by_path and _only_by_pip(work, fitting):
        return _not_on_path(work, domain, value, row, library, fitting[0])
    if fitting:
        return Check(row, "holds", row.hard)
    if not there and library == "cuda" and domain.presence == "found" and _nothing_there(work):
        there = [Around(None, "cuda-toolkit", "neither a toolkit nor a package of its libraries")]
    if not there:
        return Check(row, "narrows", row.hard)
    title = TITLES[library]
    who = words.named(domain, value, work.store)
    has = few([one.text for one in there], 3)
    text = f"{who} loads {title} {_shown(condition)} from what is around it, and what is there is {has}"
    users = {ask.name for ask in work.stack.asks if ask.name in row.used_by}
    users |= {name for name in row.used_by if isinstance(work.stack.packages.get(name), Known)}
    steps = tuple(Step(one.text, one.name, frozenset((one.name,))) for one in there)
    return Check(
        row,
        "fails",
        row.hard and all(one.installed for one in there),
        subject=domain.subject,
        message=words.sentence(text, row),
        because=(*domain.steps, *steps),
        involves=domain.involved | {library, *users, *(one.name for one in there)},
        kind="loads",
        fix=row.fix,
    )


def _nothing_there(work: Working) -> bool:
    """Whether all places were looked at that CUDA's libraries may come from, once none was found in them."""
    looked = isinstance(work.state("cuda-toolkit"), Absent) and "packages" in work.stack.complete
    return looked and not work.stack.images and not work.stack.asks


def _only_by_pip(work: Working, fitting: list[Around]) -> bool:
    """Whether what fits are packages of pip alone, and nothing leads to them: no path, and no torch that loads them."""
    path = work.stack.variables.get("LD_LIBRARY_PATH")
    led = isinstance(path, Known) and ("/nvidia/" in path.value or path.value == "*")
    return not led and work.domain("torch") is None and all(one.name.startswith("nvidia-") for one in fitting)


def _not_on_path(work: Working, domain: Domain, value: str, row: Loads, library: str, one: Around) -> Check:
    who = words.named(domain, value, work.store)
    text = (
        f"{who} finds {TITLES[library]} where the system looks, and what is there is {one.text}, in "
        "site-packages/nvidia: it ends in 'cannot open shared object file' or 'Unable to load any of'"
    )
    step = Step(one.text, one.name, frozenset((one.name,)))
    return Check(
        row,
        "fails",
        False,
        subject=domain.subject,
        message=f"{text}.",
        because=(*domain.steps, step),
        involves=domain.involved | {library, one.name},
        kind="loads",
        fix=Fix("Let LD_LIBRARY_PATH lead to the lib folders of these packages, or import torch first.", (LED,)),
    )


def _shown(condition: Condition) -> str:
    """ "9", "8.1 or newer, below 9"."""
    return " or ".join(text.removeprefix(">=").replace(",<", " or newer, below ") for text in condition.texts)


def _excludes(condition: Condition, version: str) -> bool:
    """Whether a version, or every one of a major of which no more is known, is out of the question."""
    return versions.to_range(version).is_disjoint(condition.range)


def around(work: Working, library: str) -> Iterator[Around]:
    """What is known to be there of "cuda" or "cudnn", whoever brings it."""
    packages = list(_by_pip(work, library))
    yield from packages
    if not packages:
        yield from _by_others(work, library)  # what it brings are those packages, of which the version is known
    yield from _by_images(work, library)
    if library == "cudnn":
        yield from _cudnn_of_system(work)
        return
    toolkit = work.domain("cuda-toolkit")
    if toolkit is not None and len(toolkit.values) == 1 and not work.stack.images:
        yield Around(toolkit.values[0], "cuda-toolkit", f"CUDA {toolkit.values[0]} of the toolkit")
    torch = work.domain("cuda")
    for cuda in torch.values if torch is not None else ():
        yield Around(cuda, "torch", f"CUDA {cuda} of torch")


def _by_pip(work: Working, library: str) -> Iterator[Around]:
    """NVIDIA's library packages that are installed, pinned by a file, or brought along by what is."""
    found: dict[str, str] = {}
    for name, state in work.stack.packages.items():
        if isinstance(state, Known) and _PIP[library].match(name):
            found[name] = state.value
    for name in {ask.name for ask in work.stack.asks if ask.applies and _PIP[library].match(ask.name)}:
        product = work.store.subject(name)
        domain = work.domain(product)
        if domain is not None and domain.pick is not None:
            found.setdefault(name, domain.pick)
    for name in ("nvidia-cudnn-cu12", "nvidia-cudnn-cu13") if library == "cudnn" else ():
        domain = work.domain(name)
        if name not in found and domain is not None and domain.presence == "implied" and len(domain.values) == 1:
            found[name] = domain.values[0]
    for name, value in found.items():
        match = _PIP[library].match(name)
        major = match[1] if match is not None else None
        version = (major if major is not None and library == "cuda" else value) or value
        if versions.parse(version) is not None:
            yield Around(version, name, f"{name} {value}", installed=True)


def _by_others(work: Working, library: str) -> Iterator[Around]:
    """What other products bring themselves, for all to find."""
    for product in ("torch",):
        domain = work.domain(product)
        value = domain.pick if domain is not None else None
        if domain is None or value is None or (product == "torch" and work.domain("cuda") is None):
            continue
        for row in work.rows_for(domain, Loads, value):
            condition = row.cudnn if library == "cudnn" else row.cuda
            if row.own and condition is not None:
                who = words.named(domain, value, work.store)
                yield Around(condition.texts[0], product, f"{TITLES[library]} {condition} of {who}")


def _by_images(work: Working, library: str) -> Iterator[Around]:
    """What NVIDIA's CUDA images have by their tags; a flavour without the library says that it is not there."""
    for name, state in work.stack.images.items():
        release = versions.parse(state.value) if isinstance(state, Known) and name.endswith("nvidia/cuda") else None
        if not isinstance(state, Known) or release is None:
            continue
        flavours = state.value.split("-")
        shown = f"the image {name}:{state.value}"
        cudnn = next((match for word in flavours if (match := _CUDNN_WORD.match(word))), None)
        if library == "cuda":
            bare = any(word in _BARE for word in flavours)
            text = f"{shown}, which has no libraries but the runtime" if bare else f"CUDA {release} of {shown}"
            yield Around(None if bare else str(release), name, text)
        elif cudnn is None:
            yield Around(None, name, f"{shown}, which has none")
        else:
            major = cudnn[1] or ("9" if _CUDNN_9_FROM.contains(release, prereleases=True) else "")
            if major:
                yield Around(major, name, f"cuDNN {major} of {shown}")


def _cudnn_of_system(work: Working) -> Iterator[Around]:
    for name, state in work.stack.system_packages.items():
        match = _APT_CUDNN.match(name) if isinstance(state, Known) else None
        if match is not None and isinstance(state, Known):
            version = state.value.partition("-")[0] if versions.parse(state.value) is not None else match[1]
            yield Around(version, name, f"{name} {state.value}")
    stated = work.stack.products.get("cudnn")
    if isinstance(stated, Known) and versions.parse(stated.value) is not None:
        yield Around(stated.value, "cudnn", f"cuDNN {stated.value}")
    path = work.domain("path-cudnn")
    if path is not None and path.values:
        yield Around(path.values[0], "LD_LIBRARY_PATH", f"cuDNN {path.values[0]} on LD_LIBRARY_PATH")
