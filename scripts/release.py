"""Makes a release ready: version and date, the files, their checks. It commits, tags and publishes nothing.

    .venv/bin/pip install '.[release]'
    .venv/bin/python scripts/release.py 0.2.0 --python ~/python3.13/bin/python3

On a clean checkout it writes the version into pyproject.toml, stackcheck/about.py and the pages and examples that say
how to take a release, and the day into CHANGELOG.md. It builds sdist, wheel and stackcheck.pyz into dist/, checks them
(twine, check-wheel-contents), and installs the wheel on every Python from 3.10 on that is on the PATH or named, where
it must judge the examples as it should.
"""

from __future__ import annotations

import argparse
import datetime
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
MINORS = range(10, 15)
"""The minor versions of Python 3 that stackcheck is for."""
WHICH = "import sys; print(sys.version_info[0], sys.version_info[1], sys.executable)"
EXAMPLES = {"spark-broken": 1, "spark-repaired": 0}
"""The examples that an installed wheel judges, and the exit codes."""


class ReleaseError(Exception):
    """Why there is no release, as a sentence with the remedy."""


def dated(changelog: str, version: str, day: str) -> str:
    """The changelog with the day in the heading of its newest section. Raises `ReleaseError`."""
    heading = re.search(r"^## (\S+) \(([^)]*)\)$", changelog, re.MULTILINE)
    if heading is None or heading[2] not in ("unreleased", day):
        raise ReleaseError(
            'CHANGELOG.md: its first section should be "## VERSION (unreleased)"; write what is new there.'
        )
    return f"{changelog[: heading.start()]}## {version} ({day}){changelog[heading.end() :]}"


def replaced(text: str, pattern: str, version: str, name: str) -> str:
    """A file with another version in its one place. Raises `ReleaseError`."""
    made, number = re.subn(pattern, rf"\g<1>{version}\g<2>", text, flags=re.MULTILINE)
    if number != 1:
        raise ReleaseError(f"{name}: the version stands there {number} times, not once.")
    return made


VERSIONS = {
    "pyproject.toml": r'^(version = ")[^"]*(")$',
    "stackcheck/about.py": r'^(VERSION = ")[^"]*(")$',
}
"""The files that name the version, and the line in which they do."""
PIN = re.compile(r"(\brev: v|/stackcheck@v|/stackcheck:)\d+\.\d+\.\d+[\w.]*")


def pinned(root: Path, version: str) -> dict[str, str]:
    """The pages and examples that say how to take a release (`rev: v0.1.0`, `…/stackcheck@v0.1.0`,
    `…/stackcheck:0.1.0`), with this version there."""
    made = {}
    for name in run("git", "ls-files", "*.md", "*.yml", "*.yaml", cwd=root).splitlines():
        text = (root / name).read_text(encoding="utf-8")
        other = PIN.sub(rf"\g<1>{version}", text)
        if other != text:
            made[name] = other
    return made


def stamp(root: Path, version: str, day: str) -> dict[Path, str]:
    """Writes version and day into the files that name them; what these were before. Raises `ReleaseError`."""
    texts = {name: (root / name).read_text(encoding="utf-8") for name in (*VERSIONS, "CHANGELOG.md")}
    made = {name: replaced(texts[name], pattern, version, name) for name, pattern in VERSIONS.items()}
    made |= pinned(root, version)
    made["CHANGELOG.md"] = dated(texts["CHANGELOG.md"], version, day)
    before = {root / name: (root / name).read_text(encoding="utf-8") for name in made}
    for name, text in made.items():
        (root / name).write_text(text, encoding="utf-8")
    return before


def refuse_unready(root: Path, version: str) -> None:
    """Raises `ReleaseError` for a version that is none or has a tag, and where something is not committed."""
    try:
        if str(Version(version)) != version:
            raise ReleaseError(f"{version}: is written {Version(version)} (PEP 440).")
    except InvalidVersion as error:
        raise ReleaseError(f"{version}: is no version (PEP 440), such as 0.2.0.") from error
    if run("git", "status", "--porcelain", cwd=root):
        raise ReleaseError("Something here is not committed; a release is made of what is.")
    if run("git", "tag", "--list", f"v{version}", cwd=root):
        raise ReleaseError(f"There is a tag v{version} already; a release has a new version.")


