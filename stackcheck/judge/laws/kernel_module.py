"""Which kind of kernel modules a driver package brings: NVIDIA's open ones or the proprietary ones.

From Blackwell on, and on Grace, the open modules are the only ones that drive the GPU; before Turing the proprietary
ones are. Between the two, either does (NVIDIA's driver installation guide). What a package is says its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge.gpu import gpu_name, gpu_steps
from stackcheck.model import Finding, Fix, Known, Reason, Source
from stackcheck.patterns import pattern
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackcheck.judge.working import Working
    from stackcheck.model import State

GUIDE = Source(
    "https://docs.nvidia.com/datacenter/tesla/driver-installation-guide/index.html", "2026-11-28", "official"
)

_PACKAGE = pattern(
    r"nvidia-(?:driver|dkms|kernel-source|headless(?:-no-dkms)?)-(?P<branch>\d{3})(?:-server)?(?P<open>-open)?$"
    r"|linux-modules-nvidia-(?P<modules>\d{3})(?:-server)?(?P<open_modules>-open)?-.+$"
    r"|nvidia-open(?:-(?P<open_branch>\d{3}))?$|(?P<cuda>cuda-drivers)(?:-(?P<cuda_branch>\d{3}))?$"
)
"""Names of Ubuntu's packages and of NVIDIA's own (`cuda-drivers` is the proprietary kind, `nvidia-open` the other)."""


@dataclass(frozen=True, eq=False, repr=False)
class Package:
    """A driver package that is installed: its name, whether its modules are the open ones, and its branch."""

    name: str
    state: Known
    open: bool
    branch: str | None


def installed(packages: Mapping[str, State]) -> Iterator[Package]:
    """The driver packages among those of the system."""
    for name, state in packages.items():
        if not isinstance(state, Known) or not ("nvidia" in name or name.startswith("cuda-drivers")):
            continue
        match = _PACKAGE.match(name)
        if match is None:
            continue
        is_open = bool(match["open"] or match["open_modules"]) or name.startswith("nvidia-open")
        branch = match["branch"] or match["modules"] or match["open_branch"] or match["cuda_branch"]
        yield Package(name, state, is_open, branch)


def findings(work: Working) -> list[Finding]:
    """At most one: the packages that are installed have modules that do not drive this GPU. A driver that says which
    CUDA it serves has found a GPU, whatever its package is called."""
    if isinstance(work.stack.facts.get("cuda-driver"), Known):
        return []
    capability = work.domain("compute-capability")
    version = versions.parse(capability.values[0]) if capability is not None and capability.values else None
    found = list(installed(work.stack.system_packages)) if version is not None else []
    if version is None or not found:
        return []
    arch = work.domain("arch")
    grace = version.major == 9 and arch is not None and arch.values == ("aarch64",)
    if version.major >= 10 or grace:
        wrong, kind, other = [one for one in found if not one.open], "proprietary", "open"
        why = "Grace and Blackwell GPUs work with NVIDIA's open kernel modules alone"
    elif (version.major, version.minor) < (7, 5):
        wrong, kind, other = [one for one in found if one.open], "open", "proprietary"
        why = "GPUs before Turing work with the proprietary kernel modules alone"
    else:
        return []
    # One package of the right kind may stand beside old ones that were left behind.
    if not wrong or len(wrong) < len(found):
        return []
    package = wrong[0]
    text = (
        f"{package.name} has NVIDIA's {kind} kernel modules, which do not drive this GPU{gpu_name(work)}. {why}: "
        "nvidia-smi finds no device."
    )
    reasons = [Reason(one.state.origin.text, one.state.origin.place) for one in wrong]
    return [
        Finding(
            kind="kernel-module",
            id="kernel-module/driver",
            severity="error",
            subject="driver",
            message=text,
            involves=("compute-capability", "driver", "gpu", package.name),
            because=(*reasons, *(Reason(step.text, step.origin) for step in gpu_steps(work))),
            fix=Fix(f"Install the {other} kind: {_instead(package)}."),
            sources=(GUIDE,),
        )
    ]


def _instead(package: Package) -> str:
    """The package of the other kind, by the same scheme of names."""
    branch = f"-{package.branch}" if package.branch else ""
    if package.name.startswith("cuda-drivers"):
        return f"nvidia-open{branch}"
    if package.name.startswith("nvidia-open"):
        return f"cuda-drivers{branch}"
    return package.name.removesuffix("-open") if package.open else f"{package.name}-open"
