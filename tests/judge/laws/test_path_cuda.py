"""A toolkit on LD_LIBRARY_PATH before the CUDA of packages."""

from __future__ import annotations

import pytest

from tests.judge.laws.shipped import findings, machine


@pytest.mark.parametrize(
    ("packages", "path", "found"),
    [
        ({"torch": "2.8.0+cu128"}, "/usr/local/cuda-12.1/lib64", True),
        ({"torch": "2.8.0+cu128"}, "/opt/nvidia/hpc_sdk/Linux_x86_64/24.5/cuda/12.4/lib64:/usr/lib", True),
        ({"torch": "2.8.0+cu128"}, "/usr/local/cuda-12.8/lib64", False),
        ({"torch": "2.8.0+cu128"}, "/usr/local/cuda-12.9/lib64", False),
        ({"torch": "2.8.0+cu128"}, "/usr/local/cuda-11.8/lib64", False),  # names of another major are not found
        ({"torch": "2.8.0+cu128"}, "/usr/local/cuda/lib64", False),
        ({"torch": "2.8.0"}, "/usr/local/cuda-12.1/lib64", False),  # it may be a conda build, with libraries of its own
        ({"jax-cuda12-plugin": "0.6.2"}, "/usr/local/cuda-12.4/lib64", True),
        ({"numpy": "2.0.0"}, "/usr/local/cuda-12.4/lib64", False),
    ],
)
def test_an_older_release_of_the_family(packages: dict[str, str], path: str, found: bool) -> None:
    said = findings(machine(packages=packages, variables={"LD_LIBRARY_PATH": path}))
    kinds = [(one.severity, one.subject) for one in said if one.kind == "run-path"]
    assert kinds == ([("warning", "LD_LIBRARY_PATH")] if found else [])
