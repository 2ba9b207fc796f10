"""Writing an environment document back, and the view of it that people read (`stackcheck env`)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Literal

from stackcheck.model import TABLES, Absent, Code, Known, Stack, Unknown
from stackcheck.redact import redact
from stackcheck.report.clean import printable, printable_json
from stackcheck.subjects import STATED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stackcheck.model import State

SCHEMA = "stackcheck-environment/1"

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SEPARATORS = re.compile(r"[-_.]+")
_TOML_ESCAPES = {'"': '\\"', "\\": "\\\\"}


def render_environment(stack: Stack, format: Literal["json", "toml", "text"]) -> str:  # noqa: A002 - the option's name
    """A stack as a document (json, toml) or for people (text); same stack, same text, URLs without secrets.

    A document keeps values, what is absent and which tables are complete. It has no place for reasons: what is
    unknown is left out. `absent` names no table, so there a distribution, a Debian package and a product are one.
    """
    if format == "text":
        return "\n".join(_text(stack)) + "\n"
    document = _document(stack)
    if format == "json":
        return printable_json(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"
    return "\n".join(_toml(document)) + "\n"


def _document(stack: Stack) -> dict[str, object]:
    """The document as plain values, in the order of its specification; empty parts are left out."""
    tables = {name: _known(stack.table(name), name) for name in TABLES}
    labels = {name: redact(text) for name, text in sorted(stack.labels.items())}
    document: dict[str, object] = {"schema": SCHEMA, "labels": labels, "facts": tables.pop("facts")}
    if isinstance(stack.gpus, tuple):
        document["gpus"] = [_gpu(gpu.name, gpu.capability) for gpu in stack.gpus]
    document["gpu-code"] = {name: _code(state) for name, state in sorted(stack.code.items()) if not _doubted(state)}
    document.update(tables)
    document["absent"] = _absent(stack)
    document["complete"] = [name for name in TABLES if name in stack.complete]
    return {key: value for key, value in document.items() if value}


def _known(table: Mapping[str, State], name: str) -> dict[str, str]:
    names = [fact for fact in STATED if fact in table] if name == "facts" else sorted(table)
    return {key: redact(state.value) for key in names if isinstance(state := table[key], Known)}


def _gpu(name: str | None, capability: str | None) -> dict[str, str]:
    pairs = (("name", name), ("compute-capability", capability))
    return {key: value for key, value in pairs if value is not None}


def _code(state: Code | Absent) -> dict[str, object]:
    if isinstance(state, Absent):
        return {"cubins": [], "ptx": []}
    known: dict[str, object] = {"cubins": list(state.cubins), "ptx": list(state.ptx)}
    return {**known, "cuda": state.cuda} if state.cuda is not None else known


def _doubted(state: Code | Absent) -> bool:
    """A document has no place for a doubt: what may not be all is left out."""
    return isinstance(state, Code) and state.doubt is not None


def _absent(stack: Stack) -> list[str]:
    names = {
        name
        for table in TABLES
        if table != "packages"
        for name, state in stack.table(table).items()
        if isinstance(state, Absent)
    }
    # A reader looks for every name among the distributions too, normalised: "python3.12" stands for "python3-12".
    covered = {_SEPARATORS.sub("-", name).lower() for name in names}
    names |= {name for name, state in stack.packages.items() if isinstance(state, Absent) and name not in covered}
    if isinstance(stack.gpus, Absent):
        names.add("gpus")
    return sorted(names)


def _toml(document: Mapping[str, object]) -> Iterator[str]:
    """TOML 1.0: single values and lists first, because after a table's header they would be part of that table."""
    tables = {key: value for key, value in document.items() if isinstance(value, dict)}
    gpus = document.get("gpus")
    for key, value in document.items():
        if key not in tables and key != "gpus":
            yield f"{key} = {_toml_value(value)}"
    for key, table in tables.items():
        yield ""
        yield f"[{key}]"
        yield from (f"{_toml_key(name)} = {_toml_value(value)}" for name, value in table.items())
        if key == "facts":
            yield from _toml_gpus(gpus)
            gpus = None
    yield from _toml_gpus(gpus)


