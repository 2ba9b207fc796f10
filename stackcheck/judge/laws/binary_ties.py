"""Ready-made extensions of torch against the torch that is here: its C++ ABI, NVIDIA's own builds, pages of wheels.

Compiled code fits one build of torch. PyTorch's own wheels for x86_64 had the C++ ABI from before C++11 up to 2.5, in
2.6 all but those of cu126, and none from 2.7 on; on aarch64 those of PyPI changed with 2.6, those with CUDA had the new
one always (pytorch/pytorch#123649, #142064, release notes of 2.6). NVIDIA's builds, in its images and for Jetson, are
made with the new one, from a snapshot of a day of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge.laws import labels, source_builds
from stackcheck.matrix.rows import SourceBuild
from stackcheck.model import Finding, Fix, Known, Reason, Source
from stackcheck.patterns import pattern
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.domain import Domain
    from stackcheck.judge.working import Working
    from stackcheck.model import Ask, Location, Severity

ABI_RULE = Source("https://github.com/pytorch/pytorch/issues/123649", "2026-11-28", "official")
NGC_RULE = Source("https://github.com/Dao-AILab/flash-attention/issues/709", "2026-11-28", "reported")
NGC_IMAGE = "nvcr.io/nvidia/pytorch"
FETCHING = {
    "flash-attn": "FLASH_ATTENTION_FORCE_BUILD",
    "causal-conv1d": "CAUSAL_CONV1D_FORCE_BUILD",
    "mamba-ssm": "MAMBA_FORCE_BUILD",
}
"""Projects whose setup.py fetches a ready-made wheel by torch's series alone, and the variable that forbids it."""
_ABI = pattern(r"cxx11abi(true|false)")
_OWN = pattern(r"a0\+|\.nv\d|\+nv")
"""What the versions of NVIDIA's builds hold: 2.5.0a0+872d972e41.nv24.08, 2.1.0a0+4136153."""
_PAGE = pattern(r"(?:^|[/_-])(?:torch|pt)-?(\d+)\.(\d+)")


@dataclass(frozen=True, eq=False, repr=False)
class Torch:
    """The torch that an extension would be beside. `series` are those that it may be ("2.5"), empty: not known; `own`:
    a build of NVIDIA's."""

    shown: str
    series: frozenset[str]
    own: bool
    domain: Domain | None
    reasons: tuple[Reason, ...]


def findings(work: Working) -> Iterator[Finding]:
    """What of the stack is not made for its torch. Call it after the engine."""
    torch = _torch(work)
    if torch is None:
        return
    for name, version, origin, place in labels.labelled(work.stack):
        yield from _labelled(work, torch, name, version, origin, place)
    for ask in work.stack.asks:
        if ask.applies and not ask.constraint and ask.url is None and ask.name != "torch":
            yield from _page(work, torch, ask)
            yield from _fetched(work, torch, ask)


def _torch(work: Working) -> Torch | None:
    domain = work.domain("torch")
    image = work.stack.images.get(NGC_IMAGE)
    replaced = any(ask.name == "torch" and ask.applies and not ask.constraint for ask in work.stack.asks)
    values = domain.values if domain is not None else ()
    own = [value for value in values if "+" in value or ".nv" in value if _OWN.search(value)]
    if (
        isinstance(image, Known)
        and not replaced
        and (not values or own or domain is None or domain.presence != "asked")
    ):
        series = _series(values) if own else frozenset[str]()
        shown = f"NVIDIA's own build{f' {values[0]}' if own else ''} of the image {image.value}"
        return Torch(shown, series, True, domain, (Reason(image.origin.text, image.origin.place),))
    if domain is None or not values:
        return None
    reasons = tuple(Reason(step.text, step.origin) for step in domain.steps)
    return Torch(values[-1], _series(values), len(own) == len(values), domain, reasons)


def _series(values: tuple[str, ...]) -> frozenset[str]:
    parsed = [versions.parse(value) for value in values]
    return frozenset(".".join(map(str, one.release[:2])) for one in parsed if one is not None)


def _labelled(
    work: Working, torch: Torch, name: str, version: str, origin: str, place: Location | None
) -> Iterator[Finding]:
    label = (versions.local_label(version) or "").lower()
    made = labels.made_for(label)
    if name == "torch" or (made is None and "cxx11abi" not in label):
        return
    abi = _ABI.search(label)
    here = _new_abi(work, torch)
    what = Reason(f"{name} {version}", origin)
    if abi is not None and here is not None and (abi[1] == "true") is not here:
        text = (
            f"{name} {version} is compiled with the C++ ABI {_of(abi[1] == 'true')}, and PyTorch ({torch.shown}) with "
            f"the one {_of(here)}: its import ends in an undefined symbol."
        )
        fix = Fix(f"Take the wheel whose name says cxx11abi{str(here).upper()}, or build it here.")
        yield _finding("abi", name, "error", text, place, (what, *torch.reasons), fix, ABI_RULE)
    elif torch.own and made is not None:
        text = (
            f"{name} {version} is compiled for PyTorch's own {made}, and here it is {torch.shown}, made from a "
            "snapshot of another day: symbols may be missing."
        )
        fix = Fix(f"Build {name} in the image, without build isolation.")
        yield _finding("own", name, "warning", text, place, (what, *torch.reasons), fix, NGC_RULE)


