from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackcheck.model import Absent, Known, Origin
from stackcheck.scan import isaac
from stackcheck.scan.distributions import Distributions, distributions
from stackcheck.scan.view import HostView
from tests.tree import write_tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SIM = "5.1.0-rc.19+release.26219.9c81211b.gl\n"


def values(root: Path, variables: Mapping[str, str], installed: Distributions | None = None) -> dict[str, str]:
    """The values of both products, "absent" where they are."""
    found = isaac.products(HostView(str(root)), variables, "/home/me", installed or Distributions())
    return {name: state.value if isinstance(state, Known) else "absent" for name, state in found.items()}


@pytest.mark.parametrize(
    ("text", "version"),
    [(SIM, "5.1.0"), ("2.3.2.post1", "2.3.2"), ("6.0.0-alpha.180+develop.1", "6.0.0a180"), ("x", None), ("", None)],
)
def test_versions(text: str, version: str | None) -> None:
    assert isaac.parse_version(text) == version


@pytest.mark.parametrize(
    ("files", "variables"),
    [
        ({"/isaac-sim/VERSION": SIM}, {}),
        ({"/home/me/isaacsim/VERSION": SIM}, {}),
        ({"/data/sim/VERSION": SIM, "/isaac-sim/VERSION": "4.5.0"}, {"ISAACSIM_PATH": "/data/sim/"}),
        ({"/data/sim/VERSION": SIM}, {"ISAAC_PATH": "/data/sim"}),
        ({"/lab/_isaac_sim": "->/data/sim", "/data/sim/VERSION": SIM}, {"ISAACLAB_PATH": "/lab"}),
        ({"/home/me/.local/share/ov/pkg/isaac-sim-5.1.0/VERSION": SIM}, {}),
    ],
)
def test_unpacked_isaac_sim(tmp_path: Path, files: dict[str, str], variables: dict[str, str]) -> None:
    assert values(write_tree(tmp_path, files), variables)["isaac-sim"] == "5.1.0"


def test_isaac_sim_without_a_version(tmp_path: Path) -> None:
    files = {"/isaac-sim/kit/": "", "/isaac-sim/python.sh": ""}
    assert values(write_tree(tmp_path, files), {})["isaac-sim"] == "*"


def test_nothing_there(tmp_path: Path) -> None:
    found = isaac.products(HostView(str(tmp_path)), {"ISAAC_PATH": "relative"}, None, Distributions())
    assert all(isinstance(state, Absent) for state in found.values())


def test_distributions_speak_for_themselves(tmp_path: Path) -> None:
    packages = {
        "isaacsim": Known("5.1.0.0", Origin("", "s")),
        "isaaclab": Known("2.3.0", Origin("", "s")),
    }
    assert values(tmp_path, {}, Distributions(dict(packages))) == {"isaac-sim": "5.1.0.0", "isaac-lab": "2.3.0"}


def test_isaac_lab_from_source_has_the_trees_version(tmp_path: Path) -> None:
    files = {
        "/s/isaaclab-0.47.1.dist-info/METADATA": "",
        "/s/isaaclab-0.47.1.dist-info/direct_url.json": '{"url": "file:///code/IsaacLab/source/isaaclab"}',
        "/code/IsaacLab/VERSION": "2.3.0\n",
        "/code/IsaacLab/source/": "",
    }
    view = HostView(str(write_tree(tmp_path, files)))
    installed = distributions(view, ["/s"])
    assert values(tmp_path, {}, installed)["isaac-lab"] == "2.3.0"
    (tmp_path / "code/IsaacLab/VERSION").unlink()
    assert values(tmp_path, {}, installed)["isaac-lab"] == "*"


def test_isaac_lab_in_its_container(tmp_path: Path) -> None:
    files = {"/workspace/isaaclab/VERSION": "2.3.2\n", "/workspace/isaaclab/source/": ""}
    assert values(write_tree(tmp_path, files), {})["isaac-lab"] == "2.3.2"


@given(st.text())
def test_parsing_never_raises(text: str) -> None:
    isaac.parse_version(text)
