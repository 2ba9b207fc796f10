"""The plans under examples/ are what their commands write today, and lint finds no error in them on their machines.

STACKCHECK_UPDATE=1 rewrites them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import tomli

from tests.cli.command import EXAMPLES, stackcheck

if TYPE_CHECKING:
    from pathlib import Path

PLANS = EXAMPLES / "plans"
COMMANDS: dict[str, list[str]] = {
    name: one["command"] for name, one in tomli.loads((PLANS / "plans.toml").read_text(encoding="utf-8")).items()
}


def made(name: str, folder: Path) -> dict[str, str]:
    """What the command of an example writes, by the names of the files."""
    done = stackcheck("plan", *COMMANDS[name], cwd=folder)
    assert done.code == 0, done.err
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}


def targets(name: str) -> list[str]:
    words = COMMANDS[name]
    return [words[at + 1] for at, word in enumerate(words) if word == "--target"]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_files_are_what_the_command_writes(name: str, tmp_path: Path) -> None:
    texts = made(name, tmp_path)
    folder = PLANS / name
    if os.environ.get("STACKCHECK_UPDATE"):
        folder.mkdir(exist_ok=True)
        for path, text in texts.items():
            (folder / path).write_text(text, encoding="utf-8")
    assert {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())} == texts


@pytest.mark.parametrize("name", COMMANDS)
def test_lint_finds_no_error(name: str) -> None:
    for target in targets(name):
        own = [path.name for path in sorted((PLANS / name).iterdir()) if not _is_of_another(path.name, name, target)]
        assert own
        for path in own:
            python = next(
                text for text in ("3.11", "3.12") if f"Python {text}" in (PLANS / name / path).read_text("utf-8")
            )
            judged = stackcheck("lint", path, "--target", target, "--fact", f"python={python}", cwd=PLANS / name)
            assert judged.code == 0, (path, target, judged.out)


def _is_of_another(path: str, name: str, target: str) -> bool:
    return any(other in path for other in targets(name) if other != target)


def test_the_vendors_own_sets_are_there() -> None:
    old = (PLANS / "isaac-lab-2.3" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert {"torch==2.9.0+cu130", "isaacsim[all,extscache]==5.1.0"} <= set(old)
    new = tomli.loads((PLANS / "isaac-lab-3.0" / "pyproject.toml").read_text(encoding="utf-8"))
    assert "torch==2.11.0" in new["project"]["dependencies"]
    assert new["project"]["requires-python"] == "==3.12.*"
