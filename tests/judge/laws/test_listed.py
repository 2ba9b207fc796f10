"""Names that publishers list by machine: Debian's packages, and tags of the Docker Official Images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stackcheck.matrix.errors import MatrixError
from stackcheck.matrix.names import CONDA_FORGE, DEBIAN, OFFICIAL_IMAGES, ROS, open_names
from stackcheck.matrix.store import shipped
from tests.judge.laws.shipped import findings, machine

if TYPE_CHECKING:
    from pathlib import Path


def of_apt(names: tuple[str, ...], **facts: str) -> list[tuple[str, str]]:
    given = {key.replace("_", "-"): value for key, value in facts.items()}
    stack = machine(facts=given, apt=dict.fromkeys(names, "*"))
    return [(one.severity, one.subject) for one in findings(stack) if one.kind == "only-for"]


def of_image(name: str, tag: str, arch: str = "aarch64") -> list[tuple[str, str]]:
    stack = machine(facts={"arch": arch}, images={name: tag})
    return [(one.severity, one.subject) for one in findings(stack) if one.kind == "only-for"]


def test_what_debian_has_for_amd64_alone() -> None:
    # libelas is for the vector instructions of x86.
    debian = {"distro": "debian", "distro_version": "12", "arch": "aarch64"}
    assert of_apt(("libelas-dev", "curl"), **debian) == [("error", "libelas-dev")]
    assert of_apt(("libelas-dev",), **{**debian, "arch": "x86_64"}) == []
    assert of_apt(("libelas-dev",), distro="ubuntu", distro_version="22.04", arch="aarch64") == [
        ("warning", "libelas-dev")
    ]
    assert of_apt(("libelas-dev",), distro="fedora", arch="aarch64") == []


def test_what_another_release_has_for_arm_too() -> None:
    # arb: amd64 alone in Debian 11 and 12, both in 13.
    assert of_apt(("arb",), distro="debian", distro_version="12", arch="aarch64") == [("error", "arb")]
    assert of_apt(("arb",), distro="debian", distro_version="13.1", arch="aarch64") == []
    assert of_apt(("arb",), distro="ubuntu", distro_version="24.04", arch="aarch64") == []


def test_what_a_release_does_not_have_any_more() -> None:
    trixie = {"distro": "debian", "distro_version": "13"}
    assert of_apt(("software-properties-common",), **trixie) == [("error", "software-properties-common")]
    assert of_apt(("software-properties-common",), distro="debian", distro_version="12") == []
    assert of_apt(("netcat",), **trixie) == [("error", "netcat")], "a name that two packages provide is none to install"
    assert of_apt(("libasound2",), **trixie) == [], "libasound2t64 provides it"


def test_another_repository_may_have_what_debian_has_not() -> None:
    names = ("libssl1.1", "deb https://packages.example/debian bookworm")
    assert of_apt(names, distro="debian", distro_version="13") == []


@pytest.mark.parametrize(
    ("name", "tag"), [("mysql", "5.7.22"), ("mysql", "8.0.36-debian"), ("percona", "*"), ("odoo", "14.0")]
)
def test_tags_that_were_published_for_amd64_alone(name: str, tag: str) -> None:
    assert of_image(name, tag) == [("error", name)]
    assert of_image(name, tag, "x86_64") == []


@pytest.mark.parametrize(
    ("name", "tag"),
    [("mysql", "8.0.36"), ("mysql", "*"), ("odoo", "17.0"), ("ubuntu", "14.04"), ("someone/mysql", "5.7")],
)
def test_tags_that_have_arm64_or_are_not_listed(name: str, tag: str) -> None:
    assert of_image(name, tag) == []


def test_a_table_without_a_source_is_refused(tmp_path: Path) -> None:
    (tmp_path / "names").mkdir()
    (tmp_path / "names" / "debian.txt").write_text("# releases: 13\ngazebo x\n")
    with pytest.raises(MatrixError, match="says no source"):
        open_names([str(tmp_path)], "debian")
    assert open_names([str(tmp_path)], "docker-official") is None


@pytest.mark.parametrize("table", [CONDA_FORGE, DEBIAN, OFFICIAL_IMAGES, ROS])
def test_shipped_tables_name_each_thing_once(table: str) -> None:
    names = open_names([shipped()], table)
    assert names is not None
    found = [line.split(b" ")[0] for line in names.data.split(b"\n") if line and not line.startswith(b"#")]
    assert found == sorted(set(found))
    assert len(found) > 100


def of_conda(spec: str, channels: str, arch: str = "aarch64") -> list[tuple[str, str]]:
    name, _, version = spec.partition("=")
    stack = machine(facts={"arch": arch}, conda={name: f"{channels}::{version or '*'}=*"})
    return [(one.severity, one.subject) for one in findings(stack) if one.kind == "conda-package"]


@pytest.mark.parametrize(
    ("spec", "channels", "severity"),
    [
        ("geckodriver", "conda-forge", "error"),
        ("geckodriver=0.34", "conda-forge,defaults", "warning"),
        ("r-base=3.5", "conda-forge,bioconda", "error"),
        ("numba=0.48.0", "conda-forge", "error"),
    ],
)
def test_what_conda_forge_has_not_built_for_arm(spec: str, channels: str, severity: str) -> None:
    assert of_conda(spec, channels) == [(severity, spec.partition("=")[0])]
    assert of_conda(spec, channels, "x86_64") == []


@pytest.mark.parametrize(
    ("spec", "channels"),
    [
        ("r-base", "conda-forge"),
        ("r-base=3", "conda-forge"),
        ("r-base=4.3", "conda-forge"),
        ("r-base=>=3.5", "conda-forge"),
        ("geckodriver", "defaults"),
        ("somebodys-package", "conda-forge"),
    ],
)
def test_what_it_has_or_nobody_knows(spec: str, channels: str) -> None:
    assert of_conda(spec, channels) == []
