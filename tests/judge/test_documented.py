"""What a document says is installed, against what the records of its packages require of each other."""

from __future__ import annotations

from stackcheck.judge.documented import findings
from stackcheck.model import Finding
from tests.judge.laws.shipped import machine, store


def excluded(*said: Finding, **packages: str) -> list[tuple[str, tuple[str, ...]]]:
    stack = machine(facts={"python": "3.11"}, packages={name.replace("_", "-"): one for name, one in packages.items()})
    return [(one.id, one.involves) for one in findings(stack, store(), said)]


def test_a_release_that_another_one_excludes() -> None:
    found = excluded(numpy="1.26.0", opencv_python="4.12.0.88")
    assert found == [("consistency/conflict-numpy", ("numpy", "opencv-python"))]
    assert excluded(numpy="2.2.6", opencv_python="4.12.0.88") == []


def test_what_is_missing_from_a_document_is_not_known_to_be_missing() -> None:
    assert excluded(opencv_python="4.12.0.88", torch="2.9.1") == []


def test_a_build_with_a_label_has_requirements_of_its_own() -> None:
    assert excluded(torch="2.9.1", torchvision="0.23.0+cu126") == []


def test_what_is_said_already_is_not_said_again() -> None:
    said = Finding("pairs", "row", "error", "opencv-python", "text", ("numpy", "opencv-python"))
    assert excluded(said, numpy="1.26.0", opencv_python="4.12.0.88") == []


def test_compiled_code_of_another_series_of_torch() -> None:
    stack = machine(facts={"python": "3.10"}, packages={"torch": "2.1.0+cu121", "xformers": "0.0.20"})
    (one,) = findings(stack, store(), ())
    assert (one.id, one.severity) == ("consistency/conflict-torch", "error")
    assert one.message.endswith("The compiled code of xformers 0.0.20 fits that torch alone.")
    patch = machine(facts={"python": "3.10"}, packages={"torch": "2.0.0", "xformers": "0.0.20"})
    assert [one.severity for one in findings(patch, store(), ())] == ["warning"]
