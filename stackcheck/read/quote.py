"""How the readers quote a piece of a file: never with what must stay secret."""

from __future__ import annotations

from stackcheck.redact import redact

_SHOWN = 100


def shown(text: str) -> str:
    """A piece of a file as a sentence quotes it: redacted, on one line, printable, and not longer than a line."""
    text = " ".join(redact(text).split())
    short = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text[:_SHOWN])
    return f"`{short}`" if len(text) <= _SHOWN else f"`{short}…`"
