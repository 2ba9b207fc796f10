"""What torch says when it is asked itself (`--deep`): that it cannot be imported, or cannot use the GPU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from stackcheck.model import Finding, Known, Reason, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.model import Gpu, Severity, Stack


class Torch(Protocol):
    """The answer, as `probe.torch` gives it (rooms do not import each other)."""

    @property
    def version(self) -> str | None:
        """`torch.__version__`."""
        ...

    @property
    def cuda(self) -> str | None:
        """`torch.version.cuda`; None in a build without CUDA."""
        ...

    @property
    def available(self) -> bool:
        """`torch.cuda.is_available()`."""
        ...

    @property
    def problem(self) -> str | None:
        """What it complained of."""
        ...

    @property
    def failed(self) -> str | None:
        """Why it could not be imported."""
        ...

    @property
    def missing(self) -> bool:
        """Whether there is none."""
        ...


def findings(stack: Stack, answer: Torch | Unknown, executable: str) -> Iterator[Finding]:
    """At most one: what keeps torch from working here, or from answering."""
    place = Reason(f"torch was asked in {executable}", "--deep")
    if isinstance(answer, Unknown):
        yield _finding("answer", "unknown", f"Whether torch works here is not known: {answer.reason}.", place)
    elif answer.missing:
        if isinstance(stack.packages.get("torch"), Known):
            yield _finding("import", "error", "torch is installed, but this interpreter does not find it.", place)
        else:
            yield _finding("answer", "note", "There is no torch to ask.", place)
    elif answer.failed is not None:
        yield _finding("import", "error", f"`import torch` fails here: {answer.failed}.", place)
    elif answer.cuda is not None and not answer.available and (gpu := _gpu_here(stack)):
        why = f": {answer.problem}" if answer.problem else ""
        text = f"torch.cuda.is_available() is False here, although there is {gpu.name or 'a GPU'}{why}"
        yield _finding("available", "error", f"{text.rstrip('.')}.", place)


def _gpu_here(stack: Stack) -> Gpu | None:
    """The first GPU that was found; one that the user states may be that of another machine."""
    gpus = stack.gpus if isinstance(stack.gpus, tuple) else ()
    return next((gpu for gpu in gpus if gpu.origin.place != "--fact"), None)


def _finding(name: str, severity: Severity, text: str, because: Reason) -> Finding:
    return Finding(
        kind="deep",
        id=f"deep/torch-{name}",
        severity=severity,
        subject="torch",
        message=text,
        involves=("torch",),
        because=(because,),
    )
