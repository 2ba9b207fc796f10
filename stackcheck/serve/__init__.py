"""Doors for programs that ask again and again: `lsp` for editors, `mcp` for agents.

Each stands on the session and needs an extra; the command line loads the one that is called.
"""

from __future__ import annotations

from stackcheck.session.errors import CannotWorkError


def missing(command: str, error: ImportError) -> CannotWorkError:
    """The line for a library of an extra that is not installed, or not whole."""
    return CannotWorkError(
        f"`stackcheck {command}` needs {error.name or 'a library'}, which is not here; "
        f"install the extra: pip install 'stackcheck[{command}]'"
    )
