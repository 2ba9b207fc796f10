"""The first error of a log, whatever it says: what the lines after it follow from.

Programs write errors in few shapes: the last line of a Python traceback, `file:line: error:` of a compiler, `ERROR:`
of pip, `E:` of apt, `error:` of uv, cargo and git, `Error response from daemon:` of docker. What one means is not known
here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge.log import PREFIX
from stackcheck.patterns import pattern
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_ABOVE = 2000
"""Characters above an error line in which the last frame of its traceback is looked for."""

_ERROR = pattern(
    rf"^{PREFIX}(?P<text>"
    r"(?:\w+\.)*[A-Z]\w*(?:Error|Exception|Fault)\b[:(].*"
    r"|##\[error\]\s*\S.*"
    r"|\[?(?:ERROR|FATAL|Fatal|fatal|error|Error)\b(?:\[E\d+\])?\]?(?::| during | response from )\s*\S.*"
    r"|[^\s:]+:(?:\d+:){0,2} (?:fatal )?error(?:\[\w+\])?: .*"
    r"|(?:[\w./-]+: )+(?:error|fatal|FATAL|ERROR): .*"
    r"|(?:[\w./-]+: )+Error response from daemon: .*"
    r"|E: .*|CMake Error.*|Fatal Python error: .*|Segmentation fault.*|Killed"
    r"|.{0,400}?Assertion [`'].*' failed.*|terminate called after throwing .*"
    r"|.{0,200}?: (?:command not found|cannot open shared object file.*|error while loading shared libraries.*)"
    r")\s*$"
)
_HINT = (
    "rror",
    "RROR",
    "xception",
    "ault",
    "atal",
    "FATAL",
    "E: ",
    "Killed",
    "not found",
    "cannot open",
    "Assertion",
    "terminate ",
)
# What only says that a step ended: the cause stands above it.
_FOLLOWS = pattern(
    r"Process completed with exit code|error: subprocess-exited-with-error|\bdid not run successfully|"
    r"CalledProcessError|Failed building wheel|Could not build wheels|metadata-generation-failed|"
    r"failed to solve: process|"
    r"command '[^']*' failed with exit|See above for output|EngineDeadError|Engine core initialization failed|"
    r"make(?:\[\d+\])?: \*\*\*|ChildFailedError"
)
_FRAME = pattern(r'File "[^"]*?/(?:site|dist)-packages/([A-Za-z_]\w*)')


@dataclass(frozen=True, slots=True)
class FirstError:
    """An error line: its number in the log (from 1), its text, and the import package that its traceback ends in (""
    where none is named)."""

    line: int
    text: str
    package: str = ""


def first_error(text: str, newlines: str) -> FirstError | None:
    """The first line of a cleaned log that tells an error itself; where every such line only says that a step failed,
    the first of those. `newlines` is the log in which lines are counted: it is as long as `text`, which may be cut into
    more of them.
    """
    weak: FirstError | None = None
    for start, line in _lines(text):
        match = _ERROR.match(line) if any(hint in line for hint in _HINT) else None
        if match is None:
            continue
        follows = _FOLLOWS.search(line) is not None
        if follows and weak is not None:
            continue
        said = match["text"]
        if said.endswith("Error:"):  # the message begins on the next line
            after = text[start + len(line) : start + len(line) + MAX_ABOVE].lstrip()
            said = f"{said} {after.splitlines()[0] if after else ''}".rstrip()
        found = FirstError(newlines.count("\n", 0, start) + 1, said, "" if follows else _package(text, start))
        if not follows:
            return found
        weak = found
    return weak


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if end - start < 4000:  # longer lines are data
            yield start, text[start:end]
        start = end + 1


def _package(text: str, start: int) -> str:
    """The import package of the last frame close above a line."""
    frames = _FRAME.findall(text, max(0, start - MAX_ABOVE), start)
    return frames[-1] if frames else ""
