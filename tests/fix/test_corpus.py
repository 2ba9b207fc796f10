"""Real files: only lines with findings change, pip reads the result, and a second run finds nothing to do."""

from __future__ import annotations

import difflib
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import tomli
from packaging.requirements import Requirement

from stackcheck.session.files import Loader
from stackcheck.session.knowledge import open_knowledge
from stackcheck.session.repair import Repair, editable
from stackcheck.session.request import Filters, Request

if TYPE_CHECKING:
    from stackcheck.model import Report

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
FILES = sorted(path for path in CORPUS.rglob("*") if path.is_file() and editable(path.name))
SPARK = ("dgx-spark",)


def repaired(path: str, targets: tuple[str, ...], *, unsafe: bool) -> tuple[Report, Repair]:
    requests = [Request(target=name) for name in targets]
    repair = Repair([[path]], requests, open_knowledge(), Filters(), Loader(), unsafe=unsafe)
    return repair.mend(), repair


def changed_lines(old: str, new: str) -> list[tuple[int, list[str]]]:
    """The lines of the old text that were changed, or before which something was put, and what stands there now."""
    before, after = old.split("\n"), new.split("\n")
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return [
        (number, after[j1:j2])
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        if tag != "equal"
        for number in range(i1 + 1, max(i2, i1 + 1) + 1)
    ]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real files is not beside this checkout")
@pytest.mark.parametrize(
    ("targets", "unsafe"),
    [
        pytest.param(SPARK, True, id="all"),
        pytest.param(SPARK, False, id="safe", marks=pytest.mark.slow),
        pytest.param((*SPARK, "jetson-thor"), True, id="two-targets", marks=pytest.mark.slow),
    ],
)
def test_real_files(
    targets: tuple[str, ...],
    unsafe: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL)
    count = 0
    for path in FILES:
        monkeypatch.chdir(path.parent)
        first, repair = repaired(path.name, targets, unsafe=unsafe)
        old, new = repair.before[path.name], repair.loader.read[path.name]
        if not repair.done:
            assert old == new
            continue
        count += 1
        lines = {one.location.line for one in first.findings if one.location and one.location.path == path.name}
        for number, text in changed_lines(old.decode(), new.decode()):
            # An index for uv is written into a table of its own, not at the requirement.
            index = "[[tool.uv.index]]" in text or all(line.startswith("torch = [{ index = ") for line in text)
            assert number in lines or index, (path, number)
            readable(path.name, text)
        folder = tmp_path / str(count)
        folder.mkdir()
        (folder / path.name).write_bytes(new)
        monkeypatch.chdir(folder)
        assert repaired(path.name, targets, unsafe=unsafe)[1].done == []
        whole(folder / path.name)
    assert count >= 8


def readable(name: str, lines: list[str]) -> None:
    """Each changed line of a requirements file is a requirement, or the one option that is ever added."""
    for line in lines if name != "pyproject.toml" else ():
        if not line.startswith("--extra-index-url https://"):
            Requirement(line.partition(" #")[0].strip().rstrip("\\"))


def whole(path: Path) -> None:
    """The file is one that its own reader takes."""
    if path.name == "pyproject.toml":
        tomli.loads(path.read_text(encoding="utf-8"))
        return
    from pip._internal.network.session import PipSession
    from pip._internal.req.req_file import parse_requirements

    assert list(parse_requirements(str(path), session=PipSession()))
