"""Runs the command line as a user does: in a process of its own, with nothing of this session's settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples"


@dataclass(frozen=True)
class Result:
    """What a run said."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """The JSON report."""
        return json.loads(self.out)

    def findings(self, severity: str) -> list[dict[str, Any]]:
        """The findings of one severity."""
        return [finding for finding in self.report["findings"] if finding["severity"] == severity]

    def singly(self) -> list[dict[str, Any]]:
        """The findings with those of the same cause beside them, as they were judged for each place and target."""
        found = self.report["findings"]
        return [{**finding, **other} for finding in found for other in ({}, *finding.get("also", ()))]


def stackcheck(*args: str, cwd: Path | None = None, stdin: str | None = None, timeout: float = 60) -> Result:
    """One run of the command line."""
    done = subprocess.run(
        [sys.executable, "-m", "stackcheck", *args],
        capture_output=True,
        text=True,
        timeout=timeout,
        cwd=cwd or ROOT,
        input=stdin,
        env={**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(ROOT)},
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def document(folder: Path, **tables: Any) -> str:
    """An environment document in a folder; its path."""
    path = folder / "environment.json"
    path.write_text(json.dumps({"schema": "stackcheck-environment/1", **tables}), encoding="utf-8")
    return str(path)
