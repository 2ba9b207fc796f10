"""Installed Debian packages, from dpkg's own database; dpkg itself is never run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.model import Known, Origin
from stackcheck.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.model import State
    from stackcheck.scan.view import FileView

STATUS = "/var/lib/dpkg/status"
STATUS_FOLDER = "/var/lib/dpkg/status.d"
"""Distroless images keep one file per package here instead, without a Status field."""

_LIMIT = 128 * 1024 * 1024
# A leading "\n" in place of "^" with MULTILINE: four times as fast. In bytes: one odd letter in a description makes
# a text of the whole file that takes four bytes for each.
_FIELD = pattern(rb"\n(Package|Status|Architecture|Version):([^\n]*)")


def parse(data: bytes) -> dict[str, str]:
    """Name → version of the packages that a status file lists as installed.

    Only packages of dpkg's own architecture and of "all" have a bare name; a foreign one (an amd64 library on an arm64
    machine) is listed as `name:architecture`, as dpkg prints it.
    """
    rows = list(_rows(data))
    native = next((architecture for name, architecture, _ in rows if name == "dpkg"), None)
    found: dict[str, str] = {}
    for name, architecture, version in rows:
        foreign = native is not None and architecture not in (native, "all", "")
        found[f"{name}:{architecture}" if foreign else name] = version
    return found


def packages(view: FileView) -> dict[str, State] | None:
    """The installed packages with where they were read; None where there is no dpkg. Raises `UnreadableError`."""
    data = view.read_bytes(STATUS, _LIMIT)
    if data is None:
        data = _folder(view)
        if not data:
            return None
    # One origin for all: 3000 sentences would cost more than reading the file.
    origin = Origin("installed by dpkg", STATUS)
    return {name: Known(version, origin) for name, version in sorted(parse(data).items())}


def upstream(version: str) -> str:
    """The upstream part of a Debian version (deb-version(7)): "2:3.12.3-1ubuntu0.5" → "3.12.3"."""
    return version.rpartition(":")[2].rpartition("-")[0] or version.rpartition(":")[2]


def _rows(data: bytes) -> Iterator[tuple[str, str, str]]:
    """Name, architecture and version of each installed package, in one pass over the whole text."""
    # A paragraph begins with its Package field: dpkg writes it first.
    fields: dict[bytes, bytes] = {}
    first = _FIELD.match(b"\n" + data[:1000])  # its line alone has no "\n" before it
    found = [first.groups()] if first else []
    for key, value in (*found, *_FIELD.findall(data), (b"Package", b"")):
        if key == b"Package":
            if _installed(fields):
                yield _text(fields[key]), _text(fields.get(b"Architecture", b"")), _text(fields[b"Version"])
            fields = {}
        fields[key] = value.strip()


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _installed(fields: dict[bytes, bytes]) -> bool:
    if not fields.get(b"Package") or not fields.get(b"Version"):
        return False
    return fields.get(b"Status", b"installed").rpartition(b" ")[2] == b"installed"


def _folder(view: FileView) -> bytes:
    names = [name for name in view.list_dir(STATUS_FOLDER) if not name.endswith(".md5sums")]
    contents = (view.read_bytes(f"{STATUS_FOLDER}/{name}") for name in names)
    return b"\n\n".join(data for data in contents if data)
