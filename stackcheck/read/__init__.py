"""Project files → asks with exact places. Nothing here opens a file: the caller's `load` does.

To read another kind of file, add a module with a `read(paths, target, load) -> ReadResult` and one line to
`READERS`.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from stackcheck.budget import Budget, SpentError
from stackcheck.model import BROKEN, Location, Unread
from stackcheck.read.errors import ReadError
from stackcheck.read.files import MAX_FILE_BYTES, Files, ReadResult, Supply, decode_pip, merge
from stackcheck.read.indexes import of_url
from stackcheck.read.pip_conf import is_pip_conf, with_configuration
from stackcheck.read.quote import shown
from stackcheck.read.remarks import remarks
from stackcheck.read.secrets import without_secrets
from stackcheck.read.template import SUFFIXES, TemplateError, unread_template
from stackcheck.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from stackcheck.model import Stack

__all__ = ["READERS", "ReadError", "ReadResult", "Reader", "read_project"]

_OTHER_LOCKS = frozenset(
    (
        "uv.lock",
        "poetry.lock",
        "pdm.lock",
        "pixi.lock",
        "pipfile.lock",
        "cargo.lock",
        "yarn.lock",
        "flake.lock",
        "conda.lock",
    )
)
_NOT_PIP = (".cfg", ".json", ".md", ".py", ".rst", ".toml", ".yaml", ".yml")


@dataclass(frozen=True)
class Reader:
    """One file format: which file names it is for (the last part of a path), and what reads those files together."""

    title: str
    reads: Callable[[str], bool]
    read: Callable[[Iterable[str], Stack, Supply], ReadResult]
    image: bool = False
    """Whether each file makes an image of its own, which `lint` judges by itself."""
    limit: int = 1_000_000
    """Bytes of one file: what people write by hand has a thousandth of it, and junk costs time."""


def _is_pyproject(name: str) -> bool:
    return name == "pyproject.toml"


def _is_requirements(name: str) -> bool:
    """`*.txt`, `*.in`, and any name with "requirements" or "constraints" in it; "-" is standard input."""
    name = name.lower()
    if name == "cmakelists.txt" or name.endswith(_NOT_PIP):
        return False
    if name.endswith(".lock") and "requirements" not in name:
        return name not in _OTHER_LOCKS
    return name == "-" or name.endswith((".txt", ".in")) or "requirements" in name or "constraints" in name


# A run needs one of the two as a rule, and what starts with a command counts: each is imported where it is used.


def _pyproject(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    from stackcheck.read.pyproject import read_pyprojects

    return read_pyprojects(paths, target, load)


def _requirements(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    from stackcheck.read.requirements import read_requirements

    return read_requirements(paths, target, load)


def _is_dockerfile(name: str) -> bool:
    lower = name.lower()
    if "dockerfile" not in lower and "containerfile" not in lower:
        return False
    from stackcheck.read.dockerfile import is_dockerfile

    return is_dockerfile(name)


def _dockerfiles(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    from stackcheck.read.dockerfile import read_dockerfiles

    return read_dockerfiles(paths, target, load)


def _setup_cfgs(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    from stackcheck.read.setuptools import read_setup_cfgs

    return read_setup_cfgs(paths, target, load)


def _setup_pys(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    from stackcheck.read.setuptools import read_setup_pys

    return read_setup_pys(paths, target, load)


def _scripts(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    from stackcheck.read.script import read_scripts

    return read_scripts(paths, target, load)


def _pip_tomls(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    from stackcheck.read.kit import read_pip_tomls

    return read_pip_tomls(paths, target, load)


def _extensions(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    from stackcheck.read.kit import read_extensions

    return read_extensions(paths, target, load)


def _package_xmls(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    from stackcheck.read.package_xml import read_package_xmls

    return read_package_xmls(paths, target, load)


def _shell_scripts(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    from stackcheck.read.commands import read_shell_scripts

    return read_shell_scripts(paths, target, load)


def _yaml_files(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    from stackcheck.read.services import read_yaml_files

    return read_yaml_files(paths, target, load)


def _devcontainers(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    from stackcheck.read.services import read_devcontainers

    return read_devcontainers(paths, target, load)


def _uv_locks(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    from stackcheck.read.uv_lock import read_uv_locks

    return read_uv_locks(paths, target, load)


def _pylocks(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    from stackcheck.read.pylock import read_pylocks

    return read_pylocks(paths, target, load)


def _poetry_locks(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    from stackcheck.read.poetry_lock import read_poetry_locks

    return read_poetry_locks(paths, target, load)


def _pipfiles(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    from stackcheck.read.poetry import read_pipfiles

    return read_pipfiles(paths, target, load)


def _pipfile_locks(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    from stackcheck.read.poetry import read_pipfile_locks

    return read_pipfile_locks(paths, target, load)


def _pixi_tomls(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    from stackcheck.read.pixi import read_pixi_tomls

    return read_pixi_tomls(paths, target, load)


def _pixi_locks(paths: Iterable[str], target: Stack, load: Supply) -> ReadResult:
    from stackcheck.read.pixi import read_pixi_locks

    return read_pixi_locks(paths, target, load)


def _is_pylock(name: str) -> bool:
    """`pylock.toml`, or `pylock.NAME.toml` (PEP 751)."""
    return re.fullmatch(r"pylock(?:\.[^.]+)?\.toml", name) is not None


def _is_pip_toml(name: str) -> bool:
    return re.fullmatch(r"pip(?:[_-].*)?\.toml", name) is not None


READERS: tuple[Reader, ...] = (
    Reader("pyproject.toml", _is_pyproject, _pyproject),
    Reader("Dockerfiles", _is_dockerfile, _dockerfiles, image=True),
    Reader("setup.cfg", lambda name: name == "setup.cfg", _setup_cfgs),
    Reader("setup.py", lambda name: name == "setup.py", _setup_pys),
    Reader("Python scripts (PEP 723)", lambda name: name.endswith(".py"), _scripts),
    Reader("Isaac Sim's deps/pip*.toml", _is_pip_toml, _pip_tomls),
    Reader("Kit's extension.toml", lambda name: name == "extension.toml", _extensions),
    Reader("ROS package.xml", lambda name: name == "package.xml", _package_xmls),
    Reader("shell scripts", lambda name: name.endswith((".sh", ".bash")), _shell_scripts),
    Reader(
        "devcontainer.json",
        lambda name: name in ("devcontainer.json", ".devcontainer.json"),
        _devcontainers,
        image=True,
    ),
    Reader(
        "workflows, compose files and conda's environments", lambda name: name.endswith((".yml", ".yaml")), _yaml_files
    ),
    Reader("uv.lock", lambda name: name == "uv.lock" or name.endswith(".py.lock"), _uv_locks, limit=MAX_FILE_BYTES),
    Reader("pylock.toml", _is_pylock, _pylocks, limit=MAX_FILE_BYTES),
    Reader(
        "poetry.lock and pdm.lock",
        lambda name: name in ("poetry.lock", "pdm.lock"),
        _poetry_locks,
        limit=MAX_FILE_BYTES,
    ),
    Reader("Pipfile", lambda name: name == "Pipfile", _pipfiles),
    Reader("Pipfile.lock", lambda name: name == "Pipfile.lock", _pipfile_locks, limit=MAX_FILE_BYTES),
    Reader("pixi.toml", lambda name: name == "pixi.toml", _pixi_tomls),
    Reader("pixi.lock", lambda name: name == "pixi.lock", _pixi_locks, limit=MAX_FILE_BYTES),
    Reader("pip's requirements format", _is_requirements, _requirements, limit=MAX_FILE_BYTES),
)


def read_project(
    paths: Iterable[str],
    target: Stack,
    load: Callable[[str], bytes],
    *,
    among_others: bool = False,
    budget: Budget | None = None,
) -> ReadResult:
    """What the named project files ask for, on the target.

    All requirements files are read as those of one pip run: an index option in any of them counts for all. A
    file that no reader knows is `Unread`, and so is one whose reader fails in a way that nobody foresaw. `load` gets a
    path as it was named, or one joined from that. Raises `ReadError` for a file that cannot be used as a whole; with
    `among_others`, where more is to be judged than this file, that is `Unread` too. `budget` is what the run may spend;
    a file that needs more than is left is `Unread`, as far as it was not read before.
    """
    budget = Budget() if budget is None else budget
    paths = tuple(dict.fromkeys(paths))
    target, configuration = _configured(paths, target, load, among_others)
    paths = tuple(path for path in paths if not is_pip_conf(posixpath.basename(path)))
    chosen = {path: reader_of(path) for path in paths}
    results = []
    for reader in READERS:
        its_own = [path for path in paths if chosen[path] is reader]
        if its_own:
            supply = Supply(load, budget, reader.limit)
            results.append(_guarded(reader, its_own, target, supply, among_others))
    unknown = tuple(_unknown_kind(path, load, among_others) for path in paths if chosen[path] is None)
    found = merge((configuration, *results, ReadResult(unread=unknown)))
    asks = tuple(ask if ask.url is None else replace(ask, indexes=of_url(ask.url)) for ask in found.asks)
    return without_secrets(replace(found, asks=asks, unread=(*found.unread, *remarks(asks))))


def _guarded(reader: Reader, paths: list[str], target: Stack, load: Supply, among_others: bool) -> ReadResult:
    """What one reader makes of its files. A broken file, and one that brings out a mistake of the reader's or of a
    library's, is its own trouble: that is said, and the others are read without it."""
    try:
        return _read(reader, paths, target, load)
    except ReadError as error:
        if not among_others:
            raise
        failure = ReadResult(unread=(_broken(paths, error),), files=tuple(paths))
    except SpentError as error:
        failure = ReadResult(unread=(_broken(paths, ReadError(str(error), None)),), files=tuple(paths))
    except Exception as error:  # noqa: BLE001 - whatever it is, the other files are read
        failure = ReadResult(unread=(_crash(paths, error),), files=tuple(paths))
    if len(paths) == 1:
        return failure
    alone = {path: _guarded(reader, [path], target, load, among_others) for path in paths}
    failed = [path for path, result in alone.items() if any(_is_failure(entry) for entry in result.unread)]
    if not failed:
        return merge((*alone.values(), failure))
    others = [path for path in paths if path not in failed]
    rest = [_guarded(reader, others, target, load, among_others)] if others else []
    return merge((*rest, *(alone[path] for path in failed)))


