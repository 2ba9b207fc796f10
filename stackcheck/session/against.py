"""What the machines of a fleet are compared with: expectations, a reference machine, or each with itself before."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Any, Literal

from stackcheck.judge import drift
from stackcheck.read.environment import DocumentError, environment_of, labels_of, load_environment
from stackcheck.session.documents import LINES, documents, loaded
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.expectations import expectations_of, is_expectation
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackcheck.judge.drift import Expectation
    from stackcheck.model import Finding, Stack
    from stackcheck.session.documents import Document


@dataclass(frozen=True)
class Against:
    """What is the same for every machine of a run: expectations, or the document of a reference machine; or the name
    of the folder (`since`) that has a document of each from before."""

    expectations: tuple[Expectation, ...] = ()
    name: str = ""
    text: str = ""
    form: Literal["json", "toml"] = "json"
    since: str = ""

    @property
    def labels(self) -> frozenset[str]:
        """The labels on which it depends what is expected of a machine."""
        return frozenset(
            one.name for expectation in self.expectations for one in expectation.where if one.table == "labels"
        )

    def reference(self) -> Stack | None:
        """The reference machine."""
        tables = load_environment(self.text, self.name, self.form) if self.text else None
        return None if tables is None else environment_of(tables, self.name)

    def findings(self, stack: Stack, labels: Mapping[str, str], reference: Stack | None) -> Iterator[Finding]:
        """What is not as it should be on one machine."""
        if reference is not None:
            yield from drift.from_reference(stack, reference, self.name)
        yield from drift.from_expectations(stack, labels, self.expectations)


class Earlier:
    """Documents from before, by what a machine is called. They lie in a file without a name, not in memory."""

    def __init__(self, name: str) -> None:
        """Reads them. Raises `CannotWorkError` for what holds none, and for one that cannot be used."""
        self._places: dict[str, tuple[int, int, str, Literal["json", "toml"]]] = {}
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed with the run
        for document in documents([name]):
            try:
                key = identity(document, labels_of(loaded(document), document.place))
            except DocumentError:
                continue  # from before: the report is on the machines of today
            data = document.text.encode("utf-8", "surrogatepass")
            self._places[key] = (self._file.seek(0, os.SEEK_END), len(data), document.place, document.form)
            self._file.write(data)
        if not self._places:
            raise CannotWorkError(f"--against {name}: holds no document that can be used")

    def __del__(self) -> None:
        self._file.close()

    def document(self, key: str) -> Any:
        """The loaded document of a machine; None where there is none."""
        if key not in self._places:
            return None
        start, size, place, form = self._places[key]
        self._file.seek(start)
        return load_environment(self._file.read(size).decode("utf-8", "surrogatepass"), place, form)


def identity(document: Document, labels: Mapping[str, str]) -> str:
    """What tells a machine from the others, today and last week: its label `host`, else its place in its folder."""
    return labels.get("host") or os.path.splitext(document.inside or os.path.basename(document.place))[0]


def against_of(name: str | None) -> tuple[Against | None, Earlier | None]:
    """What `--against` names: a document of expectations, one of a machine (or a target), or a folder, a pattern or
    JSON lines with those of the machines from before. Raises `CannotWorkError` and `DocumentError`."""
    if name is None:
        return None, None
    several = os.path.isdir(name) or name.endswith(LINES) or not (os.path.lexists(name) or _is_target(name))
    if several:
        return Against(since=name), Earlier(name)
    (document,) = documents([name])
    tables = loaded(document)
    if is_expectation(tables):
        return Against(expectations_of(tables, document.place), document.place), None
    environment_of(tables, document.place)
    return Against((), document.target or document.place, document.text, document.form), None


def _is_target(name: str) -> bool:
    from stackcheck.session.machine import target_of

    try:
        return bool(target_of(name))
    except CannotWorkError:
        return False
