"""A gate for a project's own checks: what would break on the machines that it is for, one line each.

Run it with `python examples/api/gate.py requirements.txt dgx-spark jetson-thor`; it exits 1 where something is broken.
"""

from __future__ import annotations

import sys

import stackcheck


def broken(path: str, target: str) -> list[str]:
    """What does not work on a target, with the place and the first thing to do."""
    report = stackcheck.judge([path], target=target)
    errors = [finding for finding in report.findings if finding.severity == "error"]
    return [f"{one.location or path}: {one.message} {one.fix.text if one.fix else ''}".rstrip() for one in errors]


def main(path: str, targets: list[str]) -> int:
    """Prints what is broken; the exit code."""
    found = {target: broken(path, target) for target in targets}
    for target, lines in found.items():
        for line in lines:
            print(f"{target}: {line}")
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
