"""The CUDA toolkit of the machine against its driver: what it builds must start, and its PTX must load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge import words
from stackcheck.judge.check import Check
from stackcheck.judge.laws import cuda_releases
from stackcheck.judge.laws.toolkit import builds_here
from stackcheck.model import Absent, Fix, Known
from stackcheck.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.build_options import Options
    from stackcheck.judge.domain import Domain
    from stackcheck.judge.working import Working


def checks(work: Working, domain: Domain, value: str | None, _possible: Options | None) -> Iterator[Check]:
    """The two laws, for a toolkit whose version is known and that no image brings: an image has its own demands."""
    if domain.subject != "cuda-toolkit" or value is None or _of_image(work, domain):
        return
    if isinstance(work.state("gpu"), Absent):
        return
    old = cuda_releases.too_old(work, value)
    if old is not None:
        text = f"What the CUDA toolkit {value} builds {old.text}; {words.has(old.state.subject, old.state)}"
        yield Check(
            old.row,
            "fails",
            subject="driver",
            message=words.sentence(text, replace(old.row, message=None)),
            because=(*domain.steps, *old.state.steps),
            involves=domain.involved | {"driver", "cuda", "cuda-toolkit"},
            kind="driver",
            fix=old.row.fix,
        )
        return
    newer = cuda_releases.newer_ptx(work, value)
    if newer is None:
        return
    own, other, known = newer
    text = (
        f"The CUDA toolkit {value} makes PTX {own.ptx_version}, and this driver serves CUDA {known.cuda}, which reads "
        f"PTX up to {other.ptx_version}: code compiled for this GPU runs, but PTX does not load "
        "(cudaErrorUnsupportedPtxVersion)"
    )
    yield Check(
        own,
        "fails",
        False,
        subject="cuda-toolkit",
        message=words.sentence(text, own),
        because=(*domain.steps, *known.steps),
        involves=domain.involved | {"driver", "cuda"},
        kind="ptx",
        fix=_fix_of_ptx(own.driver),
        severity=None if builds_here(work) else "note",
    )


def _fix_of_ptx(driver: str | None) -> Fix:
    """What to do about PTX that the driver cannot read."""
    update = f"Update the driver to {driver} or newer" if driver is not None else "Update the driver"
    return Fix(f"{update}, build with the driver's own CUDA, or compile for the GPU itself (sm_, not compute_).")


def _of_image(work: Working, domain: Domain) -> bool:
    places = {state.origin.place for state in work.stack.images.values() if isinstance(state, Known)}
    return any(step.origin in places for step in domain.steps)
