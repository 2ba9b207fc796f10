"""The command line: read options, gather, judge, render, exit. The only place that prints, and the only exit."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NoReturn


def main() -> None:
    """The entry point: every foreseen error is one clear line and exit 2, an unforeseen one says so too."""
    # A run is short and its values live to the end: collecting them would only cost time.
    gc.disable()
    from stackcheck.cli import fast
    from stackcheck.session.errors import expected

    try:
        _leave(_run(fast.parse(sys.argv[1:])))
    except expected() as error:
        _stop(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if os.environ.get("STACKCHECK_TRACEBACK"):
            raise
        said = f"a check crashed ({type(error).__name__}: {error})"
        _stop(f"{said}; set STACKCHECK_TRACEBACK=1 to see where, and please report it")


def _run(plain: tuple[str, dict[str, object]] | None) -> int:
    if plain is not None:
        from stackcheck.cli import commands

        command, options = plain
        return commands.run_command(command, options)
    from stackcheck.cli.app import app

    app(prog_name="stackcheck")
    return 0


def _leave(code: int) -> NoReturn:
    """Ends the process without taking its values apart one by one, which would be a tenth of a short run's time."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _stop(text: str) -> None:
    from stackcheck.report.clean import printable

    for line in text.splitlines() or ["no reason is given"]:
        sys.stderr.write(f"stackcheck: {printable(line)}\n")
    sys.exit(2)
