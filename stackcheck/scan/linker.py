"""Where the dynamic linker looks for a library (ld.so(8)), and which of those that a file needs are not there."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from stackcheck.scan.view import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackcheck.scan.elf import Dynamic
    from stackcheck.scan.view import FileView

CONF = "/etc/ld.so.conf"


def folders(view: FileView, machine: str) -> tuple[str, ...]:
    """The system's library folders for a machine: those of ld.so.conf and its includes, then the built-in ones."""
    usual = [f"{root}/{machine}-linux-gnu" for root in ("/lib", "/usr/lib")]
    usual += ["/lib64", "/usr/lib64", "/lib", "/usr/lib"]
    return tuple(dict.fromkeys((*_configured(view, CONF, set()), *usual)))


def missing(
    view: FileView, path: str, dynamic: Dynamic, system: Iterable[str], more: Iterable[str] = ()
) -> tuple[str, ...]:
    """The needed libraries that are in none of the file's own folders, the system's, or `more` (LD_LIBRARY_PATH).

    A program that loads one before this file is not known here: extensions of torch find torch's libraries that way.
    """
    origin = posixpath.dirname(path)
    own = [text.replace("$ORIGIN", origin).replace("${ORIGIN}", origin) for text in dynamic.search]
    places = [posixpath.normpath(place) for place in (*own, *more, *system) if place.startswith("/")]
    return tuple(
        name
        for name in dynamic.needed
        if not (view.exists(name) if "/" in name else any(view.exists(f"{place}/{name}") for place in places))
    )


def _configured(view: FileView, path: str, seen: set[str]) -> Iterator[str]:
    if path in seen:
        return
    seen.add(path)
    for line in (read_text(view, path, 1 << 16) or "").splitlines():
        words = line.partition("#")[0].split()
        if words[:1] == ["include"]:
            for pattern in words[1:]:
                yield from _included(view, pattern, seen)
        elif words and words[0].startswith("/"):
            yield words[0]


def _included(view: FileView, pattern: str, seen: set[str]) -> Iterator[str]:
    """The only form that distributions use is a folder with a star: `include /etc/ld.so.conf.d/*.conf`."""
    folder, _, star = posixpath.join(posixpath.dirname(CONF), pattern).rpartition("/")
    for name in view.list_dir(folder):
        if name.endswith(star.removeprefix("*")):
            yield from _configured(view, f"{folder}/{name}", seen)
