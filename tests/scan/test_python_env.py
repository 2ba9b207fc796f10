from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackcheck.model import Absent, Known, Origin
from stackcheck.scan import python_env
from stackcheck.scan.view import HostView, UnreadableError
from tests.tree import recorded, write_tree

if TYPE_CHECKING:
    from pathlib import Path


def test_a_venv_with_the_systems_packages(tmp_path: Path) -> None:
    files = {
        "/opt/venv/pyvenv.cfg": recorded("pyvenv-venv.cfg"),
        "/opt/venv/lib/python3.12/site-packages/": "",
        "/usr/lib/python3/dist-packages/": "",
        "/usr/local/lib/python3.12/dist-packages/": "",
        "/home/me/.local/lib/python3.12/site-packages/": "",
    }
    found = python_env.environment(HostView(str(write_tree(tmp_path, files))), "/opt/venv/", "/home/me")
    assert found == python_env.Environment(
        "3.12.3",
        "/opt/venv/pyvenv.cfg",
        (
            "/opt/venv/lib/python3.12/site-packages",
            "/home/me/.local/lib/python3.12/site-packages",
            "/usr/local/lib/python3.12/dist-packages",
            "/usr/lib/python3/dist-packages",
        ),
    )


def test_a_venv_of_uv(tmp_path: Path) -> None:
    files = {"/v/pyvenv.cfg": recorded("pyvenv-uv.cfg"), "/v/lib/python3.11/site-packages/": ""}
    found = python_env.environment(HostView(str(write_tree(tmp_path, files))), "/v")
    assert found is not None
    assert (found.version, found.folders) == ("3.11.14", ("/v/lib/python3.11/site-packages",))


def test_a_conda_environment(tmp_path: Path) -> None:
    files = {
        "/c/conda-meta/python-3.11.9-hd1ff3a8_0_cpython.json": "{}",
        "/c/conda-meta/python-dateutil-2.9.0-py_0.json": "{}",
        "/c/lib/python3.11/site-packages/": "",
        "/c/lib/python3.1/": "",
    }
    found = python_env.environment(HostView(str(write_tree(tmp_path, files))), "/c")
    assert found is not None
    assert (found.version, found.folders) == ("3.11.9", ("/c/lib/python3.11/site-packages",))


def test_no_environment_and_one_of_several_pythons(tmp_path: Path) -> None:
    view = HostView(str(write_tree(tmp_path, {"/v/pyvenv.cfg": "home = /usr/bin\n", "/v/lib/python3.13t/": ""})))
    assert python_env.environment(view, "/none") is None
    found = python_env.environment(view, "/v")
    assert found is not None
    assert (found.version, found.folders) == ("3.13", ("/v/lib/python3.13t/site-packages",))
    write_tree(tmp_path, {"/v/lib/python3.12/": ""})
    with pytest.raises(UnreadableError, match="several Pythons"):
        python_env.environment(view, "/v")


def test_the_systems_python(tmp_path: Path) -> None:
    view = HostView(str(tmp_path))
    assert isinstance(python_env.system_python(view, {}), Absent)
    files = {
        "/usr/bin/python3": "->/etc/alternatives/python3",
        "/etc/alternatives/python3": "->../../usr/bin/python3.12",
        "/usr/bin/python3.12": "",
        "/usr/lib/python3/dist-packages/": "",
    }
    write_tree(tmp_path, files)
    vague = python_env.system_python(view, {})
    assert isinstance(vague, Known)
    assert vague.value == "3.12"
    packages = {"python3.12-minimal": Known("3.12.3-1ubuntu0.8", Origin("", "dpkg"))}
    found = python_env.system(view, packages)
    assert found == python_env.Environment("3.12.3", "dpkg", ("/usr/lib/python3/dist-packages",))


@given(st.text())
def test_parsing_never_raises(text: str) -> None:
    python_env.parse_pyvenv(text)
