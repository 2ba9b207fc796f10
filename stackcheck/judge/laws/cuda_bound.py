"""What a CUDA release can hold is a bound on everything that is built with it, and so is the driver that it needs.

A build made with CUDA 10.1 has no compiled code beyond 7.5, and one made with CUDA 13 nothing at all below 7.5. Where
only its CUDA is known, that is what can be said: nothing in it runs on a GPU for which that CUDA makes neither code nor
PTX; on a newer one than it knows, PTX alone can, if the build holds any. Which CUDA it is, labels (`+cu101`,
`+cuda11.cudnn86`, `.post112`), names of distributions (`cupy-cuda12x`, `cudf-cu12`) and tags of images say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from stackcheck import versions
from stackcheck.judge import build_options, words
from stackcheck.judge.gpu import gpu_name, gpu_steps
from stackcheck.judge.laws import cuda_releases, gpu_code
from stackcheck.matrix.rows import Compilers, Relation
from stackcheck.model import Absent, Finding, Fix, Known, Reason
from stackcheck.patterns import pattern
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.laws.cuda_releases import Old
    from stackcheck.judge.working import Working
    from stackcheck.matrix.rows import Builds
    from stackcheck.model import Origin, Severity

Reach = Literal["code", "ptx", "nothing"]
"""By what a build of a CUDA release can run on a GPU."""

_LABEL = pattern(r"(?:^|[.+])cu(?:da)?(\d+)(?:\.(?=cudnn)|[^\d]|$)")
_POST = pattern(r"\.post(1[0-3]\d)$")
_NAME = pattern(r"-cu(?:da)?(\d{2,3})x?(?:-|$)")
_TAG = pattern(r"(?:^|[-_.])cu(?:da)?[-_]?(1[0-9]|[89])(?:\.?(\d))?(?:\.\d+)?(?=$|[-_.])")
OF_JETSON = Fix("A Jetson's driver comes with JetPack: take a build for the CUDA of this JetPack, or a newer JetPack.")
_SHIPS_NO_KERNELS = ("nvidia-", "cuda-", "nvmath-")
"""Beginnings of names of packages that are bindings, or CUDA itself: what is built with them is judged."""


@dataclass(frozen=True, eq=False, repr=False)
class Built:
    """Something whose CUDA its name tells: how a sentence calls it, the CUDA ("10.1", "12"), and how it is known."""

    name: str
    title: str
    cuda: str
    origin: Origin


def reach(work: Working, cuda: str, capability: str) -> Reach | None:
    """By what a build of a CUDA ("12.4", or "12" for any of the family) can run there; None for one not known."""
    known = {one for row in _rows(work, cuda) for one in row.knows}
    if not known:
        return None
    if any(gpu_code.cubin_runs(one, capability, versions.parse(cuda)) for one in known):
        return "code"
    return "ptx" if any(gpu_code.ptx_runs(one, capability) for one in known) else "nothing"


def cuda_of(name: str, version: str) -> str | None:
    """The CUDA that a distribution was built with, by its version's label, else by its name."""
    label = versions.local_label(version) if version not in ("", "*") else None
    found = _LABEL.search(label) if label is not None else None
    if found is None and name.startswith("paddlepaddle"):
        found = _POST.search(version)
    if found is None and "-cu" in name:
        found = _NAME.search(name)
    return _dotted(found[1]) if found is not None else None


def cuda_of_tag(tag: str) -> str | None:
    """The CUDA that the tag of an image names: "2.4.1-cuda12.4-cudnn9-runtime", "latest-gpu-nvidia-cuda-13"."""
    found = _TAG.search(tag)
    if found is None:
        return None
    return found[1] if found[2] is None else f"{found[1]}.{found[2]}"


def findings(work: Working) -> list[Finding]:
    """What was built with a CUDA that does not reach this GPU, as far as nothing better is known of its code, or that
    the driver is too old for."""
    capability = work.domain("compute-capability")
    found = []
    for built in _built(work):
        how = reach(work, built.cuda, capability.values[0]) if capability is not None and capability.values else None
        if capability is not None and how in ("ptx", "nothing"):
            found.append(_finding(work, built, capability.values[0], how))
            continue
        stated = _driver_is_stated(work, built) or _is_torchs(work, built)
        old = None if stated else cuda_releases.too_old(work, built.cuda)
        if old is not None and not isinstance(work.state("gpu"), Absent):
            found.append(_driver_finding(work, built, old))
    return found


def _built(work: Working) -> Iterator[Built]:
    """Everything whose CUDA its name tells and of whose code nothing better is known."""
    for name, state in work.stack.packages.items():
        cuda = cuda_of(name, state.value) if isinstance(state, Known) else None
        if cuda is not None and isinstance(state, Known) and not _is_known(work, name, state.value):
            shown = "" if state.value == "*" else f" {state.value}"
            yield Built(name, f"{_title(work, name)}{shown}", cuda, state.origin)
    for ask in work.stack.asks:
        version = ask.specifier.removeprefix("==") if ask.specifier.startswith("==") else ""
        cuda = cuda_of(ask.name, version) if ask.applies and not ask.constraint and not ask.cpu else None
        if cuda is not None and not _is_known(work, ask.name, version):
            yield Built(ask.name, str(ask), cuda, ask.origin)
    for name, state in work.stack.images.items():
        cuda = cuda_of_tag(state.value) if isinstance(state, Known) else None
        if name.endswith("nvidia/cuda") and isinstance(state, Known):
            release = versions.parse(state.value)
            cuda = None if release is None else f"{release.major}.{release.minor}"
        if cuda is not None and isinstance(state, Known):
            yield Built(name, f"the image {name}:{state.value}", cuda, state.origin)


