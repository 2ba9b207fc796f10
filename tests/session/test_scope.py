"""Which found files a lint judges: the decision for each machine, what it reads for it, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stackcheck.session.files import Loader, project_files
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.lint import lint
from stackcheck.session.machine import target_stack
from stackcheck.session.request import Request
from stackcheck.session.scope import Scope

if TYPE_CHECKING:
    from pathlib import Path

    from stackcheck.model import Report


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def report(folder: Path, *paths: str, target: str = "dgx-spark") -> Report:
    named = [str(folder / path) if path else str(folder) for path in paths or ("",)]
    groups = project_files(named)
    scope = Scope.of(named, groups)
    return lint([Request(target=target)], groups, open_knowledge(()), Loader(), scope=scope)


def errors(found: Report, folder: Path) -> list[str]:
    return [
        f"{one.location.path.removeprefix(f'{folder}/')} {one.id}"
        for one in found.findings
        if one.severity == "error" and one.location is not None
    ]


def test_only_what_lies_below_the_named_folder_counts(tmp_path: Path) -> None:
    write(tmp_path, {"jetson/orin/requirements.txt": "open3d==0.19.0\n"})
    assert errors(report(tmp_path), tmp_path) == []
    assert errors(report(tmp_path, "jetson"), tmp_path) == []
    assert errors(report(tmp_path, "jetson/orin"), tmp_path) == ["jetson/orin/requirements.txt open3d/open3d-0.19"]


def test_a_named_file_is_judged_although_its_folder_is_named_too(tmp_path: Path) -> None:
    write(tmp_path, {"requirements_rocm.txt": "open3d==0.19.0\n", "requirements_npu.txt": "open3d==0.19.0\n"})
    found = report(tmp_path, "", "requirements_rocm.txt")
    assert errors(found, tmp_path) == ["requirements_rocm.txt open3d/open3d-0.19"]


def test_an_included_file_for_another_machine_does_not_count(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"requirements.txt": "-r requirements_rocm.txt\nnumpy\n", "requirements_rocm.txt": "open3d==0.19.0\n"},
    )
    found = report(tmp_path)
    assert errors(found, tmp_path) == []
    assert [one.id for one in found.findings if one.kind == "scope"] == ["scope/accelerator"]


def test_one_note_for_each_reason(tmp_path: Path) -> None:
    write(tmp_path, {f"docs/{name}/requirements.txt": "torch\n" for name in "abcdef"})
    (note,) = [one for one in report(tmp_path).findings if one.kind == "scope"]
    assert note.location is not None
    assert note.location.path.endswith("docs/a/requirements.txt")
    assert note.message.startswith("No part of this project's stack: docs holds the documentation. So for ")
    assert "and 2 more." in note.message
    assert len(note.because) == 6


def test_several_machines_each_have_their_own_notes(tmp_path: Path) -> None:
    write(tmp_path, {"orin/requirements.txt": "open3d==0.19.0\n"})
    groups = project_files([str(tmp_path)])
    requests = [Request(target="dgx-spark"), Request(target="jetson-orin")]
    scope = Scope.of([str(tmp_path)], groups)
    found = lint(requests, groups, open_knowledge(()), Loader(), scope=scope)
    assert [(one.target, one.kind) for one in found.findings if one.severity in ("error", "note")] == [
        ("dgx-spark", "scope"),
        ("jetson-orin", "wheels"),
    ]


@pytest.mark.parametrize("text", ["[project\n", '[project]\nname = "a"\ndependencies = ["torch-npu==="]\n'])
def test_a_broken_project_is_said_where_it_is_judged(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"pyproject.toml": text + "# torch-npu\n"})
    groups = project_files([str(tmp_path)])
    decisions = Scope.of([str(tmp_path)], groups).decide(target_stack("dgx-spark"), Loader())
    assert Scope.notes(decisions) == []


def test_a_file_that_is_gone_is_left_to_its_reader(tmp_path: Path) -> None:
    def load(path: str) -> bytes:
        raise FileNotFoundError(path)

    scope = Scope({"a/requirements.txt": "a/requirements.txt"})
    decisions = scope.decide(target_stack("dgx-spark"), load)
    assert decisions["a/requirements.txt"].against is None


def test_a_file_that_an_image_copies_and_does_not_install_from_is_judged(tmp_path: Path) -> None:
    dockerfile = "FROM a\nCOPY requirements.txt requirements-own.txt /\nRUN pip install -r /requirements-own.txt\n"
    write(
        tmp_path,
        {"Dockerfile": dockerfile, "requirements.txt": "open3d==0.19.0\n", "requirements-own.txt": "numpy\n"},
    )
    assert errors(report(tmp_path), tmp_path) == ["requirements.txt open3d/open3d-0.19"]


def test_a_clone_in_a_clone_is_another_project_and_in_a_workspace_one_of_many(tmp_path: Path) -> None:
    write(tmp_path, {"policy/.git": "gitdir: elsewhere\n", "policy/requirements.txt": "open3d==0.19.0\n"})
    assert errors(report(tmp_path), tmp_path) == ["policy/requirements.txt open3d/open3d-0.19"]
    (tmp_path / ".git").mkdir()
    assert errors(report(tmp_path), tmp_path) == []


def test_what_another_file_includes_counts_although_it_lies_apart(tmp_path: Path) -> None:
    write(tmp_path, {"requirements.txt": "-r vendor/a/requirements.txt\n"})
    write(tmp_path, {"vendor/a/requirements.txt": "open3d==0.19.0\n"})
    assert errors(report(tmp_path), tmp_path) == ["vendor/a/requirements.txt open3d/open3d-0.19"]
