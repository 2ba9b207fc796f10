"""`stackcheck init`: a first `[tool.stackcheck]` from what the project and the machine say."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from stackcheck.model import Known, Stack
from stackcheck.read.errors import ReadError
from stackcheck.session.discover import project_files
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.files import Loader, load
from stackcheck.session.machine import machine, target_names, target_of
from stackcheck.session.project import add_project
from stackcheck.session.replace import replace_file
from stackcheck.session.request import Request
from stackcheck.session.settings import settings_of
from stackcheck.versions import asked_range

if TYPE_CHECKING:
    from collections.abc import Sequence

_PINNED = re.compile(r"(?:cpython-?|python-?)?(3\.\d{1,2})(?:\.\d+)?")


def create(folder: str, targets: Sequence[str]) -> str:
    """Adds the table to the folder's pyproject.toml, or makes one with it; what was written, for people.

    Raises `CannotWorkError` where there are settings already, or no project files.
    """
    files = project_files(folder)
    path = os.path.normpath(os.path.join(folder, "pyproject.toml"))
    old = load(path) if os.path.exists(path) else None
    if old is not None and (settings := settings_of(old, path)) is not None:
        raise CannotWorkError(f"{settings.path}: has a [tool.stackcheck] table already; change it there")
    chosen, why = ([target_of(name) for name in targets], "--target") if targets else _this_board()
    python, where = _python(folder, files)
    added = table(chosen, python)
    _write(path, old, added)
    lines = [f"{path}: [tool.stackcheck] was {'made' if old is None else 'added'}"]
    lines += [
        f"  targets: {', '.join(chosen)} ({why})" if chosen else "  targets: none yet; `stackcheck targets` lists them"
    ]
    lines += [f"  Python {python} ({where})"] if python else []
    number = f"{len(files)} project file{'' if len(files) == 1 else 's'}"
    lines += [f"{number} to lint: stackcheck lint{'' if folder == '.' else f' {folder}'}"]
    return "\n".join(lines) + "\n"


def table(targets: Sequence[str], python: str | None) -> str:
    """The TOML text of the table."""
    listed = ", ".join(f'"{name}"' for name in targets or ("dgx-spark",))
    lines = [
        "[tool.stackcheck]",
        "# The machines that this is for (`stackcheck targets`); without it, the machine at hand.",
        f"{'' if targets else '# '}targets = [{listed}]",
    ]
    if python:
        lines += ["# The Python of the environments there.", f'facts = ["python={python}"]']
    lines += [
        "# What is not to be reported, why, and until when:",
        '# ignore = [{ id = "torch/some-row", reason = "…", until = 2027-01-31 }]',
    ]
    return "\n".join(lines) + "\n"


def _this_board() -> tuple[list[str], str]:
    board = machine(Request())[0].facts.get("board")
    known = isinstance(board, Known) and board.value in target_names()
    return ([board.value], "this machine") if known and isinstance(board, Known) else ([], "")


def _python(folder: str, files: list[str]) -> tuple[str | None, str]:
    """The Python series of the project, and where that stands: .python-version, else the floor of requires-python."""
    pinned = os.path.join(folder, ".python-version")
    if os.path.isfile(pinned):
        pin = _PINNED.match(load(pinned, 1000).decode("utf-8", "replace").strip())
        if pin is not None:
            return pin[1], ".python-version"
    metadata = [path for path in files if os.path.basename(path) == "pyproject.toml"]
    try:
        return _floor(add_project(Stack(), metadata[:1], Loader())), "requires-python"
    except ReadError:
        return None, ""


def _floor(stack: Stack) -> str | None:
    """The oldest Python that requires-python of the files lets in, as a series."""
    ranges = [asked_range(ask.specifier) for ask in stack.asks if ask.name == "python" and ask.specifier]
    for minor in range(9, 16):
        if ranges and all(one is not None and one.contains(f"3.{minor}.99", prereleases=True) for one in ranges):
            return f"3.{minor}"
    return None


def _write(path: str, old: bytes | None, added: str) -> None:
    if old is None:
        with open(path, "xb") as file:
            file.write(added.encode())
        return
    end = b"\r\n" if b"\r\n" in old else b"\n"
    gap = b"" if not old.strip() else end if old.endswith(b"\n") else end * 2
    new = old + gap + added.encode().replace(b"\n", end)
    if settings_of(new, path) is None:
        raise CannotWorkError(f"{path}: the table does not fit in there; write it by hand:\n{added}")
    replace_file(path, old, new)
