"""The CUDA toolkit of the machine: whether its compilers know the GPU that is here.

A miss matters only to what is compiled on this machine, so it is a note until a feature says that something is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge import words
from stackcheck.judge.check import Check
from stackcheck.judge.laws import gpu_code
from stackcheck.matrix.rows import Compilers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.build_options import Options
    from stackcheck.judge.domain import Domain
    from stackcheck.judge.working import Working

BUILDING = ("source-build", "jit", "triton", "compile")
"""Features of any product that compile on the machine, with its toolkit."""


def checks(work: Working, domain: Domain, value: str | None, _possible: Options | None) -> Iterator[Check]:
    """The one law, for a toolkit whose version is known."""
    capability = work.domain("compute-capability")
    if domain.subject != "cuda-toolkit" or value is None or capability is None or not capability.values:
        return
    wanted = capability.values[0]
    for row in work.store.rows_of("cuda", Compilers):
        if row.release is None or not row.release.admits(value):
            continue
        if gpu_code.can_target(row.knows, wanted):
            yield Check(row, "holds", subject="cuda-toolkit")
            return
        used = builds_here(work)
        target = f"sm_{wanted.replace('.', '')}"
        gpu = work.domain("gpu")
        text = f"The compilers of the CUDA toolkit {value} do not know {target}"
        text += f" ({gpu.values[0]})" if gpu and gpu.values else ""
        yield Check(
            row,
            "fails",
            used,
            subject="cuda-toolkit",
            message=words.sentence(f"{text}: what is compiled here for this GPU fails", row),
            because=(*domain.steps, *capability.steps),
            involves=domain.involved | capability.involved,
            kind="compilers",
            fix=row.fix,
            severity=None if used else "note",
        )
        return


def builds_here(work: Working) -> bool:
    """Whether a feature is asked for that compiles on the machine."""
    return any(name.partition(":")[2] in BUILDING for name in work.features)