def pythons(named: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Minor version and program of each Python that is named or on the PATH, one for each version, oldest first."""
    found: dict[int, str] = {}
    for program in (*named, sys.executable, *filter(None, (shutil.which(f"python3.{minor}") for minor in MINORS))):
        asked = subprocess.run([program, "-c", WHICH], capture_output=True, text=True, check=False)
        major, _, rest = asked.stdout.strip().partition(" ")
        minor, _, place = rest.partition(" ")
        # What stands in for a version that is not installed answers nothing.
        if asked.returncode == 0 and major == "3" and int(minor) in MINORS:
            found.setdefault(int(minor), place)
    yield from sorted(found.items())


def run(*argv: str | Path, cwd: Path | None = None, expected: int = 0) -> str:
    """What a command prints. Raises `ReleaseError` with its output where it ends in another way than expected."""
    try:
        done = subprocess.run(list(map(str, argv)), cwd=cwd, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise ReleaseError(f"{argv[0]}: is not here.") from error
    if done.returncode != expected:
        words = " ".join(map(str, argv))
        raise ReleaseError(f"{words}\nended with {done.returncode}, not {expected}:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def build(root: Path, out: Path) -> Sequence[Path]:
    """Sdist and wheel, checked. Raises `ReleaseError`."""
    for tool in ("build", "twine", "check_wheel_contents"):
        run(sys.executable, "-c", f"import {tool}")
    run(sys.executable, "-m", "build", "--outdir", out, root)
    files = sorted(out.iterdir())
    if [path.name.rpartition(".")[2] for path in files] != ["whl", "gz"]:
        raise ReleaseError(f"{out}: should hold one wheel and one sdist, not {', '.join(path.name for path in files)}.")
    run(sys.executable, "-m", "twine", "check", "--strict", *files)
    run(sys.executable, "-m", "check_wheel_contents", files[0])
    return files


def try_wheel(wheel: Path, version: str, program: str, folder: Path) -> Path:
    """Installs the wheel into an environment of its own, where it must do its work; the environment's Python."""
    run(program, "-m", "venv", folder)
    bin_ = folder / "bin"
    run(bin_ / "python", "-m", "pip", "install", "--quiet", wheel)
    shown = run(bin_ / "stackcheck", "--version", cwd=folder)
    if not shown.startswith(f"stackcheck {version} "):
        raise ReleaseError(f"{wheel.name} calls itself {shown!r}.")
    for name, code in EXAMPLES.items():
        path = ROOT / "examples" / name
        run(bin_ / "stackcheck", "lint", "--target", "dgx-spark", path, cwd=folder, expected=code)
    return bin_ / "python"


def release(version: str, day: str, named: Sequence[str]) -> None:
    """Everything up to the commit. Raises `ReleaseError`."""
    refuse_unready(ROOT, version)
    before = stamp(ROOT, version, day)
    try:
        names = make(version, ROOT / "dist", named)
    except BaseException:
        for path, text in before.items():
            path.write_text(text, encoding="utf-8")
        raise
    print(
        f"\nLook at `git diff`, then:\n"
        f"  git commit -am 'Release {version}' && git tag v{version} && git push --follow-tags\n"
        f"  python -m twine upload {' '.join(f'dist/{name}' for name in names)}\n"
        f"and put dist/stackcheck.pyz beside the release."
    )


def make(version: str, out: Path, named: Sequence[str]) -> tuple[str, ...]:
    """The files, checked and tried, in `out`; the names of those for an index. Raises `ReleaseError`."""
    with tempfile.TemporaryDirectory() as place:
        made = Path(place) / "made"
        made.mkdir()
        wheel, sdist = build(ROOT, made)
        print(f"{wheel.name}, {sdist.name}: built and checked")
        first: Path | None = None
        for minor, program in pythons(named):
            python = try_wheel(wheel, version, program, Path(place) / f"3.{minor}")
            first = first or python
            print(f"Python 3.{minor}: installed, and judges the examples as it should")
        out.mkdir(exist_ok=True)
        print(run(first or sys.executable, ROOT / "scripts" / "make_pyz.py", out / "stackcheck.pyz"))
        for path in (wheel, sdist):
            shutil.copy(path, out)
    return wheel.name, sdist.name


def main() -> int:
    """Makes the release that is named; 2 where something is in its way."""
    parser = argparse.ArgumentParser(description="Makes a release ready: version, date, files, checks.")
    parser.add_argument("version", help="the version, such as 0.2.0")
    parser.add_argument("--date", default=datetime.date.today().isoformat(), help="its day, if not today")
    parser.add_argument("--python", action="append", default=[], metavar="EXE", help="try this Python too; repeatable")
    options = parser.parse_args()
    try:
        release(options.version, datetime.date.fromisoformat(options.date).isoformat(), options.python)
    except (ReleaseError, ValueError) as error:
        print(f"release: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
