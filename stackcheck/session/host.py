"""Everything that can be told of this machine, as one Stack: `scan` and `probe` composed.

Files are asked first, commands only where no file answers. Each probe is guarded on its own: what stops one becomes
an `Unknown` with the reason, never a missing report.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from stackcheck.model import Absent, Gpu, Known, Location, Origin, Stack, State, Unknown, Unread
from stackcheck.probe import host
from stackcheck.probe import variables as probe_variables
from stackcheck.scan import cuda, dgx, distributions, dpkg, driver, isaac, l4t, libc, os_release, python_env, ros
from stackcheck.scan.view import FileView, HostView, UnreadableError
from stackcheck.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stackcheck.probe.gpu import Reading, Refusal
    from stackcheck.probe.python import Interpreter

BOARDS = (("GB10", "dgx-spark"), ("Thor", "jetson-thor"), ("Orin", "jetson-orin"))
"""A word of the GPU's name that is on one kind of board alone, and the board: seen from inside containers too."""

_BOARD_GPUS = {"jetson-thor": "NVIDIA Thor", "jetson-orin": "Orin"}
"""The GPU that is on the board's own chip, as CUDA names it; for a Jetson without nvidia-smi (JetPack 5)."""

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_TEGRA_FACTS = ("l4t", "jetpack", "board")


@dataclass
class _Gathering:
    """What has been found so far. `live` is False for a root file system that is not the running one."""

    view: FileView
    live: bool
    environment: Mapping[str, str]
    home: str | None
    python: str | None
    progress: Callable[[str], None]
    facts: dict[str, State] = field(default_factory=dict)
    packages: dict[str, State] = field(default_factory=dict)
    system_packages: dict[str, State] = field(default_factory=dict)
    products: dict[str, State] = field(default_factory=dict)
    variables: dict[str, State] = field(default_factory=dict)
    gpus: tuple[Gpu, ...] | Absent | Unknown = field(default_factory=lambda: Unknown("GPUs were not looked at"))
    installed: distributions.Distributions = field(default_factory=distributions.Distributions)
    complete: set[str] = field(default_factory=set)
    unread: list[Unread] = field(default_factory=list)
    crashes: list[Unread] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Probe:
    """One guarded step: what it is called, what it does, and what is unknown when it stops."""

    title: str
    run: Callable[[_Gathering], None]
    facts: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    table: bool = False
    """Whether it fills a whole table, whose loss no single state can tell."""


def this_machine(
    python: str | None = None,
    root: str = "/",
    progress: Callable[[str], None] | None = None,
    environment: Mapping[str, str] | None = None,
    view: FileView | None = None,
) -> Stack:
    """What there is on this machine, and what could not be read.

    `python` names the judged interpreter (a program, a launcher script or an environment's folder); without it, it is
    the active virtual or conda environment, else the interpreter that runs stackcheck. `root` is another root file
    system, `view` one that is not unpacked (an image): then only its files are read, nothing is run, and the judged
    Python is the one that its variables name first. `progress` is told the title of each step; `environment` stands in
    for the process's variables, for an image it is what the image sets.
    """
    live = view is None and os.path.abspath(root) == "/"
    values = environment if environment is not None else os.environ if live else {}
    found = _Gathering(
        view=view or HostView(root),
        live=live,
        environment=values,
        home=values.get("HOME") if live else "/root",
        python=python,
        progress=progress or (lambda title: None),
    )
    for probe in PROBES:
        _guarded(probe, found)
    return Stack(
        facts=found.facts,
        packages=found.packages,
        system_packages=found.system_packages,
        products=found.products,
        variables=found.variables,
        gpus=found.gpus,
        complete=frozenset(found.complete),
        unread=(*found.crashes, *found.unread),
    )


def _guarded(probe: _Probe, found: _Gathering) -> None:
    found.progress(probe.title)
    try:
        probe.run(found)
    except UnreadableError as error:
        _unknown(probe, found, str(error))
    except Exception as error:  # noqa: BLE001 - a probe that stops must not take the report with it
        reason = f"reading {probe.title} stopped with {type(error).__name__}"
        _unknown(probe, found, reason)
        found.crashes.append(Unread(f"{reason}: {error}.", Location(probe.title)))


def _unknown(probe: _Probe, found: _Gathering, reason: str) -> None:
    for name in probe.facts:
        found.facts.setdefault(name, Unknown(reason))
    for name in probe.products:
        found.products.setdefault(name, Unknown(reason))
    if probe.run is _gpus:
        found.gpus = Unknown(reason)
    if probe.table:
        found.unread.append(Unread(f"{reason}.", Location(probe.title)))


