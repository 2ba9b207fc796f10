"""Everything that can be told of this machine, as one Stack: `scan` and `probe` composed.

Files are asked first, commands only where no file answers. Each probe is guarded on its own: what stops one becomes
an `Unknown` with the reason, never a missing report.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from stackcheck.model import Absent, Gpu, Known, Location, Origin, Stack, Unknown, Unread
from stackcheck.probe import host
from stackcheck.probe import variables as probe_variables
from stackcheck.scan import cuda, dgx, distributions, dpkg, driver, isaac, l4t, libc, os_release, python_env, ros
from stackcheck.scan.view import FileView, HostView, UnreadableError
from stackcheck.session.gathering import Gathering
from stackcheck.session.interpreter import judged_python
from stackcheck.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stackcheck.probe.gpu import Reading, Refusal

BOARDS = (("GB10", "dgx-spark"), ("Thor", "jetson-thor"), ("Orin", "jetson-orin"))
"""A word of the GPU's name that is on one kind of board alone, and the board: seen from inside containers too."""

_BOARD_GPUS = {"jetson-thor": "NVIDIA Thor", "jetson-orin": "Orin"}
"""The GPU that is on the board's own chip, as CUDA names it; for a Jetson without nvidia-smi (JetPack 5)."""

_TEGRA_FACTS = ("l4t", "jetpack", "board")


@dataclass(frozen=True, slots=True)
class _Probe:
    """One guarded step: what it is called, what it does, and what is unknown when it stops."""

    title: str
    run: Callable[[Gathering], None]
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
    gathered = Gathering(
        view=view or HostView(root),
        live=live,
        environment=values,
        home=values.get("HOME") if live else "/root",
        python=python,
        progress=progress or (lambda title: None),
    )
    for probe in PROBES:
        _guarded(probe, gathered)
    return Stack(
        facts=gathered.facts,
        packages=gathered.packages,
        system_packages=gathered.system_packages,
        products=gathered.products,
        variables=gathered.variables,
        gpus=gathered.gpus,
        complete=frozenset(gathered.complete),
        unread=(*gathered.crashes, *gathered.unread),
    )


def _guarded(probe: _Probe, gathered: Gathering) -> None:
    gathered.progress(probe.title)
    try:
        probe.run(gathered)
    except UnreadableError as error:
        _unknown(probe, gathered, str(error))
    except Exception as error:  # noqa: BLE001 - a probe that stops must not take the report with it
        reason = f"reading {probe.title} stopped with {type(error).__name__}"
        _unknown(probe, gathered, reason)
        gathered.crashes.append(Unread(f"{reason}: {error}; please report it.", Location(probe.title), crash=True))


def _unknown(probe: _Probe, gathered: Gathering, reason: str) -> None:
    for name in probe.facts:
        gathered.facts.setdefault(name, Unknown(reason))
    for name in probe.products:
        gathered.products.setdefault(name, Unknown(reason))
    if probe.run is _gpus:
        gathered.gpus = Unknown(reason)
    if probe.table:
        gathered.unread.append(Unread(f"{reason}.", Location(probe.title)))


def _host(gathered: Gathering) -> None:
    if not gathered.live:
        gathered.facts.update(libc.facts(gathered.view))
        gathered.facts["os"] = Known("linux", Origin("a root file system of Linux", gathered.view.root))
        return
    gathered.facts.update(host.facts())
    gathered.facts["container"] = host.container(gathered.environment)


def _variables(gathered: Gathering) -> None:
    if gathered.live:
        gathered.variables.update(probe_variables.variables(gathered.environment))
        return
    for name, value in gathered.environment.items():
        gathered.variables[name] = Known(value, Origin(f"the image sets {name}", gathered.view.root))


def _system_packages(gathered: Gathering) -> None:
    packages = dpkg.packages(gathered.view)
    if packages is not None:
        gathered.system_packages.update(packages)
        gathered.complete.add("system-packages")


def _distribution(gathered: Gathering) -> None:
    gathered.facts.update(os_release.facts(gathered.view))


def _driver(gathered: Gathering) -> None:
    if not gathered.live:
        return
    state = driver.driver(gathered.view)
    if state is not None:
        gathered.facts["driver"] = state


