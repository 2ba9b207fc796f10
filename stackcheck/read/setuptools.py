"""setup.cfg and setup.py: what setuptools is told, read as text. setup.py is parsed, never run.

A list that the code computes is said to be computed: only literals, their sums, and module-level names that are bound
once to such a literal, with what the module adds to it outright, count as known.
"""

from __future__ import annotations

import ast
import re
import warnings
from typing import TYPE_CHECKING

from stackcheck.model import Location
from stackcheck.read.files import Files, decode_pip, decode_toml, merge
from stackcheck.read.plain import PBR, Plain
from stackcheck.read.quote import shown
from stackcheck.read.template import refuse_template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackcheck.model import Stack
    from stackcheck.read.files import ReadResult

MAX_CODE = 2_000_000
"""Characters of Python code that are parsed: a syntax tree takes many times the room of its text."""

MAX_ITEMS = 100_000
"""Elements that are taken out of all lists: names that stand for lists of names may multiply without an end."""

_SECTION = re.compile(r"\[([^\]]+)\]")
_OPTION = re.compile(r"([^\s=:#;][^=:]*?)\s*[=:]\s*(.*)")
_CHANGES = ("append", "extend", "insert", "remove", "update", "pop", "clear", "setdefault")
_LISTS = {"install_requires": None, "setup_requires": "build", "tests_require": "extra:test"}


def read_setup_cfgs(paths: Iterable[str], target: Stack, load: Callable[[str], bytes]) -> ReadResult:
    """What setup.cfg files ask for (setuptools: "Configuring setuptools using setup.cfg files")."""
    return merge(_read_cfg(path, target, decode_toml(Files(load).data(path), path)) for path in paths)


def read_setup_pys(paths: Iterable[str], target: Stack, load: Callable[[str], bytes]) -> ReadResult:
    """What the calls of `setup()` in setup.py files ask for."""
    return merge(_read_py(path, target, decode_pip(Files(load).data(path), path)) for path in paths)


# --- setup.cfg --------------------------------------------------------------------------------------------------------


def _read_cfg(path: str, target: Stack, text: str) -> ReadResult:
    found = Plain(path, target)
    for section, option, value, place in _entries(path, text):
        if section == "options":
            option = option.replace("-", "_")  # which setuptools deprecates and does
        if section == "options" and option == "python_requires":
            found.requires_python(value, place)
        elif section == "options" and option in _LISTS:
            _cfg_line(found, option, value, place, _LISTS[option])
        elif section == "options.extras_require":
            _cfg_line(found, option, value, place, f"extra:{option}")
    return found.result()


def _cfg_line(found: Plain, option: str, value: str, place: Location, group: str | None) -> None:
    if value.startswith(("file:", "attr:")):
        found.note(f"{option} stands in another file ({shown(value)}); name that file too.", place)
    else:
        found.ask(value, place, group)


def _entries(path: str, text: str) -> Iterator[tuple[str, str, str, Location]]:
    """Section, option, and each line of its value with its place; a value of one line is split at `;`.

    configparser, which setuptools uses, keeps no places; this walk knows as much of its format as these sections need.
    """
    section = option = ""
    lines = enumerate(text.splitlines(), 1)
    for number, line in lines:
        content = _without_comment(line)
        header = _SECTION.match(line)
        if not content or content.startswith(("#", ";")):
            continue
        if header:
            section, option = header[1].strip(), ""
        elif line[0] in " \t" and option:
            column = len(line) - len(line.lstrip()) + 1
            while content.endswith("\\"):
                content = content[:-2].strip() + _without_comment(next(lines, (0, ""))[1])
            yield section, option, content, Location(path, number, column, min(column + len(content), len(line) + 1))
        elif (found := _OPTION.match(line)) is not None:
            option = found[1].strip().lower()
            for piece, start in _split(_without_comment(found[2]), found.start(2)):
                yield section, option, piece, Location(path, number, start + 1, start + 1 + len(piece))


def _without_comment(line: str) -> str:
    """A line as setuptools reads one of a list: what stands behind ` #` is a comment."""
    return line.partition(" #")[0].strip()


def _split(text: str, offset: int) -> Iterator[tuple[str, int]]:
    """The parts of a one-line list, which setuptools separates by `;`, so that it can hold no marker."""
    at = 0
    for part in text.split(";") if not text.startswith(("file:", "attr:")) else [text]:
        if part.strip():
            yield part.strip(), offset + at + len(part) - len(part.lstrip())
        at += len(part) + 1