def _host(found: _Gathering) -> None:
    if not found.live:
        found.facts.update(libc.facts(found.view))
        found.facts["os"] = Known("linux", Origin("a root file system of Linux", found.view.root))
        return
    found.facts.update(host.facts())
    found.facts["container"] = host.container(found.environment)


def _variables(found: _Gathering) -> None:
    if found.live:
        found.variables.update(probe_variables.variables(found.environment))
        return
    for name, value in found.environment.items():
        found.variables[name] = Known(value, Origin(f"the image sets {name}", found.view.root))


def _system_packages(found: _Gathering) -> None:
    packages = dpkg.packages(found.view)
    if packages is not None:
        found.system_packages.update(packages)
        found.complete.add("system-packages")


def _distribution(found: _Gathering) -> None:
    found.facts.update(os_release.facts(found.view))


def _driver(found: _Gathering) -> None:
    if not found.live:
        return
    state = driver.driver(found.view)
    if state is not None:
        found.facts["driver"] = state


def _gpus(found: _Gathering) -> None:
    """The GPUs, and what their tool says of the driver. Nothing is started where there is no sign of NVIDIA."""
    if not found.live:
        return
    from stackcheck.probe import gpu

    program = gpu.find_nvidia_smi(found.environment.get("PATH"))
    devices = (*driver.pci_devices(found.view), *driver.device_files(found.view))
    if program is None and not devices and "driver" not in found.facts:
        looked = f"no nvidia-smi, {driver.MODULE}, /dev/nvidia* and NVIDIA device on {driver.PCI}"
        found.gpus = Absent(Origin("there is no NVIDIA GPU", looked))
        found.facts["driver"] = Absent(Origin("no NVIDIA driver is loaded", looked))
        found.facts["cuda-driver"] = Absent(Origin("no NVIDIA driver is loaded", looked))
        return
    answer = gpu.ask_nvidia_smi(program) if program is not None else gpu.ask_libraries()
    if isinstance(answer, gpu.Reading):
        _take_reading(found, answer)
    else:
        _take_refusal(found, answer, program is not None, devices)


def _take_reading(found: _Gathering, reading: Reading) -> None:
    found.gpus = reading.gpus or Absent(Origin(f"{reading.place} knows no GPU", reading.place))
    place = reading.place
    if reading.driver is not None:
        found.facts.setdefault("driver", Known(reading.driver, Origin(f"the driver is {reading.driver}", place)))
    found.facts.setdefault("driver", Unknown(f"{place} did not tell the driver's version"))
    if reading.cuda is not None:
        origin = Origin(f"the driver serves CUDA up to {reading.cuda}", place)
        found.facts["cuda-driver"] = Known(reading.cuda, origin)
    else:
        found.facts["cuda-driver"] = Unknown(f"{place} did not tell the driver's CUDA version")


def _take_refusal(found: _Gathering, refusal: Refusal, tool: bool, devices: tuple[str, ...]) -> None:
    """No tool has told of GPUs. `tool` says whether there is an nvidia-smi, `devices` what else speaks of NVIDIA."""
    origin = Origin(refusal.reason, "nvidia-smi" if tool else "NVML")
    driverless = refusal.kind == "no driver" or not (tool or driver.device_files(found.view))
    missing: Absent | Unknown = Absent(origin) if driverless else Unknown(refusal.reason)
    found.facts.setdefault("driver", missing)
    found.facts.setdefault("cuda-driver", missing)
    if devices:
        found.gpus = Unknown(f"{refusal.reason} (there is {devices[0]})")
    elif isinstance(found.facts["driver"], Absent) or refusal.kind == "no devices":
        found.gpus = Absent(origin)
    else:
        found.gpus = Unknown(refusal.reason)


def _machine(found: _Gathering) -> None:
    """DGX OS, L4T, JetPack and the board."""
    found.facts.update(dgx.facts(found.view))
    for name, state in l4t.facts(found.view, found.system_packages).items():
        found.facts.setdefault(name, state)
    board = _board_by_gpu(found.gpus)
    if board is not None:
        found.facts.setdefault("board", board)
    looked = f"{dgx.RELEASE}, {dgx.FASTOS}, {l4t.TREES[0]}"
    found.facts.setdefault("board", Absent(Origin("this is neither a DGX Spark nor a Jetson", looked)))
    _doubt_in_container(found)
    _gpu_by_board(found)


