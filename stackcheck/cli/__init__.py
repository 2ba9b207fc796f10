"""The command line: read options, gather, judge, render, exit. The only place that prints, and the only exit."""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NoReturn


_NOT_WRITTEN = (errno.ENOSPC, errno.EBADF, errno.EFBIG, errno.EDQUOT)
"""What only writing comes to; files that options name have their own line, so it was a standard stream."""


def main() -> None:
    """The entry point: every foreseen error is one clear line and exit 2, an unforeseen one says so too."""
    # A run is short and its values live to the end: collecting them would only cost time.
    gc.disable()
    _open_streams()
    from stackcheck.cli import fast
    from stackcheck.session.errors import expected

    try:
        _leave(_run(fast.parse(sys.argv[1:])))
    except expected() as error:
        _stop(str(error))
    except BrokenPipeError:
        _leave(2)
    except KeyboardInterrupt:
        _leave(130)
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None and error.errno in _NOT_WRITTEN:
            _stop(_unwritable(error))
        if os.environ.get("STACKCHECK_TRACEBACK"):
            raise
        said = f"a check crashed ({type(error).__name__}: {error})"
        _stop(f"{said}; set STACKCHECK_TRACEBACK=1 to see where, and please report it")


def _open_streams() -> None:
    """Gives each standard stream that is closed a file, so that no other file takes its place: input that cannot be
    read, output that cannot be written, and a standard error that goes nowhere."""
    closed = (("stdin", "r", os.O_WRONLY), ("stdout", "w", os.O_RDONLY), ("stderr", "w", os.O_WRONLY))
    for number, (name, mode, flags) in enumerate(closed):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)  # takes the lowest number that is free: this one
            setattr(sys, name, open(number, mode, encoding="utf-8", errors="backslashreplace"))  # noqa: SIM115


def _run(plain: tuple[str, dict[str, object]] | None) -> int:
    if plain is not None:
        from stackcheck.cli import commands

        command, options = plain
        return commands.run_command(command, options)
    from stackcheck.cli.app import run

    return run()


def _leave(code: int) -> NoReturn:
    """Ends the process without taking its values apart one by one, which would be a tenth of a short run's time.

    A report that cannot be written is one clear line, too.
    """
    error = _flushed()
    if error is not None:
        code = 2
        if not isinstance(error, BrokenPipeError):  # there, who reads it has seen enough
            _tell(_unwritable(error))
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    os._exit(code)


def _unwritable(error: OSError) -> str:
    return f"standard output cannot be written: {error.strerror or error}"


def _flushed() -> OSError | None:
    """Writes out what standard output holds; the error where it takes nothing."""
    try:
        sys.stdout.flush()
    except OSError as error:
        return error
    return None


def _stop(text: str) -> NoReturn:
    for line in text.splitlines() or ["no reason is given"]:
        _tell(line)
    _flushed()
    os._exit(2)


def _tell(line: str) -> None:
    from stackcheck.redact import redact
    from stackcheck.report.clean import printable

    with contextlib.suppress(OSError):  # nowhere is left to say it; the exit code does
        sys.stderr.write(f"stackcheck: {printable(redact(line))}\n")
