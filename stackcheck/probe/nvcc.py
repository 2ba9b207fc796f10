"""The CUDA toolkit, asked of nvcc itself: the last resort, where no file states a release."""

from __future__ import annotations

from stackcheck.model import Known, Origin, Unknown
from stackcheck.patterns import pattern
from stackcheck.probe.run import run

_RELEASE = pattern(r"\brelease (\d+\.\d+)\b")


def parse(text: str) -> str | None:
    """The release that `nvcc --version` prints: "Cuda compilation tools, release 13.0, V13.0.88" → "13.0".

    Not the V number: that is nvcc's own, which is not the toolkit's.
    """
    match = _RELEASE.search(text)
    return match[1] if match else None


def toolkit(program: str) -> Known | Unknown:
    """`cuda-toolkit` by `nvcc --version`."""
    answer = run((program, "--version"))
    if isinstance(answer, Unknown):
        return answer
    version = parse(answer.text)
    if version is None:
        return Unknown("nvcc states no release")
    return Known(version, Origin(f"nvcc is of CUDA {version}", program))