# --- setup.py ---------------------------------------------------------------------------------------------------------


def _read_py(path: str, target: Stack, text: str) -> ReadResult:
    found = Plain(path, target)
    if len(text) > MAX_CODE:
        found.note("The code is too long to be parsed; what it asks for was not read.", Location(path))
        return found.result()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an escape that Python does not know, and the like: not ours to say
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        refuse_template(text, path)
        line = getattr(error, "lineno", None)
        found.note("The code cannot be parsed; what it asks for was not read.", Location(path, line))
        return found.result()
    code = _Code(path, text, tree)
    calls = [node for node in code.nodes if isinstance(node, ast.Call) and _called(node) == "setup"]
    if not calls:
        found.note("There is no call of setup() here; what is asked for was not read.", Location(path), "note")
    for call in calls:
        _setup_call(call, code, found)
    if code.left < 0:
        found.note("The lists of the code are too long; not all of them was read.", Location(path))
    return found.result()


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _setup_call(call: ast.Call, code: _Code, found: Plain) -> None:
    for keyword in call.keywords:
        if keyword.arg is None:
            found.note("setup() is given keywords that are computed; they were not read.", code.place(keyword.value))
        elif keyword.arg in _LISTS:
            _ask_all(keyword.arg, keyword.value, code, found, _LISTS[keyword.arg])
        elif keyword.arg == "extras_require":
            _extras(keyword.value, code, found)
        elif keyword.arg == "pbr" and not (isinstance(keyword.value, ast.Constant) and not keyword.value.value):
            found.note(PBR, code.place(keyword.value), "note")
        elif keyword.arg == "python_requires":
            value = code.value(keyword.value)
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                found.requires_python(value.value, code.place(value))
            else:
                found.note("python_requires is computed; it was not read.", code.place(keyword.value))


def _ask_all(name: str, node: ast.expr, code: _Code, found: Plain, group: str | None, marker: str = "") -> None:
    """Every requirement of a list; what is computed is said to be. `marker` holds for all of them."""
    for item in code.items(node):
        if isinstance(item, ast.Constant) and isinstance(item.value, str):
            for line in map(_without_comment, item.value.splitlines() if "\n" in item.value else [item.value]):
                if line and not line.startswith("#"):
                    found.ask(line, code.place(item), group, marker)
        else:
            found.note(f"{name} is computed by the code; that part was not read.", code.place(item))


def _extras(node: ast.expr, code: _Code, found: Plain) -> None:
    value = code.value(node)
    if not isinstance(value, ast.Dict):
        found.note("extras_require is computed by the code; it was not read.", code.place(node))
        return
    for key, items in zip(value.keys, value.values, strict=True):
        name = key.value if isinstance(key, ast.Constant) else None
        if isinstance(name, str):
            # `gpu:MARKER`, and `:MARKER` for what the project always asks for (setuptools: "Platform specific
            # dependencies").
            extra, _, marker = (part.strip() for part in name.partition(":"))
            _ask_all(f"extras_require[{name!r}]", items, code, found, f"extra:{extra}" if extra else None, marker)
        else:
            found.note("An extra is computed by the code; it was not read.", code.place(items))


class _Code:
    """One module's syntax tree, its text, and the names that it binds once."""

    def __init__(self, path: str, text: str, tree: ast.Module) -> None:
        self.path = path
        self.lines = text.split("\n")
        self.nodes = list(ast.walk(tree))
        self.bound = _bound_once(tree, self.nodes)
        self.left = MAX_ITEMS

    def value(self, node: ast.expr) -> ast.expr:
        """The literal behind a name that is bound once, else the node itself."""
        for _ in range(8):
            if not isinstance(node, ast.Name) or node.id not in self.bound:
                break
            node = self.bound[node.id]
        return node

    def items(self, node: ast.expr, depth: int = 0) -> Iterator[ast.expr]:
        """The elements of a list: its literals, sums and starred parts opened; anything else as it is."""
        node = self.value(node)
        self.left -= 1
        if self.left < 0:
            return
        if isinstance(node, ast.List | ast.Tuple | ast.Set) and depth < 8:
            for element in node.elts:
                yield from (
                    self.items(element.value, depth + 1) if isinstance(element, ast.Starred) else (self.value(element),)
                )
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and depth < 8:
            yield from self.items(node.left, depth + 1)
            yield from self.items(node.right, depth + 1)
        else:
            yield node

    def place(self, node: ast.expr) -> Location:
        """Where a node stands; of a plain string, what is between its quotation marks."""
        line = self.lines[node.lineno - 1] if node.lineno <= len(self.lines) else ""
        start = len(line.encode()[: node.col_offset].decode("utf-8", "replace"))
        if node.end_lineno != node.lineno or node.end_col_offset is None:
            return Location(self.path, node.lineno, start + 1)
        end = len(line.encode()[: node.end_col_offset].decode("utf-8", "replace"))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and line[start + 1 : end - 1] == node.value:
            return Location(self.path, node.lineno, start + 2, end)
        return Location(self.path, node.lineno, start + 1, end + 1)


