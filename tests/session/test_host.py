from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from stackcheck.model import Absent, Gpu, Known, Origin, Stack, State, Unknown
from stackcheck.probe import gpu, python
from stackcheck.probe import host as probe_host
from stackcheck.read.environment import parse_environment
from stackcheck.report.environment import render_environment
from stackcheck.scan import driver, os_release, python_env
from stackcheck.scan.view import HostView
from stackcheck.session import host
from tests.probe.test_gpu import smi
from tests.probe.test_run import script
from tests.tree import recorded, write_tree


def value(state: State) -> str:
    """The value of a known state, "absent" or "unknown"."""
    return state.value if isinstance(state, Known) else type(state).__name__.lower()


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root that stands in for the running system: its files are this folder's, its container hint is off."""

    class View(HostView):
        def __init__(self, root: str) -> None:
            super().__init__(str(tmp_path / "root") if root == "/" else root)

    (tmp_path / "root").mkdir()
    (tmp_path / "bin").mkdir()
    monkeypatch.setattr("stackcheck.session.host.HostView", View)
    monkeypatch.setattr(gpu, "PLACES", ())
    monkeypatch.setattr(probe_host, "container", lambda variables: Absent(Origin("none", "test")))
    return tmp_path


def live(fake: Path, **variables: str) -> Stack:
    """The stack of the stand-in system."""
    return host.this_machine(environment={"PATH": str(fake / "bin"), "HOME": "/home/me", **variables})


def test_this_machine_can_be_read_and_written() -> None:
    titles: list[str] = []
    stack = host.this_machine(progress=titles.append)
    assert titles == [probe.title for probe in host.PROBES]
    assert isinstance(stack.facts["arch"], Known)
    assert "packages" in stack.complete
    assert not [entry for entry in stack.unread if "stopped with" in entry.reason]
    again = parse_environment(render_environment(stack, "json"), "snapshot", "json")
    assert {name: value(state) for name, state in again.packages.items() if isinstance(state, Known)} == {
        name: value(state) for name, state in stack.packages.items() if isinstance(state, Known)
    }
    parse_environment(render_environment(stack, "toml"), "snapshot", "toml")


def test_without_any_sign_of_a_gpu_nothing_is_asked(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "ask_libraries", lambda: pytest.fail("was asked"))
    stack = live(fake)
    assert isinstance(stack.gpus, Absent)
    assert isinstance(stack.facts["driver"], Absent)
    assert "/sys/bus/pci/devices" in stack.facts["driver"].origin.place
    assert value(stack.facts["board"]) == "absent"
    assert "system-packages" not in stack.complete


def test_a_dgx_spark(fake: Path) -> None:
    smi(fake / "bin", "nvidia-smi-gb10-query.txt")
    files = {
        "/etc/dgx-release": recorded("dgx-release-ota-twice"),
        "/etc/os-release": recorded("os-release-ubuntu-24.04"),
        "/var/lib/dpkg/status": recorded("dpkg-status"),
        "/usr/bin/python3": "->python3.12",
        "/usr/bin/python3.12": "",
        driver.MODULE: "580.95.05\n",
        "/dev/nvidia0": "",
        "/usr/local/cuda/bin/nvcc": "",
        "/usr/local/cuda/version.json": recorded("cuda-version.json"),
        "/opt/ros/jazzy/setup.bash": "",
        "/home/me/isaacsim/VERSION": "5.1.0-rc.19+release.26219.9c81211b.gl",
        "/opt/venv/pyvenv.cfg": "version_info = 3.11.14\n",
        "/opt/venv/lib/python3.11/site-packages/torch-2.11.0.dist-info/METADATA": "",
        "/opt/venv/lib/python3.11/site-packages/torch/version.py": "__version__ = '2.11.0+cu130'\n",
    }
    write_tree(fake / "root", files)
    stack = live(fake, VIRTUAL_ENV="/opt/venv")
    wanted = {
        "dgx-os": "7.4.0",
        "board": "dgx-spark",
        "distro-version": "24.04",
        "driver": "580.95.05",
        "cuda-driver": "13.0",
        "cuda-toolkit": "13.0.2",
        "python": "3.11.14",
        "system-python": "3.12.3",
    }
    assert {name: value(stack.facts[name]) for name in wanted} == wanted
    assert isinstance(stack.gpus, tuple)
    assert [(one.name, one.capability) for one in stack.gpus] == [("NVIDIA GB10", "12.1")]
    assert value(stack.packages["torch"]) == "2.11.0+cu130"
    assert {name: value(state) for name, state in stack.products.items()} == {
        "isaac-sim": "5.1.0",
        "isaac-lab": "absent",
        "ros2": "jazzy",
    }
    assert value(stack.variables["VIRTUAL_ENV"]) == "/opt/venv"
    assert stack.complete == {"packages", "system-packages"}
    assert stack.unread == ()