def _gpus(gathered: Gathering) -> None:
    """The GPUs, and what their tool says of the driver. Nothing is started where there is no sign of NVIDIA."""
    if not gathered.live:
        return
    from stackcheck.probe import gpu

    program = gpu.find_nvidia_smi(gathered.environment.get("PATH"))
    devices = (*driver.pci_devices(gathered.view), *driver.device_files(gathered.view))
    if program is None and not devices and "driver" not in gathered.facts:
        looked = f"no nvidia-smi, {driver.MODULE}, /dev/nvidia* and NVIDIA device on {driver.PCI}"
        gathered.gpus = Absent(Origin("there is no NVIDIA GPU", looked))
        gathered.facts["driver"] = Absent(Origin("no NVIDIA driver is loaded", looked))
        gathered.facts["cuda-driver"] = Absent(Origin("no NVIDIA driver is loaded", looked))
        return
    answer = gpu.ask_nvidia_smi(program) if program is not None else gpu.ask_libraries()
    if isinstance(answer, gpu.Reading):
        _take_reading(gathered, answer)
    else:
        _take_refusal(gathered, answer, program is not None, devices)


def _take_reading(gathered: Gathering, reading: Reading) -> None:
    gathered.gpus = reading.gpus or Absent(Origin(f"{reading.place} knows no GPU", reading.place))
    place = reading.place
    if reading.driver is not None:
        gathered.facts.setdefault("driver", Known(reading.driver, Origin(f"the driver is {reading.driver}", place)))
    gathered.facts.setdefault("driver", Unknown(f"{place} did not tell the driver's version"))
    if reading.cuda is not None:
        origin = Origin(f"the driver serves CUDA up to {reading.cuda}", place)
        gathered.facts["cuda-driver"] = Known(reading.cuda, origin)
    else:
        gathered.facts["cuda-driver"] = Unknown(f"{place} did not tell the driver's CUDA version")


def _take_refusal(gathered: Gathering, refusal: Refusal, tool: bool, devices: tuple[str, ...]) -> None:
    """No tool has told of GPUs. `tool` says whether there is an nvidia-smi, `devices` what else speaks of NVIDIA."""
    origin = Origin(refusal.reason, "nvidia-smi" if tool else "NVML")
    driverless = refusal.kind == "no driver" or not (tool or driver.device_files(gathered.view))
    missing: Absent | Unknown = Absent(origin) if driverless else Unknown(refusal.reason)
    gathered.facts.setdefault("driver", missing)
    gathered.facts.setdefault("cuda-driver", missing)
    if devices:
        gathered.gpus = Unknown(f"{refusal.reason} (there is {devices[0]})")
    elif isinstance(gathered.facts["driver"], Absent) or refusal.kind == "no devices":
        gathered.gpus = Absent(origin)
    else:
        gathered.gpus = Unknown(refusal.reason)


def _machine(gathered: Gathering) -> None:
    """DGX OS, L4T, JetPack and the board."""
    gathered.facts.update(dgx.facts(gathered.view))
    for name, state in l4t.facts(gathered.view, gathered.system_packages).items():
        gathered.facts.setdefault(name, state)
    board = _board_by_gpu(gathered.gpus)
    if board is not None:
        gathered.facts.setdefault("board", board)
    looked = f"{dgx.RELEASE}, {dgx.FASTOS}, {l4t.TREES[0]}"
    gathered.facts.setdefault("board", Absent(Origin("this is neither a DGX Spark nor a Jetson", looked)))
    _doubt_in_container(gathered)
    _gpu_by_board(gathered)


def _doubt_in_container(gathered: Gathering) -> None:
    """A container and an image do not see the host's files: what is missing there says nothing about the machine."""
    if gathered.live and not isinstance(gathered.facts.get("container"), Known):
        return
    where = "from inside a container" if gathered.live else "in a root file system"
    arch = gathered.facts.get("arch")
    tegra = not (isinstance(arch, Known) and arch.value == "x86_64")
    for name in ("dgx-os", *(_TEGRA_FACTS if tegra else ())):
        if isinstance(gathered.facts.get(name), Absent):
            gathered.facts[name] = Unknown(f"{name} of the host cannot be seen {where}")