def _toml_gpus(gpus: object) -> Iterator[str]:
    for gpu in gpus if isinstance(gpus, list) else ():
        yield ""
        yield "[[gpus]]"
        yield from (f"{key} = {_toml_value(value)}" for key, value in gpu.items())


def _toml_value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_toml_value(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_toml_key(key)} = {_toml_value(item)}' for key, item in value.items())} }}"
    return f'"{"".join(_toml_char(char) for char in str(value))}"'


def _toml_char(char: str) -> str:
    if char in _TOML_ESCAPES:
        return _TOML_ESCAPES[char]
    code = ord(char)
    if code < 0x20 or 0x7F <= code < 0xA0:
        return f"\\u{code:04X}"
    return "\ufffd" if 0xD800 <= code < 0xE000 else char  # a lone surrogate is no Unicode scalar value


def _toml_key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _toml_value(key)


def _text(stack: Stack) -> Iterator[str]:
    yield from _block("Labels", ((name, text, "") for name, text in sorted(stack.labels.items())))
    yield from _block("Machine", _rows(stack.facts, STATED))
    yield from _block("GPUs", _gpu_rows(stack))
    yield from _block("GPU code", _code_rows(stack))
    yield from _block("Products", _rows(stack.products, sorted(stack.products)))
    set_ = sorted(name for name, state in stack.variables.items() if isinstance(state, Known))
    yield from _block("Variables", _rows(stack.variables, set_))
    for title, table in (("Python packages", "packages"), ("Debian packages", "system-packages")):
        yield from _block(title, _places(stack, table))
    yield from _block("Could not be read", _unread(stack))


def _block(title: str, rows: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """A titled table of what, value and place, each column as wide as it needs; nothing where there are no rows."""
    lines = [tuple(printable(redact(cell)) for cell in row) for row in rows]
    if not lines:
        return
    widths = [min(max(len(line[column]) for line in lines), 40) for column in (0, 1)]
    yield title
    for first, second, third in lines:
        yield f"  {first:<{widths[0]}}  {second:<{widths[1]}}  {third}".rstrip()
    yield ""


def _rows(table: Mapping[str, State], names: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    for name in names:
        state = table.get(name)
        if isinstance(state, Known):
            yield name, "there, version not known" if state.value == "*" else state.value, state.origin.place
        elif isinstance(state, Absent):
            yield name, "not there", state.origin.place


def _gpu_rows(stack: Stack) -> Iterator[tuple[str, str, str]]:
    if isinstance(stack.gpus, Absent):
        yield "none", "", stack.gpus.origin.place
    for gpu in stack.gpus if isinstance(stack.gpus, tuple) else ():
        capability = f"compute capability {gpu.capability}" if gpu.capability else "compute capability not told"
        yield gpu.name or "GPU", capability, gpu.origin.place


def _code_rows(stack: Stack) -> Iterator[tuple[str, str, str]]:
    for name, state in sorted(stack.code.items()):
        yield name, str(state) if isinstance(state, Code) else "none: a build for the CPU alone", state.origin.place


def _places(stack: Stack, table: str) -> Iterator[tuple[str, str, str]]:
    """Every distribution would be hundreds of lines: how many there are in each place is what a person checks."""
    counts: dict[str, int] = {}
    for state in stack.table(table).values():
        if isinstance(state, Known):
            place = state.origin.place.removesuffix("/version.py")
            place = place.rpartition("/")[0] if place != state.origin.place else place
            counts[place] = counts.get(place, 0) + 1
    for place in sorted(counts):
        yield str(counts[place]), "found", place
    if not counts and table in stack.complete:
        yield "none", "", ""


def _unread(stack: Stack) -> Iterator[tuple[str, str, str]]:
    for table in TABLES:
        for name, state in sorted(stack.table(table).items()):
            if isinstance(state, Unknown):
                yield name, state.reason, ""
    if isinstance(stack.gpus, Unknown):
        yield "gpus", stack.gpus.reason, ""
    for entry in stack.unread:
        yield str(entry.location), entry.reason, ""
