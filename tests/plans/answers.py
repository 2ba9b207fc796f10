"""The plans of lists.toml by a frozen matrix, and where their answers are kept."""

from __future__ import annotations

import tarfile
from pathlib import Path

import tomli

from stackcheck.matrix.store import Store
from stackcheck.session.knowledge import Knowledge
from stackcheck.session.plan import Wishes

FOLDER = Path(__file__).parent
FROZEN = FOLDER / "frozen.tar.xz"
LISTS: dict[str, list[str]] = tomli.loads((FOLDER / "lists.toml").read_text(encoding="utf-8"))
HEAD = "==== {} ====\n"


def wished(wishes: list[str], write: tuple[str, ...] = ()) -> Wishes:
    """A list as a call names it."""
    return Wishes(
        required=tuple(wish for wish in wishes if not wish.endswith("?")),
        optional=tuple(wish.rstrip("?") for wish in wishes if wish.endswith("?")),
        write=write,
        force=True,
    )


def thawed(folder: Path) -> Knowledge:
    """The frozen matrix, unpacked into a folder."""
    with tarfile.open(FROZEN) as archive:
        archive.extractall(folder, filter="data")
    version = (folder / "VERSION").read_text(encoding="utf-8").strip()
    return Knowledge(Store.from_folders([folder]), version, (str(folder),))


def kept(name: str) -> dict[str, str]:
    """The answers of one list by target, as they are kept."""
    path = FOLDER / "answers" / f"{name}.txt"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    parts = text.split("==== ")[1:]
    return {head: rest for head, _, rest in (part.partition(" ====\n") for part in parts)}


def keep(name: str, answers: dict[str, str]) -> None:
    """Keeps the answers of one list."""
    (FOLDER / "answers").mkdir(exist_ok=True)
    text = "".join(f"{HEAD.format(target)}{answers[target]}" for target in sorted(answers))
    (FOLDER / "answers" / f"{name}.txt").write_text(text, encoding="utf-8")
