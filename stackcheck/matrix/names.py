"""Tables of names, read by machine: what a publisher lists of each, one line a name.

`FOLDER/names/TABLE.txt` in a matrix folder. Lines that begin with `#` say the source (`# url: …`, `# seen: …`); every
other line is a name and what is known of it, words apart by blanks. Scripts make them anew (scripts/read_names.py);
nobody edits them. A table is opened when it is asked for, and a name is found by plain bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.disk import read_own
from stackcheck.matrix.errors import MatrixError, Problem
from stackcheck.model import Source
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

LIMIT_BYTES = 1 << 20
"""Bytes of one table, at most; the largest that is shipped has less than a third of it."""
OFFICIAL_IMAGES = "docker-official"
"""The Docker Official Images of which some tags were published for amd64 alone; see scripts/read_names.py."""
DEBIAN = "debian"
"""Debian's packages that not every release has for amd64 and arm64 alike."""
ROS = "ros"
"""The packages that some distributions of ROS have released and others have not."""
CONDA_FORGE = "conda-forge"
"""Packages of conda-forge that linux-64 has and linux-aarch64 has not, or later ones of; not of all feedstocks."""


@dataclass(frozen=True, eq=False, repr=False)
class Names:
    """One table. `data` begins and ends with a line break."""

    source: Source
    data: bytes
    releases: tuple[str, ...] = ()
    """What the letters of a name stand for, where the table says so (`# releases: …`)."""

    def words(self, name: str) -> tuple[str, ...] | None:
        """What is known of a name; None where it has no line."""
        at = self.data.find(f"\n{name} ".encode())
        if at < 0:
            return None
        line = self.data[at + 1 : self.data.find(b"\n", at + 1)]
        return tuple(line.decode("utf-8").split(" ")[1:])


def prefixes(tag: str) -> list[str]:
    """A tag cut off before each `.` and `-`, shortest first, and whole: a word stands for all that go on so."""
    return [*(tag[:at] for at, letter in enumerate(tag) if letter in ".-"), tag]


def open_names(folders: Sequence[str], table: str) -> Names | None:
    """The table of the last folder that has one; None where none has. Raises `MatrixError` for one without a source."""
    for folder in reversed(folders):
        path = f"{folder}/names/{table}.txt"
        try:
            data = read_own(path, LIMIT_BYTES)
        except OSError:
            continue
        return _read(path, data)
    return None


def _read(path: str, data: bytes) -> Names:
    said = dict(
        line[2:].decode("utf-8").split(": ", 1)
        for line in data[:1000].split(b"\n")
        if line.startswith(b"# ") and b": " in line
    )
    if not {"url", "seen"} <= said.keys():
        raise MatrixError([Problem(path, "", "", "says no source: it begins with `# url: …` and `# seen: …`")])
    source = Source(said["url"], said["seen"], "observed")
    return Names(source, b"\n" + data.rstrip() + b"\n", tuple(said.get("releases", "").split()))
