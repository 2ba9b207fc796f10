"""Resolving project files for another machine with `uv pip compile`.

Only wheels are used: uv would run a package's own build to learn what a source distribution depends on, and nothing of
the user's or of a package is ever run. What has no wheel is set aside, with uv's reason, and the rest is resolved; uv's
log of its search tells who asked for it (`uv_text`).
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from stackcheck.model import Unknown
from stackcheck.probe.resolution import Left, Resolution
from stackcheck.probe.run import find_program, run
from stackcheck.probe.uv_text import parse_answer, plain
from stackcheck.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stackcheck.probe.run import Output

LIMIT_S = 120.0
"""Seconds that all rounds of one resolution may take together."""

ROUNDS = 16
"""How often it is tried again without the projects that have no wheel."""

_GLIBCS = (17, 28, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40)
"""The manylinux platforms that uv 0.8 knows, by the minor of glibc 2.x."""

_LOG = {"RUST_LOG": "uv_resolver=debug"}


@dataclass(frozen=True, slots=True)
class Job:
    """What to resolve: files as they were named, the target's platform and Python, and pip's indexes as variables.

    `cache` is a folder that the user named; without one uv keeps nothing.
    """

    files: tuple[str, ...]
    constraints: tuple[str, ...]
    platform: str
    python: str
    variables: Mapping[str, str] = field(default_factory=dict)
    cache: Path | None = None


def find_uv() -> str | None:
    """The uv of the extra, else the one on PATH, else None."""
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        return find_program("uv")


def platform(arch: str, glibc: int | None) -> str | None:
    """uv's name of a Linux platform; None for an architecture that it has none for."""
    if arch not in ("aarch64", "x86_64"):
        return None
    fitting = [minor for minor in _GLIBCS if glibc is not None and minor <= glibc]
    return f"{arch}-manylinux_2_{fitting[-1]}" if fitting else f"{arch}-unknown-linux-gnu"


def resolve(
    uv: str, job: Job, tell: Callable[[str], None] | None = None, limit_s: float = LIMIT_S
) -> Resolution | Unknown:
    """Resolves as often as something without a wheel has to be set aside. `Unknown` where uv could not work at all."""
    ends = time.monotonic() + limit_s
    left: dict[str, Left] = {}
    reached: Resolution | None = None
    with tempfile.TemporaryDirectory(prefix="stackcheck-") as folder:
        for _ in range(ROUNDS):
            if tell is not None:
                without = f" without {', '.join(left)}" if left else ""
                tell(f"resolving with uv{without}")
            output = _round(uv, job, tuple(left), Path(folder), ends)
            if isinstance(output, Unknown):
                return reached or output
            answer = parse_answer(output)
            if isinstance(answer, Unknown):
                return reached or answer
            new = [unusable for unusable in answer.left if unusable.name not in left]
            left.update((unusable.name, unusable) for unusable in new)
            if answer.conflict is None:
                reached = replace(answer, left=tuple(left.values()))
            if not new:
                return reached or Resolution((), tuple(left.values()), answer.conflict)
    return reached or Resolution((), tuple(left.values()), f"something without a wheel is left after {ROUNDS} rounds")


def lock(uv: str, job: Job, without: tuple[str, ...], form: str, limit_s: float = LIMIT_S) -> str | Unknown:
    """The closure with its hashes, as "requirements.txt" or "pylock.toml" (PEP 751); `without` what was set aside."""
    hashes = ["--generate-hashes"] if form == "requirements.txt" else []
    with tempfile.TemporaryDirectory(prefix="stackcheck-") as name:
        folder = Path(name)
        command = [*_asked(uv, job, folder / "cache"), "--format", form, "--no-annotate", "--no-strip-extras", *hashes]
        output = run([*command, "--override", _set_aside(folder, without)], limit_s, job.variables)
    if isinstance(output, Unknown):
        return output
    return output.text if output.status == 0 else Unknown(f"uv cannot write {form}: {plain(output.errors)[:300]}")


def _set_aside(folder: Path, without: tuple[str, ...]) -> str:
    aside = folder / "set-aside.txt"
    # A marker that is never true takes a project out of the resolution, whoever asks for it.
    aside.write_text("".join(f"{name} ; sys_platform == 'none'\n" for name in without), encoding="utf-8")
    return str(aside)


def _round(uv: str, job: Job, without: tuple[str, ...], folder: Path, ends: float) -> Output | Unknown:
    command = [*_command(uv, job, folder / "cache"), "--override", _set_aside(folder, without)]
    output = run(command, max(1.0, ends - time.monotonic()), {**job.variables, **_LOG})
    if isinstance(output, Unknown) and "printed more" in output.reason:
        output = run(command, max(1.0, ends - time.monotonic()), job.variables)  # a long search: without its log
    return output if isinstance(output, Unknown) else _without_folder(output, folder)


def _without_folder(output: Output, folder: Path) -> Output:
    """What uv printed without the name of a folder that is another one in each run: a report is the same each time."""
    for name in (str(folder), str(folder.resolve())):
        output = replace(output, text=output.text.replace(f"{name}/", ""), errors=output.errors.replace(f"{name}/", ""))
    return output


def _command(uv: str, job: Job, cache: Path) -> list[str]:
    shown = ("--annotation-style", "line", "--emit-index-annotation", "--no-strip-extras")
    return [*_asked(uv, job, cache), *shown]


def _asked(uv: str, job: Job, cache: Path) -> list[str]:
    constraints = [word for path in job.constraints for word in ("-c", _as_path(path))]
    return [
        uv,
        "pip",
        "compile",
        *map(_as_path, job.files),
        *constraints,
        *("--python-platform", job.platform, "--python-version", job.python),
        *("--only-binary", ":all:", "--python", sys.executable, "--no-python-downloads"),
        *("--cache-dir", str(job.cache / "uv" if job.cache else cache)),
        *("--no-header", "--no-progress", "--color", "never"),
    ]


def _as_path(name: str) -> str:
    return f".{os.sep}{name}" if name.startswith("-") else name
