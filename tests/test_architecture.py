"""The house: which room may import which, no circle of modules, and what an addition costs."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import tomli
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from stackcheck.about import VERSION
from stackcheck.cli.options import COMMANDS
from stackcheck.matrix.kinds import KINDS
from stackcheck.read import READERS
from stackcheck.report import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PACKAGE = Path(__file__).parent.parent / "stackcheck"
GROUND = {
    *("stackcheck", "about", "model", "subjects", "versions", "redact", "values", "wording", "patterns", "disk"),
    *("kleene", "budget", "zipped"),
}
BELOW_SESSION = {"plan", "fix", "report", "judge", "matrix", "read", "scan", "probe"}
MAY_IMPORT = {
    "about": set(),
    "values": set(),
    "model": {"values"},
    "subjects": {"model", "values"},
    "versions": {"model", "subjects", "patterns"},
    "redact": {"patterns"},
    "patterns": set(),
    "wording": set(),
    "disk": {"zipped"},
    "zipped": set(),
    "kleene": set(),
    "budget": set(),
    "matrix": GROUND,
    "judge": GROUND | {"matrix"},
    "plan": GROUND | {"matrix", "judge"},
    "probe": GROUND,
    "scan": GROUND,
    "read": GROUND,
    "report": GROUND,
    "fix": GROUND | {"matrix"},
    "session": GROUND | BELOW_SESSION,
    "api": GROUND | {"session", "plan"},
    # The servers are started by the command line, and know nothing of it.
    "serve": GROUND | {"judge", "plan", "report", "session"},
    "cli": GROUND | BELOW_SESSION | {"session", "serve"},
    # The package's own names (`stackcheck.judge`) lead to the door that is meant for them.
    "__init__": {"about", "api", "judge", "model"},
    "__main__": {"cli"},
}
DOORS = {"api", "cli"}
"""Those in the front; `serve` lies behind the command line."""
HEAVY = {
    "yaml": {"read"},
    "tree_sitter": {"read"},
    "tree_sitter_bash": {"read"},
    "pathspec": {"session"},
    "typer": {"cli"},
    "rich": {"cli"},
    "pip_api": {"probe"},
    "resolvelib": {"plan"},
    "distributed": {"session"},
    "pygls": {"serve"},
    "lsprotocol": {"serve"},
    "mcp": {"serve"},
    "mcp_types": {"serve"},
    "jsonschema": {"serve"},
    "torch": set(),
    "pip": set(),
    "subprocess": {"probe"},
}
"""Libraries that cost start-up time or reach outside, and the rooms that may import them."""
MODULES = sorted(PACKAGE.rglob("*.py"))


def dotted(path: Path) -> str:
    """The name that a module is imported by."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {dotted(path) for path in MODULES}


def room(path: Path) -> str:
    """The part of the house that a module belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def nodes(tree: ast.AST, *, types: bool) -> Iterator[ast.AST]:
    """Every node of a module; without `types` none of what only a type checker sees."""
    for node in ast.iter_child_nodes(tree):
        checked = isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        yield node
        for child in node.orelse if checked and not types else [node]:  # type: ignore[attr-defined]
            yield from nodes(child, types=types)


def imports(path: Path, *, types: bool = True) -> set[str]:
    """Every module that a file imports, at the top or inside a function; with `types` those for type checkers too."""
    names: set[str] = set()
    for node in nodes(ast.parse(path.read_text(encoding="utf-8")), types=types):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # What is imported from a package may be a module of it, and then the package itself gives nothing.
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= inside & NAMES if inside & NAMES else {node.module}
    return names


GRAPH = {dotted(path): imports(path, types=False) & NAMES for path in MODULES}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_arrows(path: Path) -> None:
    own = room(path)
    rooms = {name.split(".")[1] for name in imports(path) & NAMES if "." in name}
    assert rooms - {own} <= MAY_IMPORT[own]


def test_no_door_knows_another() -> None:
    assert not any(MAY_IMPORT[door] & DOORS - {door} for door in DOORS)


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The modules that reach each other, by Tarjan's search for strongly connected components."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    components: list[list[str]] = []

    def visit(name: str) -> None:
        order[name] = low[name] = len(order)
        stack.append(name)
        for other in sorted(graph[name]):
            if other not in order:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == order[name]:
            component = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            components.append(sorted(component))

    for name in sorted(graph):
        if name not in order:
            visit(name)
    return [component for component in components if len(component) > 1 or component[0] in graph[component[0]]]


def test_no_circle() -> None:
    assert circles(GRAPH) == []


def test_a_circle_would_be_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a", "d"}}) == [["a", "b", "c"], ["d"]]


@pytest.mark.parametrize("library", sorted(HEAVY))
def test_heavy_libraries_stay_where_they_are_used(library: str) -> None:
    users = {room(path) for path in MODULES if library in {name.partition(".")[0] for name in imports(path)}}
    assert users <= HEAVY[library]


def test_the_model_is_plain() -> None:
    ours = {name.partition(".")[0] for name in imports(PACKAGE / "model.py")}
    assert ours <= {"__future__", "stackcheck", "typing", "collections"}


def test_every_room_is_known() -> None:
    assert {room(path) for path in MODULES} == set(MAY_IMPORT)


def test_every_library_that_is_imported_is_declared() -> None:
    """One was there in every development environment, brought by another tool, and in no user's."""
    project = tomli.loads((PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    shipped = ("torch", "resolve", "dask", "lsp", "mcp")
    texts = [*project["dependencies"], *(text for name in shipped for text in extras[name])]
    declared = {canonicalize_name(Requirement(text).name) for text in texts}
    names = {"yaml": "pyyaml", "pip_api": "pip-api"}
    used = {name.partition(".")[0] for path in MODULES for name in imports(path)}
    third_party = used - sys.stdlib_module_names - {"stackcheck", "__future__"}
    assert {canonicalize_name(names.get(name, name)) for name in third_party} <= declared


def test_the_version_is_that_of_the_package() -> None:
    project = tomli.loads((PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION


ADDED = {
    "row kind": r"\b[Ss]ymptom\b",
    "reader": r"\bread_pixi_locks\b",
    "format": r"\bgitlab\b",
    "option": r"\bunsafe_fixes\b",
}
"""What was added last of its sort, and how the files that know it name it."""


def test_what_was_added_is_there() -> None:
    assert "symptom" in KINDS
    assert "pixi.lock" in {reader.title for reader in READERS}
    assert "gitlab" in FORMATS
    assert "unsafe_fixes" in {option.dest for option in COMMANDS["lint"].options}


@pytest.mark.parametrize("sort", ADDED)
def test_an_addition_is_known_to_few_files(sort: str) -> None:
    """Who adds one writes at most five files of the package, and nobody else needs to know it."""
    names = re.compile(ADDED[sort])
    files = {dotted(path) for path in MODULES if names.search(path.read_text(encoding="utf-8"))}
    assert 2 <= len(files) <= 5, sorted(files)