def _doubt_in_container(found: _Gathering) -> None:
    """A container and an image do not see the host's files: what is missing there says nothing about the machine."""
    if found.live and not isinstance(found.facts.get("container"), Known):
        return
    where = "from inside a container" if found.live else "in a root file system"
    arch = found.facts.get("arch")
    tegra = not (isinstance(arch, Known) and arch.value == "x86_64")
    for name in ("dgx-os", *(_TEGRA_FACTS if tegra else ())):
        if isinstance(found.facts.get(name), Absent):
            found.facts[name] = Unknown(f"{name} of the host cannot be seen {where}")


def _board_by_gpu(gpus: tuple[Gpu, ...] | Absent | Unknown) -> Known | None:
    for gpu in gpus if isinstance(gpus, tuple) else ():
        words = (gpu.name or "").split()
        for word, board in BOARDS:
            if word in words:
                return Known(board, Origin(f"{gpu.name} is on a {board} alone", gpu.origin.place))
    return None


def _gpu_by_board(found: _Gathering) -> None:
    board = found.facts.get("board")
    if isinstance(board, Known) and not isinstance(found.gpus, tuple):
        name = _BOARD_GPUS.get(board.value)
        if name is not None:
            found.gpus = (Gpu(name, None, Origin(f"a {board.value} has this GPU", board.origin.place)),)


def _packages(found: _Gathering) -> None:
    """The judged Python and its distributions."""
    judged = _judged(found)
    if isinstance(judged, Unknown):
        raise UnreadableError(judged.reason)
    judged = _with_pythonpath(found, judged)
    version, place = judged.version, judged.place
    if version is None:
        found.facts["python"] = Unknown(f"{place} does not say the version of its Python")
    else:
        found.facts["python"] = Known(version, Origin(f"the environment's Python is {version}", place))
    found.installed = distributions.distributions(found.view, judged.folders)
    found.packages.update(sorted(found.installed.packages.items()))
    found.unread += found.installed.unread
    unreadable = any(entry.severity == "unknown" for entry in found.installed.unread)
    if not unreadable and any(found.view.exists(folder) for folder in judged.folders):
        found.complete.add("packages")


def _judged(found: _Gathering) -> python_env.Environment | Unknown:
    if not found.live:
        return _in_root(found)
    if found.python is not None:
        return _named(found, found.python)
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        prefix = found.environment.get(name)
        environment = python_env.environment(found.view, prefix, found.home) if prefix else None
        if environment is not None:
            return environment
        if prefix:
            found.unread.append(
                Unread(f"{name} names a folder that is no Python environment.", Location(prefix), "note")
            )
    from stackcheck.probe import python

    return _outside_or_inside(found, python.this_interpreter())


def _in_root(found: _Gathering) -> python_env.Environment | Unknown:
    """The Python of a root file system: the one named, its active environment, or the first on its PATH."""
    named = (found.python, found.environment.get("VIRTUAL_ENV"), found.environment.get("CONDA_PREFIX"))
    for prefix in filter(None, named):
        environment = python_env.environment(found.view, prefix, found.home)
        if environment is not None:
            return environment
    for folder in found.environment.get("PATH", _PATH).split(":"):
        if not any(found.view.exists(f"{folder}/{name}") for name in ("python3", "python")):
            continue
        prefix = folder.rpartition("/")[0]
        if prefix in ("/usr", ""):
            break
        environment = python_env.environment(found.view, prefix, found.home)
        environment = environment or python_env.installation(found.view, prefix, found.home)
        if environment is not None:
            return environment
    system = python_env.system(found.view, found.system_packages, found.home)
    return system or Unknown(f"there is no {python_env.SYSTEM}, and no other Python on the PATH")


def _named(found: _Gathering, name: str) -> python_env.Environment | Unknown:
    """The Python that the user names: a folder is read, a program is asked; where it does not answer, its pip is."""
    from stackcheck.probe import python
    from stackcheck.probe.run import find_program

    path = os.path.abspath(name) if "/" in name else name
    folder = python_env.environment(found.view, path, found.home) if "/" in name else None
    if folder is not None:
        return folder
    program = path if "/" in name else find_program(name, found.environment.get("PATH"))
    if program is None or not found.view.exists(program):
        return Unknown(f"there is no program {name}")
    venv = _venv(found, program)
    if venv is not None:
        return venv
    answer = python.ask(program)
    if not isinstance(answer, Unknown):
        return _outside_or_inside(found, answer)
    held = python.ask_pip(program)
    if isinstance(held, Unknown):
        found.unread.append(Unread(f"{held.reason}.", Location(name)))
    else:
        found.packages.update(held)
        found.complete.add("packages")
    return answer


