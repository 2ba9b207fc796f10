"""From a keystroke to its diagnostics, against one `lint` process: `pytest -m benchmark -s`."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.test_recorded_speed import recorded, run
from tests.benchmarks.test_speed import PYTHON
from tests.serve.editor import editing

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.benchmark
TURNS = 15
PLAIN = ["torch==2.9.0", "torchvision==0.24.0", "numpy>=1.26", *(f"package-{n}=={n}.0" for n in range(97))]


@pytest.mark.parametrize("kind", ["unknown projects", "sixty with records"])
def test_a_keystroke_is_no_slower_than_a_lint(kind: str, tmp_path: Path) -> None:
    pins = [f"{name}=={version}" for name, version in recorded()]
    lines = PLAIN if kind == "unknown projects" else [*pins, *(f"pkg-{number}>=1.0,<2" for number in range(40))]
    assert len(lines) == 100
    text = "\n".join(lines) + "\n"
    (tmp_path / "requirements.txt").write_text(text, encoding="utf-8")
    lint = [PYTHON, "-m", "stackcheck", "lint", "--target", "dgx-spark", "requirements.txt"]

    async def scenario() -> list[tuple[float, float]]:
        times = []
        async with editing(tmp_path, "--target", "dgx-spark") as editor:
            await editor.open("requirements.txt")
            for number in range(TURNS + 1):
                began = time.perf_counter()
                await editor.change("requirements.txt", f"{text}#{'x' * number}\n")
                typed = time.perf_counter()
                run(lint, tmp_path)
                times.append((typed - began, time.perf_counter() - typed))
        return times[1:]

    times = asyncio.run(scenario())
    ratio = statistics.median(keystroke / process for keystroke, process in times)
    milliseconds = [1000 * statistics.median(column) for column in zip(*times, strict=True)]
    sys.stdout.write(
        f"\n{kind}: keystroke to diagnostics / a lint: {ratio:.2f} ({milliseconds[0]:.0f} / {milliseconds[1]:.0f} ms)\n"
    )
    assert ratio <= 1
