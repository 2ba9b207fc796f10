"""One module per output format: `render(report) -> str`. A renderer never decides anything."""

from __future__ import annotations

FORMATS = ("text", "json", "sarif", "junit", "github", "gitlab", "markdown", "html")
"""The formats of a report, each a module here."""

FLEET_FORMATS = ("text", "json", "jsonl", "csv", "html", "markdown", "prometheus", "junit", "sarif")
"""The formats of a report on many machines, each `fleet_…` or made of a plain report."""
