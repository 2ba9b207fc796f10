"""A CUDA toolkit on LD_LIBRARY_PATH that is older than the CUDA that packages bring along.

The linker looks there before it looks where the packages have theirs (a RUNPATH): cuSPARSE of the package then meets
the toolkit's nvJitLink, and ends in 'undefined symbol', or cuDNN meets another cuBLAS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck import versions
from stackcheck.judge import build_options, words
from stackcheck.model import Finding, Fix, Known, Reason, Source
from stackcheck.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.domain import Step
    from stackcheck.judge.working import Working

RULE = Source("https://github.com/jax-ml/jax/blob/jax-v0.8.0/docs/installation.md", "2026-11-28", "official")
_FOLDER = pattern(r"(/[^:]*?/cuda[-/](\d+\.\d+)(?:\.\d+)?(?=[/:]|$)[^:]*)")
_BRINGING = ("torch", "jax-cuda12-plugin", "jax-cuda13-plugin")
"""Products that bring CUDA's libraries as packages."""


def findings(work: Working) -> Iterator[Finding]:
    """One for the first folder of a toolkit, where what brings its own CUDA is of a newer release of that family."""
    path = work.stack.variables.get("LD_LIBRARY_PATH")
    match = _FOLDER.search(path.value) if isinstance(path, Known) else None
    release = versions.parse(match[2]) if match is not None else None
    if match is None or release is None or not isinstance(path, Known):
        return
    for product in _BRINGING:
        cuda, steps = _cuda(work, product)
        own = versions.parse(cuda) if cuda is not None else None
        if own is None or own.major != release.major or own <= release:
            continue
        title = words.title(product, work.store)
        yield Finding(
            kind="run-path",
            id=f"run-path/{product}",
            severity="warning",
            subject="LD_LIBRARY_PATH",
            message=f"LD_LIBRARY_PATH names {match[1]}, whose libraries of CUDA {match[2]} are found before those of "
            f"CUDA {cuda} that {title} brings: an older nvJitLink or cuBLAS lacks what the newer ones want.",
            involves=tuple(sorted(("LD_LIBRARY_PATH", product, "cuda"))),
            location=path.origin.location,
            because=(Reason(path.origin.text, path.origin.place), *(Reason(step.text, step.origin) for step in steps)),
            fix=Fix("Take the toolkit out of the variable: unset LD_LIBRARY_PATH.", ("unset LD_LIBRARY_PATH",)),
            sources=(RULE,),
        )
        return


def _cuda(work: Working, product: str) -> tuple[str | None, tuple[Step, ...]]:
    """The CUDA that a product brings, and how that is known."""
    domain = work.domain(product)
    if domain is None or domain.pick is None:
        return None, ()
    if product == "torch":
        cuda = work.domain("cuda")
        sure = cuda is not None and len(cuda.values) == 1 and "+" in domain.pick
        return (cuda.values[0] if cuda is not None and sure else None), domain.steps
    possible = build_options.options(work, domain, domain.pick)
    found = {row.cuda for row in possible.rows if row.cuda is not None} if possible is not None else set()
    return (found.pop() if len(found) == 1 else None), domain.steps
