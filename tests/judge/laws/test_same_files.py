"""Two builds of one project that install the same package."""

from __future__ import annotations

from tests.judge.laws.shipped import findings, machine


def pairs(**packages: str) -> list[str]:
    stack = machine(packages={name.replace("_", "-"): version for name, version in packages.items()})
    return [one.id for one in findings(stack) if one.kind == "conflicts"]


def test_releases_of_which_the_metadata_was_not_read_are_taken_for_what_the_next_one_says() -> None:
    assert pairs(onnxruntime="1.20.1", onnxruntime_gpu="1.20.1") == ["onnxruntime/files-of-onnxruntime-gpu"]
    assert pairs(onnxruntime="1.20.1") == []


def test_a_project_without_builds_is_not_guessed_at() -> None:
    assert pairs(numpy="1.20.0", numpy_gpu="1.20.0") == []
