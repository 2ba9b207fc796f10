"""Which files `lint FOLDER` finds, and which of them it judges together."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from stackcheck.session import discover
from stackcheck.session.errors import CannotWorkError
from tests.cli.command import stackcheck

if TYPE_CHECKING:
    from pathlib import Path


def tree(root: Path, *paths: str, **texts: str) -> None:
    """Empty files, and a .gitignore where one is given."""
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("")
    for name, text in texts.items():
        (root / name.replace("_", "/.")).parent.mkdir(parents=True, exist_ok=True)
        (root / name.replace("_", "/.").lstrip("/")).write_text(text)


def found(root: Path) -> list[str]:
    return [os.path.relpath(path, root) for path in discover.project_files(str(root))]


def test_names_that_are_project_files(tmp_path: Path) -> None:
    wanted = [
        *(
            "Dockerfile",
            "a/requirements-dev.txt",
            "a/test_requirements/x.lock",
            "b/my_pip_freeze_1.txt",
            "constraints.txt",
        ),
        *(
            "deps/pip_ml.toml",
            "overrides.txt",
            "package.xml",
            "pyproject.toml",
            "requirements/gpu.txt",
            "run.sh",
            "setup.py",
        ),
    ]
    tree(
        tmp_path, *wanted, "CMakeLists.txt", "LICENSE.txt", "notes.txt", "x.py", "README.md", "Cargo.lock", "robots.txt"
    )
    assert found(tmp_path) == sorted(wanted)


def test_what_git_ignores_is_left_out(tmp_path: Path) -> None:
    tree(tmp_path, "requirements.txt", "build/requirements.txt", "a/requirements.txt", "a/keep/requirements.txt")
    tree(tmp_path, ".venv/requirements.txt", "b/site-packages/x/setup.py", "b/requirements-x.txt")
    (tmp_path / ".gitignore").write_text("/build/\n*-x.txt\na/requirements.txt\n")
    (tmp_path / "b" / ".gitignore").write_text("!requirements-x.txt\n")
    assert found(tmp_path) == ["a/keep/requirements.txt", "b/requirements-x.txt", "requirements.txt"]


def test_links_pipes_and_unreadable_folders_are_survived(tmp_path: Path) -> None:
    tree(tmp_path, "requirements.txt", "a/requirements.txt")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "requirements-gone.txt").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "requirements-pipe.txt")
    assert found(tmp_path) == ["a/requirements.txt", "requirements.txt"]


def test_a_script_is_found_by_its_header(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('# /// script\n# dependencies = ["torch"]\n# ///\n')
    (tmp_path / "b.py").write_text("import torch\n")
    assert found(tmp_path) == ["a.py"]


def test_too_much_or_nothing_is_a_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CannotWorkError, match="no project file is in it"):
        found(tmp_path)
    tree(tmp_path, *(f"requirements-{n}.txt" for n in range(9)))
    monkeypatch.setattr(discover, "MAX_FILES", 8)
    with pytest.raises(CannotWorkError, match="more than 8 files"):
        found(tmp_path)


def test_one_project_is_judged_together() -> None:
    files = ["a/pyproject.toml", "a/requirements-dev.txt", "a/requirements.txt", "a/setup.cfg", "b/pyproject.toml"]
    assert discover.groups(files) == [
        ["a/pyproject.toml", "a/requirements.txt", "a/setup.cfg"],
        ["a/requirements-dev.txt"],
        ["b/pyproject.toml"],
    ]


def test_list_files(tmp_path: Path) -> None:
    tree(tmp_path, "requirements.txt", "a/Dockerfile")
    result = stackcheck("lint", "--list-files", ".", cwd=tmp_path)
    assert (result.code, result.out, result.err) == (0, "a/Dockerfile\nrequirements.txt\n", "")


def test_files_of_a_folder_do_not_contradict_each_other(tmp_path: Path) -> None:
    (tmp_path / "requirements-a.txt").write_text("torch==2.11.0\n")
    (tmp_path / "requirements-b.txt").write_text("torch==2.12.0\n-r requirements-a.in\n")
    (tmp_path / "requirements-a.in").write_text("numpy\n")
    together = stackcheck("lint", "--target", "dgx-spark", "requirements-a.txt", "requirements-b.txt", cwd=tmp_path)
    assert "exclude each other" in together.out
    apart = stackcheck("lint", "--target", "dgx-spark", ".", cwd=tmp_path)
    assert "exclude each other" not in apart.out
    assert apart.code == 0


def test_nothing_but_plain_files_is_opened(tmp_path: Path) -> None:
    """A FIFO would hang for ever, also one that is called .gitignore."""
    tree(tmp_path, "requirements.txt")
    for name in (".gitignore", "script.py", "pyproject.toml"):
        os.mkfifo(tmp_path / name)
    assert found(tmp_path) == ["requirements.txt"]


def test_shorter_names_of_lists_environments_and_actions(tmp_path: Path) -> None:
    lists = ("reqs.txt", "sub/req.txt", "deps.txt")
    wanted = (*lists, "env.yml", "sub/env.yaml", "action.yml", ".github/actions/setup/action.yaml")
    tree(tmp_path, *wanted, "sub/xdeps.txt", "config.yml", "env.txt", "reaction.yml", "my-env.yml")
    assert found(tmp_path) == sorted(wanted)
