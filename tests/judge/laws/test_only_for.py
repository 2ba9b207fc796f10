"""Debian packages of other architectures, and labels of runners that GitHub does not have."""

from __future__ import annotations

import pytest

from tests.judge.laws.shipped import findings, machine


def of_apt(arch: str, *names: str) -> list[tuple[str, str]]:
    stack = machine(facts={"arch": arch}, apt=dict.fromkeys(names, "*"))
    return [(one.severity, one.id) for one in findings(stack) if one.kind == "only-for"]


def of_runner(label: str) -> list[tuple[str, str]]:
    return [(one.id, one.fix.text if one.fix else "") for one in findings(machine(runners={label: label}))]


def test_packages_of_x86_alone_are_not_there_on_arm() -> None:
    assert of_apt("aarch64", "gcc-multilib") == [("error", "only-for/gcc-multilib")]
    assert of_apt("x86_64", "gcc-multilib") == []
    assert of_apt("x86_64", "linux-image-arm64") == [("error", "only-for/linux-image-arm64")]
    assert of_apt("aarch64", "linux-image-arm64") == []
    assert of_apt("aarch64", "google-chrome-stable") == [("warning", "only-for/google-chrome-stable")]
    assert of_apt("aarch64", "gcc", "libstdc++6", "libc6-dev", "libmkldnn-dev") == []


def test_one_finding_for_what_one_row_says() -> None:
    stack = machine(facts={"arch": "aarch64"}, apt={"lib32z1": "*", "g++-multilib": "*", "rar": "*"})
    multilib, rar = [one for one in findings(stack) if one.kind == "only-for"]
    assert multilib.involves == ("arch", "g++-multilib", "lib32z1")
    assert "lib32z1, g++-multilib exist for x86_64 alone; this machine is aarch64." in multilib.message
    assert rar.subject == "rar"


def test_a_part_of_ros_that_arm_does_not_have() -> None:
    names = ("ros-jazzy-rmw-connextdds", "ros-jazzy-rmw-cyclonedds-cpp")
    assert of_apt("aarch64", *names) == [("error", "only-for/ros-jazzy-rmw-connextdds")]


@pytest.mark.parametrize(
    ("label", "near"),
    [
        ("ubuntu-24.04-arm64", "ubuntu-24.04-arm"),
        ("ubuntu-24.02-arm", "ubuntu-24.04-arm"),
        ("ubuntu-latest-arm64", None),
        ("ubuntu22.04", "ubuntu-22.04"),
        ("ubuntu-20.04", None),
        ("macos-12", None),
    ],
)
def test_labels_that_github_does_not_have(label: str, near: str | None) -> None:
    ((found, fix),) = of_runner(label)
    assert found == f"only-for/{label}"
    assert fix.startswith(f"Take {near}," if near else "Take ")


@pytest.mark.parametrize(
    "label",
    [
        "ubuntu-latest",
        "ubuntu-24.04-arm",
        "Ubuntu-24.04",
        "windows-11-arm",
        "macos-15",
        "gpu-box",
        "ubuntu-24.04-8core",
    ],
)
def test_labels_that_it_has_and_names_of_an_owner(label: str) -> None:
    assert of_runner(label) == []


def test_a_label_that_is_gone_says_so() -> None:
    (gone,) = findings(machine(runners={"ubuntu-20.04": "ubuntu-20.04"}))
    assert (gone.severity, gone.kind, gone.subject) == ("warning", "only-for", "ubuntu-20.04")
    assert "any more" in gone.message


@pytest.mark.parametrize(
    ("name", "tag", "severity"),
    [
        ("ghcr.io/huggingface/text-generation-inference", "2.3.0", "error"),
        ("mysql", "5.7.44", "error"),
        ("mysql", "8.4", None),
        ("mysql", "*", None),
        ("mcr.microsoft.com/mssql/server", "*", "warning"),
    ],
)
def test_images_of_one_architecture(name: str, tag: str, severity: str | None) -> None:
    stack = machine(facts={"arch": "aarch64"}, images={name: tag})
    found = [(one.severity, set(one.involves)) for one in findings(stack)]
    assert found == ([] if severity is None else [(severity, {"arch", "image", name})])
    assert findings(machine(images={name: tag})) == []


@pytest.mark.parametrize(
    ("system", "name", "row"),
    [
        ("ubuntu 24.04", "libgl1-mesa-glx", "only-for/libgl1-mesa-glx"),
        ("ubuntu 22.04", "libgl1-mesa-glx", None),
        ("debian 13", "libgl1-mesa-glx", "only-for/libgl1-mesa-glx"),
        ("debian 12", "libgl1-mesa-glx", None),
        ("debian 12", "qt5-default", "only-for/qt5-default"),
        ("ubuntu 24.04", "python3-distutils", "only-for/python3-distutils"),
        ("ubuntu 20.04", "python-pip", "only-for/python-pip"),
        ("ubuntu 18.04", "python-pip", None),
    ],
)
def test_packages_that_a_release_has_no_more(system: str, name: str, row: str | None) -> None:
    distro, _, version = system.partition(" ")
    stack = machine(facts={"distro": distro, "distro-version": version}, apt={name: "*"})
    assert [one.id for one in findings(stack)] == ([] if row is None else [row])
    assert findings(machine(apt={name: "*"})) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("deb https://apt.dockerproject.org/repo ubuntu-xenial", "error"),
        ("deb https://packages.lunarg.com/vulkan jammy", "error"),
        ("deb https://librealsense.intel.com/Debian/apt-repo focal", "error"),
        ("deb https://download.docker.com/linux/debian bookworm", None),
        ("deb ?", None),
    ],
)
def test_repositories_without_packages_for_arm(source: str, expected: str | None) -> None:
    found = findings(machine(facts={"arch": "aarch64"}, apt={source: "*"}))
    assert [one.severity for one in found if one.kind == "only-for"] == ([expected] if expected else [])
    assert findings(machine(facts={"arch": "x86_64"}, apt={source: "*"})) == []


def test_an_image_that_the_project_publishes_for_other_machines_alone() -> None:
    stack = machine(facts={"arch": "aarch64"}, images={"org/app": "1"}, settings={"image published=org/app": "*"})
    assert [(one.severity, one.subject) for one in findings(stack)] == [("error", "org/app")]


def test_an_emulated_image_is_no_error_for_its_architecture() -> None:
    stack = machine(facts={"arch": "aarch64"}, images={"mysql": "5.7"}, settings={"image emulated=mysql": "*"})
    assert findings(stack) == []
