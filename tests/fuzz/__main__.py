"""Coverage-guided fuzzing of one reader, on demand: `python -m tests.fuzz requirements.txt -max_total_time=60`.

Needs atheris (`pip install -e '.[fuzz]'`). The name says which reader; what follows is libFuzzer's, a folder with seeds
among it. A traceback or a run of more than five seconds ends it, with the input in a file.
"""

from __future__ import annotations

import pkgutil
import sys
from contextlib import suppress
from importlib import import_module

import atheris

with atheris.instrument_imports(include=["stackcheck.read"]):
    from stackcheck import read
    from stackcheck.read import ReadError, read_project
    from tests.read.reading import SPARK

    # Readers are imported where they are used, which would be too late for what counts their branches.
    for module in pkgutil.iter_modules(read.__path__):
        import_module(f"stackcheck.read.{module.name}")


def main() -> None:
    """Runs until it is stopped."""
    name = sys.argv.pop(1)

    def load(path: str) -> bytes:
        if path != name:
            raise FileNotFoundError(2, "No such file or directory", path)
        return given[0]

    given = [b""]

    def once(data: bytes) -> None:
        given[0] = data
        with suppress(ReadError):
            read_project([name], SPARK, load)

    atheris.Setup([*sys.argv, "-timeout=5"], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
