from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackcheck.model import Known, State, Unknown
from stackcheck.scan.distributions import (
    distributions,
    normalise,
    parse_metadata,
    parse_pth,
    parse_version_py,
    source_folder,
)
from stackcheck.scan.view import HostView
from tests.tree import write_tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def versions(packages: Mapping[str, State]) -> dict[str, str]:
    """Name → version of the known ones."""
    return {name: state.value for name, state in packages.items() if isinstance(state, Known)}


def dist(folder: str, name: str, version: str, metadata: str = "Metadata-Version: 2.1\n") -> dict[str, str]:
    """The files of one installed wheel."""
    return {f"{folder}/{name}-{version}.dist-info/METADATA": metadata}


def test_names_and_versions_come_from_folder_names(tmp_path: Path) -> None:
    files = {
        **dist("/s", "numpy", "2.3.1"),
        **dist("/s", "Jinja2", "3.1.6"),
        **dist("/s", "ruamel.yaml", "0.18.1"),
        **dist("/s", "typing_extensions", "4.16.0"),
        **dist("/s", "vllm", "0.11.1rc2.dev5+g1234.cu130"),
        "/s/PyYAML-6.0.1-py3.12.egg-info": "Name: PyYAML\n",
        "/s/empy-3.3.4-py3.12.egg-info/PKG-INFO": "",
        "/s/old_thing-1.0-py3.8.egg/EGG-INFO/PKG-INFO": "",
        "/s/numpy/__init__.py": "",
    }
    found = distributions(HostView(str(write_tree(tmp_path, files))), ["/s"])
    assert versions(found.packages) == {
        "numpy": "2.3.1",
        "jinja2": "3.1.6",
        "ruamel-yaml": "0.18.1",
        "typing-extensions": "4.16.0",
        "vllm": "0.11.1rc2.dev5+g1234.cu130",
        "pyyaml": "6.0.1",
        "empy": "3.3.4",
        "old-thing": "1.0",
    }
    assert found.unread == ()


def test_metadata_is_read_where_the_name_does_not_tell(tmp_path: Path) -> None:
    files = {
        "/s/my-odd-name-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: my-odd-name\nVersion: 1.0\n\nName: no\n",
        "/s/dev_thing.egg-info/PKG-INFO": "Name: dev-thing\nVersion: 0.3\n",
        "/s/broken.dist-info/METADATA": "Name: broken\n",
        "/s/post-1.0_1.dist-info/METADATA": "\ufeffName: post\r\nVersion: 1.0.post1\r\n\r\ntext",
    }
    found = distributions(HostView(str(write_tree(tmp_path, files))), ["/s"])
    assert versions(found.packages) == {"my-odd-name": "1.0", "dev-thing": "0.3", "post": "1.0.post1"}
    assert [str(entry.location) for entry in found.unread] == ["/s/broken.dist-info"]


def test_what_an_interrupted_removal_leaves_is_no_distribution(tmp_path: Path) -> None:
    files = {"/s/gone-1.0.dist-info/RECORD": "", **dist("/s", "~ip", "23.0"), **dist("/s", "pip", "26.3")}
    found = distributions(HostView(str(write_tree(tmp_path, files))), ["/s"])
    assert versions(found.packages) == {"pip": "26.3"}
    assert [entry.severity for entry in found.unread] == ["note"]


@pytest.mark.parametrize("name", ["torch", "torchvision", "torchaudio"])
def test_the_build_label_comes_from_version_py(tmp_path: Path, name: str) -> None:
    files = {
        **dist("/s", name, "2.11.0"),
        f"/s/{name}/version.py": "from typing import Optional\n\n__all__ = ['__version__']\n"
        "__version__ = '2.11.0+cu130'\ndebug = False\ncuda: Optional[str] = '13.0'\n",
    }
    found = distributions(HostView(str(write_tree(tmp_path, files))), ["/s"])
    state = found.packages[name]
    assert isinstance(state, Known)
    assert (state.value, state.origin.place) == ("2.11.0+cu130", f"/s/{name}/version.py")


def test_version_py_that_does_not_tell_leaves_the_metadata(tmp_path: Path) -> None:
    files = {**dist("/s", "torch", "2.9.0a0+50eac811a6.nv25.9"), "/s/torch/version.py": "__version__ = compute()\n"}
    found = distributions(HostView(str(write_tree(tmp_path, files))), ["/s"])
    assert versions(found.packages) == {"torch": "2.9.0a0+50eac811a6.nv25.9"}


