"""The judged GPU as findings speak of it: its name, and how it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackcheck.judge.domain import Step
    from stackcheck.judge.working import Working


def gpu_steps(work: Working) -> tuple[Step, ...]:
    """How the GPU and its capability are known."""
    domains = (work.domain(subject) for subject in ("gpu", "compute-capability"))
    return tuple(dict.fromkeys(step for domain in domains if domain for step in domain.steps))


def gpu_name(work: Working) -> str:
    """ " (NVIDIA GB10)", or nothing where the GPU has no known name."""
    gpu = work.domain("gpu")
    return f" ({gpu.values[0]})" if gpu and gpu.values else ""
