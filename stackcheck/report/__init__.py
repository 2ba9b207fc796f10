"""One module per output format: `render(report) -> str`. A renderer never decides anything."""

from __future__ import annotations

FORMATS = ("text", "json", "sarif", "junit", "github", "gitlab", "markdown", "html")
"""The formats of a report, each a module here."""