def test_first_folder_wins_and_pth_adds_folders(tmp_path: Path) -> None:
    files = {
        **dist("/venv/s", "numpy", "2.3.1"),
        "/venv/s/jetson.pth": "# torch of the system\nimport sys; sys.exit(1)\n/usr/lib/python3/dist-packages\n../t\n",
        **dist("/usr/lib/python3/dist-packages", "numpy", "1.26.4"),
        **dist("/usr/lib/python3/dist-packages", "torch", "2.8.0"),
        "/usr/lib/python3/dist-packages/torch/version.py": "__version__ = '2.8.0+cu126'\n",
        **dist("/venv/t", "extra", "1"),
        **dist("/base", "torch", "2.5.0"),
        **dist("/base", "only-base", "1.0", "Name: only-base\nVersion: 1.0\n"),
        "/base/torch/version.py": "__version__ = '2.5.0+cu121'\n",
    }
    found = distributions(HostView(str(write_tree(tmp_path, files))), ["/venv/s", "/base", "/venv/s", "/none"])
    expected = {"numpy": "2.3.1", "torch": "2.8.0+cu126", "extra": "1", "only-base": "1.0"}
    assert versions(found.packages) == expected


def test_two_records_of_one_distribution_are_unknown(tmp_path: Path) -> None:
    files = {**dist("/s", "numpy", "2.3.1"), **dist("/s", "numpy", "1.26.4")}
    found = distributions(HostView(str(write_tree(tmp_path, files))), ["/s"])
    assert found.packages["numpy"] == Unknown("/s has records of numpy 1.26.4 and 2.3.1")


def test_installed_in_place(tmp_path: Path) -> None:
    files = {
        "/s/__editable__.isaaclab-0.47.1.pth": "/home/robot/IsaacLab/source/isaaclab\n",
        **dist("/s", "isaaclab", "0.47.1"),
        "/s/isaaclab-0.47.1.dist-info/direct_url.json": '{"dir_info": {"editable": true}, '
        '"url": "file:///home/robot/Isaac%20Lab/source/isaaclab"}',
        "/s/old.egg-link": "/home/robot/old\n../",
        "/home/robot/old/old.egg-info/PKG-INFO": "Name: old\nVersion: 3\n",
    }
    view = HostView(str(write_tree(tmp_path, files)))
    found = distributions(view, ["/s"])
    assert versions(found.packages) == {"isaaclab": "0.47.1", "old": "3"}
    assert source_folder(view, found.infos["isaaclab"]) == "/home/robot/Isaac Lab/source/isaaclab"
    assert source_folder(view, found.infos["old"]) == "/home/robot/old"


@pytest.mark.parametrize(
    "text", ["", "[]", '{"url": 5}', '{"url": "https://x/y.git"}', '{"url": "http://[x"}', "[" * 100_000]
)
def test_direct_url_that_names_no_folder(tmp_path: Path, text: str) -> None:
    view = HostView(str(write_tree(tmp_path, {"/s/a-1.dist-info/direct_url.json": text})))
    assert source_folder(view, "/s/a-1.dist-info") is None


def test_a_hostile_folder_is_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    files = {
        **dist("/s", "good", "1.0"),
        "/s/loop.dist-info": "->loop.dist-info",
        "/s/-.dist-info/METADATA": "Name: ../../x\nVersion: 1\n",
        "/s/\x1b[31mred-1.0.dist-info/METADATA": "Name: \x1b[31m\nVersion: 1\n",
        "/s/bad.pth": "\0\n",
    }
    write_tree(tmp_path, files)
    os.mkfifo(tmp_path / "s/pipe.pth")
    found = distributions(HostView(str(tmp_path)), ["/s"])
    assert versions(found.packages) == {"good": "1.0"}
    assert len(found.unread) == 4


@given(st.text())
def test_parsers_never_raise(text: str) -> None:
    parse_metadata(text)
    parse_metadata(f"Name: {text}\nVersion: {text}\n")
    parse_version_py(text)
    parse_version_py(f"__version__ = '{text}'")
    parse_pth(text)
    assert normalise(normalise(text)) == normalise(text)
