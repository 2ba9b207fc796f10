"""The CUDA toolkit: what has an nvcc, in the order in which torch's extension builder looks for it."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from stackcheck.model import Absent, Known, Origin, State
from stackcheck.patterns import pattern
from stackcheck.scan.view import UnreadableError, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stackcheck.scan.view import FileView

USUAL = "/usr/local/cuda"

_VERSIONED = pattern(r"cuda-(\d+(?:\.\d+)*)")
# What Debian and many images put on PATH: comments, variables that are set, and the call of the real one.
_WRAPPER = pattern(r'#!\S*sh\n(?:(?:#[^\n]*|export \w+=[\w./:-]*)?\n)*exec (/[\w./+-]+/nvcc) "\$@"\n*')
_WRAPPER_LIMIT = 4096
_MAX_STEPS = 5
_NUMBER = pattern(r"\d+(?:\.\d+)+")
_DEFINE = pattern(rb"^#define\s+CUDA_VERSION\s+(\d{4,6})\b", re.MULTILINE)


def parse_version_json(text: str | bytes) -> str | None:
    """The toolkit's release of a version.json: `{"cuda": {"version": "13.0.2"}}` → "13.0.2"."""
    import json

    try:
        version = json.loads(text)["cuda"]["version"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    match = _NUMBER.fullmatch(version) if isinstance(version, str) else None
    return match[0] if match else None


def parse_header(data: bytes) -> str | None:
    """The release of a cuda.h, without its update number: `#define CUDA_VERSION 13000` → "13.0"."""
    match = _DEFINE.search(data)  # a megabyte, of which it is in the first pages: not worth decoding
    return f"{int(match[1]) // 1000}.{int(match[1]) % 1000 // 10}" if match else None


def folders(view: FileView, variables: Mapping[str, str], nvcc: str | None = None) -> tuple[str, ...]:
    """Where a toolkit may be, best first: CUDA_HOME, CUDA_PATH, that of the nvcc on PATH, the usual folders."""
    found = [variables[name].rstrip("/") for name in ("CUDA_HOME", "CUDA_PATH") if variables.get(name)]
    if nvcc is not None:
        found.append(posixpath.dirname(posixpath.dirname(nvcc)))
    found.append(USUAL)
    numbers = (_VERSIONED.fullmatch(name) for name in view.list_dir("/usr/local"))
    versions = sorted(([int(part) for part in match[1].split(".")], match[0]) for match in numbers if match)
    found += [f"/usr/local/{name}" for _, name in reversed(versions)]
    return tuple(dict.fromkeys(folder for folder in found if folder.startswith("/")))


def toolkit(view: FileView, places: Iterable[str]) -> State | None:
    """`cuda-toolkit`, by the first folder with an nvcc; absent where none has one (run-time libraries do not count).

    None: there is an nvcc, but no file says its release; then only asking it helps.
    """
    looked = tuple(places)
    for folder in looked:
        if view.exists(f"{folder}/bin/nvcc"):
            return _release(view, folder)
    return Absent(Origin(f"there is no bin/nvcc in {', '.join(looked)}", "files"))


def behind(view: FileView, nvcc: str) -> Known | None:
    """`cuda-toolkit` by the files of the toolkit whose nvcc a link or a wrapper script on PATH leads to; None where
    it is neither, or they do not say it. Raises `UnreadableError`."""
    for _ in range(_MAX_STEPS):
        target = view.readlink(nvcc) or _wrapped(view, nvcc)
        if target is None:
            return None
        nvcc = posixpath.normpath(posixpath.join(posixpath.dirname(nvcc), target))
        folder = posixpath.dirname(posixpath.dirname(nvcc))
        if view.exists(nvcc) and (known := _release(view, folder)) is not None:
            return known
    return None


def _wrapped(view: FileView, path: str) -> str | None:
    try:
        text = read_text(view, path, _WRAPPER_LIMIT)
    except UnreadableError:
        return None  # mostly the program itself, which is larger
    match = _WRAPPER.fullmatch(text or "")
    return match[1] if match else None


def _release(view: FileView, folder: str) -> Known | None:
    for name, parse in (("version.json", parse_version_json), ("include/cuda.h", parse_header)):
        place = f"{folder}/{name}"
        data = view.read_bytes(place)
        version = parse(data) if data is not None else None
        if version is not None:
            return Known(version, Origin(f"the CUDA toolkit {version} is in {folder}", place))
    return None
