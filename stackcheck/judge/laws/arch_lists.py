"""The architectures that a build names, against what the compilers of its CUDA toolkit know.

nvcc ends in "Unsupported gpu architecture" for a GPU that is newer than it, and for one that it has dropped. The
toolkit of a Dockerfile is that of its base image; elsewhere it is the machine's.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from stackcheck.matrix.rows import Compilers
from stackcheck.model import Finding, Fix, Known, Reason
from stackcheck.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.working import Working

SETTING = "cuda-toolkit arch="
"""What the names of the settings begin with that say for which capability is compiled."""
_TOOLKITS = {"nvidia/cuda": pattern(r"(\d+\.\d+)"), "pytorch/pytorch": pattern(r"[\d.]+-cuda(\d+\.\d+)-.*devel")}
"""Images that bring a toolkit, with where in their tag its release stands."""
_CAPABILITY = pattern(r"(\d+)\.(\d)")


def findings(work: Working) -> Iterator[Finding]:
    """One finding for each architecture that the toolkit does not know."""
    for name, state in work.stack.settings.items():
        found = _CAPABILITY.fullmatch(name.removeprefix(SETTING)) if name.startswith(SETTING) else None
        if found is None or not isinstance(state, Known) or state.origin.location is None:
            continue
        toolkit = _toolkit(work, state.origin.location.path)
        if toolkit is None:
            continue
        release, because = toolkit
        row = next((row for row in _rows(work) if row.release is not None and row.release.admits(release)), None)
        capability = found[0]
        if row is None or capability in _known(row):
            continue
        fits = [one.id for one in _rows(work) if capability in _known(one)]
        fix = "Build for an architecture that it knows"
        fix += f", or take a CUDA toolkit that knows this one: {fits[0]} to {fits[-1]}." if fits else "."
        dropped = all(int(one.partition(".")[0]) > int(found[1]) for one in _known(row))
        yield Finding(
            kind="source-build",
            id=f"source-build/arch-{capability}",
            severity="warning",
            subject="cuda-toolkit",
            message=f"nvcc of the CUDA toolkit {release} "
            + (f"no longer knows sm_{found[1]}{found[2]}" if dropped else f"does not know sm_{found[1]}{found[2]}")
            + ", which this build is for: it ends in 'Unsupported gpu architecture'.",
            involves=("compute-capability", "cuda-toolkit"),
            location=state.origin.location,
            because=(Reason(state.origin.text, state.origin.place), *because),
            fix=Fix(fix),
            sources=row.sources,
        )


def _toolkit(work: Working, path: str) -> tuple[str, tuple[Reason, ...]] | None:
    """The release of the toolkit that a file's commands compile with."""
    name = posixpath.basename(path).lower()
    domain = work.domain("cuda-toolkit")
    own = domain is not None and any(step.location and step.location.path == path for step in domain.steps)
    if ("dockerfile" in name or "containerfile" in name) and not own:
        return _of_image(work, path)
    if ".github/" in path or domain is None or len(domain.values) != 1:
        return None
    return domain.values[0], tuple(Reason(step.text, step.origin) for step in domain.steps)


def _of_image(work: Working, path: str) -> tuple[str, tuple[Reason, ...]] | None:
    """The toolkit of a base image, by its tag."""
    for image, form in _TOOLKITS.items():
        state = work.stack.images.get(image)
        if isinstance(state, Known) and state.origin.location is not None and state.origin.location.path == path:
            found = form.match(state.value)
            return None if found is None else (found[1], (Reason(state.origin.text, state.origin.place),))
    return None


def _rows(work: Working) -> list[Compilers]:
    return list(work.store.rows_of("cuda", Compilers))


def _known(row: Compilers) -> frozenset[str]:
    known = {one.rstrip("af") for one in row.knows}
    return frozenset(known | ({"11.0", "10.1"} if known & {"11.0", "10.1"} else set()))
