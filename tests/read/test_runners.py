"""The machine of a CI job, by its labels and its matrix."""

from __future__ import annotations

import textwrap

import pytest

from stackcheck.model import Known, Origin, Stack
from stackcheck.read import yaml
from stackcheck.read.runners import Runner, runner_of

HERE = Origin("stated", "a test")


def machine(arch: str) -> Stack:
    return Stack(facts={"arch": Known(arch, HERE), "os": Known("linux", HERE)})


def runner(text: str, arch: str = "aarch64") -> Runner:
    job = yaml.compose(textwrap.dedent(text).encode(), "job.yml")
    assert job is not None
    return runner_of(job, machine(arch))


@pytest.mark.parametrize(
    ("labels", "arm", "x86"),
    [
        ("ubuntu-latest", False, True),
        ("ubuntu-24.04-arm", True, False),
        ("[self-hosted, ARM64]", True, False),
        ("[self-hosted, linux, x64]", False, True),
        ("{group: big, labels: [ubuntu-22.04]}", False, True),
        ("macos-15", False, False),
        ("windows-latest", False, False),
        ("gpu-box", None, None),
        ("${{ inputs.runner }}", None, None),
    ],
)
def test_labels(labels: str, arm: bool | None, x86: bool | None) -> None:
    assert runner(f"runs-on: {labels}").fits is arm
    assert runner(f"runs-on: {labels}", "x86_64").fits is x86


@pytest.mark.parametrize(
    ("matrix", "arm"),
    [
        ("os: [ubuntu-latest, ubuntu-24.04-arm]", True),
        ("os: [ubuntu-latest, macos-latest]", False),
        ("os: [ubuntu-latest, gpu-box]", None),
        ("include: [{os: ubuntu-latest}, {os: ubuntu-24.04-arm}]", True),
        ("python: ['3.12']", None),
    ],
)
def test_a_matrix(matrix: str, arm: bool | None) -> None:
    text = f"""
        strategy:
          matrix:
            {matrix}
        runs-on: ${{{{ matrix.os }}}}
        """
    assert runner(text).fits is arm


def test_what_it_says() -> None:
    found = runner("strategy: {matrix: {os: [ubuntu-latest, macos-15]}}\nruns-on: '${{ matrix.os }}'\n")
    assert found.labels == ("ubuntu-latest", "macos-15")
    assert runner("steps: []\n").fits is None
    assert runner_of(yaml.compose(b"runs-on: ubuntu-latest", "j.yml"), Stack()).fits is None  # type: ignore[arg-type]
