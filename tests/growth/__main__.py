"""The growth of all families as a table, worst first, and what the largest inputs take.

    python -m tests.growth [--seconds 0.1] [--limits] [NAME]…

`NAME` is a part of a family's name. With `--limits` each family is also run once with the most that it may have.
"""

from __future__ import annotations

import argparse
import sys

from tests.growth.families import FAMILIES
from tests.growth.measure import MAX_MEMORY, MAX_TIME, Cost, Growth, cost, growth, sized


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.growth")
    parser.add_argument("--seconds", type=float, default=0.1, help="the time that the larger input takes")
    parser.add_argument("--limits", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    chosen = [one for one in FAMILIES if not options.names or any(name in one.name for name in options.names)]
    costs: list[Cost] = []
    grown: list[Growth] = []
    for family in chosen:
        sys.stderr.write(f"{family.name}\n")
        if options.limits:
            costs.append(cost(family, family.most))
        else:
            grown.append(growth(family, max(sized(family, options.seconds) // 2, 8)))
    for one in sorted(grown, key=lambda one: max(one.time / MAX_TIME, one.memory / MAX_MEMORY), reverse=True):
        sizes = f"{one.count:>8} → {2 * one.count:<8} {one.seconds:7.3f} s {one.bytes / 1e6:7.1f} MB"
        sys.stdout.write(f"{one.name:45} {sizes}  time x{one.time:.2f}  memory x{one.memory:.2f}\n")
    for last in sorted(costs, key=lambda last: last.seconds, reverse=True):
        sys.stdout.write(
            f"{last.name:45} {last.count:>8} {last.seconds:7.2f} s {last.bytes / 1e6:7.1f} MB  {last.end}\n"
        )


if __name__ == "__main__":
    main()
