"""The import arrows of the house: model ← subjects, versions ← matrix ← judge; the rest only sees the bottom."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
import tomli
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PACKAGE = Path(__file__).parent.parent / "stackcheck"
BOTTOM = {"stackcheck", "model", "subjects", "versions", "redact", "values", "wording"}
MAY_IMPORT = {
    "values": set(),
    "model": {"values"},
    "subjects": {"model", "values"},
    "versions": {"model", "subjects"},
    "redact": set(),
    "wording": set(),
    "matrix": BOTTOM,
    "judge": BOTTOM | {"matrix"},
    "probe": BOTTOM,
    "scan": BOTTOM,
    "read": BOTTOM,
    "report": BOTTOM,
    "fix": BOTTOM | {"matrix"},
    "gather": BOTTOM | {"probe", "scan"},
    "api": BOTTOM | {"cli", "read"},
    "cli": BOTTOM | {"matrix", "judge", "probe", "scan", "read", "report", "fix", "gather"},
}
# The package can be called, as `stackcheck.judge(...)`: that one line goes to the front door.
FRONT_DOOR = {"judge/__init__.py": {"api"}}
HEAVY = {
    "yaml": {"read"},
    "pathspec": {"cli"},
    "typer": {"cli"},
    "rich": {"cli"},
    "pip_api": {"probe"},
    "torch": set(),
    "pip": set(),
    "subprocess": {"probe"},
}
"""Libraries that cost start-up time or reach outside, and the rooms that may import them."""


def room(path: Path) -> str:
    """The part of the house that a module belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Every module that a file imports, at the top or inside a function, for types or for use."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= (
                {f"{node.module}.{alias.name}" for alias in node.names}
                if node.module == "stackcheck"
                else {node.module}
            )
    return found


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or room(path) in MAY_IMPORT)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_arrows(path: Path) -> None:
    own = room(path)
    rooms = {name.split(".")[1] for name in imports(path) if name.startswith("stackcheck.")}
    assert rooms - {own, "__version__"} <= MAY_IMPORT[own] | FRONT_DOOR.get(str(path.relative_to(PACKAGE)), set())


@pytest.mark.parametrize("library", sorted(HEAVY))
def test_heavy_libraries_stay_where_they_are_used(library: str) -> None:
    users = {room(path) for path in MODULES if library in {name.partition(".")[0] for name in imports(path)}}
    assert users <= HEAVY[library]


def test_the_model_is_plain() -> None:
    ours = {name.partition(".")[0] for name in imports(PACKAGE / "model.py")}
    assert ours <= {"__future__", "stackcheck", "typing", "collections"}


def test_every_room_is_known() -> None:
    assert {room(path) for path in PACKAGE.rglob("*.py")} <= set(MAY_IMPORT) | {"__init__", "__main__"}


def test_every_library_that_is_imported_is_declared() -> None:
    """One was there in every development environment, brought by another tool, and in no user's."""
    project = tomli.loads((PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    texts = [*project["dependencies"], *extras["torch"], *extras["resolve"]]
    declared = {canonicalize_name(Requirement(text).name) for text in texts}
    names = {"yaml": "pyyaml", "pip_api": "pip-api"}
    used = {name.partition(".")[0] for path in PACKAGE.rglob("*.py") for name in imports(path)}
    third_party = used - sys.stdlib_module_names - {"stackcheck", "__future__"}
    assert {canonicalize_name(names.get(name, name)) for name in third_party} <= declared
