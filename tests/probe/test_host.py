from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackcheck.model import Absent, Known, Unknown
from stackcheck.probe import host, nvcc
from stackcheck.probe.variables import NAMES, variables
from tests.probe.test_run import script
from tests.tree import recorded

if TYPE_CHECKING:
    from pathlib import Path


def test_this_host() -> None:
    facts = host.facts()
    assert set(facts) == {"arch", "os", "kernel", "glibc"}
    assert all(isinstance(facts[name], Known) for name in ("arch", "os", "kernel"))


@pytest.mark.parametrize(("text", "version"), [("glibc 2.39", "2.39"), ("musl 1.2", None), ("", None), (None, None)])
def test_confstr(text: str | None, version: str | None) -> None:
    assert host.parse_confstr(text) == version


def test_containers(tmp_path: Path) -> None:
    assert isinstance(host.container({}, tmp_path), Absent)
    pod = host.container({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, tmp_path)
    assert isinstance(pod, Known)
    assert pod.value == "yes"
    systemd = host.container({"container": "lxc"}, tmp_path)
    assert isinstance(systemd, Known)
    assert systemd.value == "lxc"
    (tmp_path / ".dockerenv").touch()
    docker = host.container({"container": "oci"}, tmp_path)
    assert isinstance(docker, Known)
    assert docker.value == "docker"


def test_variables_without_their_secrets() -> None:
    found = variables(
        {
            "PIP_INDEX_URL": "https://me:tok/en@host/simple?X-Sig=abc#f",
            "PIP_EXTRA_INDEX_URL": "https://a:b@one/simple https://token@two:8080/simple",
            "LD_LIBRARY_PATH": "/usr/local/cuda/lib64\udcff",
            "AWS_SECRET_ACCESS_KEY": "secret",
        }
    )
    assert tuple(found) == NAMES
    known = {name: state.value for name, state in found.items() if isinstance(state, Known)}
    assert known == {
        "PIP_INDEX_URL": "https://host/simple",
        "PIP_EXTRA_INDEX_URL": "https://one/simple https://two:8080/simple",
        "LD_LIBRARY_PATH": "/usr/local/cuda/lib64?",
    }
    assert isinstance(found["ROS_DISTRO"], Absent)
    assert "tok" not in repr(found)


def test_nvcc(tmp_path: Path) -> None:
    assert nvcc.parse(recorded("nvcc-13.0.txt")) == "13.0"
    told = nvcc.toolkit(script(tmp_path, "echo release 12.8, V12.8.93"))
    assert isinstance(told, Known)
    assert told.value == "12.8"
    assert nvcc.toolkit(script(tmp_path, "echo hello")) == Unknown("nvcc states no release")
    assert isinstance(nvcc.toolkit(str(tmp_path / "none")), Unknown)


@given(st.text())
def test_parsers_never_raise(text: str) -> None:
    nvcc.parse(text)
    host.parse_confstr(text)


def test_a_compiler_by_the_name_that_it_leads_to(tmp_path: Path) -> None:
    for name in ("x86_64-linux-gnu-gcc-13", "cc1"):
        (tmp_path / name).touch()
    (tmp_path / "gcc").symlink_to("gcc-13")
    (tmp_path / "gcc-13").symlink_to("x86_64-linux-gnu-gcc-13")
    state = host.compiler(str(tmp_path / "gcc"))
    assert state is not None
    assert state.value == "13"
    assert host.compiler(str(tmp_path / "cc1")) is None