def _of(new: bool) -> str:
    return "of C++11" if new else "from before C++11"


def _new_abi(work: Working, torch: Torch) -> bool | None:
    """Whether torch is compiled with the C++11 ABI; None where that is not known, or its releases differ."""
    if torch.own:
        return True
    if torch.domain is None:
        return None
    arch = work.domain("arch")
    machine = arch.values[0] if arch is not None and arch.values else None
    found = {_of_release(value, machine) for value in torch.domain.values}
    return found.pop() if len(found) == 1 else None


def _of_release(value: str, arch: str | None) -> bool | None:
    version = versions.parse(value)
    label = versions.local_label(value)
    if version is None or versions.is_own_build(value):
        return None
    if version.release[:2] >= (2, 7):
        return True
    if arch == "x86_64":
        if version.release[:2] < (2, 6):
            return False
        return {"cu126": True, "cu124": False, "cu118": False, "cpu": False, None: False}.get(label)
    return None


def _page(work: Working, torch: Torch, ask: Ask) -> Iterator[Finding]:
    """An index or a page of wheels for one torch, for what is compiled beside torch."""
    names = ask.indexes.names if ask.indexes is not None else ()
    named = (name for name in names if "torch" in name or "pt" in name)
    pages = [(name, found) for name in named if (found := _PAGE.search(name)) is not None]
    if not pages or (len(names) > 1 and not _is_extension(work, ask.name)):
        return
    name, found = pages[0]
    series = f"{found[1]}.{found[2]}"
    alone = len(names) == 1
    if torch.own:
        old = tuple(map(int, series.split("."))) < (2, 7)
        text = (
            f"{ask} is looked for at {name}, whose wheels are compiled for PyTorch's own {series}"
            f"{' with the C++ ABI from before C++11' if old else ''}; here it is {torch.shown}: its import ends in an "
            "undefined symbol."
        )
        fix = Fix(f"Build {ask.name} in the image, or take an image with PyTorch's own torch.")
        yield _finding(
            "page",
            ask.name,
            "error" if old and alone else "warning",
            text,
            ask.origin.location,
            torch.reasons,
            fix,
            NGC_RULE,
        )
    elif torch.series and series not in torch.series:
        has = " or ".join(sorted(torch.series))
        text = f"{ask} is looked for at {name}, whose wheels are compiled for PyTorch {series}; here it is {has}."
        text += "" if alone else " Where PyPI has a newer source of it, that is built instead."
        fix = Fix(f"Name the page for PyTorch {has}, or move torch to {series}.")
        severity: Severity = "error" if alone else "warning"
        yield _finding("page", ask.name, severity, text, ask.origin.location, torch.reasons, fix, None)


def _is_extension(work: Working, name: str) -> bool:
    rows = work.store.rows_naming(source_builds.TABLE, SourceBuild, (name,))
    return any(name in row.projects and row.by == "torch" for row in rows)


def _fetched(work: Working, torch: Torch, ask: Ask) -> Iterator[Finding]:
    variable = FETCHING.get(ask.name)
    if variable is None or not torch.own or isinstance(work.stack.variables.get(variable), Known):
        return
    text = (
        f"{ask.name} fetches a ready-made wheel by torch's release when it is installed, and that is compiled for "
        f"PyTorch's own one; here it is {torch.shown}, made from a snapshot of another day: its import may end in an "
        "undefined symbol."
    )
    fix = Fix("Have it built in the image.", (f"{variable}=TRUE pip install {ask.name} --no-build-isolation",))
    yield _finding("fetched", ask.name, "warning", text, ask.origin.location, torch.reasons, fix, NGC_RULE)


def _finding(
    what: str,
    name: str,
    severity: Severity,
    text: str,
    place: Location | None,
    reasons: tuple[Reason, ...],
    fix: Fix,
    source: Source | None,
) -> Finding:
    return Finding(
        kind="label",
        id=f"label/{name}-{what}",
        severity=severity,
        subject=name,
        message=text,
        involves=tuple(sorted({name, "torch"})),
        location=place,
        because=reasons,
        fix=fix,
        sources=(source,) if source is not None else (),
    )