def _venv(found: _Gathering, program: str) -> python_env.Environment | None:
    """The venv that a program belongs to, as its files tell it; None where the program itself has to be asked.

    Its pyvenv.cfg is right as long as the program is the one that it was made with: machine code of this machine,
    called as the venv's series, with its library beside it, unchanged since, and of no other version by its headers.
    """
    view, arch = found.view, found.facts.get("arch")
    prefix = os.path.dirname(os.path.dirname(program))
    settings = f"{prefix}/pyvenv.cfg"
    if not isinstance(view, HostView) or not isinstance(arch, Known) or not view.exists(settings):
        return None
    venv = python_env.environment(view, prefix, found.home)
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


def _outside_or_inside(found: _Gathering, interpreter: Interpreter) -> python_env.Environment:
    """The package folders of an interpreter, which may belong to a venv: its pyvenv.cfg is two folders up."""
    prefix = os.path.dirname(os.path.dirname(interpreter.executable))
    venv = found.view.exists(f"{prefix}/pyvenv.cfg")
    inside = python_env.environment(found.view, prefix, found.home) if venv else None
    if inside is not None:
        folders = inside.folders or interpreter.folders
    else:
        folders = (*((interpreter.user,) if interpreter.user else ()), *interpreter.folders)
    return python_env.Environment(interpreter.version, interpreter.executable, (*interpreter.pythonpath, *folders))


def _with_pythonpath(found: _Gathering, judged: python_env.Environment) -> python_env.Environment:
    """PYTHONPATH comes before all package folders (ROS and Isaac Sim live on it); a launcher may have set its own."""
    folders = (*found.environment.get("PYTHONPATH", "").split(os.pathsep), *judged.folders)
    return replace(judged, folders=tuple(folder for folder in folders if folder.startswith("/")))


def _system_python(found: _Gathering) -> None:
    state = python_env.system_python(found.view, found.system_packages)
    # "3.12" without a patch number comes from a link's name; asking the interpreter is better where that is possible.
    vague = state is None or (isinstance(state, Known) and state.value.count(".") < 2)
    if vague and found.live:
        from stackcheck.probe import python

        told = python.system_version(python_env.SYSTEM)
        state = told if isinstance(told, Known) or state is None else state
    found.facts["system-python"] = state or Unknown(f"no file tells the version of {python_env.SYSTEM}")


def _toolkit(found: _Gathering) -> None:
    from stackcheck.probe.run import find_program

    program = find_program("nvcc", found.environment.get("PATH")) if found.live else None
    state = cuda.toolkit(found.view, cuda.folders(found.view, found.environment, program))
    if program is not None and not isinstance(state, Known):
        state = cuda.behind(found.view, program)
        if state is None:
            from stackcheck.probe import nvcc

            state = nvcc.toolkit(program)
    found.facts["cuda-toolkit"] = state or Unknown("no file states the release of the nvcc that is there")


def _isaac(found: _Gathering) -> None:
    products = isaac.products(found.view, found.environment, found.home, found.installed)
    for name, state in products.items():
        # Most people install them with pip: without its list, not to have found them says nothing.
        unsure = isinstance(state, Absent) and "packages" not in found.complete
        found.products[name] = Unknown("the Python packages could not be read") if unsure else state


def _ros(found: _Gathering) -> None:
    found.products.update(ros.products(found.view, found.environment))


PROBES: tuple[_Probe, ...] = (
    _Probe("the system", _host, ("arch", "os", "kernel", "glibc", "container")),
    _Probe("environment variables", _variables, table=True),
    _Probe("Debian packages", _system_packages, table=True),
    _Probe("the distribution", _distribution, ("distro", "distro-version")),
    _Probe("the driver", _driver, ("driver",)),
    _Probe("the GPUs", _gpus, ("driver", "cuda-driver")),
    _Probe("the machine", _machine, ("dgx-os", *_TEGRA_FACTS)),
    _Probe("Python packages", _packages, ("python",), table=True),
    _Probe("the system's Python", _system_python, ("system-python",)),
    _Probe("the CUDA toolkit", _toolkit, ("cuda-toolkit",)),
    _Probe("Isaac Sim and Isaac Lab", _isaac, (), ("isaac-sim", "isaac-lab")),
    _Probe("ROS 2", _ros, (), ("ros2",)),
)
"""Every step, in an order in which each finds what it builds on."""
