"""How publishers' own files become tables of names."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from scripts import read_names

if TYPE_CHECKING:
    from pathlib import Path

FILE = """\
Maintainers: Somebody <somebody@example.org>
GitRepo: https://example.org/db.git

Tags: 8.1.2, 8.1, 8, latest
Architectures: amd64, arm64v8
Directory: 8

Tags: 8.1.2-debian, 8.1-debian
Directory: 8

Tags: 5.7.1, 5.7, 5, 5-rc
Architectures: amd64,
 i386
Directory: 5
"""


def test_tags_of_amd64_alone_become_the_shortest_prefixes() -> None:
    assert list(read_names.official_images([("db", FILE)])) == ["db 5 8.1-debian 8.1.2-debian"]


def test_a_tag_that_had_arm_once_is_no_tag_of_amd64_alone() -> None:
    earlier = FILE.replace("i386", "arm64v8")
    assert list(read_names.official_images([("db", earlier), ("db", FILE)])) == ["db 8.1-debian 8.1.2-debian"]


def test_a_tag_in_the_midst_of_others_is_named_alone() -> None:
    assert read_names.shortened(["8.0"], ["8.0.1", "8"]) == ["=8.0"]


def test_an_image_without_arm_and_the_form_of_the_first_years() -> None:
    old = "# maintainer: Somebody\n\n1.0: git://example.org/old@0123 1.0\nlatest: git://example.org/old@0123 1.0\n"
    assert list(read_names.official_images([("old", old)])) == ["old *"]


def test_packages_by_release_and_architecture() -> None:
    def listed(own: set[str], provided: dict[str, set[str]] | None = None) -> object:
        return read_names.Listed(own, provided or {})

    both = {"curl", "old-lib"}
    packages = {
        ("bullseye", "amd64"): listed({*both, "gazebo", "netcat"}),
        ("bullseye", "arm64"): listed({*both, "netcat"}),
        ("bookworm", "amd64"): listed({*both, "gazebo"}, {"netcat": {"netcat-openbsd", "netcat-traditional"}}),
        ("bookworm", "arm64"): listed(both, {"netcat": {"netcat-openbsd", "netcat-traditional"}}),
        ("trixie", "amd64"): listed({"curl", "new", "new-lib"}, {"old-lib": {"new-lib"}}),
        ("trixie", "arm64"): listed({"curl", "new", "new-lib"}, {"old-lib": {"new-lib"}}),
    }
    assert list(read_names.debian(packages)) == ["gazebo xx-", "netcat a--"]


def test_packages_of_conda_by_the_first_version_that_arm_has() -> None:
    built = [
        read_names.Built({"later", "later-gpu"}, {"1.9": False, "1.10": True, "2.0": True}),
        read_names.Built({"never"}, {"1.0": False}),
        read_names.Built({"always"}, {"1.0": True, "2.0": False}),
        read_names.Built({"not-told"}, {}),
    ]
    assert list(read_names.conda_forge(built)) == ["later 1.10", "later-gpu 1.10", "never -"]


def test_a_feedstock_is_read_through_all_its_branches(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path / "own-feedstock"), *words], check=True, capture_output=True)

    def commit(version: str, *configurations: str, outputs: str = "") -> None:
        for path in (tmp_path / "own-feedstock" / ".ci_support").glob("*"):
            path.unlink()
        for name in configurations:
            (tmp_path / "own-feedstock" / ".ci_support" / f"{name}.yaml").write_text("cdt_name: [cos7]\n")
        recipe = f'{{% set version = "{version}" %}}\npackage:\n  name: own\n{outputs}'
        (tmp_path / "own-feedstock" / "recipe" / "meta.yaml").write_text(recipe)
        git("add", "-A")
        git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", version)

    for folder in (".ci_support", "recipe"):
        (tmp_path / "own-feedstock" / folder).mkdir(parents=True)
    git("init", "-q", "-b", "main")
    commit("1.0", "linux_64_", "osx_64_")
    git("branch", "old")
    commit("2.0", "linux_64_", "linux_aarch64_", outputs="outputs:\n  - name: own-tools\n")
    git("checkout", "-q", "old")
    commit("1.1", "linux_64_", "linux_aarch64_")
    git("checkout", "-q", "main")
    built = read_names.read_feedstock(tmp_path / "own-feedstock")
    assert built == read_names.Built({"own", "own-tools"}, {"1.0": False, "1.1": True, "2.0": True})


def test_packages_of_ros_that_not_every_distribution_has() -> None:
    released = {"humble": {"desktop", "gazebo-ros"}, "jazzy": {"desktop", "ros-gz"}}
    assert list(read_names.ros(released)) == ["gazebo-ros a-", "ros-gz -a"]
