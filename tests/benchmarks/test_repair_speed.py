"""`lint --diff` of a repository of 600 project files, against the same lint: a repair judges what it touches alone."""

from __future__ import annotations

import random
import sys
import time
from typing import TYPE_CHECKING

import pytest

from stackcheck.session.files import Loader, project_files
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.lint import lint, scope_of
from stackcheck.session.repair import Repair
from stackcheck.session.request import Filters, Request

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.benchmark

FILES = 600
HARMLESS = ("requests", "scipy", "tqdm", "pyyaml", "matplotlib", "pandas>=2", "rich", "click>=8", "einops", "h5py")
BROKEN = ("open3d==0.19.0", "torch==2.9.0", "torch>=2.5", "torchvision==0.23.0", "decord", "xformers", "numba==0.59.0")


def tree(folder: Path, files: int) -> None:
    """Projects of their own, of which one in four asks for something that does not work on an Arm machine."""
    chosen = random.Random(17)  # noqa: S311 - the same tree in every run
    for number in range(files):
        project = folder / f"group{number // 20}" / f"project{number}"
        project.mkdir(parents=True)
        lines = chosen.sample(HARMLESS, 5) + (chosen.sample(BROKEN, 1) if number % 4 == 0 else [])
        if number % 3:
            (project / "requirements.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        else:
            listed = ", ".join(f'"{line}"' for line in lines)
            text = f'[project]\nname = "project{number}"\nversion = "1"\ndependencies = [{listed}]\n'
            (project / "pyproject.toml").write_text(text, encoding="utf-8")


def test_a_diff_of_six_hundred_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, FILES)
    monkeypatch.chdir(tmp_path)
    knowledge, requests = open_knowledge(), [Request(target="dgx-spark")]
    groups = project_files(["."])
    scope = scope_of(["."], groups)
    lint(requests, groups[:20], knowledge, Loader(), scope=scope)
    start = time.process_time()
    report = lint(requests, groups, knowledge, Loader(), scope=scope)
    alone = time.process_time() - start
    start = time.process_time()
    repair = Repair(groups, requests, knowledge, Filters(), Loader(), scope)
    first = repair.mend()
    taken = time.process_time() - start
    said = f"--diff of {FILES} files takes {taken / alone:.1f} times the lint, {len(repair.done)} repairs"
    sys.stdout.write(f"\n{said}\n")
    assert first.findings == report.findings
    assert len(repair.done) >= 10
    assert taken <= 4 * alone
