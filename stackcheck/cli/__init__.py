"""The command line: read options, gather, judge, render, exit. The only place that prints, and the only exit."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """The entry point: every foreseen error is one clear line and exit 2, an unforeseen one says so too."""
    from stackcheck.cli.app import app
    from stackcheck.cli.errors import expected

    try:
        app(prog_name="stackcheck")
    except expected() as error:
        _stop(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(2)
    except Exception as error:
        if os.environ.get("STACKCHECK_TRACEBACK"):
            raise
        said = f"a check crashed ({type(error).__name__}: {error})"
        _stop(f"{said}; set STACKCHECK_TRACEBACK=1 to see where, and please report it")


def _stop(text: str) -> None:
    for line in text.splitlines() or ["no reason is given"]:
        sys.stderr.write(f"stackcheck: {line}\n")
    sys.exit(2)
