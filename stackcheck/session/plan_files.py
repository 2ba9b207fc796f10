"""`plan --write`: the files of a plan, judged before they are written; all of them, or none."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import tomli

from stackcheck import read
from stackcheck.disk import write_whole
from stackcheck.fix.edits import Edit, apply, line_end, span
from stackcheck.plan import files
from stackcheck.plan.several import Machine, machine_name, pyproject
from stackcheck.plan.values import PYPI
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.files import Loader, project_files
from stackcheck.session.files import load as load_file
from stackcheck.session.lint import lint
from stackcheck.session.replace import replace_file
from stackcheck.versions import project_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stackcheck.model import Ask, Stack
    from stackcheck.plan.values import Member, Plan
    from stackcheck.session.knowledge import Knowledge
    from stackcheck.session.plan import Planned

    Load = Callable[[str], bytes]

_HEADER = r"^[ \t]*\[{}\][ \t]*(?:#[^\n]*)?\r?(?:\n|\Z)"
_TABLE = re.compile(_HEADER.format(r"tool\.uv\.sources"), re.MULTILINE)
_PROJECT = re.compile(_HEADER.format("project"), re.MULTILINE)
_NEXT = re.compile(r"^[ \t]*\[", re.MULTILINE)
_DEPENDENCIES = re.compile(r"^[ \t]*dependencies\s*=\s*\[ *", re.MULTILINE)
_L4T_IMAGE = "nvcr.io/nvidia/l4t-jetpack:r{}"


def write(
    planned: Sequence[Planned],
    paths: Sequence[str],
    knowledge: Knowledge,
    *,
    force: bool = False,
    load: Load | None = None,
) -> list[str]:
    """Writes the files of plans; their paths. Raises `CannotWorkError` before anything is written: for a name of no
    format, a file that is there (without `force`), what the judge would call an error, and a file that `load`, which
    reads those that are there, refuses.

    Of several plans each has a file of its own, but for a pyproject.toml, whose markers tell the machines apart.
    """
    texts: dict[str, str] = {}
    load = load or load_file
    for path in paths:
        if len(planned) > 1 and files.is_project(path):
            texts[path] = _joined(planned, path)
            if _old(path, load) not in (None, texts[path].encode()) and not force:
                raise CannotWorkError(f"--write {path}: is there already; several targets are written to a new one")
            for one in planned:
                _check({path: texts[path]}, one, knowledge, load)
            continue
        for one in planned:
            own = path if len(planned) == 1 else _named(path, one)
            made = _texts(one.plan, own, one.stack, load, force=force)
            _check(made, one, knowledge, load)
            texts.update(made)
    for path in texts:
        _check_place(path)
    for path, text in texts.items():
        old = _old(path, load)
        if old is not None:
            replace_file(path, old, text.encode())
            continue
        try:
            write_whole(os.path.realpath(path), text.encode())
        except OSError as error:
            raise CannotWorkError(f"--write {path}: cannot be written: {error.strerror or error}") from error
    return list(texts)


def _check_place(path: str) -> None:
    """Raises `CannotWorkError` for a place that cannot be written to, before any other file is."""
    real = os.path.realpath(path)
    folder = os.path.dirname(real)
    if not os.path.isdir(folder):
        raise CannotWorkError(f"--write {path}: cannot be written: there is no folder {os.path.dirname(path)}")
    if not os.access(folder, os.W_OK) or (os.path.exists(real) and not os.access(real, os.W_OK)):
        raise CannotWorkError(f"--write {path}: cannot be written: it is read-only")


def _named(path: str, one: Planned) -> str:
    try:
        return files.named_after(path, machine_name(one.plan.subject))
    except ValueError as error:
        raise CannotWorkError(f"--write {error}") from error


def _joined(planned: Sequence[Planned], path: str) -> str:
    machines = [Machine(one.plan, _fact(one.stack, "arch"), _fact(one.stack, "kernel")) for one in planned]
    try:
        return pyproject(machines)
    except ValueError as error:
        raise CannotWorkError(f"--write {path}: {error}") from error


def _fact(stack: Stack, name: str) -> str:
    return str(getattr(stack.facts.get(name), "value", ""))


def _texts(plan: Plan, path: str, stack: Stack, load: Load, *, force: bool) -> dict[str, str]:
    try:
        made = files.written(plan, path, _base(stack))
    except ValueError as error:
        raise CannotWorkError(f"--write {error}") from error
    texts = {}
    for one in made:
        old = _old(one.path, load)
        if old is not None and files.is_project(one.path):
            texts[one.path] = edited(old, one.path, plan)
            continue
        if old not in (None, one.text.encode()) and not force:  # the same: a run before this one was killed
            raise CannotWorkError(f"--write {one.path}: is there already; --force replaces it")
        texts[one.path] = one.text
    return texts


def _old(path: str, load: Load) -> bytes | None:
    try:
        return load(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CannotWorkError(f"--write {path}: cannot be read: {error.strerror or error}") from error


def _base(stack: Stack) -> str:
    """The image of the machine's own userland."""
    facts = {name: getattr(state, "value", "") for name, state in stack.facts.items()}
    if facts.get("l4t"):
        numbers = [*facts["l4t"].split("."), "0", "0"][:3]
        return _L4T_IMAGE.format(".".join(numbers))
    if facts.get("distro") == "ubuntu" and facts.get("distro-version"):
        return f"ubuntu:{facts['distro-version']}"
    return "ubuntu:24.04"