def test_a_card_without_its_driver(fake: Path) -> None:
    device = f"{driver.PCI}/0000:01:00.0"
    write_tree(fake / "root", {f"{device}/vendor": "0x10de\n", f"{device}/class": "0x030000\n"})
    stack = live(fake)
    assert isinstance(stack.gpus, Unknown)
    assert "0000:01:00.0" in stack.gpus.reason
    assert isinstance(stack.facts["driver"], Absent)
    smi(fake / "bin", "nvidia-smi-no-driver.txt", status=9)
    stack = live(fake)
    assert isinstance(stack.gpus, Unknown)
    assert isinstance(stack.facts["driver"], Absent)


def test_nvidia_smi_that_hangs_or_knows_no_devices(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    smi(fake / "bin", "nvidia-smi-no-devices.txt", status=6)
    assert isinstance(live(fake).gpus, Absent)
    monkeypatch.setattr(gpu, "run", lambda argv: Unknown("nvidia-smi did not answer in 5 s"))
    stack = live(fake)
    assert stack.gpus == Unknown("nvidia-smi did not answer in 5 s")
    assert stack.facts["driver"] == Unknown("nvidia-smi did not answer in 5 s")
    assert stack.facts["cuda-driver"] == Unknown("nvidia-smi did not answer in 5 s")


def test_a_jetson_without_nvidia_smi(fake: Path) -> None:
    files = {
        "/etc/nv_tegra_release": recorded("nv_tegra_release-orin-r36"),
        "/proc/device-tree/compatible": "nvidia,p3701-0005\0nvidia,tegra234\0",
    }
    write_tree(fake / "root", files)
    stack = live(fake)
    assert value(stack.facts["l4t"]) == "36.4.3"
    assert isinstance(stack.gpus, tuple)
    assert [one.name for one in stack.gpus] == ["Orin"]


def test_inside_a_container_the_host_is_unknown(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = Known("docker", Origin("", "test"))
    monkeypatch.setattr(probe_host, "container", lambda variables: docker)
    monkeypatch.setattr(probe_host, "facts", lambda: {"arch": Known("aarch64", Origin("", "test"))})
    stack = live(fake)
    assert all(isinstance(stack.facts[name], Unknown) for name in ("dgx-os", "l4t", "jetpack", "board"))
    smi(fake / "bin", "nvidia-smi-gb10-query.txt")
    assert value(live(fake).facts["board"]) == "dgx-spark"


def test_a_probe_that_stops_takes_nothing_with_it(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*arguments: object) -> None:
        raise KeyError("boom")

    monkeypatch.setattr(os_release, "facts", stop)
    stack = live(fake)
    assert stack.facts["distro"] == Unknown("reading the distribution stopped with KeyError")
    assert [(entry.reason, entry.severity) for entry in stack.unread] == [
        ("reading the distribution stopped with KeyError: 'boom'; please report it.", "unknown")
    ]
    assert isinstance(stack.facts["dgx-os"], Absent)


def test_the_gpu_probe_that_stops(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "pci_devices", lambda view: 1 // 0)
    assert live(fake).gpus == Unknown("reading the GPUs stopped with ZeroDivisionError")


def test_what_cannot_be_read_says_why(fake: Path) -> None:
    (fake / "root/etc").mkdir()
    os.mkfifo(fake / "root/etc/os-release")
    (fake / "root/var/lib/dpkg").mkdir(parents=True)
    os.mkfifo(fake / "root/var/lib/dpkg/status")
    stack = live(fake)
    assert stack.facts["distro"] == Unknown("/etc/os-release is no plain file")
    assert [entry.reason for entry in stack.unread] == ["/var/lib/dpkg/status is no plain file."]
    assert "system-packages" not in stack.complete


def test_a_stale_environment_variable_is_noted(fake: Path) -> None:
    stack = live(fake, VIRTUAL_ENV="/gone")
    assert [entry.severity for entry in stack.unread] == ["note"]


def test_another_interpreter(tmp_path: Path) -> None:
    stack = host.this_machine(python=sys.executable)
    assert value(stack.facts["python"]) == sys.version.split()[0].rstrip("+")
    assert "packages" in stack.complete
    assert "packaging" in stack.packages
    launcher = script(tmp_path, f'exec "{sys.executable}" "$@"', "python.sh")
    assert host.this_machine(python=launcher).packages == stack.packages


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """A venv of this Python that was made just now."""
    made = tmp_path / "env"
    base = Path(sys._base_executable).resolve()  # type: ignore[attr-defined]
    write_tree(tmp_path, {f"/env/lib/{base.name}/site-packages/numpy-1.26.4.dist-info/METADATA": ""})
    (made / "bin").mkdir()
    (made / "bin" / "python").symlink_to(base)
    version = ".".join(map(str, sys.version_info[:3]))
    (made / "pyvenv.cfg").write_text(f"home = {base.parent}\nversion = {version}\n", encoding="utf-8")
    return made


def asked(venv: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the interpreter of a venv is asked who it is. Either way the answer is the same."""
    calls: list[str] = []
    ask = python.ask
    monkeypatch.setattr(python, "ask", lambda program: calls.append(program) or ask(program))
    stack = host.this_machine(python=str(venv / "bin" / "python"))
    assert value(stack.facts["python"]) == sys.version.split()[0].rstrip("+")
    assert stack.facts["python"].origin.place == str(venv / "bin" / "python")  # type: ignore[union-attr]
    assert value(stack.packages["numpy"]) == "1.26.4"
    return bool(calls)


@pytest.mark.skipif(sys.version_info.releaselevel != "final", reason="a preview states more than three numbers")
@pytest.mark.skipif(
    not re.fullmatch(r"python\d+\.\d+", Path(sys._base_executable).resolve().name),  # type: ignore[attr-defined]
    reason="this Python is not called by its series",
)
class TestAVenvIsReadFromItsFiles:
    def test_as_it_was_made(self, venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert not asked(venv, monkeypatch)

    def test_the_program_has_changed_since(self, venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        os.utime(venv / "pyvenv.cfg", (1e9, 1e9))
        assert asked(venv, monkeypatch)

    @pytest.mark.parametrize("version", ["", "version = 3.99\n", "version_info = 3.11\n"])
    def test_settings_that_do_not_say_it(self, venv: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
        monkeypatch.setattr(python, "ask", lambda program: Unknown(f"{program} was asked"))
        monkeypatch.setattr(python, "ask_pip", lambda program: Unknown(f"{program} has no pip"))
        (venv / "pyvenv.cfg").write_text(f"home = /usr/bin\n{version}", encoding="utf-8")
        program = str(venv / "bin" / "python")
        assert host.this_machine(python=program).facts["python"] == Unknown(f"{program} was asked")

    def test_headers_of_another_version(self, venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(python_env, "header_version", lambda *_: "3.0.1")
        assert asked(venv, monkeypatch)

    def test_a_wrapper(self, venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (venv / "bin" / "python").unlink()
        script(venv / "bin", f'exec -a "$0" "{sys._base_executable}" "$@"', "python")  # type: ignore[attr-defined]
        monkeypatch.setattr(python, "ask", lambda program: Unknown(f"{program} was asked"))
        monkeypatch.setattr(python, "ask_pip", lambda program: Unknown(f"{program} has no pip"))
        assert isinstance(host.this_machine(python=str(venv / "bin" / "python")).facts["python"], Unknown)


def test_an_environments_folder(tmp_path: Path) -> None:
    files = {
        "/v/pyvenv.cfg": "version = 3.12.3\n",
        "/v/lib/python3.12/site-packages/numpy-1.26.4.dist-info/METADATA": "",
    }
    stack = host.this_machine(python=str(write_tree(tmp_path, files) / "v"))
    assert value(stack.facts["python"]) == "3.12.3"
    assert {name: value(state) for name, state in stack.packages.items()} == {"numpy": "1.26.4"}


def test_pythonpath_comes_first(fake: Path) -> None:
    files = {
        "/opt/ros/jazzy/lib/python3.12/site-packages/numpy-1.26.4.egg-info": "",
        "/v/pyvenv.cfg": "version = 3.12.3\n",
        "/v/lib/python3.12/site-packages/numpy-2.3.1.dist-info/METADATA": "",
    }
    write_tree(fake / "root", files)
    stack = live(fake, VIRTUAL_ENV="/v", PYTHONPATH=":relative:/opt/ros/jazzy/lib/python3.12/site-packages")
    assert value(stack.packages["numpy"]) == "1.26.4"


def test_an_environment_without_its_packages_is_not_complete(fake: Path) -> None:
    write_tree(fake / "root", {"/v/pyvenv.cfg": "version = 3.12.3\n"})
    stack = live(fake, VIRTUAL_ENV="/v")
    assert "packages" not in stack.complete
    assert stack.products["isaac-sim"] == Unknown("the Python packages could not be read")


def test_no_such_interpreter(tmp_path: Path) -> None:
    for name in (str(tmp_path / "none"), "no-such-python"):
        stack = host.this_machine(python=name)
        assert isinstance(stack.facts["python"], Unknown)
        assert "packages" not in stack.complete
        assert stack.unread


def test_another_root_file_system(tmp_path: Path) -> None:
    files = {
        "/etc/os-release": recorded("os-release-ubuntu-24.04"),
        "/var/lib/dpkg/status": recorded("dpkg-status"),
        "/usr/bin/python3": "->python3.12",
        "/usr/bin/python3.12": "",
        "/usr/lib/python3/dist-packages/numpy-1.26.4.egg-info/PKG-INFO": "",
        "/opt/ros/jazzy/setup.bash": "",
        "/isaac-sim/VERSION": "5.1.0",
    }
    stack = host.this_machine(root=str(write_tree(tmp_path, files)))
    assert value(stack.facts["distro"]) == "ubuntu"
    assert value(stack.facts["python"]) == "3.12.3"
    assert value(stack.packages["numpy"]) == "1.26.4"
    assert {name: value(state) for name, state in stack.products.items()}["isaac-sim"] == "5.1.0"
    assert "kernel" not in stack.facts
    assert stack.gpus == Unknown("GPUs were not looked at")
    assert stack.variables == {}


def test_boards_by_the_gpus_name() -> None:
    place = Origin("", "nvidia-smi")
    found = [host._board_by_gpu((Gpu(name, None, place),)) for name in ("NVIDIA GB10", "NVIDIA Thor", "Orin (nvgpu)")]
    assert [state.value for state in found if state] == ["dgx-spark", "jetson-thor", "jetson-orin"]
    assert host._board_by_gpu((Gpu("NVIDIA Thorium", None, place), Gpu(None, "12.1", place))) is None
