"""GPU code by what the libraries of installed packages hold, whatever their version says.

It takes the place of what the matrix says of a build, and it is all there is for a package that no row speaks of: a
project's own extension, or a build of one's own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.judge import build_options, words
from stackcheck.judge.gpu import gpu_name, gpu_steps
from stackcheck.judge.laws import gpu_code
from stackcheck.model import Absent, Code, Finding, Fix, Known, Reason, Source, Unknown
from stackcheck.wording import few

if TYPE_CHECKING:
    from stackcheck.judge.domain import Step
    from stackcheck.judge.working import Working
    from stackcheck.model import Severity

NAMED = 5
"""Libraries that one sentence lists at most."""

_CUDA_RUNTIME = re.compile(r"libcudart\.so\.(\d+)")

RULE = Source(
    "https://docs.nvidia.com/cuda/archive/13.4.1/blackwell-compatibility-guide/contents.html", "2026-11-27", "official"
)


def findings(work: Working) -> tuple[list[Finding], set[str]]:
    """What does not run on this GPU, or is not known to; and the names of the checks that held."""
    capability = work.state("compute-capability")
    vendor = work.domain("gpu-vendor")
    if isinstance(capability, Absent) or (vendor is not None and vendor.values != ("nvidia",)):
        return [], set()
    if isinstance(capability, Unknown):
        text = (
            f"Whether the GPU code of {', '.join(sorted(work.stack.code))} runs here is not known: {capability.reason}."
        )
        return [_finding(work, "packages", "unknown", text, [])], set()
    found: list[Finding] = []
    held: set[str] = set()
    for name, code in sorted(work.stack.code.items()):
        finding = _judged(work, name, code, capability.values[0])
        if finding is not None:
            found.append(finding)
        elif isinstance(code, Code):
            held.add(f"gpu-code/{name}")
    return found, held


def _has_row(work: Working, name: str) -> bool:
    """Whether a row speaks of this build; then it also says what to take in place of one for the CPU."""
    product = work.store.by_distribution(name)
    domain = work.domain(product) if product is not None else None
    if domain is None or domain.presence != "found" or not domain.values:
        return False
    return build_options.options(work, domain, domain.values[0]) is not None


def _judged(work: Working, name: str, code: Code | Absent, capability: str) -> Finding | None:
    state = work.stack.packages.get(name)
    version = f" {state.value}" if isinstance(state, Known) and state.value != "*" else ""
    product = work.store.by_distribution(name)
    who = f"{words.title(product, work.store) if product else name}{version}"
    gpu = gpu_name(work)
    reasons = [Reason(state.origin.text, state.origin.place)] if isinstance(state, Known) else []
    if isinstance(code, Absent):
        if _has_row(work, name):
            return None
        text = f"{who} is a build for the CPU alone, by its files; this GPU{gpu} is not used."
        return _finding(work, name, "error", text, [*reasons, Reason(code.origin.text, code.origin.place)])
    runs = gpu_code.by_files(code, capability)
    if runs is True:
        return _unloadable(name, who, code, reasons) if code.missing else None
    reasons.append(Reason(code.origin.text, code.origin.place))
    if runs is None:
        doubt = code.doubt or "it is not known with which CUDA it was built"
        text = f"Whether {who} runs on compute capability {capability}{gpu} is not known: {doubt}."
        return _finding(work, name, "unknown", text, reasons)
    text = (
        f"{who} has no code for compute capability {capability}{gpu}: {code.origin.text}; none of its GPU kernels runs."
    )
    fix = "Take a build for this GPU, or build it from source here, for the GPU's own capability"
    fix = f"{fix} (TORCH_CUDA_ARCH_LIST={capability} where torch's builder makes it)."
    return _finding(work, name, "error", text, reasons, Fix(fix))


def _unloadable(name: str, who: str, code: Code, reasons: list[Reason]) -> Finding:
    """Its code would run, but the dynamic linker cannot load it."""
    text = f"{who} needs {few(code.missing, NAMED)}, which is nowhere: its libraries with GPU code do not load"
    cuda = next((match[1] for missing in code.missing if (match := _CUDA_RUNTIME.match(missing))), None)
    text += f". It is a build for CUDA {cuda}." if cuda else "."
    looked = "looked for in its own folders, the system's, LD_LIBRARY_PATH and every package"
    fix = f"Take a build for the CUDA of this environment, or install the run-time libraries of CUDA {cuda}."
    return Finding(
        kind="libraries",
        id=f"libraries/{name}",
        severity="error",
        subject=name,
        message=text,
        involves=(name,),
        because=(*reasons, Reason(looked, code.origin.place)),
        fix=Fix(fix) if cuda else None,
    )


def _finding(
    work: Working, name: str, severity: Severity, text: str, reasons: list[Reason], fix: Fix | None = None
) -> Finding:
    return Finding(
        kind="gpu-code",
        id=f"gpu-code/{name}",
        severity=severity,
        subject=name,
        message=text,
        involves=tuple(sorted({name, "gpu", "compute-capability"})),
        because=(*reasons, *map(_reason, gpu_steps(work))),
        fix=fix,
        sources=(RULE,),
    )


def _reason(step: Step) -> Reason:
    return Reason(step.text, step.origin)
