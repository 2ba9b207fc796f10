"""A ROS that is sourced under another Python: what scripts start, and what later shells would."""

from __future__ import annotations

import pytest

from tests.judge.laws.shipped import findings, machine
from tests.read.reading import read_text


def of(text: str, name: str = "run.sh", **facts: str) -> list[tuple[str, str]]:
    read = read_text(name, text)
    stack = machine(facts=facts).with_stated(read.stated)
    return [(one.severity, one.id) for one in findings(stack) if one.kind == "ros-python"]


ERROR = [("error", "ros-python/humble")]


@pytest.mark.parametrize(
    "text",
    [
        "conda create -y -n own python=3.11\nconda activate own\nsource /opt/ros/humble/setup.bash\npython run.py",
        "source /opt/ros/humble/setup.bash && python3.11 run.py",
        "/opt/p/bin/python3.8 -m virtualenv env\n. env/bin/activate\n. /opt/ros/humble/setup.sh\npython a.py",
        "uv venv --python 3.11 env && source env/bin/activate && source /opt/ros/humble/setup.bash && python a.py",
        "uv venv -p 3.12\n. .venv/bin/activate\n. /opt/ros/humble/setup.sh\npython a.py",
        ". /opt/ros/humble/local_setup.sh\nexec python3.12 -m package.node",
    ],
)
def test_another_python_behind_a_sourced_ros(text: str) -> None:
    assert of(text) == ERROR


def test_the_python_of_the_environment_counts_where_none_is_named() -> None:
    text = "source /opt/ros/humble/setup.bash\npython3 run.py"
    assert of(text, python="3.12.3") == ERROR
    assert of(text, python="3.10.12") == []
    assert of(text) == []


def test_melodic_and_earlier_are_for_python_2() -> None:
    assert of("source /opt/ros/kinetic/setup.bash\npython3 run.py") == [("error", "ros-python/kinetic")]
    assert of("source /opt/ros/noetic/setup.bash\npython3 run.py") == []


@pytest.mark.parametrize(
    "text",
    [
        "source /opt/ros/humble/setup.bash\n/usr/bin/python3 run.py",
        "source /opt/ros/humble/setup.bash\npython3.10 run.py",
        "python3.10 -m venv env\nsource env/bin/activate\nsource /opt/ros/humble/setup.bash\npython run.py",
        "source /opt/ros/humble/setup.bash\n./python.sh run.py",
        "python run.py\nsource /opt/ros/humble/setup.bash",
        "source /opt/ros/humble/setup.bash\npython -m venv env",
    ],
)
def test_what_does_not_meet_it(text: str) -> None:
    assert of(text, python="3.11.4" if "/usr/bin" in text or "venv" in text else "3.10") == []


def test_a_shell_that_sources_it_from_its_profile_is_a_warning() -> None:
    text = 'FROM python:3.11-bookworm\nRUN echo "source /opt/ros/humble/setup.bash" >> /root/.bashrc\n'
    assert of(text, "Dockerfile") == [("warning", "ros-python/humble")]
