"""What this release of stackcheck is called."""

from __future__ import annotations

VERSION = "0.1.0"
"""As in pyproject.toml, which a test compares."""
