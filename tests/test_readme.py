"""What the pages show is what comes out: each block is made again. STACKCHECK_UPDATE=1 rewrites them."""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING

import pytest

from stackcheck.report import FORMATS
from stackcheck.session.settings import settings_of
from tests.cli.command import ROOT, stackcheck
from tests.pages import PAGES, Block, blocks

if TYPE_CHECKING:
    from pathlib import Path

README = ROOT / "README.md"
BLOCKS = blocks()


@pytest.mark.parametrize("block", BLOCKS, ids=[block.name for block in BLOCKS])
def test_blocks(block: Block) -> None:
    if block.kind == "file":
        made = (ROOT / block.what).read_text(encoding="utf-8")
    else:
        made = stackcheck(*shlex.split(block.what)[1:]).out
    if os.environ.get("STACKCHECK_UPDATE"):
        block.show(made)
        return
    assert made == block.shown


def test_every_page_but_the_list_shows_something() -> None:
    shown = {block.page.name for block in BLOCKS}
    assert {page.name for page in PAGES} - shown <= {"collecting.md"}
    assert all(f"({page.name})" in (ROOT / "docs" / "README.md").read_text(encoding="utf-8") for page in PAGES[2:])


@pytest.mark.parametrize("page", [README, ROOT / "docs" / "reports.md"], ids=lambda page: page.name)
def test_every_format_is_named(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [name for name in FORMATS if name not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / link).exists(), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_the_settings_that_are_shown_are_settings(page: Path) -> None:
    for text in re.findall(r"^```toml\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
        settings = settings_of(text.encode(), page.name)
        assert settings is None or settings.values


def test_every_command_is_named() -> None:
    text = README.read_text(encoding="utf-8")
    listed = re.findall(r"^│?\s*([a-z]+)\s{2,}\S", stackcheck("--help").out, re.MULTILINE)
    assert {"check", "lint", "preflight", "env", "explain", "matrix", "targets"} <= set(listed)
    for name in listed:
        assert f"`stackcheck {name}" in text, name


def test_ci_runs_the_command_of_the_readme() -> None:
    command = README.read_text(encoding="utf-8").partition("<!-- tests -->\n```sh\n")[2].partition("\n```")[0]
    assert "pytest" in command
    assert "<!-- tests -->" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