def _board_by_gpu(gpus: tuple[Gpu, ...] | Absent | Unknown) -> Known | None:
    for gpu in gpus if isinstance(gpus, tuple) else ():
        words = (gpu.name or "").split()
        for word, board in BOARDS:
            if word in words:
                return Known(board, Origin(f"{gpu.name} is on a {board} alone", gpu.origin.place))
    return None


def _gpu_by_board(gathered: Gathering) -> None:
    board = gathered.facts.get("board")
    if isinstance(board, Known) and not isinstance(gathered.gpus, tuple):
        name = _BOARD_GPUS.get(board.value)
        if name is not None:
            gathered.gpus = (Gpu(name, None, Origin(f"a {board.value} has this GPU", board.origin.place)),)


def _packages(gathered: Gathering) -> None:
    """The judged Python and its distributions."""
    judged = judged_python(gathered)
    if isinstance(judged, Unknown):
        raise UnreadableError(judged.reason)
    version, place = judged.version, judged.place
    if version is None:
        gathered.facts["python"] = Unknown(f"{place} does not say the version of its Python")
    else:
        gathered.facts["python"] = Known(version, Origin(f"the environment's Python is {version}", place))
    gathered.installed = distributions.distributions(gathered.view, judged.folders)
    gathered.packages.update(sorted(gathered.installed.packages.items()))
    gathered.unread += gathered.installed.unread
    unreadable = any(entry.severity == "unknown" for entry in gathered.installed.unread)
    if not unreadable and any(gathered.view.exists(folder) for folder in judged.folders):
        gathered.complete.add("packages")


def _system_python(gathered: Gathering) -> None:
    state = python_env.system_python(gathered.view, gathered.system_packages)
    # "3.12" without a patch number comes from a link's name; asking the interpreter is better where that is possible.
    vague = state is None or (isinstance(state, Known) and state.value.count(".") < 2)
    if vague and gathered.live:
        from stackcheck.probe import python

        told = python.system_version(python_env.SYSTEM)
        state = told if isinstance(told, Known) or state is None else state
    gathered.facts["system-python"] = state or Unknown(f"no file tells the version of {python_env.SYSTEM}")


def _toolkit(gathered: Gathering) -> None:
    from stackcheck.probe.run import find_program

    program = find_program("nvcc", gathered.environment.get("PATH")) if gathered.live else None
    state = cuda.toolkit(gathered.view, cuda.folders(gathered.view, gathered.environment, program))
    if program is not None and not isinstance(state, Known):
        state = cuda.behind(gathered.view, program)
        if state is None:
            from stackcheck.probe import nvcc

            state = nvcc.toolkit(program)
    gathered.facts["cuda-toolkit"] = state or Unknown("no file states the release of the nvcc that is there")


def _compilers(gathered: Gathering) -> None:
    """gcc and clang as a build finds them; a CC in the environment says which one it takes instead."""
    from stackcheck.probe.run import find_program

    for name in ("gcc", "clang") if gathered.live and "CC" not in gathered.environment else ():
        program = find_program(name, gathered.environment.get("PATH"))
        state = host.compiler(program) if program is not None else None
        if state is not None:
            gathered.facts[name] = state


def _isaac(gathered: Gathering) -> None:
    products = isaac.products(gathered.view, gathered.environment, gathered.home, gathered.installed)
    for name, state in products.items():
        # Most people install them with pip: without its list, not to have found them says nothing.
        unsure = isinstance(state, Absent) and "packages" not in gathered.complete
        gathered.products[name] = Unknown("the Python packages could not be read") if unsure else state


def _ros(gathered: Gathering) -> None:
    gathered.products.update(ros.products(gathered.view, gathered.environment))


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
    _Probe("the compilers", _compilers),
    _Probe("Isaac Sim and Isaac Lab", _isaac, (), ("isaac-sim", "isaac-lab")),
    _Probe("ROS 2", _ros, (), ("ros2",)),
)
"""Every step, in an order in which each finds what it builds on."""