def _is_known(work: Working, name: str, version: str) -> bool:
    """Whether something better is known of its code, or it brings none of its own."""
    if name.startswith(_SHIPS_NO_KERNELS) or name in work.stack.code:
        return True
    product = work.store.by_distribution(name)
    domain = work.domain(product) if product is not None else None
    if domain is None:
        return False
    value = version or domain.pick
    options = build_options.options(work, domain, value) if value is not None else None
    return options is not None and any(_is_read(row) for row in options.rows)


def _driver_is_stated(work: Working, built: Built) -> bool:
    """Whether rows say which driver it needs, as they do of images."""
    product = work.store.by_distribution(built.name)
    rows = work.store.rows_of(product, Relation) if product is not None else ()
    return built.name in work.stack.images or any(subject == "driver" for row in rows for subject, _ in row.needs)


def _is_torchs(work: Working, built: Built) -> bool:
    """Whether it is built with the CUDA of the torch beside it, of whose driver torch speaks."""
    cuda = work.domain("cuda")
    return cuda is not None and built.cuda in cuda.values


def _is_read(row: Builds) -> bool:
    return row.variant == "cpu" or row.cuda is not None or (row.cubins is not None and row.ptx is not None)


def _driver_finding(work: Working, built: Built, old: Old) -> Finding:
    text = f"{built.title} is built with CUDA {built.cuda}, which {old.text}; {words.has(old.state.subject, old.state)}"
    return Finding(
        kind="driver",
        id=f"driver/{built.name}",
        # NVIDIA has libraries of newer CUDA families for Orin, and nobody looked for them in a project's files.
        severity="warning" if build_options.on_jetson(work) else "error",
        subject=built.name,
        message=words.sentence(text, replace(old.row, message=None)),
        involves=tuple(sorted({built.name, "cuda", "driver"})),
        location=built.origin.location,
        because=(
            Reason(built.origin.text, built.origin.place),
            *(Reason(step.text, step.origin) for step in old.state.steps),
        ),
        fix=OF_JETSON if build_options.on_jetson(work) else old.row.fix,
        sources=old.row.sources,
    )


def _finding(work: Working, built: Built, capability: str, how: Reach) -> Finding:
    severity: Severity = "error" if how == "nothing" else "warning"
    who = f"{built.title[:1].upper()}{built.title[1:]}" if built.title.startswith("the ") else built.title
    text = f"{who} is built with CUDA {built.cuda}, which makes no code for compute capability {capability}"
    text += gpu_name(work)
    if how == "nothing":
        text += ": neither compiled code nor PTX of it runs there."
    else:
        text += ": only PTX could run there, if it holds any; most builds hold none, or libraries that have none."
    return Finding(
        kind="gpu-code",
        id=f"gpu-code/{built.name}",
        severity=severity,
        subject=built.name,
        message=text,
        involves=tuple(sorted({built.name, "cuda", "gpu", "compute-capability"})),
        location=built.origin.location,
        because=(
            Reason(built.origin.text, built.origin.place),
            *(Reason(step.text, step.origin) for step in gpu_steps(work)),
        ),
        fix=Fix(f"Take a build of {_wanted(work, capability)}."),
        sources=tuple(dict.fromkeys(source for row in _rows(work, built.cuda)[-1:] for source in row.sources)),
    )


def _wanted(work: Working, capability: str) -> str:
    """The CUDA releases that make code for a GPU: "CUDA 12.8 or newer", "CUDA 8.0 to 12.9"."""
    rows = work.store.rows_of("cuda", Compilers)
    able = [
        row
        for row in rows
        if any(gpu_code.cubin_runs(one, capability, gpu_code.TEGRA_SHARED_FROM_CUDA) for one in row.knows)
    ]
    if not able:
        return "a CUDA that knows this GPU"
    return f"CUDA {_first(able[0])}" + (" or newer" if able[-1] is rows[-1] else f" to {_first(able[-1])}")


def _rows(work: Working, cuda: str) -> list[Compilers]:
    """The rows of a CUDA release, or of every release of a family."""
    return [row for row in work.store.rows_of("cuda", Compilers) if _speaks(row, cuda)]


def _speaks(row: Compilers, cuda: str) -> bool:
    if row.release is None:
        return False
    return row.release.admits(cuda) is True or ("." not in cuda and _first(row).partition(".")[0] == cuda)


def _first(row: Compilers) -> str:
    """The first release that a row speaks of."""
    return row.release.texts[0].lstrip(">=") if row.release is not None else ""


def _title(work: Working, name: str) -> str:
    product = work.store.by_distribution(name)
    return words.title(product, work.store) if product is not None else name


def _dotted(digits: str) -> str:
    """ "101" is 10.1, "12" is any 12, "120" is 12.0, "92" is 9.2."""
    if len(digits) == 2 and digits[0] in "12":
        return digits
    return f"{digits[:-1]}.{digits[-1]}" if len(digits) > 1 else digits