def _is_failure(entry: Unread) -> bool:
    return entry.crash or entry.id == BROKEN


def _broken(paths: Sequence[str], error: ReadError) -> Unread:
    place = error.location or Location(paths[0])
    # The text of the error begins with its place, which the finding says by itself.
    text = str(error).removeprefix(f"{place}: ").removeprefix(f"{place}:{place.column}: ")
    return Unread(f"It was not judged: it {text.rstrip('.')}.", place, "unknown", id=BROKEN)


def _crash(paths: Sequence[str], error: Exception) -> Unread:
    what = shown(f"{type(error).__name__}: {error}".rstrip(": "))
    together = " together" if len(paths) > 1 else ""
    return Unread(
        f"{', '.join(paths)} could not be read{together}: {what}; please report it.", Location(paths[0]), crash=True
    )


def _read(reader: Reader, paths: list[str], target: Stack, load: Supply) -> ReadResult:
    """What one reader says of its files; a template among them is named, and the others are read."""
    templates: dict[str, Unread] = {}
    while True:
        try:
            found = reader.read([path for path in paths if path not in templates], target, load)
        except TemplateError as error:
            if error.place.path not in paths or error.place.path in templates:
                raise
            templates[error.place.path] = unread_template(error.place)
        else:
            return merge((found, ReadResult(unread=tuple(templates.values()), files=tuple(templates))))


