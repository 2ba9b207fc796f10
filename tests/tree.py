"""Small file trees and recorded texts for the tests of scan, probe and gather."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str) -> str:
    """The text of a file under tests/recorded."""
    return (RECORDED / name).read_text(encoding="utf-8")


def write_tree(root: Path, files: Mapping[str, str]) -> Path:
    """Write files under a root; a text that begins with "->" is a link, a path that ends with "/" a folder."""
    for path, text in files.items():
        place = root / path.lstrip("/")
        if path.endswith("/"):
            place.mkdir(parents=True, exist_ok=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("->"):
            place.symlink_to(text.removeprefix("->"))
        else:
            place.write_text(text, encoding="utf-8")
    return root
