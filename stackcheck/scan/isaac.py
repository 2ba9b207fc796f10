"""Isaac Sim and Isaac Lab where no pip distribution speaks for them: unpacked releases, containers, source trees.

Isaac Lab's source tree matters most: installed from it, the distribution `isaaclab` carries the extension's number
(0.47.1), not the release (2.3.0), which only the tree's VERSION file states.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from stackcheck.model import Absent, Known, Origin, State
from stackcheck.patterns import pattern
from stackcheck.scan.distributions import source_folder
from stackcheck.scan.view import first_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stackcheck.scan.distributions import Distributions
    from stackcheck.scan.view import FileView

_RELEASE = pattern(r"(\d+(?:\.\d+)+)(?:-(alpha|beta)\.?(\d+))?")
_LAUNCHER = pattern(r"isaac[-_]sim-\d.*")
_EXTENSION_NUMBER = pattern(r"0\.\d")


def parse_version(text: str) -> str | None:
    """The release of a VERSION file: "5.1.0-rc.19+release.26219.9c81211b.gl" → "5.1.0", "2.3.0" → "2.3.0".

    Isaac Sim's general releases keep their "-rc.N", which would make them older than the release that they are.
    """
    match = _RELEASE.match(text.strip())
    if match is None:
        return None
    return match[1] + (f"{match[2][0]}{match[3]}" if match[2] else "")


def products(
    view: FileView, variables: Mapping[str, str], home: str | None, installed: Distributions
) -> dict[str, State]:
    """`isaac-sim` and `isaac-lab`; absent means: neither among the distributions nor in any usual place."""
    lab_trees = _lab_folders(view, variables, home, installed)
    return {
        "isaac-sim": _sim(view, _sim_folders(view, variables, home, lab_trees), installed),
        "isaac-lab": _lab(view, lab_trees, installed),
    }


def _sim_folders(
    view: FileView, variables: Mapping[str, str], home: str | None, lab_trees: Iterable[str]
) -> tuple[str, ...]:
    found = [variables[name] for name in ("ISAACSIM_PATH", "ISAAC_PATH") if variables.get(name)]
    found += [f"{tree}/_isaac_sim" for tree in lab_trees]
    found.append("/isaac-sim")
    if home is not None:
        found += [f"{home}/isaacsim", f"{home}/isaac-sim"]
        launcher = f"{home}/.local/share/ov/pkg"  # where the Omniverse Launcher put releases up to 4.2
        found += [f"{launcher}/{name}" for name in reversed(view.list_dir(launcher)) if _LAUNCHER.fullmatch(name)]
    return tuple(dict.fromkeys(folder.rstrip("/") for folder in found if folder.startswith("/")))


def _lab_folders(
    view: FileView, variables: Mapping[str, str], home: str | None, installed: Distributions
) -> tuple[str, ...]:
    found = [variables["ISAACLAB_PATH"]] if variables.get("ISAACLAB_PATH") else []
    info = installed.infos.get("isaaclab")
    source = source_folder(view, info) if info is not None else None
    if source is not None:
        # The distribution is made in source/isaaclab of the tree.
        found.append(posixpath.dirname(posixpath.dirname(source.rstrip("/"))))
    found.append("/workspace/isaaclab")
    if home is not None:
        found += [f"{home}/IsaacLab", f"{home}/isaaclab"]
    return tuple(dict.fromkeys(folder.rstrip("/") for folder in found if folder.startswith("/")))


def _sim(view: FileView, folders: tuple[str, ...], installed: Distributions) -> State:
    for folder in folders:
        place = f"{folder}/VERSION"
        line = first_line(view, place)
        version = parse_version(line) if line else None
        if version is not None:
            return Known(version, Origin(f"Isaac Sim {line} is in {folder}", place))
        if view.exists(f"{folder}/kit") and view.exists(f"{folder}/python.sh"):
            return Known("*", Origin(f"Isaac Sim is in {folder}, which states no version", folder))
    return installed.packages.get("isaacsim") or _nowhere("Isaac Sim", "isaacsim", folders)


def _lab(view: FileView, folders: tuple[str, ...], installed: Distributions) -> State:
    package = installed.packages.get("isaaclab")
    for folder in folders:
        place = f"{folder}/VERSION"
        line = first_line(view, place)
        version = parse_version(line) if line else None
        if version is not None and view.exists(f"{folder}/source"):
            return Known(version, Origin(f"Isaac Lab {version} is in {folder}", place))
    if isinstance(package, Known) and _EXTENSION_NUMBER.match(package.value):
        return Known("*", Origin(f"isaaclab {package.value} is the number of the extension", package.origin.place))
    return package or _nowhere("Isaac Lab", "isaaclab", folders)


def _nowhere(title: str, package: str, folders: tuple[str, ...]) -> Absent:
    return Absent(Origin(f"{title} is neither installed as {package} nor in {', '.join(folders)}", "files"))
