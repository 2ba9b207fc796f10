"""Another Python interpreter, asked who it is. Its site-packages are then read as files; pip is the last resort."""

from __future__ import annotations

import os
import sys

from stackcheck.disk import ARCHIVE
from stackcheck.model import Known, Origin, Unknown
from stackcheck.patterns import pattern
from stackcheck.probe.run import Output, run
from stackcheck.values import dataclass

# Runs in the judged interpreter, any version from 3.4 on. With -S no site-packages are set up, so nothing that is
# installed there (a .pth line, sitecustomize) is run; `site` only computes names then.
_SCRIPT = """\
import json, os, site, sys
from importlib import machinery
quiet = os.environ.get('PYTHONNOUSERSITE')
sys.stdout.write('\\n' + json.dumps({
    'stackcheck-python': 1,
    'version': sys.version.split()[0].rstrip('+'),
    'executable': sys.executable,
    'prefix': sys.prefix,
    'suffix': machinery.EXTENSION_SUFFIXES[0],
    'site': site.getsitepackages(),
    'user': None if quiet else site.getusersitepackages(),
    'pythonpath': [p for p in os.environ.get('PYTHONPATH', '').split(os.pathsep) if p],
}) + '\\n')
"""

_PIP_SCRIPT = """\
import json, resource, sys
sys.path[:0] = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
import pip_api
held = pip_api.installed_distributions()
sys.stdout.write('\\n' + json.dumps({d.name: str(d.version) for d in held.values()}) + '\\n')
"""

_VERSION = pattern(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?")
_PIP_LIMIT_S = 30.0
_SEPARATORS = pattern(r"[-_.]+")


@dataclass(frozen=True, slots=True)
class Interpreter:
    """What an interpreter says of itself. `folders` are those outside any venv, in import order."""

    version: str
    executable: str
    prefix: str
    suffix: str
    pythonpath: tuple[str, ...]
    user: str | None
    folders: tuple[str, ...]


def parse_answer(text: str) -> Interpreter | None:
    """The interpreter of a script's answer; what a launcher printed around it is passed over."""
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            return _interpreter(line)
    return None


def ask(executable: str) -> Interpreter | Unknown:
    """Ask an interpreter, or a launcher such as Isaac Sim's python.sh, which may not know Python's options."""
    reason = Unknown("")
    for options in (("-I", "-S", "-B"), ()):
        answer = run((executable, *options, "-c", _SCRIPT), variables={"PYTHONDONTWRITEBYTECODE": "1"})
        if isinstance(answer, Unknown):
            return answer
        found = parse_answer(answer.text)
        if found is not None:
            return found
        lines = answer.errors.strip().splitlines() or [f"status {answer.status}"]
        reason = Unknown(f"{executable.rpartition('/')[2]} did not say which Python it is: {lines[-1][:200]}")
    return reason


def this_interpreter() -> Interpreter:
    """The interpreter that runs stackcheck."""
    import site
    from importlib import machinery

    path = os.environ.get("PYTHONPATH", "") if not sys.flags.ignore_environment else ""
    return Interpreter(
        version=sys.version.split()[0].rstrip("+"),
        executable=sys.executable,
        prefix=sys.prefix,
        suffix=machinery.EXTENSION_SUFFIXES[0],
        pythonpath=tuple(part for part in path.split(os.pathsep) if part),
        user=site.getusersitepackages() if site.ENABLE_USER_SITE else None,
        folders=tuple(site.getsitepackages()),
    )


def parse_pip(text: str) -> dict[str, str] | None:
    """Normalised name → version of the pip script's answer; None where it is none."""
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            import json

            try:
                answer = json.loads(line)
            except (ValueError, RecursionError):
                return None
            return {_SEPARATORS.sub("-", name).lower(): str(version) for name, version in answer.items()}
    return None


def ask_pip(executable: str) -> dict[str, Known] | Unknown:
    """What the interpreter's own pip holds, through pip-api.

    Importing pip-api already runs pip, and fails where there is none; so that happens in a child with a time limit.
    """
    zipped = () if ARCHIVE is None else (ARCHIVE,)
    argv = (sys.executable, "-I", "-B", "-c", _PIP_SCRIPT, *zipped)
    answer = run(argv, _PIP_LIMIT_S, {"PIPAPI_PYTHON_LOCATION": executable})
    if isinstance(answer, Unknown):
        return Unknown(f"pip was asked, but {answer.reason}")
    held = parse_pip(answer.text) if answer.status == 0 else None
    if held is None:
        lines = answer.errors.strip().splitlines() or [f"status {answer.status}"]
        return Unknown(f"pip of {executable} gave no list: {lines[-1][:200]}")
    return {name: Known(held[name], Origin(f"{name} {held[name]} is installed", "pip")) for name in sorted(held)}


def system_version(executable: str) -> Known | Unknown:
    """The version that `python3 --version` prints, for a system Python of which no file tells it."""
    answer = run((executable, "-I", "-S", "--version"))
    if isinstance(answer, Output):
        match = _VERSION.search(answer.text or answer.errors)
        if match:
            return Known(match[0], Origin(f"{executable} is Python {match[0]}", executable))
        return Unknown(f"{executable} did not say its version")
    return answer


def _interpreter(line: str) -> Interpreter | None:
    import json  # where an interpreter was asked: most are read from files

    try:
        answer = json.loads(line)
        if answer["stackcheck-python"] != 1 or not _VERSION.fullmatch(answer["version"]):
            return None
        return Interpreter(
            version=answer["version"],
            executable=str(answer["executable"]),
            prefix=str(answer["prefix"]),
            suffix=str(answer["suffix"]),
            pythonpath=tuple(map(str, answer["pythonpath"])),
            user=None if answer["user"] is None else str(answer["user"]),
            folders=tuple(map(str, answer["site"])),
        )
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
