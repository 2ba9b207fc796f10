"""`inspect`: what a library, a wheel or a folder holds, as text or JSON. It judges nothing."""

from __future__ import annotations

import itertools
import json
import os
from typing import TYPE_CHECKING

from stackcheck.report.clean import printable, printable_json
from stackcheck.scan import fatbin, inspection
from stackcheck.scan.libc import MACHINES
from stackcheck.scan.view import HostView, UnreadableError
from stackcheck.session.errors import CannotWorkError
from stackcheck.wording import few

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stackcheck.scan.fatbin import Fatbins
    from stackcheck.scan.inspection import Inspection, Item

SCHEMA = "stackcheck-inspection/1"
SYMBOLS = (("glibc", "GLIBC"), ("GLIBCXX", "GLIBCXX"), ("CXXABI", "CXXABI"))
"""How a line calls a family of symbol versions, and how the symbols do."""

_KINDS = {"shared": "shared library", "object": "object file", "cubin": "compiled GPU code", "ptx": "PTX"}
_SHOWN = 20


def inspected(paths: Sequence[str], tell: Callable[[str], None]) -> list[Inspection]:
    """What each path holds. Raises `CannotWorkError` for one that holds nothing that can be read."""
    return [found for path in paths for found in _found(path, tell)]


def _found(path: str, tell: Callable[[str], None]) -> list[Inspection]:
    from stackcheck.session import remote

    if remote.is_remote(path) and not os.path.lexists(path):
        return remote.inspected(path, tell)
    return [_inspected(path, tell)]


def _inspected(path: str, tell: Callable[[str], None]) -> Inspection:
    view, place = HostView(), os.path.abspath(path)
    tell(f"reading {path}")
    try:
        if os.path.isdir(place):
            return inspection.of_folder(view, place, os.environ, tell)
        found = inspection.of_file(view, place, os.environ)
    except UnreadableError as error:
        raise CannotWorkError(str(error)) from error
    if found is None:
        what = "holds no machine code, GPU code or zip archive" if view.exists(place) else "is not there"
        raise CannotWorkError(f"{path}: {what}")
    return found


def text(found: Sequence[Inspection]) -> str:
    """The view for people: a block for each file or folder."""
    return "\n\n".join("\n".join(map(printable, _block(one))) for one in found) + "\n"


def document(found: Sequence[Inspection]) -> str:
    """The same as JSON, with every file."""
    files = [_entry(one) for one in found]
    return printable_json(json.dumps({"schema": SCHEMA, "files": files}, indent=2, ensure_ascii=False)) + "\n"


def _block(one: Inspection) -> Iterator[str]:
    if one.kind == "file":
        (item,) = one.items
        library = item.library
        machine = f" for {library.machine}" if library.machine not in ("", "cuda") else ""
        yield f"{one.path}: {_KINDS.get(library.kind, library.kind)}{machine}"
        yield from _rows(_details(item))
        return
    tags = one.tags or one.own_tags
    yield f"{one.path}: {one.kind}{', ' + ', '.join(tags) if tags else ''}"
    if one.tags and one.own_tags and set(one.tags) != set(one.own_tags):
        yield f"  ! its WHEEL file says {', '.join(one.own_tags)}"
    yield from _rows(_summary(one))
    with_code = [item for item in one.items if item.library.code]
    for item in with_code if len(with_code) > 1 else ():
        yield f"    {_inside(one, item)}: {_said(item.library.code)}"
    for place in one.unread[:_SHOWN]:
        yield f"  not read: {place.reason}"
    if len(one.unread) > _SHOWN:
        yield f"  not read: {len(one.unread) - _SHOWN} more"


def _rows(rows: Iterator[tuple[str, str]]) -> Iterator[str]:
    for name, value in rows:
        if value:
            yield f"  {name:<11}{value}"


def _details(item: Item) -> Iterator[tuple[str, str]]:
    dynamic = item.library.dynamic
    yield "needs", _needs([item])
    yield "libraries", ", ".join(dynamic.needed) if dynamic else ""
    yield "looks in", ", ".join(dynamic.search) if dynamic else ""
    yield "not found", ", ".join(item.missing)
    yield "GPU code", _said(item.library.code)