def _bound_once(tree: ast.Module, nodes: list[ast.AST]) -> dict[str, ast.expr]:
    """Names that the module binds exactly once, at its top level, each with what it adds to a list or table afterwards.

    What is added elsewhere, under a condition or in a loop, is there as something computed.
    """
    bound: dict[str, ast.expr] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name):
                bound[target.id] = statement.value
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
            bound[statement.target.id] = statement.value
    count: dict[str, int] = {}
    for node in nodes:
        name = node.id if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load) else _changed(node)
        if name:
            count[name] = count.get(name, 0) + 1
    added: dict[str, list[tuple[ast.expr | None, ast.expr]]] = {}
    certain = {id(statement) for statement in tree.body}
    for node in nodes:
        name, key, value = _addition(node)
        if name:
            added.setdefault(name, []).append((key, value if id(node) in certain else _computed(value)))
    known = {name: base for name, base in bound.items() if count.get(name, 0) - len(added.get(name, ())) == 1}
    whole = {name: _together(base, added.get(name, [])) for name, base in known.items()}
    return {name: value for name, value in whole.items() if value is not None}


def _addition(node: ast.AST) -> tuple[str, ast.expr | None, ast.expr]:
    """The name that a statement adds to, the key in a table, and the list or value that is added; "" for none."""
    nothing = ("", None, ast.Constant(None))
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and isinstance(node.op, ast.Add):
        return node.target.id, None, node.value
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
        if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            return target.value.id, target.slice, node.value
        return nothing
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.keywords:
        return nothing
    wanted = {"append": 1, "extend": 1, "insert": 2}.get(call.func.attr)
    if not isinstance(call.func.value, ast.Name) or len(call.args) != wanted:
        return nothing
    one = call.args[-1]
    value = one if call.func.attr == "extend" else ast.copy_location(ast.List([one], ast.Load()), one)
    return call.func.value.id, None, value


def _computed(node: ast.expr) -> ast.expr:
    """Something at the same place of which nothing is known."""
    return ast.copy_location(ast.Constant(...), node)


def _together(base: ast.expr, added: list[tuple[ast.expr | None, ast.expr]]) -> ast.expr | None:
    """A list or table with all that is added to it; None for anything else that is changed."""
    if not added:
        return base
    keys = [key for key, _ in added]
    if isinstance(base, ast.Dict) and all(isinstance(key, ast.Constant) for key in keys):
        written = {key.value for key in keys if isinstance(key, ast.Constant)}
        old = [
            (key, value)
            for key, value in zip(base.keys, base.values, strict=True)
            if not isinstance(key, ast.Constant) or key.value not in written
        ]
        every = [*old, *added]
        return ast.copy_location(ast.Dict([key for key, _ in every], [value for _, value in every]), base)
    if isinstance(base, ast.List | ast.Tuple | ast.BinOp) and not any(keys):
        parts: list[ast.expr] = [
            ast.copy_location(ast.Starred(one, ast.Load()), one) for one in (base, *(v for _, v in added))
        ]
        return ast.copy_location(ast.List(parts, ast.Load()), base)
    return None


def _changed(node: ast.AST) -> str:
    """The name whose value a call such as `names.append(…)`, or an assignment to a part of it, changes."""
    if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.value, ast.Name):
        stored = isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load)
        if stored or (isinstance(node, ast.Attribute) and node.attr in _CHANGES):
            return node.value.id
    return ""
