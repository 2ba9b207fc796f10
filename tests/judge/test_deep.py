"""What torch says of itself becomes at most one finding."""

from __future__ import annotations

import pytest

from stackcheck.judge import deep
from stackcheck.model import Gpu, Known, Origin, Stack, Unknown
from stackcheck.probe.torch import Torch

PLACE = Origin("found", "nvidia-smi")
HERE = Stack(gpus=(Gpu("NVIDIA GB10", None, PLACE),), packages={"torch": Known("2.9.0", PLACE)})
STATED = Stack(gpus=(Gpu("NVIDIA GB10", None, Origin("stated", "--fact")),))


@pytest.mark.parametrize(
    ("stack", "answer", "said"),
    [
        (HERE, Torch("2.9.0", "13.0", available=True), []),
        (HERE, Torch("2.9.0+cpu", None, available=False), []),
        (STATED, Torch("2.9.0", "13.0", available=False), []),
        (Stack(), Torch("2.9.0", "13.0", available=False), []),
        (
            HERE,
            Torch("2.9.0", "13.0", available=False, problem="The NVIDIA driver on your system is too old"),
            [
                (
                    "error",
                    "torch.cuda.is_available() is False here, although there is NVIDIA GB10: "
                    "The NVIDIA driver on your system is too old.",
                )
            ],
        ),
        (HERE, Torch(failed="OSError: x"), [("error", "`import torch` fails here: OSError: x.")]),
        (
            HERE,
            Torch(failed="ModuleNotFoundError", missing=True),
            [("error", "torch is installed, but this interpreter does not find it.")],
        ),
        (Stack(), Torch(failed="ModuleNotFoundError", missing=True), [("note", "There is no torch to ask.")]),
        (
            Stack(),
            Unknown("torch was asked, but python did not answer in 90 s"),
            [
                (
                    "unknown",
                    "Whether torch works here is not known: torch was asked, but python did not answer in 90 s.",
                )
            ],
        ),
    ],
)
def test_findings(stack: Stack, answer: Torch | Unknown, said: list[tuple[str, str]]) -> None:
    found = list(deep.findings(stack, answer, "/env/bin/python"))
    assert [(finding.severity, finding.message) for finding in found] == said
    assert all(finding.because[0].text == "torch was asked in /env/bin/python" for finding in found)
