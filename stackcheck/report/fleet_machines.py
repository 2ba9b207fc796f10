"""The machines of a fleet, as many as there are: they lie in a file without a name, in memory is where each begins."""

from __future__ import annotations

import json
from array import array
from typing import TYPE_CHECKING, TypeAlias

from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

IN_MEMORY = 1 << 18
"""Bytes that are held in memory before the file is made."""
Key: TypeAlias = bytes
"""The digest of what is judged: equal machines have one."""


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine of a fleet: its name for people (the label `host`, else its document), the document or repository
    that speaks of it, its labels by name, its board or GPU ("" where nothing says it) and what is judged."""

    name: str
    document: str
    labels: tuple[tuple[str, str], ...]
    board: str
    key: Key


class Machines:
    """Machines in the order in which they were added. `keys` are those of what is judged, in the same order."""

    def __init__(self, machines: Iterable[Machine] = ()) -> None:
        from tempfile import SpooledTemporaryFile

        self._file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - it lives as long as the machines
        self._starts = array("Q")
        self._end = 0
        self._known: dict[Key, Key] = {}
        self.keys: list[Key] = []
        for machine in machines:
            self.add(machine)

    def __del__(self) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._starts)

    def __iter__(self) -> Iterator[Machine]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, at: int) -> Machine:
        self._file.seek(self._starts[at])
        name, document, labels, board = json.loads(self._file.readline())
        return Machine(name, document, tuple((label, value) for label, value in labels), board, self.keys[at])

    def add(self, machine: Machine) -> None:
        """Adds one at the end."""
        line = json.dumps([machine.name, machine.document, machine.labels, machine.board]).encode() + b"\n"
        self._starts.append(self._end)
        self._file.seek(self._end)
        self._file.write(line)
        self._end += len(line)
        self.keys.append(self._known.setdefault(machine.key, machine.key))


class Some:
    """Some of the machines of a fleet."""

    def __init__(self, machines: Machines) -> None:
        self._machines = machines
        self._at = array("L")

    def __len__(self) -> int:
        return len(self._at)

    def __iter__(self) -> Iterator[Machine]:
        return map(self._machines.__getitem__, self._at)

    def add(self, at: int) -> None:
        """Adds the machine with this number, counted from 0."""
        self._at.append(at)

    def extend(self, other: Some) -> None:
        """Adds others of the same fleet."""
        self._at.extend(other._at)
