"""A ROS that is sourced under another Python than its own.

Its packages stand on PYTHONPATH then, in front of those of any virtual environment, conda's included, and what is
compiled in them (rclpy, rospy's tf2, every generated message) is for one Python: that of the Ubuntu that the
distribution is made for, up to ROS Melodic Python 2.7 (REP 3, REP 2000). The distributions' Ubuntu are the `pairs` rows
of ros2 and ros1, and Ubuntu's Python are `provides` rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackcheck.judge.domain import Domain
from stackcheck.judge.laws.ros_packages import PRODUCTS, made_for
from stackcheck.matrix.rows import Provides
from stackcheck.model import Finding, Fix, Known, Reason
from stackcheck.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.judge.working import Working
    from stackcheck.matrix.rows import Relation
    from stackcheck.model import Severity

_SETTING = pattern(r"ros2 (python|shell)=([a-z]+) ?([\d.]*)")
_PYTHON_2 = ("indigo", "kinetic", "lunar", "melodic")
_MINOR = pattern(r"\d+\.\d+")


def findings(work: Working) -> Iterator[Finding]:
    """What cannot be imported, once for each distribution."""
    said: set[str] = set()
    for name, state in work.stack.settings.items():
        found = _SETTING.fullmatch(name)
        if found is None or not isinstance(state, Known) or found[2] in said:
            continue
        own = _own(work, found[2])
        other = _other(work, found[3], own[0], state.origin.place) if own is not None else None
        if own is not None and other is not None:
            said.add(found[2])
            yield _finding(work, found[2], own, other, state, "error" if found[1] == "python" else "warning")


def _own(work: Working, distribution: str) -> tuple[str, str, Relation] | None:
    """The Python that a distribution is made for, the product that it is of, and the row that says for which Ubuntu."""
    for product in PRODUCTS:
        row = made_for(work, product, distribution)
        if row is None:
            continue
        if distribution in _PYTHON_2:
            return "2.7", product, row
        ubuntu = dict(row.needs)["ubuntu"]
        release = next((one for one in work.store.releases("ubuntu") if ubuntu.admits(one)), "")
        for one in work.store.rows_at("ubuntu", Provides, release):
            python = dict(one.gives).get("system-python")
            if python is not None:
                return python, product, row
    return None


def _other(work: Working, named: str, own: str, place: str) -> str | None:
    """The Python that is started, where it is another one than the distribution's."""
    if named and not f"{own}.".startswith(f"{named}."):
        return named
    python = work.state("python")
    # A workflow's job has a Python of its own.
    if named == own or ".github/" in place or not isinstance(python, Domain) or not python.values:
        return None
    minor = _MINOR.match(python.values[0])
    return minor[0] if minor is not None and minor[0] != own else None


def _finding(
    work: Working, distribution: str, own: tuple[str, str, Relation], other: str, state: Known, severity: Severity
) -> Finding:
    python, product, row = own
    title = distribution.capitalize()
    examples = "rclpy: \"No module named 'rclpy._rclpy_pybind11'\"" if product == "ros2" else "tf2 or cv_bridge"
    text = (
        f"ROS {title} is sourced, and its packages are compiled for Python {python}; under Python {other} the first of "
        f"them that is compiled fails, such as {examples}."
    )
    fix = Fix(
        f"Start it with Python {python} (/usr/bin/python3 on that Ubuntu, or an environment of it made with "
        f"--system-site-packages), take ROS for Python {other} from RoboStack, or do not source ROS in this shell."
    )
    if python == "2.7":
        fix = Fix("Start it with python2, or take a ROS that is made for Python 3: Noetic, or ROS 2.")
    python_state = work.state("python")
    steps = python_state.steps if isinstance(python_state, Domain) else ()
    because = (Reason(state.origin.text, state.origin.place), *(Reason(step.text, step.origin) for step in steps[:2]))
    return Finding(
        kind="ros-python",
        id=f"ros-python/{distribution}",
        severity=severity,
        subject=product,
        message=text,
        involves=tuple(sorted({product, "python", "ros-python"})),
        location=state.origin.location,
        because=because,
        fix=fix,
        sources=row.sources,
    )