def _configured(
    paths: tuple[str, ...], target: Stack, load: Callable[[str], bytes], among_others: bool
) -> tuple[Stack, ReadResult]:
    """pip's configuration files first: they say where every requirement comes from."""
    read: list[str] = []
    unread: list[Unread] = []
    for path in paths:
        if is_pip_conf(posixpath.basename(path)):
            read.append(path)
            try:
                target, problems = with_configuration(target, decode_pip(Files(load).data(path), path), path)
            except ReadError as error:
                if not among_others:
                    raise
                problems = (_broken([path], error),)
            except Exception as error:  # noqa: BLE001 - as for every reader
                problems = (_crash([path], error),)
            unread += problems
    return target, ReadResult(unread=tuple(unread), files=tuple(read))


def makes_image(path: str) -> bool:
    """Whether a file makes an image of its own."""
    reader = reader_of(path)
    return reader is not None and reader.image


def reader_of(path: str) -> Reader | None:
    """What reads a file, by its name; None for a kind of file that nothing reads."""
    name = posixpath.basename(path)
    return next((reader for reader in READERS if reader.reads(name)), None)


def _unknown_kind(path: str, load: Callable[[str], bytes], among_others: bool) -> Unread:
    # Loaded all the same: a name that is mistyped is an error, not a kind of file.
    try:
        Files(load).data(path)
    except ReadError as error:
        if not among_others:
            raise
        return _broken([path], error)
    if path.endswith(SUFFIXES):
        return unread_template(Location(path))
    return Unread(f"This kind of file ({posixpath.basename(path)}) is not read yet.", Location(path))
