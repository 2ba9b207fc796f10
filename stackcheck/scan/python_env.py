"""Python environments from their files alone: version and site-packages of a venv, a conda environment, a system."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from stackcheck.model import Absent, Known, Origin, State
from stackcheck.patterns import pattern
from stackcheck.scan.dpkg import upstream
from stackcheck.scan.view import UnreadableError, read_text
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackcheck.scan.view import FileView

SYSTEM = "/usr/bin/python3"

_SERIES = pattern(r"python(\d+\.\d+)t?")
_VERSION = pattern(r"\d+\.\d+(?:\.\d+)?(?:(?:a|b|rc)\d+)?")
_PATCHLEVEL = pattern(r'#define\s+PY_VERSION\s+"([^"]+)"')
_CONDA_PYTHON = pattern(r"python-(\d+\.\d+\.\d+[a-z0-9]*)-[^-]+\.json")


@dataclass(frozen=True, slots=True)
class Environment:
    """One Python environment: its version (None where no file says it), where that was read, its package folders."""

    version: str | None
    place: str
    folders: tuple[str, ...]


def parse_pyvenv(text: str) -> dict[str, str]:
    """The settings of a pyvenv.cfg, keys in lower case."""
    pairs = (line.partition("=") for line in text.splitlines())
    return {key.strip().lower(): value.strip() for key, equals, value in pairs if equals}


def environment(view: FileView, prefix: str, home: str | None = None) -> Environment | None:
    """The environment in a folder (VIRTUAL_ENV, CONDA_PREFIX); None where it is none. `home`: the user's folder.

    `include-system-site-packages = true` adds the folders of the interpreter that it was made from.
    Raises `UnreadableError`.
    """
    prefix = prefix.rstrip("/") or "/"
    text = read_text(view, f"{prefix}/pyvenv.cfg")
    settings = parse_pyvenv(text) if text is not None else {}
    if text is None and not view.exists(f"{prefix}/conda-meta"):
        return None
    version, place = _version(view, prefix, settings)
    series = _series(view, prefix, version)
    folders = [f"{prefix}/lib/{series}/site-packages"] if series else []
    if settings.get("include-system-site-packages", "").lower() == "true" and series:
        base = posixpath.dirname(settings.get("home", "/usr/bin"))
        folders += base_folders(view, base, series, home)
    return Environment(version or (series or "").removeprefix("python").rstrip("t") or None, place, tuple(folders))


def installation(view: FileView, prefix: str, home: str | None = None) -> Environment | None:
    """A Python installed under a prefix of its own (/usr/local, /opt/python); None where there is none."""
    series = _series(view, prefix, None)
    if series is None:
        return None
    version, place = header_version(view, prefix, series), header_place(prefix, series)
    if version is None:
        version, place = series.removeprefix("python").rstrip("t"), f"{prefix}/lib/{series}"
    return Environment(version, place, tuple(base_folders(view, prefix, series, home)))


def header_place(prefix: str, series: str) -> str:
    """Where the headers of a Python state its version; they are there only where C code can be built for it."""
    return f"{prefix}/include/{series}/patchlevel.h"


def header_version(view: FileView, prefix: str, series: str) -> str | None:
    """The version that the headers of a Python state ("3.11.14"); None where they are not there."""
    match = _PATCHLEVEL.search(read_text(view, header_place(prefix, series)) or "")
    return match[1] if match else None


def system(view: FileView, packages: Mapping[str, State], home: str | None = None) -> Environment | None:
    """The distribution's own Python as an environment; None where there is no /usr/bin/python3."""
    state = system_python(view, packages)
    if not isinstance(state, Known):
        return None
    series = ".".join(state.value.split(".")[:2])
    return Environment(state.value, state.origin.place, tuple(base_folders(view, "/usr", f"python{series}", home)))


def system_python(view: FileView, packages: Mapping[str, State]) -> State | None:
    """`system-python`, from the link at /usr/bin/python3 and dpkg's version of what it leads to.

    None: it is there, but no file says its version; then only asking it helps.
    """
    if not view.exists(SYSTEM):
        return Absent(Origin(f"there is no {SYSTEM}", SYSTEM))
    name = _link_name(view, SYSTEM)
    for package in (name, f"{name}-minimal"):
        state = packages.get(package)
        if isinstance(state, Known):
            version = upstream(state.value)
            return Known(version, Origin(f"{SYSTEM} is {package} {version}", "dpkg"))
    match = _SERIES.fullmatch(name)
    return Known(match[1], Origin(f"{SYSTEM} is {name}", SYSTEM)) if match else None


def base_folders(view: FileView, prefix: str, series: str, home: str | None) -> list[str]:
    """The package folders of an interpreter outside any venv, in its own order; only those that are there.

    `series` is "python3.11". Debian's Python has its two dist-packages folders instead of site-packages.
    """
    candidates = [f"{home}/.local/lib/{series}/site-packages"] if home else []
    if prefix == "/usr":
        candidates += [f"/usr/local/lib/{series}/dist-packages", "/usr/lib/python3/dist-packages"]
        candidates += [f"/usr/lib/{series}/dist-packages", f"/usr/local/lib/{series}/site-packages"]
    candidates.append(f"{prefix}/lib/{series}/site-packages")
    return [folder for folder in candidates if view.exists(folder)]


def _version(view: FileView, prefix: str, settings: Mapping[str, str]) -> tuple[str | None, str]:
    # `version` is venv's, `version_info` is uv's and virtualenv's ("3.12.3.final.0").
    for key in ("version", "version_info"):
        match = _VERSION.match(settings.get(key, ""))
        if match:
            return match[0], f"{prefix}/pyvenv.cfg"
    for name in view.list_dir(f"{prefix}/conda-meta"):
        match = _CONDA_PYTHON.fullmatch(name)
        if match:
            return match[1], f"{prefix}/conda-meta/{name}"
    return None, f"{prefix}/lib"


def _series(view: FileView, prefix: str, version: str | None) -> str | None:
    """The name of the library folder: "python3.11"."""
    names = [name for name in view.list_dir(f"{prefix}/lib") if _SERIES.fullmatch(name)]
    if version is not None:
        wanted = f"python{'.'.join(version.split('.')[:2])}"
        names = [name for name in names if name.rstrip("t") == wanted] or [wanted]
    if len(names) > 1:
        raise UnreadableError(f"{prefix}/lib has folders of several Pythons ({', '.join(names)})")
    return names[0] if names else None


def _link_name(view: FileView, path: str) -> str:
    for _ in range(5):
        target = view.readlink(path)
        if target is None:
            break
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return posixpath.basename(path)
