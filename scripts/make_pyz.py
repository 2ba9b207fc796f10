"""Makes `stackcheck.pyz`: stackcheck, its facts and what it imports in one file that needs no installation.

    python3.10 -m venv env && env/bin/pip install .
    env/bin/python scripts/make_pyz.py dist/stackcheck.pyz

The libraries are those of the environment that runs this script, as Python source alone, so the file is for its Python
and newer ones: made by Python 3.10 it is for all that stackcheck is for. Nothing is downloaded here, and nothing is
unpacked when the file is run. The same environment gives the same bytes.
"""

from __future__ import annotations

import argparse
import sys
import zipfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import tomli
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parent.parent
LOWEST = sys.version_info.minor
NEWEST = 14
"""The file is for Python 3.LOWEST to 3.NEWEST, and each library must say that it is."""
LEFT_OUT = ("tree-sitter", "tree-sitter-bash", "zstandard")
"""Compiled libraries without a form in Python. stackcheck names what it cannot read without them."""
ELSEWHERE = ("pip",)
"""Asked in the judged interpreter, never imported from here."""
FASTER = ("pyyaml",)
"""Libraries with a compiled module that they do without."""
NOT_CARRIED = (".so", ".pyd", ".pyc", ".pyi")
OF_THE_INSTALLER = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
"""Files of a `.dist-info` folder that differ from one environment to another; its licences stay."""
MAIN = f"""\
import sys

if sys.version_info < (3, {LOWEST}):
    sys.exit("stackcheck: this file needs Python 3.{LOWEST} or newer, and this is %s" % sys.version.split()[0])
from stackcheck.cli import main

main()
"""
DATE = (1980, 1, 1, 0, 0, 0)
"""Of every file in it, so that the same content is the same bytes; the first day that a zip knows."""


class CannotMakeError(Exception):
    """Why there is no file, as a sentence with the remedy."""


def libraries() -> Iterator[metadata.Distribution]:
    """What stackcheck requires and what that requires, on any Python that the file is for. Raises `CannotMakeError`."""
    project = tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [Requirement(text) for text in project["dependencies"]]
    seen = {*LEFT_OUT, *ELSEWHERE}
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        if name in seen or not _applies(requirement):
            continue
        seen.add(name)
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError as error:
            raise CannotMakeError(f"{requirement} is not installed here; run `pip install .` first.") from error
        pythons = SpecifierSet(found.metadata.get("Requires-Python") or "")
        missing = [minor for minor in range(LOWEST, NEWEST + 1) if f"3.{minor}.99" not in pythons]
        if missing:
            raise CannotMakeError(f"{name} {found.version} is not for Python 3.{missing[0]}; install another release.")
        yield found
        wanted += [Requirement(text) for text in found.requires or ()]


def _applies(requirement: Requirement) -> bool:
    marker = requirement.marker
    machine = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "extra": ""}
    texts = [f"3.{minor}" for minor in range(LOWEST, NEWEST + 1)]
    pythons = ({**machine, "python_version": text, "python_full_version": f"{text}.0"} for text in texts)
    return marker is None or any(map(marker.evaluate, pythons))


def files_of(library: metadata.Distribution) -> Iterator[tuple[str, bytes]]:
    """The files of a library without what is compiled, by their paths. Raises `CannotMakeError`."""
    paths = [path for path in library.files or () if ".." not in path.parts and "__pycache__" not in path.parts]
    sources = {path.as_posix() for path in paths if path.suffix == ".py"}
    for path in paths:
        name, text = path.as_posix(), path.name
        if path.suffix in (".so", ".pyd"):
            module = f"{path.parent.as_posix()}/{text.partition('.')[0]}.py".removeprefix("./")
            shared = "__mypyc" in text  # what mypyc compiles lies beside its source, and shares one library
            if module not in sources and not shared and canonicalize_name(library.name) not in FASTER:
                raise CannotMakeError(f"{library.name} has no source of {name}: name it in LEFT_OUT or leave it out.")
        if path.suffix not in NOT_CARRIED and text not in OF_THE_INSTALLER:
            yield name, Path(str(library.locate_file(path))).read_bytes()


def own_files() -> Iterator[tuple[str, bytes]]:
    """stackcheck and its matrices."""
    for top, below in ((ROOT / "stackcheck", "stackcheck"), (ROOT / "matrices", "stackcheck/matrices")):
        for path in top.rglob("*"):
            place = path.relative_to(top).as_posix()
            if path.is_file() and "__pycache__" not in path.parts and not place.startswith("matrices/"):
                yield f"{below}/{place}", path.read_bytes()
    yield "LICENSE", (ROOT / "LICENSE").read_bytes()
    yield "__main__.py", MAIN.encode()


def write(out: Path, files: Iterable[tuple[str, bytes]]) -> int:
    """Writes the archive as `zipapp` does, its files in one order and of one date; how many there are."""
    ordered = dict(sorted(files))
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("wb") as file:
        file.write(b"#!/usr/bin/env python3\n")
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name, data in ordered.items():
                archive.writestr(zipfile.ZipInfo(name, DATE), data, zipfile.ZIP_DEFLATED, 9)
    out.chmod(0o755)
    return len(ordered)


def main() -> int:
    """Makes the file that is named; 2 where it cannot be made."""
    parser = argparse.ArgumentParser(description="Makes stackcheck.pyz, one file that needs no installation.")
    parser.add_argument("out", type=Path, nargs="?", default=Path("dist/stackcheck.pyz"), metavar="FILE")
    out: Path = parser.parse_args().out
    try:
        held = list(libraries())
        number = write(out, [*own_files(), *(file for library in held for file in files_of(library))])
    except CannotMakeError as error:
        print(f"make_pyz: {error}", file=sys.stderr)
        return 2
    names = ", ".join(sorted(f"{library.name} {library.version}" for library in held))
    print(f"{out}: Python 3.{LOWEST} and newer, {number} files, {out.stat().st_size:,} bytes, with {names}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