def _summary(one: Inspection) -> Iterator[tuple[str, str]]:
    machines = _machines(one)
    yield "machine", ", ".join(f"{machine} ({len(items)} files)" for machine, items in machines.items()) or "none"
    for machine in sorted(machines.keys() - _expected(one, machines)):
        yield f"! {machine}", few([_inside(one, item) for item in machines[machine]], _SHOWN)
    yield "needs", _needs(one.items)
    hidden = [item for item in one.items if item.library.dynamic is None and item.library.kind == "shared"]
    yield "", f"{len(hidden)} large ones were not looked into for that" if hidden else ""
    lost = sorted({name for item in one.items for name in item.missing} - {_name(item) for item in one.items})
    yield "not found", few(lost, _SHOWN)
    yield "GPU code", _said(fatbin.joined(item.library.code for item in one.items))


def _expected(one: Inspection, machines: Iterable[str]) -> set[str]:
    """The machines that its tags name; where they name none, that of most of its files."""
    tags = one.tags or one.own_tags
    named = {machine for machine in MACHINES.values() if any(tag.endswith(f"_{machine}") for tag in tags)}
    return named or set(itertools.islice(machines, 1))


def _machines(one: Inspection) -> dict[str, list[Item]]:
    """The files for each CPU, the most frequent one first."""
    found: dict[str, list[Item]] = {}
    for item in one.items:
        if item.library.machine not in ("", "cuda"):
            found.setdefault(item.library.machine, []).append(item)
    return dict(sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0])))


def _needs(items: Sequence[Item]) -> str:
    newest = ((title, _newest(items, prefix)) for title, prefix in SYMBOLS)
    return ", ".join(f"{title} {version}" for title, version in newest if version)


def _newest(items: Sequence[Item], prefix: str) -> str | None:
    found = [version for item in items if (version := item.library.needs(prefix))]
    return max(found, key=lambda version: [int(part) for part in version.split(".")], default=None)


def _said(code: Fatbins) -> str:
    if not code:
        return "none"
    compiled = f"compiled for {', '.join(code.cubins)}" if code.cubins else "nothing compiled"
    ptx = f"PTX for {', '.join(code.ptx)}" if code.ptx else "no PTX"
    other = f"; {code.other} pieces of other kinds (such as LTO-IR)" if code.other else ""
    return f"{compiled}; {ptx}{other}"


def _name(item: Item) -> str:
    dynamic = item.library.dynamic
    return (dynamic.soname if dynamic else None) or os.path.basename(item.path)


def _inside(one: Inspection, item: Item) -> str:
    return item.path.removeprefix(f"{one.path}/")


def _entry(one: Inspection) -> dict[str, object]:
    return {
        "path": one.path,
        "kind": one.kind,
        "tags": list(one.tags),
        "own-tags": list(one.own_tags),
        "machines": {machine: len(items) for machine, items in _machines(one).items()},
        "needs": {prefix: version for _, prefix in SYMBOLS if (version := _newest(one.items, prefix))},
        "gpu-code": _code(fatbin.joined(item.library.code for item in one.items)),
        "objects": [_object(one, item) for item in one.items],
        "unread": [{"path": place.location.path, "reason": place.reason} for place in one.unread],
    }


def _object(one: Inspection, item: Item) -> dict[str, object]:
    dynamic = item.library.dynamic
    return {
        "path": _inside(one, item),
        "machine": item.library.machine or None,
        "kind": item.library.kind,
        "needs": {prefix: version for _, prefix in SYMBOLS if (version := item.library.needs(prefix))},
        "libraries": list(dynamic.needed) if dynamic else None,
        "search": list(dynamic.search) if dynamic else None,
        "not-found": list(item.missing),
        "gpu-code": _code(item.library.code),
    }


def _code(code: Fatbins) -> dict[str, object]:
    return {"cubins": list(code.cubins), "ptx": list(code.ptx), "other": code.other}