def _check(texts: dict[str, str], one: Planned, knowledge: Knowledge, load: Load) -> None:
    """Raises `CannotWorkError` for what lint of the files calls an error on the plan's machine."""
    from stackcheck.values import replace

    loader = Loader(load=load)
    loader.read = {path: text.encode() for path, text in texts.items()}
    stated = (*one.request.facts, f"python={one.plan.python}")
    machine = replace(one.request, facts=stated, wants=(), features=())
    for path in texts:
        report = lint([machine], project_files([path]), knowledge, loader)
        error = next((finding for finding in report.findings if finding.severity == "error"), None)
        if error is not None:
            # A file for each index: what the one brings, the other would take from its own.
            other = " Write pyproject.toml, Dockerfile or install.sh, which have all indexes." if len(texts) > 1 else ""
            raise CannotWorkError(
                f"--write {path}: lint would call an error what the plan says: {error.message}{other}"
            )


# --- a pyproject.toml that is there -----------------------------------------------------------------------------------


def edited(old: bytes, path: str, plan: Plan) -> str:
    """A pyproject.toml with the releases of a plan: lines of its own get the release, what it does not ask for is added
    to `project.dependencies`, indexes to uv's tables; all else stays byte for byte. Raises `CannotWorkError`."""
    try:
        text = old.decode("utf-8")
        table = tomli.loads(text)
    except ValueError as error:
        raise CannotWorkError(f"--write {path}: is no TOML that can be edited: {error}") from error
    if not isinstance(table.get("project"), dict):
        raise CannotWorkError(f"--write {path}: has no [project] table to write to")
    members = [member for member in plan.members if member.distribution]
    asks = _asks(old, path)
    edits = [edit for member in members for edit in _held(text, path, member, asks)]
    new = [member for member in members if member.distribution not in {ask.name for ask in asks}]
    text = _with_indexes(_with_dependencies(apply(text, edits), new), members, table)
    if not _says(text, path, members, table):
        raise CannotWorkError(f"--write {path}: its tables are written in a way that is not edited; name a new file")
    return text


def _says(text: str, path: str, members: Sequence[Member], old: dict[str, object]) -> bool:
    """Whether an edited text asks for all members, and has no table that was not there but uv's. TOML can be written in
    ways that the edits do not know."""
    try:
        table = tomli.loads(text)
    except ValueError:
        return False
    project = table.get("project")
    if not isinstance(project, dict) or set(table) - {"tool"} != set(old) - {"tool"}:
        return False
    dynamic = project.get("dynamic")
    if "dependencies" in project and isinstance(dynamic, list) and "dependencies" in dynamic:
        return False
    return {member.distribution for member in members} <= {ask.name for ask in _asks(text.encode(), path)}


def _asks(data: bytes, path: str) -> list[Ask]:
    from stackcheck.model import Stack

    project = read.read_project([path], Stack(), lambda _: data)
    return [ask for ask in project.asks if ask.origin.location is not None and not ask.constraint]


def _held(text: str, path: str, member: Member, asks: Sequence[Ask]) -> Iterator[Edit]:
    for ask in asks:
        place = span(text, ask.origin.location) if ask.origin.location is not None else None
        if ask.name != member.distribution or place is None or ask.url is not None:
            continue
        written = text[place[0] : place[1]]
        marker = f"; {ask.marker}" if ask.marker and ";" in written else ""
        quote = written[:1] if written[:1] in "\"'" else ""
        yield Edit(path, *place, f"{quote}{member.requirement}{marker}{quote}")


def _with_dependencies(text: str, members: Sequence[Member]) -> str:
    head = _PROJECT.search(text)
    if not members or head is None:
        return text
    end = line_end(text)
    lines = "".join(f'    "{member.requirement}",{end}' for member in members)
    following = _NEXT.search(text, head.end())
    match = _DEPENDENCIES.search(text, head.end(), len(text) if following is None else following.start())
    if match is not None:
        return f"{text[: match.end()].rstrip(' ')}{end}{lines}{text[match.end() :]}"
    gap = "" if head[0].endswith("\n") else end
    return f"{text[: head.end()]}{gap}dependencies = [{end}{lines}]{end}{text[head.end() :]}"


def _with_indexes(text: str, members: Sequence[Member], table: dict[str, object]) -> str:
    end = line_end(text)
    tool = table.get("tool")
    uv = tool.get("uv") if isinstance(tool, dict) else None
    sources = uv.get("sources") if isinstance(uv, dict) else None
    known = {project_name(name) for name in sources} if isinstance(sources, dict) else set()
    others = [one for one in members if one.index != PYPI and one.distribution not in known]
    lines = files.uv_tables(others)
    match = _TABLE.search(text)
    if match is not None and lines:
        own = [line for line in lines if " = { index = " in line]
        rest = lines[lines.index(own[-1]) + 1 :]
        inserted = "".join(f"{line}{end}" for line in own)
        text = f"{text[: match.end()]}{inserted}{text[match.end() :]}"
        lines = rest
    if not lines:
        return text
    break_ = "" if text.endswith(end) else end
    return f"{text}{break_}{end.join(lines)}{end}"
