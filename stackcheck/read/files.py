"""Bytes to text as pip decodes them, within stated bounds. Never opens a file: the caller's `load` does."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from stackcheck.model import Ask, Location, Stated, Unread
from stackcheck.read.errors import ReadError
from stackcheck.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackcheck.budget import Budget

MAX_FILE_BYTES = 10_000_000
"""A larger file is refused: no project file comes near it, and a mistaken path to a wheel or an image does."""

MAX_TOTAL_BYTES = 100_000_000
"""All files of one run together, those reached by `-r` and `-c` included."""

MAX_DEPTH = 40
"""How deep `-r` and `-c` may nest."""

# UTF-32 before UTF-16: the UTF-16 mark is the beginning of the UTF-32 one.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
MAX_DIGITS = 1_000
"""Digits of one number: no version has as many, and from 4,300 on Python itself refuses to read one."""

_NUMBER = re.compile(rf"[0-9]{{{MAX_DIGITS + 1}}}")
_CODING = rb"#.*?coding[:=]\s*([-\w.]+)"
_BINARY_HEAD = 8192


@dataclass(frozen=True)
class ReadResult:
    """What project files say.

    `python` holds the requires-python statements (name "python"), apart from `asks` because they ask for no
    project. `stated` is what the files say of the machine that they make, `container` whether that is a container,
    `own_python` whether they make an environment with a Python of its own, as conda and pixi do.
    `files` are the files that were read, in order, with those reached by `-r` and `-c`.
    """

    asks: tuple[Ask, ...] = ()
    unread: tuple[Unread, ...] = ()
    files: tuple[str, ...] = ()
    python: tuple[Ask, ...] = ()
    stated: tuple[Stated, ...] = ()
    container: bool = False
    own_python: bool = False


def merge(results: Iterable[ReadResult]) -> ReadResult:
    """Several results as one, in order; a file that several of them read is named once."""
    results = tuple(results)
    return ReadResult(
        asks=tuple(ask for result in results for ask in result.asks),
        unread=tuple(unread for result in results for unread in result.unread),
        files=tuple(dict.fromkeys(path for result in results for path in result.files)),
        python=tuple(ask for result in results for ask in result.python),
        stated=tuple(stated for result in results for stated in result.stated),
        container=any(result.container for result in results),
        own_python=any(result.own_python for result in results),
    )


def in_order(unread: Iterable[Unread], files: Iterable[str]) -> tuple[Unread, ...]:
    """What was not read in the order of its places, the files as they were read."""
    order = {path: number for number, path in enumerate(files)}
    return tuple(
        sorted(unread, key=lambda one: (order[one.location.path], one.location.line or 0, one.location.column or 0))
    )


class Supply:
    """How a reader comes by the files, and what it may spend: it loads by the caller's function, none larger than
    `limit` bytes, as long as the run's budget lasts. Raises `ReadError`, `OSError`, `SpentError`."""

    def __init__(self, load: Callable[[str], bytes], budget: Budget, limit: int) -> None:
        self.load, self.budget, self.limit = load, budget, limit

    def __call__(self, path: str) -> bytes:
        self.budget.check_time()
        data = self.load(path)
        if len(data) > self.limit:
            size = f"{self.limit // 1_000_000} MB"
            raise ReadError(f"is larger than {size}, which no file of its kind is; name another", Location(path))
        return data


@dataclass
class Files:
    """The files of one run: loads by the caller's function, keeps the bounds, remembers what was read."""

    load: Callable[[str], bytes]
    read: dict[str, None] = field(default_factory=dict)
    total: int = 0

    def data(self, path: str, asked_at: Location | None = None) -> bytes:
        """The bytes of a file. Raises `ReadError` where it cannot be loaded or is too large.

        `asked_at` is the line that includes it: a missing file is that line's mistake.
        """
        try:
            data = self.load(path)
        except OSError as error:
            raise _not_loaded(path, error, asked_at) from error
        self.total += len(data)
        if len(data) > MAX_FILE_BYTES or self.total > MAX_TOTAL_BYTES:
            raise ReadError("is too large for a project file; name the requirements file itself", Location(path))
        self.read[path] = None
        return data


def _not_loaded(path: str, error: OSError, asked_at: Location | None) -> ReadError:
    if isinstance(error, FileNotFoundError):
        what, remedy = "does not exist", "check the path"
    elif isinstance(error, IsADirectoryError):
        what, remedy = "is a directory", "name a file in it"
    elif isinstance(error, PermissionError):
        what, remedy = "may not be read", "check its permissions"
    else:
        what, remedy = f"cannot be read ({error.strerror or type(error).__name__})", "check the path"
    if asked_at is None:
        return ReadError(f"{what}; {remedy}", Location(path))
    return ReadError(f"the included file {path} {what}; {remedy}", asked_at)


def decode_pip(data: bytes, path: str) -> str:
    """The text of a requirements file: byte order mark, else the PEP 263 coding line, else UTF-8, as pip does it.

    pip falls back to the encoding of its host's locale; nothing of the host counts here, so such a file is
    refused. Raises `ReadError` for it, and for what is no text.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], encoding, path)
    _refuse_binary(data, path)
    for line in data.split(b"\n", 2)[:2]:
        found = re.match(_CODING, line)
        if found:
            return _decoded(data, found[1].decode("ascii"), path)
    return _decoded(data, "utf-8", path)


def decode_toml(data: bytes, path: str) -> str:
    """The text of a TOML file: UTF-8; a byte order mark is skipped, as uv does. Raises `ReadError` for other bytes."""
    for mark, encoding in _MARKS[1:]:
        if data.startswith(mark):
            name = encoding[:6].upper()
            raise ReadError(f"is {name} with a byte order mark; save it as UTF-8", Location(path))
    _refuse_binary(data, path)
    return _decoded(data.removeprefix(codecs.BOM_UTF8), "utf-8", path)


def _refuse_binary(data: bytes, path: str) -> None:
    head = data[:_BINARY_HEAD]
    if b"\0" not in head:
        return
    if head.count(b"\0") * 3 > len(head):
        raise ReadError("looks like UTF-16 without a byte order mark; save it as UTF-8", Location(path))
    raise ReadError("is a binary file; name a text file", Location(path))


def _refuse_long_numbers(text: str, path: str) -> None:
    found = _NUMBER.search(text) if len(text) > MAX_DIGITS else None
    if found is not None:
        place = Location(path, text.count("\n", 0, found.start()) + 1)
        raise ReadError(f"has a number of more than {MAX_DIGITS:,} digits, as no version has; mend it", place)


def _decoded(data: bytes, encoding: str, path: str) -> str:
    try:
        text = data.decode(encoding)
        if not text.isascii():
            text.encode("utf-8")
        _refuse_long_numbers(text, path)
    except LookupError as error:
        message = f"its coding line names {encoding!r}, which is no text encoding; save it as UTF-8"
        raise ReadError(message, Location(path, 1)) from error
    except UnicodeError as error:
        raise ReadError(f"is not {encoding} text; save it as UTF-8", Location(path)) from error
    return text
