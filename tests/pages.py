"""The pages for people and what they show: outputs of commands, files, commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tests.cli.command import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
_BLOCK = re.compile(r"(?P<head><!-- (?P<kind>output|file): (?P<what>.*?) -->\n```\n)(?P<shown>.*?)```\n", re.DOTALL)


class Block(NamedTuple):
    """One block of a page that must be what its comment says: the output of a command, or a file."""

    page: Path
    head: str
    kind: str
    what: str
    shown: str

    @property
    def name(self) -> str:
        return f"{self.page.name}: {self.what}"

    def show(self, text: str) -> None:
        """Puts another text into the block."""
        page = self.page.read_text(encoding="utf-8")
        changed = page.replace(f"{self.head}{self.shown}```\n", f"{self.head}{text}```\n")
        self.page.write_text(changed, encoding="utf-8")


def blocks() -> list[Block]:
    """The blocks of all pages."""
    return [
        Block(page, found["head"], found["kind"], found["what"], found["shown"])
        for page in PAGES
        for found in _BLOCK.finditer(page.read_text(encoding="utf-8"))
    ]
