"""Packages of a ROS distribution are built for one Ubuntu."""

from __future__ import annotations

import pytest

from stackcheck.model import Known, Location, Origin
from stackcheck.values import replace
from tests.judge.laws.shipped import findings, machine
from tests.read.reading import read_text


def said(distro: str, version: str, *names: str) -> list[tuple[str, str, str]]:
    facts = {"distro": distro, "distro-version": version}
    stack = machine(facts=facts, apt=dict.fromkeys(names, "*"))
    return [(one.severity, one.subject, one.id) for one in findings(stack) if one.kind == "ros-packages"]


@pytest.mark.parametrize(
    ("version", "name", "product"),
    [
        ("24.04", "ros-humble-desktop", "ros2"),
        ("20.04", "ros-humble-ros-base", "ros2"),
        ("22.04", "ros-jazzy-desktop", "ros2"),
        ("22.04", "ros-foxy-cv-bridge", "ros2"),
        ("24.04", "ros-noetic-desktop-full", "ros1"),
        ("20.04", "ros-melodic-ros-base", "ros1"),
    ],
)
def test_apt_does_not_find_them_on_another_ubuntu(version: str, name: str, product: str) -> None:
    assert said("ubuntu", version, name) == [("error", product, f"ros-packages/{name.split('-')[1]}-ubuntu")]


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ("22.04", "ros-humble-desktop"),
        ("24.04", "ros-jazzy-ros-base"),
        ("26.04", "ros-lyrical-ros-base"),
        ("24.04", "ros-lyrical-ros-base"),  # NVIDIA's own packages of Isaac ROS 5
        ("24.04", "ros-dev-tools"),
        ("24.04", "ros-base-python"),
    ],
)
def test_they_are_there_on_their_own(version: str, name: str) -> None:
    assert said("ubuntu", version, name) == []


def test_past_its_end_it_is_a_warning() -> None:
    assert said("ubuntu", "20.04", "ros-noetic-ros-base") == [("warning", "ros1", "ros-packages/noetic-end-of-life")]
    assert said("ubuntu", "22.04", "ros-iron-ros-base") == [("warning", "ros2", "ros-packages/iron-end-of-life")]


def test_debian_has_them_at_best_from_elsewhere() -> None:
    assert said("debian", "12", "ros-humble-ros-base") == [("warning", "ros2", "ros-packages/humble-ubuntu")]


def test_nothing_where_the_distribution_is_not_known() -> None:
    assert findings(machine(apt={"ros-humble-desktop": "*"})) == []


def test_rolling_has_moved_on() -> None:
    assert said("ubuntu", "24.04", "ros-rolling-ros-base") == [("warning", "ros2", "ros-packages/rolling-ubuntu")]


def test_a_script_that_builds_an_image_says_nothing_of_this_ubuntu() -> None:
    asked = {"ros-humble-desktop": Known("*", Origin("asked for", "x", Location("docker/install.sh", 1)))}
    host = machine(facts={"distro": "ubuntu", "distro-version": "24.04"})
    assert findings(replace(host, apt=asked)) == []
    assert [one.id for one in findings(replace(host, apt=asked, inside=True))] == ["ros-packages/humble-ubuntu"]
    job = {"ros-humble-desktop": Known("*", Origin("asked for", "x", Location(".github/workflows/ci.yml", 9)))}
    assert findings(replace(host, apt=job)) == []


def test_the_ubuntu_of_a_jetson_image() -> None:
    def of(tag: str) -> list[str]:
        text = f"FROM dustynv/ros:{tag}\nRUN apt-get install -y ros-humble-xacro\n"
        stack = machine(facts={"arch": "aarch64"}).in_container().with_stated(read_text("Dockerfile", text).stated)
        return [one.id for one in findings(stack) if one.kind == "ros-packages"]

    assert of("humble-ros-base-l4t-r35.1.0") == ["ros-packages/humble-ubuntu"]
    assert of("humble-ros-base-l4t-r36.2.0") == []
    assert of("humble-ros-base-r36.4.0-cu128-24.04") == ["ros-packages/humble-ubuntu"]


def test_two_distributions_on_one_system() -> None:
    both = said("ubuntu", "22.04", "ros-humble-ros-base", "ros-jazzy-ros-base")
    assert ("warning", "ros2", "ros-packages/mixed") in both
    assert ("error", "ros2", "ros-packages/jazzy-ubuntu") in both


def test_a_package_that_other_distributions_have() -> None:
    stack = machine(facts={"distro": "ubuntu", "distro-version": "24.04"}, apt={"ros-jazzy-gazebo-ros-pkgs": "*"})
    (found,) = [one for one in findings(stack) if one.kind == "ros-packages"]
    assert (found.severity, found.id) == ("error", "ros-packages/jazzy-gazebo-ros-pkgs")
    assert "Humble" in found.message


@pytest.mark.parametrize("name", ["ros-humble-gazebo-ros-pkgs", "ros-jazzy-desktop", "ros-jazzy-somebodys-own"])
def test_what_it_has_or_none_has(name: str) -> None:
    version = "22.04" if "humble" in name else "24.04"
    stack = machine(facts={"distro": "ubuntu", "distro-version": version}, apt={name: "*"})
    assert [one for one in findings(stack) if one.kind == "ros-packages"] == []


def test_another_repository_may_have_it() -> None:
    names = {"ros-jazzy-gazebo-ros-pkgs": "*", "deb https://apt.example/own noble": "*"}
    stack = machine(facts={"distro": "ubuntu", "distro-version": "24.04"}, apt=names)
    assert [one for one in findings(stack) if one.kind == "ros-packages"] == []
