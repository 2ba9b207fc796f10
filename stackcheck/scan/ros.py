"""ROS 2: the distribution whose environment is sourced, else the one under /opt/ros."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.model import Absent, Known, Origin, State, Unknown
from stackcheck.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stackcheck.scan.view import FileView

FOLDER = "/opt/ros"

ROS1 = ("groovy", "hydro", "indigo", "jade", "kinetic", "lunar", "melodic", "noetic")
"""Distributions of ROS 1, which live in the same folder and are another product."""

_NAME = pattern(r"[a-z][a-z0-9_-]*")


def choose(names: Sequence[str], variable: str | None) -> State:
    """The ROS 2 distribution: ROS_DISTRO where it is set, else the only folder of /opt/ros."""
    if variable and _NAME.fullmatch(variable) and variable not in ROS1:
        return Known(variable, Origin(f"ROS_DISTRO is {variable}", "variables"))
    distros = [name for name in names if _NAME.fullmatch(name) and name not in ROS1]
    if not distros:
        return Absent(Origin(f"ROS_DISTRO is not set and {FOLDER} has no ROS 2 distribution", FOLDER))
    if len(distros) > 1:
        return Unknown(f"{FOLDER} has {' and '.join(distros)}, and ROS_DISTRO is not set")
    return Known(distros[0], Origin(f"ROS 2 {distros[0]} is installed", f"{FOLDER}/{distros[0]}"))


def products(view: FileView, variables: Mapping[str, str]) -> dict[str, State]:
    """`ros2`: the name of the distribution ("jazzy"). Folders without a setup.bash are leftovers and do not count."""
    names = [name for name in view.list_dir(FOLDER) if view.exists(f"{FOLDER}/{name}/setup.bash")]
    return {"ros2": choose(names, variables.get("ROS_DISTRO"))}
