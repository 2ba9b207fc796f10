"""What was not judged is said: in every format, with an id that can be ignored, and never as "nothing found"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stackcheck.report import FORMATS
from tests.cli.command import Result, document, stackcheck

if TYPE_CHECKING:
    from pathlib import Path

SPARK = ("--target", "dgx-spark")
JSON = ("--format", "json")
INDEX = "--index-url https://download.pytorch.org/whl/"


def not_judged(result: Result) -> list[tuple[str, str]]:
    return [(entry["subject"], entry["id"]) for entry in result.report["coverage"]["not-judged"]]


def lint(text: str, *args: str) -> Result:
    return stackcheck("lint", *SPARK, *JSON, *args, "-", stdin=text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("acme-core\nacme-vision\n", [("acme-core", "no-record"), ("acme-vision", "no-record")]),
        ("av==20.0.0\n", [("av", "newer")]),
        ("isaaclab==9.9\n", [("isaac-lab", "newer")]),
        ("torch>=99\n", [("torch", "newer")]),
        (f"{INDEX}cu124\ntorch==2.6.0\n", [("torch", "index")]),
        (f"{INDEX}cu999\ntorch==2.6.0\n", [("torch", "index")]),
        ("torch==2.0.1+cu117\n", []),
        ("numpy<1.26\n", []),
        ("torch==2.9.1\n", []),
        ("decord\n", []),
    ],
)
def test_each_requirement_is_judged_or_not(text: str, expected: list[tuple[str, str]]) -> None:
    result = lint(text)
    assert not_judged(result) == [(subject, f"coverage/{name}") for subject, name in expected]
    judged = {entry["subject"] for entry in result.report["coverage"]["judged"]}
    # Some rows have no end, and speak of a release of which nothing else is known.
    assert not judged & {subject for subject, name in expected if name == "no-record"}
    if not expected:
        assert judged


def test_a_stated_python_decides_what_depends_on_it() -> None:
    result = lint("numpy\n", "--fact", "python=3.12.3")
    assert not_judged(result) == []
    (entry,) = result.report["coverage"]["judged"]
    assert entry["subject"] == "numpy"
    assert entry["laws"] + entry["records"] >= 1


def test_an_entry_has_its_place_and_reason() -> None:
    (entry,) = lint("torch==2.11.0\n\nacme-core==0.15  # why\n").report["coverage"]["not-judged"]
    assert entry == {
        "subject": "acme-core",
        "id": "coverage/no-record",
        "reason": "nothing is known of acme-core",
        "location": {"path": "-", "line": 3, "column": 1, "end_column": 16},
    }


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("quiet", [(), ("--quiet",)])
def test_every_format_says_it(form: str, quiet: tuple[str, ...]) -> None:
    result = stackcheck("lint", *SPARK, "--format", form, *quiet, "-", stdin="acme-core\nacme-vision\n")
    assert result.code == 0
    assert "nothing found" not in result.out
    assert "acme-core" in result.out
    assert "acme-vision" in result.out


def test_the_text_names_them_in_one_line() -> None:
    result = stackcheck("lint", *SPARK, "-q", "-", stdin="acme-core\nacme-vision\nav==20.0.0\n")
    assert result.out == (
        "stackcheck: target dgx-spark (matrix " + result.out.partition("(matrix ")[2].partition(")")[0] + ")\n"
        "\n"
        "Not judged, since nothing is known of them here (--online asks the index):\n"
        "  acme-core, acme-vision.\n"
        "Not judged: av 20.0.0 is newer than what is known (up to 19.0.2).\n"
        "3 not judged; 4 facts held\n"
    )


def test_strict_makes_it_count() -> None:
    assert lint("acme-core\n").code == 0
    assert lint("acme-core\n", "--strict").code == 3
    assert lint("torch==2.11.0\n", "--strict").report["coverage"]["not-judged"] == []


class TestIgnores:
    def test_by_option(self) -> None:
        result = lint("acme-core\nav==20.0.0\n", "--ignore", "coverage/no-record", "--strict")
        assert not_judged(result) == [("av", "coverage/newer")]
        assert result.report["left_out"] == {"ignored": 1}
        assert lint("acme-core\nav==20.0.0\n", "--ignore", "coverage", "--strict").code == 0

    def test_by_a_comment_at_its_line(self) -> None:
        text = "acme-core  # stackcheck: ignore[coverage/no-record] ours to build\nacme-vision\n"
        assert not_judged(lint(text)) == [("acme-vision", "coverage/no-record")]

    def test_one_that_is_not_needed_is_said(self) -> None:
        text = "torch==2.11.0  # stackcheck: ignore[coverage/no-record] why\n"
        assert [finding["id"] for finding in lint(text).report["findings"]] == ["ignore/unused"]


class TestNamedOnTheCommandLine:
    """What is asked for by name and not known makes a preflight exit 3: a gate on a misspelt word is green for ever."""

    @pytest.mark.parametrize(
        ("args", "expected"),
        [
            (("isaac-lab==9.9",), "coverage/newer"),
            (("isaac-lab==3.0.0", "--feature", "isaac-lab:skill-gen"), "coverage/feature"),
        ],
    )
    def test_preflight(self, args: tuple[str, ...], expected: str) -> None:
        result = stackcheck("preflight", *args, *SPARK, *JSON)
        assert result.code == 3
        assert [key for _, key in not_judged(result)] == [expected]

    def test_a_feature_of_check(self, tmp_path: Path) -> None:
        env = document(tmp_path, products={"isaac-lab": "2.3.0"})
        result = stackcheck("check", "--env", env, "--feature", "isaac-lab:skill-gen", *JSON)
        assert not_judged(result) == [("isaac-lab:skill-gen", "coverage/feature")]


def test_several_targets_name_each_once() -> None:
    result = stackcheck("lint", *SPARK, "--target", "gh200", *JSON, "-", stdin="acme-core\n")
    assert not_judged(result) == [("acme-core", "coverage/no-record")]


def test_what_depends_on_the_machine_is_not_judged_without_it(tmp_path: Path) -> None:
    """pyceres 2.6 has wheels for x86_64 alone, and nothing says what this machine is."""
    (tmp_path / "requirements.txt").write_text("pyceres==2.6\n", encoding="utf-8")
    machine = document(tmp_path, facts={"os": "linux", "glibc": "2.39", "python": "3.11.9"})
    result = stackcheck("check", "--env", machine, *JSON, str(tmp_path / "requirements.txt"))
    assert not_judged(result) == [("pyceres", "coverage/facts")]


def test_a_file_for_another_machine_is_an_entry_and_a_line(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("numpy<1.26\n", encoding="utf-8")
    (tmp_path / "requirements_rocm.txt").write_text("torch==2.8.0\n", encoding="utf-8")
    (entry,) = stackcheck("lint", *SPARK, *JSON, ".", cwd=tmp_path).report["coverage"]["not-judged"]
    assert entry == {
        "subject": "file",
        "id": "scope/accelerator",
        "reason": "its path says rocm (AMD GPUs)",
        "location": {"path": "requirements_rocm.txt"},
    }
    quiet = stackcheck("lint", *SPARK, "--quiet", "--strict", ".", cwd=tmp_path)
    assert quiet.code == 0
    assert "Not for this machine: requirements_rocm.txt." in quiet.out
    assert "rocm" not in stackcheck("lint", *SPARK, "--quiet", "--ignore", "scope/accelerator", ".", cwd=tmp_path).out


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("vllm/vllm-openai:v0.6.6", []),
        ("rayproject/ray:2.40.0-py312", [("rayproject/ray", "coverage/image")]),
        ("node:20", [("node", "coverage/image")]),
        ("python:3.12", []),
        ("nvidia/cuda:12.6.2-runtime-ubuntu22.04", []),
        ("pytorch/pytorch:2.5.1-cuda12.4-cudnn9-runtime", []),
        ("nvcr.io/nvidia/l4t-jetpack:r36.4.0", []),
    ],
)
def test_an_image_is_judged_or_not(image: str, expected: list[tuple[str, str]], tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {image}\nRUN pip install decord\n", encoding="utf-8")
    result = stackcheck("lint", *SPARK, *JSON, "Dockerfile", cwd=tmp_path)
    assert [entry for entry in not_judged(result) if entry[1] == "coverage/image"] == expected
