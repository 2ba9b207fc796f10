"""What the tests of the readers share: a target, and files that exist only here."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from stackcheck.model import Known, Origin, Stack
from stackcheck.read import ReadResult, read_project

if TYPE_CHECKING:
    from stackcheck.model import Ask, Location, Unread

ORIGIN = Origin("stated", "test")


def stack(variables: dict[str, str] | None = None, **facts: str) -> Stack:
    """A stack with some facts and variables known."""
    return Stack(
        facts={name.replace("_", "-"): Known(value, ORIGIN) for name, value in facts.items()},
        variables={name: Known(value, ORIGIN) for name, value in (variables or {}).items()},
    )


SPARK = stack(arch="aarch64", os="linux", python="3.12.3", kernel="6.14.0")


def read(*named: str, target: Stack = SPARK, **files: str | bytes) -> ReadResult:
    """Reads `named` files; `files` go by name with "__" for "/" and "_" for ".", the first one named if none is."""
    contents = {name.replace("__", "/").replace("_", "."): text for name, text in files.items()}

    def load(path: str) -> bytes:
        if path not in contents:
            raise FileNotFoundError(2, "No such file or directory")
        text = contents[path]
        return text if isinstance(text, bytes) else text.encode()

    return read_project(named or [next(iter(contents))], target, load)


def place(location: Location | None) -> str:
    """`path:line:column-end` of a location."""
    assert location is not None
    return f"{location.path}:{location.line}:{location.column}-{location.end_column}"


def noted(unread: tuple[Unread, ...]) -> list[tuple[str, str, str]]:
    """Severity, place and sentence of what was not read."""
    return [(one.severity, place(one.location), one.reason) for one in unread]


def asked(asks: tuple[Ask, ...]) -> list[str]:
    """Each ask with its first column, in short."""
    return [f"{place(ask.origin.location)} {ask}" for ask in asks]


def read_text(name: str, text: str, target: Stack = SPARK) -> ReadResult:
    """Reads one file of any name; its text may be indented."""
    return read_project([name], target, lambda _: dedent(text).encode())


def locked(result: ReadResult) -> list[str]:
    """Each ask of a lock with its line, whether it applies, its group and its files."""
    return [f"{ask.origin.location.line} {ask} {ask.applies} {ask.group} {ask.locked}" for ask in result.asks]  # type: ignore[union-attr]
