"""An installer's words about requirements that exclude each other, read as requirements."""

from __future__ import annotations

import time

import pytest

from stackcheck.judge.resolver import Wanted, conflicts, releases, wanted

PIP = """ERROR: Cannot install -r requirements.txt (line 14) and torch~=2.10.0 because of conflicting dependencies.

The conflict is caused by:
    The user requested torch~=2.10.0
    torchvision 0.24.0 depends on torch==2.9.0
    Torch_Audio[x] 2.9.0 depends on torch (<3,>=2.9)

To fix this you could try to:
    other 1.0 depends on torch==1.0
"""
UV = """  x No solution found when resolving dependencies:
  ╰─▶ Because torchvision==0.24.0 depends on torch==2.9.0 and your project depends
      on torch==2.10.*, we can conclude that your project and torchvision==0.24.0 are incompatible.
      And because your project depends on torchvision==0.24.0, we can conclude that your project's
      requirements are unsatisfiable.
"""
POETRY = """Because torchvision (0.24.0) depends on torch (==2.9.0)
 and vllm (0.15.0) depends on torch (==2.10.0), torchvision (0.24.0) is incompatible with vllm (0.15.0).
So, because x depends on both vllm (0.15.0) and torchvision (0.24.0), version solving failed.
"""
WHICH = """Because example depends on opencv-python (4.5.5.62) which depends on numpy (>=1.21.2), numpy is required.
So, because example depends on numpy (1.19.5), version solving failed.
"""


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (PIP, "torch~=2.10.0 is asked for, torchvision 0.24.0 asks for torch==2.9.0 and torch-audio 2.9.0 asks for "),
        (UV, "torch==2.10.* is asked for and torchvision 0.24.0 asks for torch==2.9.0: no release is both."),
        (
            POETRY,
            "torchvision 0.24.0 asks for torch==2.9.0 and vllm 0.15.0 asks for torch==2.10.0: no release is both.",
        ),
        (WHICH, "numpy==1.19.5 is asked for and opencv-python 4.5.5.62 asks for numpy>=1.21.2: no release is both."),
    ],
    ids=["pip", "uv", "poetry", "poetry, of the project itself"],
)
def test_who_asks_for_what(text: str, sentence: str) -> None:
    for prefix in ("", "2026-11-28T13:00:00.1234567Z #12 3.183 "):
        log = "Collecting numpy<2\n" + "".join(prefix + line for line in text.splitlines(keepends=True))
        (found,) = conflicts(wanted(log))
        assert found.startswith(sentence)


def test_each_is_a_release_to_judge() -> None:
    assert list(releases(wanted(PIP))) == [
        ("torch", "~=2.10.0"),
        ("torchvision", "==0.24.0"),
        ("torch-audio", "==2.9.0"),
    ]


def test_what_fits_is_no_conflict() -> None:
    assert conflicts([Wanted("", "torch", ">=2"), Wanted("a 1.0", "torch", "<3")]) == ()
    assert conflicts([Wanted("", "torch", ">=2"), Wanted("a 1.0", "torch", "not one")]) == ()
    assert conflicts([Wanted("", "torch"), Wanted("a 1.0", "torch", "<3")]) == ()
    assert wanted("all is well") == ()
    assert wanted("No solution found when resolving dependencies") == ()


def test_time_is_bound() -> None:
    started = time.perf_counter()
    for word in ("a", "a==1", "depends on ", "a 1", "1,", "==1,"):
        wanted("The conflict is caused by:\n" + word * 200_000)
    assert time.perf_counter() - started < 5
