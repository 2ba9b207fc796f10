"""Which Python of a machine is judged: the one that is named, that of the active environment, or this one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from stackcheck.model import Known, Location, Unknown, Unread
from stackcheck.redact import redact
from stackcheck.scan import python_env
from stackcheck.scan.view import HostView
from stackcheck.values import replace

if TYPE_CHECKING:
    from stackcheck.probe.python import Interpreter
    from stackcheck.session.gathering import Gathering

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def judged_python(gathered: Gathering) -> python_env.Environment | Unknown:
    """The Python whose packages are judged: its version, its place and its package folders, PYTHONPATH's first."""
    judged = _judged(gathered)
    return judged if isinstance(judged, Unknown) else _with_pythonpath(gathered, judged)


def _judged(gathered: Gathering) -> python_env.Environment | Unknown:
    if not gathered.live:
        return _in_root(gathered)
    if gathered.python is not None:
        return _named(gathered, gathered.python)
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        prefix = gathered.environment.get(name)
        environment = python_env.environment(gathered.view, prefix, gathered.home) if prefix else None
        if environment is not None:
            return environment
        if prefix:
            text = f"{name} names a folder that is no Python environment."
            gathered.unread.append(Unread(text, Location(redact(prefix)), "note"))
    from stackcheck.probe import python

    return _outside_or_inside(gathered, python.this_interpreter())


def _in_root(gathered: Gathering) -> python_env.Environment | Unknown:
    """The Python of a root file system: the one named, its active environment, or the first on its PATH."""
    named = (gathered.python, gathered.environment.get("VIRTUAL_ENV"), gathered.environment.get("CONDA_PREFIX"))
    for prefix in filter(None, named):
        environment = python_env.environment(gathered.view, prefix, gathered.home)
        if environment is not None:
            return environment
    for folder in gathered.environment.get("PATH", _PATH).split(":"):
        if not any(gathered.view.exists(f"{folder}/{name}") for name in ("python3", "python")):
            continue
        prefix = folder.rpartition("/")[0]
        if prefix in ("/usr", ""):
            break
        environment = python_env.environment(gathered.view, prefix, gathered.home)
        environment = environment or python_env.installation(gathered.view, prefix, gathered.home)
        if environment is not None:
            return environment
    system = python_env.system(gathered.view, gathered.system_packages, gathered.home)
    return system or Unknown(f"there is no {python_env.SYSTEM}, and no other Python on the PATH")


def _named(gathered: Gathering, name: str) -> python_env.Environment | Unknown:
    """The Python that the user names: a folder is read, a program is asked; where it does not answer, its pip is."""
    from stackcheck.probe import python
    from stackcheck.probe.run import find_program

    path = os.path.abspath(name) if "/" in name else name
    folder = python_env.environment(gathered.view, path, gathered.home) if "/" in name else None
    if folder is not None:
        return folder
    program = path if "/" in name else find_program(name, gathered.environment.get("PATH"))
    if program is None or not gathered.view.exists(program):
        return Unknown(f"there is no program {name}")
    venv = _venv(gathered, program)
    if venv is not None:
        return venv
    answer = python.ask(program)
    if not isinstance(answer, Unknown):
        return _outside_or_inside(gathered, answer)
    held = python.ask_pip(program)
    if isinstance(held, Unknown):
        gathered.unread.append(Unread(f"{held.reason}.", Location(name)))
    else:
        gathered.packages.update(held)
        gathered.complete.add("packages")
    return answer


def _venv(gathered: Gathering, program: str) -> python_env.Environment | None:
    """The venv that a program belongs to, as its files tell it; None where the program itself has to be asked.

    Its pyvenv.cfg is right as long as the program is the one that it was made with: machine code of this machine,
    called as the venv's series, with its library beside it, unchanged since, and of no other version by its headers.
    """
    view, arch = gathered.view, gathered.facts.get("arch")
    prefix = os.path.dirname(os.path.dirname(program))
    settings = f"{prefix}/pyvenv.cfg"
    if not isinstance(view, HostView) or not isinstance(arch, Known) or not view.exists(settings):
        return None
    venv = python_env.environment(view, prefix, gathered.home)
    if venv is None or venv.version is None or venv.version.count(".") < 2:
        return None
    real = os.path.realpath(program)
    series = f"python{'.'.join(venv.version.split('.')[:2])}"
    base = os.path.dirname(os.path.dirname(real))
    same = (
        os.path.basename(real) == series
        and view.machine(real) == arch.value
        and any(view.exists(f"{base}/{library}/{series}/os.py") for library in ("lib", "lib64"))
        and python_env.header_version(view, base, series) in (None, venv.version)
        and os.stat(real).st_ctime < os.stat(settings).st_mtime
    )
    return replace(venv, place=program) if same else None


def _outside_or_inside(gathered: Gathering, interpreter: Interpreter) -> python_env.Environment:
    """The package folders of an interpreter, which may belong to a venv: its pyvenv.cfg is two folders up."""
    prefix = os.path.dirname(os.path.dirname(interpreter.executable))
    venv = gathered.view.exists(f"{prefix}/pyvenv.cfg")
    inside = python_env.environment(gathered.view, prefix, gathered.home) if venv else None
    if inside is not None:
        folders = inside.folders or interpreter.folders
    else:
        folders = (*((interpreter.user,) if interpreter.user else ()), *interpreter.folders)
    return python_env.Environment(interpreter.version, interpreter.executable, (*interpreter.pythonpath, *folders))


def _with_pythonpath(gathered: Gathering, judged: python_env.Environment) -> python_env.Environment:
    """PYTHONPATH comes before all package folders (ROS and Isaac Sim live on it); a launcher may have set its own."""
    folders = (*gathered.environment.get("PYTHONPATH", "").split(os.pathsep), *judged.folders)
    return replace(judged, folders=tuple(folder for folder in folders if folder.startswith("/")))
